#include "engine/store/checkpoint.h"

#include <algorithm>
#include <cstring>

#include "engine/store/keys.h"

namespace caseclock::store {

namespace {

std::string_view Copied(std::string_view bytes, std::pmr::memory_resource* into) {
  if (bytes.empty()) return {};
  char* const at = static_cast<char*>(into->allocate(bytes.size(), 1));
  std::memcpy(at, bytes.data(), bytes.size());
  return {at, bytes.size()};
}

}  // namespace

std::string_view Checkpoint::KeepKey(char table, std::string_view rest) {
  char* const at = static_cast<char*>(keys_.allocate(1 + rest.size(), 1));
  *at = table;
  std::memcpy(at + 1, rest.data(), rest.size());
  return {at, 1 + rest.size()};
}

void Checkpoint::PutKept(std::string_view key, std::string_view value) {
  // An empty value is one, too.
  entries_.push_back({key.data(), value.empty() ? key.data() : value.data(),
                      static_cast<uint32_t>(key.size()), static_cast<uint32_t>(value.size())});
  bytes_ += key.size() + value.size();
}

void Checkpoint::Put(std::string_view key, std::string_view value) {
  PutKept(Copied(key, &keys_), Copied(value, &values_));
}

void Checkpoint::Delete(std::string_view key) {
  const std::string_view kept = Copied(key, &keys_);
  entries_.push_back({kept.data(), nullptr, static_cast<uint32_t>(kept.size()), 0});
  bytes_ += kept.size();
}

void Checkpoint::Share(std::string_view kept_key, base::SharedBytes value) {
  PutKept(kept_key, value.view());
  shared_.push_back(std::move(value));
}

void Checkpoint::Reserve(size_t cases) {
  constexpr size_t kEntriesACase = 3;  // its record, its timer as it was and as it is
  shared_.reserve(cases);
  rederived_.reserve(cases);
  entries_.reserve(cases * kEntriesACase);
}

void Checkpoint::PutCase(std::string_view case_id, base::SharedBytes bytes) {
  Share(KeepKey(kCaseTable, case_id), std::move(bytes));
}

void Checkpoint::PutRecord(std::string_view key, bool is_page, std::string_view bytes) {
  PutKept(KeepKey(is_page ? kPageTable : kCaseTable, key), Copied(bytes, &values_));
}

void Checkpoint::PutPage(std::string_view case_id, uint32_t page, base::SharedBytes bytes) {
  Share(Copied(PageKeyOf(case_id, page), &keys_), std::move(bytes));
}

void Checkpoint::PutEvent(std::string_view case_id, uint64_t fingerprint, uint32_t page) {
  std::string value;
  AppendBig32(page, &value);
  Put(DedupKey(case_id, fingerprint), value);
}

void Checkpoint::DeleteEvent(std::string_view case_id, uint64_t fingerprint) {
  Delete(DedupKey(case_id, fingerprint));
}

void Checkpoint::PutFigure(std::string_view key, std::string_view bytes) {
  if (bytes.empty()) return Delete(FigureKeyOf(key));
  Put(FigureKeyOf(key), bytes);
}

void Checkpoint::PutUntold(const std::set<std::string>& keys) {
  std::string value;
  for (const std::string& key : keys) {
    AppendBig32(static_cast<uint32_t>(key.size()), &value);
    value += key;
  }
  Put(UntoldKey(), value);
}

void Checkpoint::SetPosition(const Position& position, uint32_t fold) {
  Put(PositionKey(), EncodePosition(position));
  std::string number;
  AppendBig32(fold, &number);
  Put(FoldKey(), number);
  MarkHandlersWhole();
}

void Checkpoint::MarkHandlersWhole() {
  Put(HandlersWholeKey(), {});
}

void Checkpoint::RederiveHandlers(std::string_view case_id, const Derived& stored,
                                  const Derived& next) {
  if (stored.handler == next.handler && stored.others == next.others) return;
  const auto each_missing = [&](const Derived& of, const Derived& other, const auto& change) {
    const auto one = [&](base::Atom handler) {
      if (handler.empty() || other.Names(handler)) return;
      change(HandlerKey(handler.view(), case_id));
    };
    one(of.handler);
    for (const base::Atom handler : of.others) one(handler);
  };
  each_missing(stored, next, [&](const std::string& key) { Delete(key); });
  each_missing(next, stored, [&](const std::string& key) { Put(key, {}); });
}

void Checkpoint::Rederive(std::string_view case_id, SharedDerived stored, SharedDerived next) {
  rederived_.push_back({Copied(case_id, &keys_), std::move(stored), std::move(next)});
}

void Checkpoint::Derive() {
  for (const Rederived& one : rederived_) {
    Rederive(one.case_id, ValueOf(one.stored), ValueOf(one.next));
  }
  rederived_.clear();
}

void Checkpoint::Rederive(std::string_view case_id, const Derived& stored, const Derived& next) {
  RederiveHandlers(case_id, stored, next);
  if (stored.timer_at != next.timer_at) {
    if (stored.timer_at != base::kNever) {
      Delete(TimerKey(stored.timer_at, case_id));
    }
    if (next.timer_at != base::kNever) Put(TimerKey(next.timer_at, case_id), {});
  }
  const bool moved = !(stored.queue == next.queue);
  if (moved || stored.opened_at != next.opened_at) {
    if (stored.opened_at != base::kNever) {
      Delete(IndexKey(stored.queue.view(), "", stored.opened_at, case_id));
    }
    if (next.opened_at != base::kNever) {
      Put(IndexKey(next.queue.view(), "", next.opened_at, case_id), {});
    }
  }
  const auto missing_in = [&](const auto& item, const Derived& other) {
    return moved || std::find(other.due.begin(), other.due.end(), item) == other.due.end();
  };
  for (const auto& item : stored.due) {
    if (!missing_in(item, next)) continue;
    Delete(IndexKey(stored.queue.view(), item.first.view(), item.second, case_id));
  }
  for (const auto& item : next.due) {
    if (!missing_in(item, stored)) continue;
    Put(IndexKey(next.queue.view(), item.first.view(), item.second, case_id), {});
  }
}

void Checkpoint::ForEach(const EntryVisit& visit) {
  const auto key_of = [](const Entry& entry) {
    return std::string_view(entry.key, entry.key_size);
  };
  std::stable_sort(entries_.begin(), entries_.end(),
                   [&](const Entry& a, const Entry& b) { return key_of(a) < key_of(b); });
  for (size_t i = 0; i < entries_.size(); ++i) {
    const Entry& entry = entries_[i];
    const std::string_view key = key_of(entry);
    if (i + 1 < entries_.size() && key_of(entries_[i + 1]) == key) continue;
    std::optional<std::string_view> value;
    if (entry.value != nullptr) value.emplace(entry.value, entry.value_size);
    if (!visit(key, value)) return;
  }
}

}  // namespace caseclock::store
