// Sorting changes before a merge.

#include <algorithm>
#include <array>

#include "engine/core/figures_pack.h"

namespace caseclock::core {
namespace {

// Not a function: std::sort would call it through a pointer.
constexpr auto kByKey = [](const KeyCount& a, const KeyCount& b) { return a.key < b.key; };

// From this size on it pays to sort by the second of the day in two passes of counting.
constexpr size_t kRadixFrom = 256;
constexpr int kDigitBits = 9;  // twice that is enough for 86,399

void SortByDigit(const std::vector<KeyCount>& from, int shift, std::vector<KeyCount>* to) {
  constexpr uint64_t kMask = (1 << kDigitBits) - 1;
  std::array<uint32_t, kMask + 2> ends = {};
  for (const KeyCount& c : from) ++ends[(c.key >> shift & kMask) + 1];
  for (size_t i = 1; i < ends.size(); ++i) ends[i] += ends[i - 1];
  for (const KeyCount& c : from) (*to)[ends[c.key >> shift & kMask]++] = c;
}

void RadixSort(std::vector<KeyCount>* counts) {
  std::vector<KeyCount> other(counts->size());
  SortByDigit(*counts, 40, &other);
  SortByDigit(other, 40 + kDigitBits, counts);
  for (auto at = counts->begin(); at != counts->end();) {
    const auto end = std::find_if(at + 1, counts->end(), [&](const KeyCount& c) {
      return SecondOfKey(c.key) != SecondOfKey(at->key);
    });
    if (end - at > 1) std::sort(at, end, kByKey);
    at = end;
  }
}

}  // namespace

void SortCounts(std::vector<KeyCount>* counts) {
  if (counts->size() < kRadixFrom) {
    std::sort(counts->begin(), counts->end(), kByKey);
  } else {
    RadixSort(counts);
  }
  size_t kept = 0;
  for (size_t i = 0; i < counts->size();) {
    KeyCount sum = (*counts)[i];
    for (++i; i < counts->size() && (*counts)[i].key == sum.key; ++i) {
      sum.count += (*counts)[i].count;
    }
    if (sum.count != 0) (*counts)[kept++] = sum;
  }
  counts->resize(kept);
}

}  // namespace caseclock::core
