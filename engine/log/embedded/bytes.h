#pragma once

// Numbers as bytes inside blocks and values: varints (LEB128), and little-endian in fixed fields.
// Writers trust their buffer; readers check theirs. In keys they are as base/big_endian.h has them.

#include <bit>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

namespace caseclock::log::embedded {

static_assert(std::endian::native == std::endian::little, "fixed fields are copied as they are");

inline constexpr size_t kMaxVarint = 10;

inline char* PutVarint(char* p, uint64_t v) {
  while (v >= 0x80) {
    *p++ = static_cast<char>(v | 0x80);
    v >>= 7;
  }
  *p++ = static_cast<char>(v);
  return p;
}

// The byte after it, or nullptr if it does not end before `end` or does not fit.
inline const char* GetVarint(const char* p, const char* end, uint64_t* v) {
  if (p < end && static_cast<signed char>(*p) >= 0) [[likely]] {
    *v = static_cast<unsigned char>(*p);
    return p + 1;
  }
  uint64_t value = 0;
  for (unsigned shift = 0; shift < 70 && p < end; shift += 7) {
    const uint64_t byte = static_cast<unsigned char>(*p++);
    if (shift == 63 && byte > 1) return nullptr;
    value |= (byte & 0x7f) << shift;
    if (byte < 0x80) {
      *v = value;
      return p;
    }
  }
  return nullptr;
}

inline uint64_t ZigZag(int64_t v) {
  return (static_cast<uint64_t>(v) << 1) ^ static_cast<uint64_t>(v >> 63);
}
inline int64_t UnZigZag(uint64_t v) {
  return static_cast<int64_t>(v >> 1) ^ -static_cast<int64_t>(v & 1);
}

template <typename T>
void PutFixed(char* p, T v) {
  std::memcpy(p, &v, sizeof v);
}
template <typename T>
T GetFixed(const char* p) {
  T v;
  std::memcpy(&v, p, sizeof v);
  return v;
}
template <typename T>
void AppendFixed(std::string* out, T v) {
  out->append(reinterpret_cast<const char*>(&v), sizeof v);
}

}  // namespace caseclock::log::embedded
