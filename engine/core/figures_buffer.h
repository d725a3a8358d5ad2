#pragma once

// Recent changes of day chunks, not yet merged into their packed counts: unsorted lists, kept in
// the order in which they were begun. Appending is all that happens to most deltas.

#include <cstdint>
#include <deque>
#include <vector>

#include "engine/core/figures_pack.h"

namespace caseclock::core {

struct alignas(64) ChangeBuffer {
  std::vector<KeyCount> changes;
  int64_t sum = 0;      // of their counts
  uint32_t series = 0;  // the chunk it belongs to
  int32_t day = 0;
  uint32_t limit = 0;     // merge when `changes` gets there
  bool reported = false;  // the chunk is in the list of changed ones
};

class ChangeBuffers {
 public:
  using Id = uint32_t;

  // Invalidates references.
  Id Begin(uint32_t series, int32_t day);
  ChangeBuffer& operator[](Id id) { return pool_[id]; }
  const ChangeBuffer& operator[](Id id) const { return pool_[id]; }

  [[nodiscard]] size_t size() const { return order_.size(); }
  // The one begun first. REQUIRES: size() > 0.
  [[nodiscard]] Id Oldest() const { return order_.front(); }
  void EndOldest();

  [[nodiscard]] size_t MemoryBytes() const;

 private:
  std::vector<ChangeBuffer> pool_;
  std::vector<Id> free_;
  std::deque<Id> order_;
};

}  // namespace caseclock::core
