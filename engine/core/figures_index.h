#pragma once

// Numbers keys of figures 0, 1, 2, … in the order in which they come, and finds the number of a
// key. Keys stay. Never walked in order of the hash, so nothing depends on where atoms lie in
// memory.

#include <cstdint>
#include <vector>

#include "engine/model/figures.h"

namespace caseclock::core {

class FigureKeyIndex {
 public:
  // Adds the key if it is new: its number is then one more than the greatest so far.
  uint32_t NumberOf(const model::FigureKey& key);
  [[nodiscard]] size_t MemoryBytes() const;

 private:
  uint32_t Add(const model::FigureKey& key, uint64_t hash);

  std::vector<model::FigureKey> keys_;
  // Open addressing, linear, at most half full: upper half of the hash, then number + 1; 0: free.
  std::vector<uint64_t> slots_ = std::vector<uint64_t>(64);
};

}  // namespace caseclock::core
