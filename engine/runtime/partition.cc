#include "engine/runtime/partition.h"

#include <algorithm>
#include <filesystem>

#include "engine/base/check.h"
#include "engine/codec/case_codec.h"

namespace caseclock::runtime {
namespace {

using base::Error;
using base::ErrorKind;
using base::Instant;

}  // namespace

std::string Partition::Directory() const {
  return shared_->options.state_dir + "/" + std::to_string(number_);
}

base::Status Partition::Open() {
  auto opened = shared_->options.read_only
                    ? store::CaseStore::OpenToRead(Directory(), shared_->resources)
                    : store::CaseStore::Open(Directory(), shared_->resources);
  if (!opened.ok()) return opened.status();
  store_ = std::move(opened).value();
  return {};
}

base::Result<std::string> Partition::SetStoreAside() {
  store_.reset();
  std::error_code code;
  std::string aside;
  int next = 1;
  do {
    aside = Directory() + ".aside-" + std::to_string(next++);
  } while (std::filesystem::exists(aside, code));
  std::filesystem::rename(Directory(), aside, code);
  if (code) {
    return Error{ErrorKind::kIo,
                 "Cannot rename the store " + Directory() + " to " + aside + ": " + code.message()};
  }
  return aside;
}

CachedCase* Partition::InsertStored(std::string_view case_id, uint64_t hash,
                                    std::string_view bytes) {
  CachedCase* entry = cache_.Insert(case_id, hash);
  const size_t before = CaseCache::Footprint(*entry);
  entry->bytes = base::SharedBytes(bytes);
  cache_.Settle(entry, before, true);
  return entry;
}

base::Status Partition::Load(std::span<const std::string_view> case_ids) {
  std::vector<std::string_view> missing;
  for (const std::string_view id : case_ids) {
    if (cache_.Find(id, CaseCache::HashOf(id)) == nullptr) missing.push_back(id);
  }
  shared_->counters.cache_hits.fetch_add(case_ids.size() - missing.size(),
                                         std::memory_order_relaxed);
  if (missing.empty()) return {};
  std::sort(missing.begin(), missing.end());
  missing.erase(std::unique(missing.begin(), missing.end()), missing.end());
  shared_->counters.cache_misses.fetch_add(missing.size(), std::memory_order_relaxed);
  return store_->GetCases(missing, [&](size_t i, std::string_view bytes) {
    InsertStored(missing[i], CaseCache::HashOf(missing[i]), bytes);
  });
}

base::Status Partition::Look(std::span<const std::string_view> case_ids,
                             const StateVisit& visit) const {
  std::vector<std::string_view> stored;
  model::CaseState state;
  for (const std::string_view id : case_ids) {
    const CachedCase* entry = cache_.Find(id, CaseCache::HashOf(id));
    if (entry == nullptr || entry->bytes.empty()) {
      stored.push_back(id);
      continue;
    }
    if (auto status = Decode(*entry, &state); !status.ok()) return status;
    if (auto status = visit(*entry, state); !status.ok()) return status;
  }
  base::Status failed;
  CachedCase probe;  // with no pages of its own: all are in the store
  const base::Status read = store_->GetCases(stored, [&](size_t i, std::string_view bytes) {
    if (!failed.ok()) return;
    probe.id = stored[i];
    failed = codec::DecodeCase(bytes, &state);
    if (!failed.ok())
      failed = Error{failed.error().kind, "Case " + probe.id + ": " + failed.error().message};
    if (failed.ok()) failed = visit(probe, state);
  });
  return failed.ok() ? read : failed;
}

base::Result<CachedCase*> Partition::Find(std::string_view case_id) {
  const uint64_t hash = CaseCache::HashOf(case_id);
  CachedCase* entry = cache_.Find(case_id, hash);
  if (entry != nullptr) return entry;
  const base::Status status = store_->GetCases({&case_id, 1}, [&](size_t, std::string_view bytes) {
    entry = InsertStored(case_id, hash, bytes);
  });
  if (!status.ok()) return status.error();
  return entry;
}

base::Status Partition::Decode(const CachedCase& entry, model::CaseState* state) {
  base::Status status = codec::DecodeCase(entry.bytes.view(), state);
  if (status.ok()) return status;
  return Error{status.error().kind, "Case " + entry.id + ": " + status.error().message};
}

void Partition::Learn(CachedCase* entry, const model::CaseState& state) const {
  entry->stored = entry->live = std::make_shared<const store::Derived>(store::Derive(state));
  entry->stored_pages = state.page.index;
}

// What Learn found out: it can find it out again.
void Partition::Forget(CachedCase* entry) {
  entry->stored.reset();
  entry->live.reset();
}

base::Result<CachedCase*> Partition::Touch(CachedCase* entry, std::string_view case_id,
                                           uint64_t hash) {
  if (entry == nullptr) entry = cache_.Insert(case_id, hash);
  if (entry->state) return entry;
  // As it is now: what comes next is of a later commit.
  if (!entry->touched && IsAwaited(*entry)) {
    if (auto status = Gather(entry); !status.ok()) return status.error();
  }
  entry->state = std::make_unique<model::CaseState>();
  const bool clean = entry->clean();
  if (entry->bytes.empty()) {
    entry->state->case_id = entry->id;
  } else {
    if (auto status = Decode(*entry, entry->state.get()); !status.ok()) return status.error();
    if (clean) Learn(entry, *entry->state);
  }
  decoded_.push_back(entry);
  if (entry->touched) return entry;
  entry->touched = true;
  touched_.push_back(entry);
  cache_.Settle(entry, CaseCache::Footprint(*entry), clean);
  return entry;
}

base::Result<model::ClosedPage> Partition::Page(const CachedCase& entry, uint32_t index) {
  model::ClosedPage page;
  base::Status decoded;
  if (const DirtyPage* dirty = entry.FindPage(index)) {
    decoded = codec::DecodePage(dirty->bytes.view(), &page);
  } else {
    auto bytes = store_->GetPage(entry.id, index);
    if (!bytes.ok()) return bytes.error();
    if (!bytes.value()) {
      return Error{ErrorKind::kCorrupt, "Expected page " + std::to_string(index) + " of case " +
                                            entry.id + " in the store, but it is missing"};
    }
    decoded = codec::DecodePage(*bytes.value(), &page);
  }
  if (!decoded.ok()) return decoded.error();
  return page;
}

base::Result<std::optional<uint32_t>> Partition::ClosedPageOf(const CachedCase& entry,
                                                              uint64_t fingerprint,
                                                              uint32_t closed_pages) {
  if (closed_pages == 0) return std::optional<uint32_t>();
  for (const DirtyPage& page : entry.pages) {
    const auto& held = page.fingerprints;
    if (std::find(held.begin(), held.end(), fingerprint) != held.end()) {
      return std::optional<uint32_t>(page.index);
    }
  }
  auto stored = store_->FindEvent(entry.id, fingerprint);
  // A page that changed since says itself what it holds.
  if (stored.ok() && stored.value() && entry.FindPage(*stored.value()) != nullptr) {
    return std::optional<uint32_t>();
  }
  return stored;
}

void Partition::PutPage(CachedCase* entry, const model::ClosedPage& page) {
  const size_t before = CaseCache::Footprint(*entry);
  auto at =
      std::lower_bound(entry->pages.begin(), entry->pages.end(), page.page.index,
                       [](const DirtyPage& dirty, uint32_t index) { return dirty.index < index; });
  if (at == entry->pages.end() || at->index != page.page.index) {
    at = entry->pages.insert(at, DirtyPage());
  }
  scratch_.clear();
  codec::EncodePage(entry->id, page, &scratch_);
  at->index = page.page.index;
  at->committed = false;
  at->writing = false;
  at->bytes = base::SharedBytes(scratch_);
  at->fingerprints = page.page.fingerprints;
  cache_.Settle(entry, before, entry->clean());
}

void Partition::TimerMoved(const CachedCase& entry, Instant from, Instant to) {
  if (from == to) return;
  timers.Erase(from, entry.id);
  timers.Insert(to, entry.id);
}

void Partition::Pack(CachedCase* entry) {
  if (entry->state == nullptr || (!entry->changed && entry->bytes.empty())) return;
  if (entry->changed) {
    const size_t before = CaseCache::Footprint(*entry);
    scratch_.clear();
    codec::EncodeCase(*entry->state, &scratch_);
    entry->bytes = base::SharedBytes(scratch_);
    entry->next = std::make_shared<const store::Derived>(store::Derive(*entry->state));
    cache_.Settle(entry, before, entry->clean());
  }
  entry->state.reset();
}

void Partition::PackAllBut(size_t most) {
  for (; decoded_.size() > most; decoded_.pop_front()) Pack(decoded_.front());
}

void Partition::MarkDirty(CachedCase* entry) {
  if (!entry->dirty) {
    dirty_.push_back(entry);
    dirty_bytes_ += CaseCache::Footprint(*entry);
  }
  entry->dirty = true;
  entry->dirty_for = checkpoint_number_;
}

base::Status Partition::Settle() {
  for (CachedCase* entry : touched_) {
    if (entry->changed) {
      CHECK(entry->next);
      MoveIndex(entry->id, entry->Live(), *entry->next);
      entry->live = std::exchange(entry->next, nullptr);
      for (DirtyPage& page : entry->pages) page.committed = true;
      MarkDirty(entry);
      entry->changed = false;
    }
    entry->touched = false;
    entry->state.reset();
    if (entry->clean()) Forget(entry);
    cache_.Settle(entry, CaseCache::Footprint(*entry), false);
    // A new case whose only event was a reject's neighbour: nothing came of it.
    if (entry->clean() && entry->bytes.empty()) cache_.Erase(entry);
  }
  touched_.clear();
  decoded_.clear();
  return RefillIndex();
}

void Partition::Adopt(CachedCase* entry, std::string_view bytes, const model::CaseState& state) {
  CHECK(!IsAwaited(*entry));  // a restore gathers a checkpoint at once
  const bool clean = entry->clean();
  const size_t before = CaseCache::Footprint(*entry);
  entry->bytes = base::SharedBytes(bytes);
  auto next = std::make_shared<const store::Derived>(store::Derive(state));
  TimerMoved(*entry, entry->Live().timer_at, next->timer_at);
  MoveIndex(entry->id, entry->Live(), *next);
  entry->live = std::move(next);
  for (DirtyPage& page : entry->pages) page.committed = true;
  MarkDirty(entry);
  cache_.Settle(entry, before, clean);
}

void Partition::ForEachNewer(const std::function<void(const CachedCase&)>& visit) const {
  for (const CachedCase* entry : touched_) visit(*entry);
  for (const CachedCase* entry : dirty_) {
    if (!entry->touched) visit(*entry);
  }
  for (size_t i = looked_at_; i < awaited_.size(); ++i) {
    if (!awaited_[i]->touched && IsAwaited(*awaited_[i])) visit(*awaited_[i]);
  }
  for (size_t i = settled_; i < writing_.size(); ++i) {
    if (!writing_[i]->touched && !writing_[i]->dirty) visit(*writing_[i]);
  }
}

base::Status Partition::ForEachCaseAfter(std::string_view after, const CaseVisit& visit) const {
  // Whoever walks in portions wants the first of many: a heap, not all of them sorted.
  std::vector<const CachedCase*> newer;
  ForEachNewer([&](const CachedCase& entry) {
    if (entry.id > after) newer.push_back(&entry);
  });
  const auto behind = [](const CachedCase* a, const CachedCase* b) { return a->id > b->id; };
  std::make_heap(newer.begin(), newer.end(), behind);
  bool go_on = true;
  const auto visit_first = [&] {
    std::pop_heap(newer.begin(), newer.end(), behind);
    const CachedCase& entry = *newer.back();
    newer.pop_back();
    go_on = visit(entry, entry.bytes.view());
  };
  CachedCase stored;  // with no pages of its own: all are in the store
  const base::Status scanned =
      store_->ForEachCaseAfter(after, [&](std::string_view id, std::string_view bytes) {
        while (go_on && !newer.empty() && newer.front()->id < id) visit_first();
        if (!go_on) return false;
        if (!newer.empty() && newer.front()->id == id) {
          visit_first();
          return go_on;
        }
        stored.id = id;
        return go_on = visit(stored, bytes);
      });
  if (!scanned.ok()) return scanned;
  while (go_on && !newer.empty()) visit_first();
  return {};
}

base::Status Partition::RefillTimers() {
  const auto indexed = [&](const HeadWindow::Entry& from, const HeadWindow::Visit& visit) {
    return store_->ForEachTimer(from.at, from.case_id, [&](Instant t, std::string_view id) {
      const CachedCase* entry = cache_.Find(id, CaseCache::HashOf(id));
      if (entry != nullptr && !entry->clean()) return true;
      return visit(t, id);
    });
  };
  const auto newer = [&](const HeadWindow::Entry&, const HeadWindow::Visit& visit) -> base::Status {
    ForEachNewer([&](const CachedCase& entry) {
      visit(entry.state ? entry.state->timer_at : entry.Packed().timer_at, entry.id);
    });
    return {};
  };
  return timers.Refill(indexed, newer);
}

void Partition::TrimCache() {
  cache_.Trim(shared_->cache_bytes_per_partition.load(std::memory_order_relaxed));
  constexpr size_t kTimerBytes = 96;  // a node of the set with its case id
  memory_shown = cache_.bytes() + timers.size() * kTimerBytes;
  timers_shown = timers.size();
}

}  // namespace caseclock::runtime
