#pragma once

// Recent changes of day chunks, not yet merged into their packed bytes: each an unsorted list,
// found by a hash of key and day, left in the order in which they were begun. Appending is all that
// happens for most deltas; the owner merges a list when it has grown or the whole takes too much
// memory.

#include <cstdint>
#include <deque>
#include <optional>
#include <vector>

#include "engine/core/figures_pack.h"
#include "engine/model/figures.h"

namespace caseclock::core {

struct ChangeBuffer {
  model::FigureKey key;
  int32_t day = 0;
  uint32_t series = 0;  // the owner's number of the key
  uint64_t hash = 0;
  bool reported = false;  // as the owner likes: the chunk is in the list of changed ones
  size_t limit = 0;       // as the owner likes: merge when `changes` gets there
  int64_t sum = 0;        // of the counts in `changes`
  std::vector<KeyCount> changes;
};

struct FigureKeyHash {
  size_t operator()(const model::FigureKey& key) const;
};

class ChangeBuffers {
 public:
  using Id = uint32_t;

  static uint64_t HashOf(const model::FigureKey& key, int32_t day);
  // The buffer of a chunk; `hash` as HashOf gives it.
  [[nodiscard]] std::optional<Id> Find(const model::FigureKey& key, int32_t day,
                                       uint64_t hash) const;
  // REQUIRES: there is none yet. Invalidates references.
  Id Add(const model::FigureKey& key, int32_t day, uint64_t hash, uint32_t series);
  ChangeBuffer& operator[](Id id) { return pool_[id]; }
  const ChangeBuffer& operator[](Id id) const { return pool_[id]; }

  [[nodiscard]] size_t size() const { return order_.size(); }
  // The one begun first. REQUIRES: size() > 0.
  [[nodiscard]] Id Oldest() const { return order_.front(); }
  void RemoveOldest();

  [[nodiscard]] size_t MemoryBytes() const;

 private:
  void Insert(uint64_t hash, Id id);
  void Erase(uint64_t hash, Id id);
  void Grow();

  std::vector<ChangeBuffer> pool_;
  std::vector<Id> free_;
  std::deque<Id> order_;
  // Open addressing, linear: upper half of the hash, then id + 1; 0 is free.
  std::vector<uint64_t> slots_ = std::vector<uint64_t>(64);
};

}  // namespace caseclock::core
