#pragma once

// The cases of one partition that are in memory. A case rests here encoded, exactly as its record
// in the `cases` topic: a third of the memory of the decoded struct, no work at a checkpoint, and
// decoding takes a microsecond. It is decoded from its first event in a commit until that commit
// is done, or so many others have been decoded in it that it is packed: encoded as it is by then.
//
//   absent ──load──▶ clean ──Touch──▶ touched ──commit──▶ dirty ──checkpoint written──▶ clean
//                      └──evicted                           └──Touch──▶ touched
//
// Only clean cases are evicted, those that have been clean for longest first, and only by Trim.
// Owned by a partition; not thread-safe. Pointers stay valid until Trim.

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/shared_bytes.h"
#include "engine/model/case_state.h"
#include "engine/store/derived.h"

namespace caseclock::runtime {

// A closed ledger page that changed since the last checkpoint.
struct DirtyPage {
  uint32_t index = 0;
  bool committed = false;  // produced to `cases`
  bool writing = false;    // as it is now, in a checkpoint that is being written
  base::SharedBytes bytes;
  std::vector<uint64_t> fingerprints;
};

struct CachedCase {
  std::string id;
  uint64_t hash = 0;
  base::SharedBytes bytes;                  // the last commit's, or as packed since; empty: neither
  std::unique_ptr<model::CaseState> state;  // decoded, while touched and not packed
  store::SharedDerived next;                // of `bytes`, once packed with changes
  store::SharedDerived live;                // of `bytes`; unless clean
  store::SharedDerived stored;              // what the store has for it; unless clean
  std::vector<DirtyPage> pages;             // ascending
  uint32_t stored_pages = 0;                // closed pages in the store: 0 … stored_pages - 1
  bool touched = false;                     // in the commit in hand
  bool changed = false;                     // ... and its record must be written
  bool dirty = false;                       // committed, not yet in a checkpoint
  uint32_t dirty_for = 0;                   // the number of the checkpoint that it is to be in
  bool writing = false;                     // in a checkpoint that is being written
  CachedCase* newer = nullptr;              // clean ones, by when they became so
  CachedCase* older = nullptr;

  [[nodiscard]] bool clean() const { return !touched && !dirty && !writing; }
  [[nodiscard]] const store::Derived& Live() const { return store::ValueOf(live); }
  // Of the case as packed, if it is; else as last committed.
  [[nodiscard]] const store::Derived& Packed() const { return store::ValueOf(next ? next : live); }
  [[nodiscard]] const DirtyPage* FindPage(uint32_t index) const;
};

class CaseCache {
 public:
  CaseCache();
  ~CaseCache();
  CaseCache(const CaseCache&) = delete;
  CaseCache& operator=(const CaseCache&) = delete;

  static uint64_t HashOf(std::string_view case_id);
  // nullptr: not here.
  CachedCase* Find(std::string_view case_id, uint64_t hash) const;
  // A new entry, clean and without bytes. REQUIRES: not here.
  CachedCase* Insert(std::string_view case_id, uint64_t hash);
  // Takes an entry back that turned out not to be needed. REQUIRES: clean.
  void Erase(CachedCase* entry);

  // A case's memory or cleanness has changed: keeps the sums and the order right. To be
  // called with what `bytes` and `pages` took before.
  void Settle(CachedCase* entry, size_t footprint_before, bool clean_before);

  // Evicts clean cases until at most `budget` bytes are held, or none is clean.
  void Trim(size_t budget);

  static size_t Footprint(const CachedCase& entry);
  [[nodiscard]] size_t bytes() const { return bytes_; }
  [[nodiscard]] size_t size() const { return size_; }

 private:
  void Link(CachedCase* entry);
  void Unlink(CachedCase* entry);
  void Grow();
  void Remove(CachedCase* entry);

  std::vector<CachedCase*> slots_;  // open addressing, linear probing; a power of two
  size_t size_ = 0;
  size_t bytes_ = 0;
  CachedCase* newest_ = nullptr;
  CachedCase* oldest_ = nullptr;
};

}  // namespace caseclock::runtime
