#include "engine/core/figures_bytes.h"

#include <limits>

#include "engine/base/check.h"

namespace caseclock::core {
namespace {

constexpr size_t kInPlace = 15;

}  // namespace

PackedBytes::PackedBytes(size_t size) {
  if (size <= kInPlace) {
    raw_[15] = static_cast<uint8_t>(size);
    return;
  }
  CHECK(size <= std::numeric_limits<uint32_t>::max());
  auto* const heap = new uint8_t[size];
  const auto held = static_cast<uint32_t>(size);
  std::memcpy(raw_, &heap, sizeof(heap));
  std::memcpy(raw_ + 8, &held, sizeof(held));
  raw_[15] = kOnHeap;
}

uint8_t* PackedBytes::data() {
  if (raw_[15] != kOnHeap) return raw_;
  uint8_t* heap = nullptr;
  std::memcpy(&heap, raw_, sizeof(heap));
  return heap;
}

std::span<const uint8_t> PackedBytes::bytes() const {
  if (raw_[15] != kOnHeap) return {raw_, raw_[15]};
  const uint8_t* heap = nullptr;
  uint32_t size = 0;
  std::memcpy(&heap, raw_, sizeof(heap));
  std::memcpy(&size, raw_ + 8, sizeof(size));
  return {heap, size};
}

size_t PackedBytes::HeapBytes() const {
  // A word of the allocator's own before each block, blocks in steps of 16 from 32 on.
  if (raw_[15] != kOnHeap) return 0;
  return bytes().size() <= 24 ? 32 : (bytes().size() + 8 + 15) / 16 * 16;
}

}  // namespace caseclock::core
