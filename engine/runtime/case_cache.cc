#include "engine/runtime/case_cache.h"

#include "engine/base/check.h"
#include "engine/base/hash.h"

namespace caseclock::runtime {
namespace {
constexpr size_t kSlotsAtFirst = 1024;
// Of an entry besides its bytes: the struct, its slot, what is derived of it, and what malloc keeps
// for itself. Clean ones have nothing derived, but any may have.
constexpr size_t kOverhead = sizeof(CachedCase) + sizeof(store::Derived) + 4 * sizeof(void*) + 32;
}  // namespace

const DirtyPage* CachedCase::FindPage(uint32_t index) const {
  for (const DirtyPage& page : pages) {
    if (page.index == index) return &page;
  }
  return nullptr;
}

CaseCache::CaseCache() : slots_(kSlotsAtFirst) {}

CaseCache::~CaseCache() {
  for (CachedCase* entry : slots_) delete entry;
}

uint64_t CaseCache::HashOf(std::string_view case_id) {
  return base::Fingerprint(case_id);
}

CachedCase* CaseCache::Find(std::string_view case_id, uint64_t hash) const {
  const size_t mask = slots_.size() - 1;
  for (size_t at = hash & mask; slots_[at] != nullptr; at = (at + 1) & mask) {
    if (slots_[at]->hash == hash && slots_[at]->id == case_id) return slots_[at];
  }
  return nullptr;
}

CachedCase* CaseCache::Insert(std::string_view case_id, uint64_t hash) {
  if ((size_ + 1) * 10 > slots_.size() * 7) Grow();
  auto* entry = new CachedCase;
  entry->id = case_id;
  entry->hash = hash;
  const size_t mask = slots_.size() - 1;
  size_t at = hash & mask;
  while (slots_[at] != nullptr) at = (at + 1) & mask;
  slots_[at] = entry;
  ++size_;
  bytes_ += Footprint(*entry);
  Link(entry);
  return entry;
}

void CaseCache::Grow() {
  std::vector<CachedCase*> old(slots_.size() * 2);
  old.swap(slots_);
  const size_t mask = slots_.size() - 1;
  for (CachedCase* entry : old) {
    if (entry == nullptr) continue;
    size_t at = entry->hash & mask;
    while (slots_[at] != nullptr) at = (at + 1) & mask;
    slots_[at] = entry;
  }
}

void CaseCache::Remove(CachedCase* entry) {
  const size_t mask = slots_.size() - 1;
  size_t hole = entry->hash & mask;
  while (slots_[hole] != entry) hole = (hole + 1) & mask;
  // Close the hole: an entry behind it moves up unless its own place lies behind the hole.
  for (size_t at = (hole + 1) & mask; slots_[at] != nullptr; at = (at + 1) & mask) {
    const size_t home = slots_[at]->hash & mask;
    if (((at - home) & mask) < ((at - hole) & mask)) continue;
    slots_[hole] = slots_[at];
    hole = at;
  }
  slots_[hole] = nullptr;
  --size_;
}

void CaseCache::Erase(CachedCase* entry) {
  CHECK(entry->clean());
  Unlink(entry);
  Remove(entry);
  bytes_ -= Footprint(*entry);
  delete entry;
}

size_t CaseCache::Footprint(const CachedCase& entry) {
  size_t bytes = kOverhead + entry.bytes.size();
  for (const DirtyPage& page : entry.pages) {
    bytes += sizeof(DirtyPage) + page.bytes.size() + page.fingerprints.size() * sizeof(uint64_t);
  }
  return bytes;
}

void CaseCache::Settle(CachedCase* entry, size_t footprint_before, bool clean_before) {
  bytes_ += Footprint(*entry) - footprint_before;
  if (entry->clean() == clean_before) return;
  if (clean_before) {
    Unlink(entry);
  } else {
    Link(entry);
  }
}

void CaseCache::Link(CachedCase* entry) {
  entry->older = newest_;
  entry->newer = nullptr;
  (newest_ == nullptr ? oldest_ : newest_->newer) = entry;
  newest_ = entry;
}

void CaseCache::Unlink(CachedCase* entry) {
  (entry->newer == nullptr ? newest_ : entry->newer->older) = entry->older;
  (entry->older == nullptr ? oldest_ : entry->older->newer) = entry->newer;
  entry->newer = entry->older = nullptr;
}

void CaseCache::Trim(size_t budget) {
  while (bytes_ > budget && oldest_ != nullptr) Erase(oldest_);
}

}  // namespace caseclock::runtime
