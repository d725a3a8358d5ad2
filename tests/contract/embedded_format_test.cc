// The bytes that the embedded log keeps on disk: what was written once is read for ever, and what
// is damaged is noticed. When a test of golden bytes fails, the format moved: that needs a new
// version.

#include <gtest/gtest.h>

#include <random>
#include <string>

#include "engine/log/embedded/block.h"
#include "engine/log/embedded/keys.h"

namespace caseclock::log::embedded {
namespace {

std::string Hex(std::string_view bytes) {
  static constexpr char kDigits[] = "0123456789abcdef";
  std::string text;
  for (const char c : bytes) {
    text += kDigits[static_cast<unsigned char>(c) >> 4];
    text += kDigits[static_cast<unsigned char>(c) & 15];
  }
  return text;
}

std::string Unhex(std::string_view text) {
  std::string bytes;
  for (size_t i = 0; i < text.size(); i += 2) {
    bytes.push_back(static_cast<char>(std::stoi(std::string(text.substr(i, 2)), nullptr, 16)));
  }
  return bytes;
}

// Four records, one of each kind, with a gap before the third.
SealedBlock Sample() {
  BlockWriter writer;
  const HeaderView headers[] = {{"h", "1"}, {"", ""}};
  writer.Add({"key", "value", base::Instant::FromMillis(1000), {}});
  writer.Add({std::nullopt, "", std::nullopt, {}});
  writer.Add({"gone", std::nullopt, base::Instant::FromMillis(999), headers}, 5);
  writer.Add({"", "z", std::nullopt, {}});
  SealedBlock block = writer.Seal(false, 20);
  StampBlock(base::Instant::FromMillis(1'750'000'000'000), &block);
  return block;
}

constexpr char kGoldenBlock[] =
    "0160f5cd8d0000dc20749701000014000000000000000400000002000000220000000bd00f036b65790576616c"
    "756502001d050104676f6e65020168013100000300017a";

void ExpectSample(const Block& block) {
  EXPECT_EQ(block.first(), 80);
  EXPECT_EQ(block.last(), 100);
  const auto& r = block.records();
  ASSERT_EQ(r.size(), 4U);
  EXPECT_EQ(r[0].offset, 80);
  EXPECT_EQ(r[0].key, "key");
  EXPECT_EQ(r[0].value, "value");
  EXPECT_EQ(r[0].timestamp.Millis(), 1000);
  EXPECT_EQ(r[1].offset, 81);
  EXPECT_EQ(r[1].key, std::nullopt);
  EXPECT_EQ(r[1].value, "");
  EXPECT_EQ(r[1].timestamp.Millis(), 1'750'000'000'000);
  EXPECT_EQ(r[2].offset, 87);
  EXPECT_EQ(r[2].value, std::nullopt);
  EXPECT_EQ(r[2].timestamp.Millis(), 999);
  ASSERT_EQ(r[2].headers.size(), 2U);
  EXPECT_EQ(r[2].headers[0].key, "h");
  EXPECT_EQ(r[2].headers[0].value, "1");
  EXPECT_EQ(r[3].offset, 88);
  EXPECT_EQ(r[3].key, "");
}

TEST(EmbeddedFormat, ABlockIsWrittenAsItAlwaysWas) {
  EXPECT_EQ(Hex(Sample().value), kGoldenBlock);
}

TEST(EmbeddedFormat, ABlockOfOldIsRead) {
  const auto block = Block::Decode(Unhex(kGoldenBlock), 100);
  ASSERT_TRUE(block.ok()) << block.error().message;
  ExpectSample(*block.value());
}

TEST(EmbeddedFormat, KeysAndSmallValuesAreAsTheyAlwaysWere) {
  EXPECT_EQ(Hex(FormatKey() + EncodeFormat()), "4601");
  EXPECT_EQ(Hex(TopicKey("ab")), "546162");
  EXPECT_EQ(Hex(MetaKey({1, 2})), "500000000100000002");
  EXPECT_EQ(Hex(GroupKey("g", {1, 2})), "47000000010000000267");
  EXPECT_EQ(Hex(ProducerKey("p")), "4570");
  EXPECT_EQ(Hex(BlockKey({1, 2}, 258)), "4200000001000000020000000000000102");
  EXPECT_EQ(LastOffsetOf(BlockKey({1, 2}, 258)), 258);
  TopicConfig config;
  config.partitions = 3;
  config.compacted = true;
  config.retention = base::Duration{5};
  config.compaction_lag = base::Duration{6};
  EXPECT_EQ(Hex(EncodeTopic({7, config})),
            "01"
            "07000000"
            "03000000"
            "01"
            "01"
            "0500000000000000"
            "0600000000000000");
  EXPECT_EQ(Hex(EncodeMeta({1, 2, 3, 4})),
            "01"
            "0100000000000000"
            "0200000000000000"
            "0300000000000000"
            "0400000000000000");
  EXPECT_EQ(Hex(EncodeNumber(-2)), "01feffffffffffffff");
  EXPECT_EQ(DecodeNumber(EncodeNumber(-2)), -2);
  EXPECT_EQ(DecodeNumber("\x02" + EncodeNumber(1).substr(1)), std::nullopt) << "another version";
  EXPECT_EQ(DecodeMeta(EncodeMeta({1, 2, 3, 4}).substr(1)), std::nullopt);
  EXPECT_EQ(DecodeTopic(EncodeTopic({7, config}) + "x"), std::nullopt);
}

TEST(EmbeddedFormat, EveryFlippedBitIsNoticed) {
  const std::string whole = Unhex(kGoldenBlock);
  for (size_t bit = 0; bit < whole.size() * 8; ++bit) {
    std::string damaged = whole;
    damaged[bit / 8] = static_cast<char>(damaged[bit / 8] ^ (1 << (bit % 8)));
    const auto block = Block::Decode(damaged, 100);
    ASSERT_FALSE(block.ok()) << bit;
    EXPECT_EQ(block.error().kind, base::ErrorKind::kCorrupt);
  }
  for (size_t size = 0; size < whole.size(); ++size) {
    ASSERT_FALSE(Block::Decode(std::string_view(whole).substr(0, size), 100).ok()) << size;
  }
}

// A right checksum over wrong bytes: nothing is read that is not there (run under asan).
TEST(EmbeddedFormat, NonsenseWithARightChecksumIsRefusedOrReadWithinItsBytes) {
  std::mt19937 random(1);
  size_t read = 0;
  for (int round = 0; round < 20'000; ++round) {
    SealedBlock block = Sample();
    for (int i = 0; i < 3; ++i) {
      const size_t at = 5 + random() % (block.value.size() - 5);
      block.value[at] = static_cast<char>(random());
    }
    if (random() % 4 == 0) block.value.resize(34 + random() % 20);
    StampBlock(base::Instant{}, &block);
    const auto decoded = Block::Decode(block.value, 100);
    if (!decoded.ok()) continue;
    for (const RecordView& r : decoded.value()->records()) {
      read += r.key.value_or("").size() + r.value.value_or("").size();
      for (const HeaderView& h : r.headers) read += h.key.size() + h.value.size();
    }
  }
  EXPECT_GT(read, 0U);
}

TEST(EmbeddedFormat, ALargeBlockIsCompressedAndComesBack) {
  BlockWriter writer;
  for (int i = 0; i < 5000; ++i) {
    writer.Add({std::to_string(i), "the same for all", std::nullopt, {}});
  }
  SealedBlock sealed = writer.Seal(true);
  StampBlock(base::Instant{}, &sealed);
  EXPECT_LT(sealed.value.size(), sealed.header.raw_bytes / 2);
  const auto stored = Block::Decode(sealed.value, 4999);
  const auto kept = Block::FromRaw(sealed.raw, sealed.header, 4999);
  ASSERT_TRUE(stored.ok());
  ASSERT_TRUE(kept.ok());
  for (size_t i = 0; i < 5000; ++i) {
    ASSERT_EQ(stored.value()->records()[i].key, std::to_string(i));
    ASSERT_EQ(kept.value()->records()[i].key, std::to_string(i));
    ASSERT_EQ(stored.value()->records()[i].offset, static_cast<int64_t>(i));
  }
  EXPECT_EQ(writer.records(), 0U) << "ready for the next";
}

}  // namespace
}  // namespace caseclock::log::embedded
