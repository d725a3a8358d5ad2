#pragma once

// One day of one figure as bytes in memory, and as sortable counts. Not a format on disk or on the
// wire: it may change with every version.
//
//   packed := empty | plain | small | ranged
//   plain  := 0x00 entry*                            every `other` is 0, none is stored
//   small  := 0x01 entry*
//   ranged := 0x02 min_other:8 max_other:8 entry*    more than kSmallEntries entries
//   entry  := varint(seconds since the entry before << 1 | (count != 1))
//             varint(zigzag(gap - gap of the entry before))      not in plain; gap = other - second
//             varint(count - 2)                                  only when count != 1
//
// The first entry counts from the start of its day, with a gap of 0 before it. Gaps repeat (a limit
// is the same for many cases), so most take one byte.

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "engine/base/check.h"

namespace caseclock::core {

inline constexpr int64_t kDaySeconds = 86'400;

// A second of the day and an `other`, in one number that sorts as (second, other) does.
inline constexpr int64_t kOtherBias = int64_t{1} << 39;
constexpr uint64_t ToKey(int64_t second_of_day, int64_t other) {
  return static_cast<uint64_t>(second_of_day) << 40 | static_cast<uint64_t>(other + kOtherBias);
}
constexpr int64_t SecondOfKey(uint64_t key) {
  return static_cast<int64_t>(key >> 40);
}
constexpr int64_t OtherOfKey(uint64_t key) {
  return static_cast<int64_t>(key & ((uint64_t{1} << 40) - 1)) - kOtherBias;
}

struct KeyCount {
  uint64_t key = 0;
  int64_t count = 0;
};

// A byte string of 16 bytes on the spot, up to 15 of them in place. Owns its memory; moves only.
class PackedBytes {
 public:
  PackedBytes() = default;
  explicit PackedBytes(std::span<const uint8_t> bytes);
  ~PackedBytes() { Free(); }
  PackedBytes(PackedBytes&& o) noexcept { Swap(o); }
  PackedBytes& operator=(PackedBytes&& o) noexcept {
    Swap(o);
    return *this;
  }

  [[nodiscard]] std::span<const uint8_t> bytes() const;
  [[nodiscard]] bool empty() const { return raw_[15] == 0; }
  // What the allocator spends on it besides this object.
  [[nodiscard]] size_t HeapBytes() const;

 private:
  void Free();
  void Swap(PackedBytes& o) noexcept;

  uint8_t raw_[16] = {};  // [15]: size in place, or kOnHeap: pointer, then size
};

// Walks packed bytes in order.
class PackReader {
 public:
  PackReader(std::span<const uint8_t> packed, int64_t day_start);

  bool Next();  // false at the end; the entry is then not valid
  [[nodiscard]] uint64_t key() const { return ToKey(second_, other_); }
  [[nodiscard]] int64_t second() const { return second_; }  // of the day
  [[nodiscard]] int64_t other() const { return other_; }
  [[nodiscard]] int64_t count() const { return count_; }
  [[nodiscard]] bool plain() const { return plain_; }
  // Where the entry begins and ends.
  [[nodiscard]] const uint8_t* begin() const { return begin_; }
  [[nodiscard]] const uint8_t* end() const { return at_; }

 private:
  uint64_t Varint();

  const uint8_t* at_ = nullptr;
  const uint8_t* limit_ = nullptr;
  const uint8_t* begin_ = nullptr;
  int64_t day_start_ = 0;
  int64_t second_ = 0;
  int64_t gap_ = 0;
  int64_t other_ = 0;
  int64_t count_ = 0;
  bool plain_ = true;
};

// The least and greatest `other` in packed bytes where that is known without walking them.
struct OtherRange {
  bool known = false;
  int64_t min = 0;
  int64_t max = 0;
};
OtherRange PackedOthers(std::span<const uint8_t> packed);

// Sorts by key, adds up equal keys, drops those that come to zero.
void SortCounts(std::vector<KeyCount>* counts);

// Adds `changes` (as SortCounts leaves them) to packed counts. CHECKs that none falls below zero.
// `scratch` is for reuse. Answers the number of entries in the result.
size_t MergePacked(std::span<const uint8_t> packed, int64_t day_start,
                   std::span<const KeyCount> changes, std::vector<uint8_t>* scratch,
                   PackedBytes* result);

// The same into entries; appends.
void MergeUnpacked(std::span<const uint8_t> packed, int64_t day_start,
                   std::span<const KeyCount> changes, std::vector<KeyCount>* result);

inline bool PackReader::Next() {
  if (at_ == limit_) return false;
  begin_ = at_;
  const uint64_t head = Varint();
  second_ += static_cast<int64_t>(head >> 1);
  if (!plain_) {
    const uint64_t zigzag = Varint();
    gap_ += static_cast<int64_t>(zigzag >> 1) ^ -static_cast<int64_t>(zigzag & 1);
    other_ = gap_ + day_start_ + second_;
  }
  count_ = (head & 1) == 0 ? 1 : static_cast<int64_t>(Varint()) + 2;
  return true;
}

inline uint64_t PackReader::Varint() {
  uint64_t value = *at_++;
  if (value < 0x80) return value;
  value &= 0x7F;
  for (int shift = 7;; shift += 7) {
    const uint64_t byte = *at_++;
    value |= (byte & 0x7F) << shift;
    if (byte < 0x80) return value;
  }
}

}  // namespace caseclock::core
