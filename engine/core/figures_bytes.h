#pragma once

// A byte string in 16 bytes, up to 15 of them in place: most days of most figures hold little. Owns
// its memory; moves only.

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>

namespace caseclock::core {

class PackedBytes {
 public:
  PackedBytes() = default;
  // Of `size` bytes, to be written through data().
  explicit PackedBytes(size_t size);
  ~PackedBytes() { Free(); }
  PackedBytes(PackedBytes&& o) noexcept { Take(&o); }
  PackedBytes& operator=(PackedBytes&& o) noexcept {
    if (this == &o) return *this;
    Free();
    Take(&o);
    return *this;
  }

  [[nodiscard]] uint8_t* data();
  [[nodiscard]] std::span<const uint8_t> bytes() const;
  [[nodiscard]] bool empty() const { return raw_[15] == 0; }
  // What the allocator spends on it besides this object.
  [[nodiscard]] size_t HeapBytes() const;

 private:
  static constexpr uint8_t kOnHeap = 0xFF;

  void Take(PackedBytes* o) noexcept {
    std::memcpy(raw_, o->raw_, sizeof(raw_));
    o->raw_[15] = 0;
  }
  void Free() noexcept {
    if (raw_[15] == kOnHeap) delete[] data();
  }

  uint8_t raw_[16] = {};  // [15]: the size in place, or kOnHeap: a pointer, then the size
};

}  // namespace caseclock::core
