// The fixed hashes against vectors of others: their values are on disk and on the wire.

#include "engine/base/hash.h"

#include <gtest/gtest.h>

#include <string>
#include <utility>

namespace caseclock::base {
namespace {

TEST(Hash, IsMurmur3Of128Bits) {
  // Of the reference implementation, seed 0, as MurmurHash3_x64_128 gives its two words.
  const std::pair<const char*, Hash128> known[] = {
      {"", {0, 0}},
      {"hello", {0xcbd8a7b341bd9b02, 0x5b1e906a48ae1d19}},
      {"hello, world", {0x342fac623a5ebc8e, 0x4cdcbc079642414d}},
      {"19 Jan 2038 at 3:14:07 AM", {0xb89e5988b737affc, 0x664fc2950231b2cb}},
      {"The quick brown fox jumps over the lazy dog.", {0xcd99481f9ee902c9, 0x695da1a38987b6e7}}};
  for (const auto& [text, hash] : known) {
    EXPECT_EQ(ToHex(Hash(text)), ToHex(hash)) << text;
    EXPECT_EQ(Fingerprint(text), hash.low) << text;
  }
}

TEST(Hash, TakesEveryByteAndLength) {
  std::string bytes(64, 'a');
  for (size_t n = 0; n < bytes.size(); ++n) {
    const std::string_view shorter = std::string_view(bytes).substr(0, n);
    EXPECT_NE(Hash(shorter), Hash(std::string_view(bytes).substr(0, n + 1)));
    std::string other(shorter);
    if (n > 0) other[n - 1] = '\x80';
    EXPECT_EQ(n == 0, Hash(shorter) == Hash(other));
  }
}

TEST(Hash, HexGoesThereAndBack) {
  const Hash128 hash = Hash("hello");
  EXPECT_EQ(ToHex(hash), "cbd8a7b341bd9b025b1e906a48ae1d19");
  Hash128 back;
  ASSERT_TRUE(FromHex(ToHex(hash), &back));
  EXPECT_EQ(back, hash);
  EXPECT_FALSE(FromHex("", &back));
  EXPECT_FALSE(FromHex("CBD8a7b341bd9b025b1e906a48ae1d19", &back));
  EXPECT_FALSE(FromHex(ToHex(hash) + "0", &back));
}

TEST(Murmur2, IsKafkas) {
  // org.apache.kafka.common.utils.UtilsTest.testMurmur2, before it is made positive.
  const std::pair<const char*, int32_t> known[] = {
      {"21", -973932308},
      {"foobar", -790332482},
      {"a-little-bit-long-string", -985981536},
      {"a-little-bit-longer-string", -1486304829},
      {"lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8", -58897971},
      {"abc", 479470107}};
  for (const auto& [text, hash] : known) {
    EXPECT_EQ(Murmur2(text), static_cast<uint32_t>(hash) & 0x7fffffffU) << text;
  }
}

TEST(Crc32c, IsCastagnolis) {
  EXPECT_EQ(Crc32c(""), 0U);
  EXPECT_EQ(Crc32c("123456789"), 0xE3069283U);
  // RFC 3720, B.4.
  EXPECT_EQ(Crc32c(std::string(32, '\0')), 0x8A9136AAU);
  EXPECT_EQ(Crc32c(std::string(32, '\xff')), 0x62A8AB43U);
}

// One bit at a time, as the polynomial is defined.
uint32_t SlowCrc(std::string_view bytes) {
  uint32_t crc = ~0U;
  for (char c : bytes) {
    crc ^= static_cast<unsigned char>(c);
    for (int bit = 0; bit < 8; ++bit) crc = (crc & 1) != 0 ? (crc >> 1) ^ 0x82F63B78U : crc >> 1;
  }
  return ~crc;
}

TEST(Crc32c, OfAnyLengthAndInParts) {
  std::string bytes;
  for (int i = 0; i < 100; ++i) {
    EXPECT_EQ(Crc32c(bytes), SlowCrc(bytes)) << i;
    const std::string_view all(bytes);
    const size_t half = all.size() / 3;
    EXPECT_EQ(Crc32c(all.substr(half), Crc32c(all.substr(0, half))), SlowCrc(bytes)) << i;
    bytes.push_back(static_cast<char>(i * 37));
  }
}

}  // namespace
}  // namespace caseclock::base
