#include "engine/store/checkpoint.h"

#include <algorithm>

#include "engine/store/keys.h"

namespace caseclock::store {

void Checkpoint::Add(std::string_view key, std::string_view value, Action action) {
  entries_.push_back({arena_.size(), static_cast<uint32_t>(key.size()),
                      static_cast<uint32_t>(value.size()), kNotShared, action});
  arena_ += key;
  arena_ += value;
  bytes_ += key.size() + value.size();
}

void Checkpoint::Share(size_t key_at, base::SharedBytes value) {
  const size_t key_size = arena_.size() - key_at;
  bytes_ += key_size + value.size();
  entries_.push_back({key_at, static_cast<uint32_t>(key_size), static_cast<uint32_t>(value.size()),
                      static_cast<uint32_t>(shared_.size()), Action::kPut});
  shared_.push_back(std::move(value));
}

void Checkpoint::Reserve(size_t cases) {
  constexpr size_t kEntriesACase = 3;  // its record, its timer as it was and as it is
  constexpr size_t kKeyBytes = 24;
  shared_.reserve(cases);
  rederived_.reserve(cases);
  entries_.reserve(cases * kEntriesACase);
  arena_.reserve(cases * kEntriesACase * kKeyBytes);
}

void Checkpoint::PutCase(std::string_view case_id, base::SharedBytes bytes) {
  const size_t at = arena_.size();
  arena_ += kCaseTable;
  arena_ += case_id;
  Share(at, std::move(bytes));
}

void Checkpoint::PutRecord(std::string_view key, bool is_page, std::string_view bytes) {
  std::string stored(1, is_page ? kPageTable : kCaseTable);
  stored += key;
  Add(stored, bytes, Action::kPut);
}

void Checkpoint::PutPage(std::string_view case_id, uint32_t page, base::SharedBytes bytes) {
  const size_t at = arena_.size();
  arena_ += PageKeyOf(case_id, page);
  Share(at, std::move(bytes));
}

void Checkpoint::PutEvent(std::string_view case_id, uint64_t fingerprint, uint32_t page) {
  std::string value;
  AppendBig32(page, &value);
  Add(DedupKey(case_id, fingerprint), value, Action::kPut);
}

void Checkpoint::DeleteEvent(std::string_view case_id, uint64_t fingerprint) {
  Add(DedupKey(case_id, fingerprint), {}, Action::kDelete);
}

void Checkpoint::PutFigure(std::string_view key, std::string_view bytes) {
  Add(FigureKeyOf(key), bytes, bytes.empty() ? Action::kDelete : Action::kPut);
}

void Checkpoint::PutUntold(const std::set<std::string>& keys) {
  std::string value;
  for (const std::string& key : keys) {
    AppendBig32(static_cast<uint32_t>(key.size()), &value);
    value += key;
  }
  Add(UntoldKey(), value, Action::kPut);
}

void Checkpoint::SetPosition(const Position& position, uint32_t fold) {
  Add(PositionKey(), EncodePosition(position), Action::kPut);
  std::string number;
  AppendBig32(fold, &number);
  Add(FoldKey(), number, Action::kPut);
  MarkHandlersWhole();
}

void Checkpoint::MarkHandlersWhole() {
  Add(HandlersWholeKey(), {}, Action::kPut);
}

void Checkpoint::RederiveHandlers(std::string_view case_id, const Derived& stored,
                                  const Derived& next) {
  if (stored.handler == next.handler && stored.others == next.others) return;
  const auto each = [&](const Derived& of, const Derived& not_of, Action action) {
    const auto one = [&](base::Atom handler) {
      if (handler.empty() || not_of.Names(handler)) return;
      Add(HandlerKey(handler.view(), case_id), {}, action);
    };
    one(of.handler);
    for (const base::Atom handler : of.others) one(handler);
  };
  each(stored, next, Action::kDelete);
  each(next, stored, Action::kPut);
}

void Checkpoint::Rederive(std::string_view case_id, SharedDerived stored, SharedDerived next) {
  const size_t at = arena_.size();
  arena_ += case_id;
  rederived_.push_back(
      {at, static_cast<uint32_t>(case_id.size()), std::move(stored), std::move(next)});
}

void Checkpoint::Derive() {
  std::string case_id;
  for (const Rederived& one : rederived_) {
    case_id.assign(arena_, one.id_at, one.id_size);
    Rederive(case_id, ValueOf(one.stored), ValueOf(one.next));
  }
  rederived_.clear();
}

void Checkpoint::Rederive(std::string_view case_id, const Derived& stored, const Derived& next) {
  RederiveHandlers(case_id, stored, next);
  if (stored.timer_at != next.timer_at) {
    if (stored.timer_at != base::kNever) {
      Add(TimerKey(stored.timer_at, case_id), {}, Action::kDelete);
    }
    if (next.timer_at != base::kNever) Add(TimerKey(next.timer_at, case_id), {}, Action::kPut);
  }
  const bool moved = !(stored.queue == next.queue);
  if (moved || stored.opened_at != next.opened_at) {
    if (stored.opened_at != base::kNever) {
      Add(IndexKey(stored.queue.view(), "", stored.opened_at, case_id), {}, Action::kDelete);
    }
    if (next.opened_at != base::kNever) {
      Add(IndexKey(next.queue.view(), "", next.opened_at, case_id), {}, Action::kPut);
    }
  }
  const auto missing_in = [&](const auto& item, const Derived& other) {
    return moved || std::find(other.due.begin(), other.due.end(), item) == other.due.end();
  };
  for (const auto& item : stored.due) {
    if (!missing_in(item, next)) continue;
    Add(IndexKey(stored.queue.view(), item.first.view(), item.second, case_id), {},
        Action::kDelete);
  }
  for (const auto& item : next.due) {
    if (!missing_in(item, stored)) continue;
    Add(IndexKey(next.queue.view(), item.first.view(), item.second, case_id), {}, Action::kPut);
  }
}

void Checkpoint::ForEach(const EntryVisit& visit) {
  const auto key_of = [&](const Entry& e) {
    return std::string_view(arena_).substr(e.at, e.key_size);
  };
  std::stable_sort(entries_.begin(), entries_.end(),
                   [&](const Entry& a, const Entry& b) { return key_of(a) < key_of(b); });
  for (size_t i = 0; i < entries_.size(); ++i) {
    const Entry& entry = entries_[i];
    const std::string_view key = key_of(entry);
    if (i + 1 < entries_.size() && key_of(entries_[i + 1]) == key) continue;
    std::optional<std::string_view> value;
    if (entry.shared != kNotShared) {
      value = shared_[entry.shared].view();
    } else if (entry.action == Action::kPut) {
      value = std::string_view(arena_).substr(entry.at + entry.key_size, entry.value_size);
    }
    if (!visit(key, value)) return;
  }
}

}  // namespace caseclock::store
