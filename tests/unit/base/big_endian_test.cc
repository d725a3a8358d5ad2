#include "engine/base/big_endian.h"

#include <gtest/gtest.h>

namespace caseclock::base {
namespace {

std::string Big32(uint32_t n) {
  std::string bytes;
  AppendBig32(n, &bytes);
  return bytes;
}
std::string Big64(uint64_t n) {
  std::string bytes;
  AppendBig64(n, &bytes);
  return bytes;
}

TEST(BigEndian, TheHighestByteComesFirst) {
  EXPECT_EQ(Big32(0x41424344), "ABCD");
  EXPECT_EQ(Big64(0x4142434445464748), "ABCDEFGH");
  EXPECT_EQ(ReadBig32("ABCD and more"), 0x41424344U);
  EXPECT_EQ(ReadBig64("ABCDEFGH and more"), 0x4142434445464748U);
}

TEST(BigEndian, BytesSortAsNumbersDo) {
  const uint64_t numbers[] = {0, 1, 0x7f, 0x80, 0xff, 0x100, 0xffffffff};
  for (size_t i = 1; i < std::size(numbers); ++i) {
    EXPECT_LT(Big32(static_cast<uint32_t>(numbers[i - 1])),
              Big32(static_cast<uint32_t>(numbers[i])));
    EXPECT_LT(Big64(numbers[i - 1]), Big64(numbers[i]));
    EXPECT_EQ(ReadBig32(Big32(static_cast<uint32_t>(numbers[i]))), numbers[i]);
    EXPECT_EQ(ReadBig64(Big64(numbers[i] << 32)), numbers[i] << 32);
  }
}

}  // namespace
}  // namespace caseclock::base
