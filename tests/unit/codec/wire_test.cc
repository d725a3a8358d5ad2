#include "engine/codec/wire.h"

#include <gtest/gtest.h>

#include <limits>

#include "engine/codec/wire_value.h"

namespace caseclock::codec::wire {
namespace {

std::string Varint(uint64_t n) {
  std::string bytes;
  Writer(&bytes).Varint(n);
  return bytes;
}

TEST(Wire, VarintsAreThoseOfProtobuf) {
  EXPECT_EQ(Varint(0), std::string("\x00", 1));
  EXPECT_EQ(Varint(127), "\x7f");
  EXPECT_EQ(Varint(300), "\xac\x02");
  EXPECT_EQ(Varint(std::numeric_limits<uint64_t>::max()), std::string(9, '\xff') + "\x01");
  for (unsigned bits = 0; bits < 64; ++bits) {
    for (const uint64_t n : {1ULL << bits, (1ULL << bits) - 1}) {
      const std::string bytes = Varint(n);
      uint64_t read = 0;
      Reader in(bytes);
      ASSERT_TRUE(in.Varint(&read) && in.AtEnd());
      EXPECT_EQ(read, n);
      EXPECT_EQ(bytes.size(), VarintSize(n));
    }
  }
}

TEST(Wire, ZigZagTurnsBack) {
  EXPECT_EQ(ZigZag(0), 0U);
  EXPECT_EQ(ZigZag(-1), 1U);
  EXPECT_EQ(ZigZag(1), 2U);
  for (const int64_t n : {std::numeric_limits<int64_t>::min(), int64_t{-7}, int64_t{0},
                          std::numeric_limits<int64_t>::max()})
    EXPECT_EQ(UnZigZag(ZigZag(n)), n);
}

TEST(Wire, NestedMessagesOfAnyLength) {
  for (const size_t size : {0U, 1U, 125U, 127U, 128U, 16383U, 16384U, 300000U}) {
    std::string bytes = "before";
    {
      Writer w(&bytes, 0);
      const size_t outer = w.Begin(1);
      const size_t inner = w.Begin(2);
      w.Raw(std::string(size, 'x'));
      w.End(inner);
      w.Varint(3, 7);
      w.End(outer);
    }
    Reader in(std::string_view(bytes).substr(6));
    uint32_t tag = 0;
    uint64_t number = 0;
    std::string_view outer;
    std::string_view inner;
    ASSERT_TRUE(in.ReadTag(&tag) && in.Bytes(&outer) && in.AtEnd()) << size;
    Reader nested(outer);
    ASSERT_TRUE(nested.ReadTag(&tag) && nested.Bytes(&inner)) << size;
    EXPECT_EQ(inner, std::string(size, 'x'));
    ASSERT_TRUE(nested.ReadTag(&tag) && nested.Varint(&number) && nested.AtEnd());
    EXPECT_EQ(number, 7U);
  }
}

bool Skips(std::string_view bytes) {
  Reader in(bytes);
  uint32_t tag = 0;
  return in.ReadTag(&tag) && in.Skip(tag) && in.AtEnd();
}

TEST(Wire, DamageIsSeen) {
  EXPECT_TRUE(Skips("\x08\x01"));
  EXPECT_TRUE(Skips("\x0a\x02xy"));
  EXPECT_FALSE(Skips("\x08"));                                              // no value
  EXPECT_FALSE(Skips("\x08\x80"));                                          // varint breaks off
  EXPECT_FALSE(Skips("\x08\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01"));  // and never ends
  EXPECT_FALSE(Skips("\x0a\x03xy"));                                        // length beyond the end
  EXPECT_FALSE(Skips("\x0a\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01"));      // far beyond
  EXPECT_FALSE(Skips("\x09\x01\x02"));                                      // fixed64 of two bytes
  EXPECT_FALSE(Skips("\x0d\x01\x02"));                                      // fixed32 of two bytes
  EXPECT_FALSE(Skips("\x0b\x0c"));                                          // group
  EXPECT_FALSE(Skips(std::string_view("\x00\x01", 2)));                     // number 0
}

base::Instant Again(base::Instant t) {
  std::string bytes;
  {
    Writer w(&bytes);
    PutInstant(1, t, &w);
  }
  Reader in(bytes);
  uint32_t tag = 0;
  base::Instant read;
  EXPECT_TRUE(in.ReadTag(&tag) && Read(tag, &in, &read));
  return read;
}

TEST(Wire, InstantsKeepMicrosecondsAndTheirEnds) {
  for (const int64_t us : {int64_t{0}, int64_t{-1}, int64_t{1}, int64_t{-1'000'000},
                           int64_t{1'772'446'500'250'001}, int64_t{-2'208'988'800'000'001}})
    EXPECT_EQ(Again(base::Instant{us}).us, us);
  EXPECT_EQ(Again(base::kNever), base::kNever);
  EXPECT_EQ(Again(base::kLongAgo), base::kLongAgo);
  // Beyond the calendar of protobuf there is nothing but the ends.
  EXPECT_EQ(Again(base::Instant{base::kNever.us - 1}), base::kNever);
  EXPECT_EQ(Again(base::Instant{base::kLongAgo.us + 1}), base::kLongAgo);
}

TEST(Wire, DurationsKeepEveryMicrosecond) {
  for (const int64_t us :
       {int64_t{0}, int64_t{-1}, int64_t{1'500'000}, int64_t{-1'500'000},
        std::numeric_limits<int64_t>::min(), std::numeric_limits<int64_t>::max()}) {
    std::string bytes;
    {
      Writer w(&bytes);
      PutDuration(1, base::Duration{us}, &w);
    }
    Reader in(bytes);
    uint32_t tag = 0;
    base::Duration read;
    ASSERT_TRUE(in.ReadTag(&tag) && Read(tag, &in, &read)) << us;
    EXPECT_EQ(read.us, us);
  }
}

}  // namespace
}  // namespace caseclock::codec::wire
