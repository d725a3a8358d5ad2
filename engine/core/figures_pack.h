#pragma once

// One day of one figure as bytes in memory, and as sortable counts. Not a format on disk or on the
// wire: it may change with every version.
//
//   packed := empty | varint(entries << 1 | plain) range head* gap*
//   range  := empty, if plain: every `other` is 0, none is stored; else
//             zigzag varint(least) varint(greatest - least), bounds of all gaps, perhaps wider
//   gap    := (other - second) - least, little-endian, in as many bytes as greatest - least needs
//   head   := varint(seconds since the entry before << 1 | (count != 1)) [varint(count - 2)]
//
// The first entry counts from the start of the day. Where a limit is the same for all cases, a gap
// takes no byte. All heads lie together and all gaps have one width, so that a merge runs over what
// it does not change at a byte or so an entry, and copies it.

#include <cstdint>
#include <cstring>
#include <limits>
#include <span>
#include <vector>

#include "engine/base/check.h"
#include "engine/core/figures_bytes.h"

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

// Bounds, both within; nothing yet when max < min.
struct ValueRange {
  int64_t min = std::numeric_limits<int64_t>::max();
  int64_t max = std::numeric_limits<int64_t>::min();

  bool operator==(const ValueRange&) const = default;
  void Include(int64_t value) {
    if (value < min) min = value;
    if (value > max) max = value;
  }
  void Include(ValueRange o) {
    if (o.min < min) min = o.min;
    if (o.max > max) max = o.max;
  }
};

// The bytes that a gap takes within such bounds.
size_t GapWidth(ValueRange gaps);

// What stands in front of the heads.
struct PackHeader {
  size_t entries = 0;
  bool plain = true;
  ValueRange gaps;  // nothing if plain
  size_t size = 0;  // of the header, in bytes

  PackHeader() = default;
  explicit PackHeader(std::span<const uint8_t> packed);
};

// Walks packed bytes in order.
class PackReader {
 public:
  PackReader(std::span<const uint8_t> packed, int64_t day_start);

  // Of the whole.
  [[nodiscard]] size_t entries() const { return entries_; }
  [[nodiscard]] bool plain() const { return plain_; }
  [[nodiscard]] ValueRange gaps() const { return gaps_; }  // nothing if plain

  bool Next();  // false at the end; there is no entry then
  // Passes this entry and those after it that are below `key`; false at the end.
  struct Passed {
    size_t after = 0;    // how many besides the present one
    int64_t second = 0;  // of the last one
    const uint8_t* head_end = nullptr;
    const uint8_t* gap_end = nullptr;
  };
  bool PassBelow(uint64_t key, Passed* passed);

  // Of the entry.
  [[nodiscard]] int64_t second() const { return second_; }  // of the day
  [[nodiscard]] int64_t other() const { return OtherAt(second_, gap_); }
  [[nodiscard]] uint64_t key() const { return ToKey(second_, other()); }
  [[nodiscard]] int64_t count() const { return count_; }
  [[nodiscard]] bool Below(uint64_t key) const { return Below(key, second_, gap_); }
  // Where its bytes end.
  [[nodiscard]] const uint8_t* head_end() const { return head_; }
  [[nodiscard]] const uint8_t* gap_end() const { return gap_; }

 private:
  [[nodiscard]] int64_t OtherAt(int64_t second, const uint8_t* gap_end) const;
  [[nodiscard]] bool Below(uint64_t key, int64_t second, const uint8_t* gap_end) const {
    const int64_t end = SecondOfKey(key);
    return second < end || (second == end && OtherAt(second, gap_end) < OtherOfKey(key));
  }
  const uint8_t* first_ = nullptr;
  const uint8_t* head_ = nullptr;
  const uint8_t* gap_ = nullptr;
  size_t entries_ = 0;
  size_t left_ = 0;
  size_t width_ = 0;
  ValueRange gaps_;
  int64_t day_start_ = 0;
  int64_t second_ = 0;
  int64_t count_ = 0;
  bool plain_ = true;
};

// Bounds of `other` in packed bytes, perhaps wider. Their header is enough.
ValueRange PackedOthers(std::span<const uint8_t> packed, int64_t day_start);

// Sorts by key, adds up equal keys, drops those that come to zero.
void SortCounts(std::vector<KeyCount>* counts);

// Memory that merges use again and again.
struct PackScratch {
  std::vector<uint8_t> heads;
  std::vector<uint8_t> gaps;
};

// Adds `changes` (as SortCounts leaves them) to packed counts. CHECKs that none falls below zero.
// Answers the number of entries in the result. `result` may own `packed`.
size_t MergePacked(std::span<const uint8_t> packed, int64_t day_start,
                   std::span<const KeyCount> changes, PackScratch* scratch, PackedBytes* result);

// The same into entries; appends.
void MergeUnpacked(std::span<const uint8_t> packed, int64_t day_start,
                   std::span<const KeyCount> changes, std::vector<KeyCount>* result);

inline uint64_t ReadPackVarint(const uint8_t** at) {
  uint64_t value = *(*at)++;
  if (value < 0x80) return value;
  value &= 0x7F;
  for (int shift = 7;; shift += 7) {
    const uint64_t byte = *(*at)++;
    value |= (byte & 0x7F) << shift;
    if (byte < 0x80) return value;
  }
}

inline bool PackReader::Next() {
  if (left_ == 0) return false;
  --left_;
  const uint64_t head = ReadPackVarint(&head_);
  second_ += static_cast<int64_t>(head >> 1);
  gap_ += width_;
  count_ = (head & 1) == 0 ? 1 : static_cast<int64_t>(ReadPackVarint(&head_)) + 2;
  return true;
}

inline int64_t PackReader::OtherAt(int64_t second, const uint8_t* gap_end) const {
  if (plain_) return 0;
  uint64_t stored = 0;
  if (width_ != 0 && gap_end - first_ >= 8) {
    // The eight bytes that end with it: they are all there.
    std::memcpy(&stored, gap_end - 8, 8);
    stored >>= 64 - 8 * width_;
  } else {
    std::memcpy(&stored, gap_end - width_, width_);
  }
  return day_start_ + second + gaps_.min + static_cast<int64_t>(stored);
}

}  // namespace caseclock::core
