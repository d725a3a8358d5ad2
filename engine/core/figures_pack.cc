#include "engine/core/figures_pack.h"

#include <bit>

namespace caseclock::core {
namespace {

int64_t UnZigZag(uint64_t value) {
  return static_cast<int64_t>(value >> 1) ^ -static_cast<int64_t>(value & 1);
}

}  // namespace

size_t GapWidth(ValueRange gaps) {
  if (gaps.max < gaps.min) return 0;
  return (static_cast<size_t>(std::bit_width(static_cast<uint64_t>(gaps.max - gaps.min))) + 7) / 8;
}

PackHeader::PackHeader(std::span<const uint8_t> packed) {
  if (packed.empty()) return;
  const uint8_t* at = packed.data();
  const uint64_t first = ReadPackVarint(&at);
  plain = (first & 1) != 0;
  entries = first >> 1;
  if (!plain) {
    gaps.min = UnZigZag(ReadPackVarint(&at));
    gaps.max = gaps.min + static_cast<int64_t>(ReadPackVarint(&at));
  }
  size = static_cast<size_t>(at - packed.data());
}

PackReader::PackReader(std::span<const uint8_t> packed, int64_t day_start)
    : first_(packed.data()), head_(packed.data()), day_start_(day_start) {
  if (packed.empty()) return;
  const PackHeader header(packed);
  head_ += header.size;
  plain_ = header.plain;
  gaps_ = header.gaps;
  entries_ = left_ = header.entries;
  if (!plain_) width_ = GapWidth(gaps_);
  gap_ = packed.data() + packed.size() - entries_ * width_;
}

bool PackReader::PassBelow(uint64_t key, Passed* passed) {
  // In variables of its own, so that they stay in registers: nearly all of a merge is spent here.
  const uint8_t* head = head_;
  const uint8_t* gap = gap_;
  int64_t second = second_;
  size_t left = left_;
  for (; left > 0; --left) {
    const uint8_t* at = head;
    const uint64_t step = ReadPackVarint(&at);
    const int64_t next = second + static_cast<int64_t>(step >> 1);
    const int64_t count = (step & 1) == 0 ? 1 : static_cast<int64_t>(ReadPackVarint(&at)) + 2;
    if (!Below(key, next, gap + width_)) {
      *passed = {left_ - left, second, head, gap};
      head_ = at;
      gap_ = gap + width_;
      second_ = next;
      count_ = count;
      left_ = left - 1;
      return true;
    }
    head = at;
    gap += width_;
    second = next;
  }
  *passed = {left_, second, head, gap};
  left_ = 0;
  return false;
}

ValueRange PackedOthers(std::span<const uint8_t> packed, int64_t day_start) {
  const PackHeader header(packed);
  if (header.entries == 0) return {};
  if (header.plain) return {0, 0};
  return {header.gaps.min + day_start, header.gaps.max + day_start + kDaySeconds - 1};
}

}  // namespace caseclock::core
