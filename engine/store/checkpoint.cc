#include "engine/store/checkpoint.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <span>
#include <utility>

#include "engine/base/big_endian.h"
#include "engine/store/keys.h"

namespace caseclock::store {

namespace {

std::string_view Copied(std::string_view bytes, std::pmr::memory_resource* into) {
  if (bytes.empty()) return {};
  char* const at = static_cast<char*>(into->allocate(bytes.size(), 1));
  std::memcpy(at, bytes.data(), bytes.size());
  return {at, bytes.size()};
}

// The bytes of a key from `from` on, as a number that sorts as they do.
uint64_t HeadOf(std::string_view key, size_t from) {
  std::array<char, 8> bytes{};
  const std::string_view rest = key.substr(from, bytes.size());
  std::copy(rest.begin(), rest.end(), bytes.begin());
  return base::ReadBig64({bytes.data(), bytes.size()});
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
                      static_cast<uint32_t>(key.size()), static_cast<uint32_t>(value.size()), 0});
  bytes_ += key.size() + value.size();
  sorted_ = false;
}

void Checkpoint::Put(std::string_view key, std::string_view value) {
  PutKept(Copied(key, &keys_), Copied(value, &values_));
}

void Checkpoint::Delete(std::string_view key) {
  const std::string_view kept = Copied(key, &keys_);
  entries_.push_back({kept.data(), nullptr, static_cast<uint32_t>(kept.size()), 0, 0});
  bytes_ += kept.size();
  sorted_ = false;
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
  base::AppendBig32(page, &value);
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
    base::AppendBig32(static_cast<uint32_t>(key.size()), &value);
    value += key;
  }
  Put(UntoldKey(), value);
}

void Checkpoint::SetPosition(const Position& position, uint32_t fold) {
  Put(PositionKey(), EncodePosition(position));
  std::string number;
  base::AppendBig32(fold, &number);
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

// Keys of a table begin alike, and most of them differ soon after that: eight bytes from there, as
// a number, spare nearly all looks at the keys themselves.
void Checkpoint::Sort() {
  if (std::exchange(sorted_, true)) return;
  struct Table {
    std::string_view alike;
    bool any = false;
  };
  std::array<Table, 256> tables;
  const auto table_of = [&](const Entry& entry) -> Table& {
    return tables[static_cast<uint8_t>(entry.key[0])];
  };
  for (const Entry& entry : entries_) {
    Table& table = table_of(entry);
    const std::string_view key = entry.key_view();
    if (!table.any) table = {key, true};
    const std::string_view shorter = table.alike.substr(0, key.size());
    table.alike = shorter.substr(
        0, std::mismatch(shorter.begin(), shorter.end(), key.begin()).first - shorter.begin());
  }
  for (Entry& entry : entries_) entry.head = HeadOf(entry.key_view(), table_of(entry).alike.size());
  std::stable_sort(entries_.begin(), entries_.end(), [](const Entry& a, const Entry& b) {
    if (a.key[0] != b.key[0])
      return static_cast<uint8_t>(a.key[0]) < static_cast<uint8_t>(b.key[0]);
    return a.head != b.head ? a.head < b.head : a.key_view() < b.key_view();
  });
}

void Checkpoint::ForEach(const EntryVisit& visit) {
  Sort();
  if (newer_ != nullptr) newer_->Sort();
  const std::span<const Entry> newer = newer_ ? newer_->entries_ : std::span<const Entry>();
  size_t at = 0;  // in `newer`
  for (size_t i = 0; i < entries_.size(); ++i) {
    const Entry& entry = entries_[i];
    const std::string_view key = entry.key_view();
    if (i + 1 < entries_.size() && entries_[i + 1].key_view() == key) continue;
    while (at < newer.size() && newer[at].key_view() < key) ++at;
    if (at < newer.size() && newer[at].key_view() == key) continue;
    std::optional<std::string_view> value;
    if (entry.value != nullptr) value.emplace(entry.value, entry.value_size);
    if (!visit(key, value)) return;
  }
}

}  // namespace caseclock::store
