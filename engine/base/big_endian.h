#pragma once

// Unsigned numbers as big-endian bytes: in keys they sort as the numbers do.

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "engine/base/check.h"

namespace caseclock::base {

inline void AppendBig32(uint32_t n, std::string* out) {
  for (int shift = 24; shift >= 0; shift -= 8) *out += static_cast<char>(n >> shift);
}

inline void AppendBig64(uint64_t n, std::string* out) {
  for (int shift = 56; shift >= 0; shift -= 8) *out += static_cast<char>(n >> shift);
}

// From the front of `bytes`. REQUIRES: there are at least 4.
inline uint32_t ReadBig32(std::string_view bytes) {
  CHECK(bytes.size() >= 4);
  uint32_t n = 0;
  for (size_t i = 0; i < 4; ++i) n = n << 8 | static_cast<unsigned char>(bytes[i]);
  return n;
}

// From the front of `bytes`. REQUIRES: there are at least 8.
inline uint64_t ReadBig64(std::string_view bytes) {
  CHECK(bytes.size() >= 8);
  uint64_t n = 0;
  for (size_t i = 0; i < 8; ++i) n = n << 8 | static_cast<unsigned char>(bytes[i]);
  return n;
}

}  // namespace caseclock::base
