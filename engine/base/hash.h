#pragma once

// Fixed hashes: their values are on disk and on the wire and never change.

#include <cstdint>
#include <string>
#include <string_view>

namespace caseclock::base {

struct Hash128 {
  uint64_t high = 0;
  uint64_t low = 0;
  auto operator<=>(const Hash128&) const = default;
};

// MurmurHash3_x64_128 (A. Appleby, public domain), seed 0. Identity, not security.
Hash128 Hash(std::string_view bytes);
// The low half of Hash().
uint64_t Fingerprint(std::string_view bytes);

// 32 lower-case hex digits, and back (false if it is not that).
std::string ToHex(Hash128 hash);
bool FromHex(std::string_view text, Hash128* hash);

// Kafka's default partitioner (org.apache.kafka.common.utils.Utils.murmur2, made positive).
uint32_t Murmur2(std::string_view key);

// CRC-32C (Castagnoli), as RFC 3720 defines it. `crc` continues an earlier value.
uint32_t Crc32c(std::string_view bytes, uint32_t crc = 0);

}  // namespace caseclock::base
