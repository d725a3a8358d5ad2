#include "engine/codec/output_codec.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "caseclock/v1/alert.pb.h"
#include "caseclock/v1/figures.pb.h"
#include "tests/unit/codec/generated.h"
#include "tests/unit/codec/random_values.h"

namespace caseclock::codec {
namespace {

std::string Encoded(const model::Alert& alert) {
  std::string bytes;
  EncodeAlert(alert, &bytes);
  return bytes;
}

TEST(AlertCodec, RoundTripsLikeTheGeneratedClass) {
  RandomValues random(1);
  model::Alert read;
  for (int i = 0; i < 1'000; ++i) {
    const model::Alert alert = random.Alert();
    const std::string bytes = Encoded(alert);
    ASSERT_EQ(ThroughGenerated<v1::Alert>(bytes), bytes);
    ASSERT_TRUE(DecodeAlert(bytes, &read).ok());
    EXPECT_EQ(read.id, alert.id);
    EXPECT_EQ(read.kind, alert.kind);
    EXPECT_EQ(read.clock_due_at, alert.clock_due_at);
    ASSERT_EQ(Encoded(read), bytes);
  }
}

TEST(AlertCodec, ACountedSegmentStaysOne) {
  model::Alert alert;
  alert.proof.segments.resize(2);
  alert.proof.segments[1].counted = false;
  model::Alert read;
  ASSERT_TRUE(DecodeAlert(Encoded(alert), &read).ok());
  EXPECT_TRUE(read.proof.segments[0].counted);
  EXPECT_FALSE(read.proof.segments[1].counted);
}

TEST(AlertCodec, StatesThatAreNoneAreCorrupt) {
  model::Alert alert;
  EXPECT_FALSE(DecodeAlert(std::string_view("\x18\x00", 2), &alert).ok());
  EXPECT_FALSE(DecodeAlert("\x18\x06", &alert).ok());
  EXPECT_FALSE(DecodeAlert("\x20\x04", &alert).ok());
  EXPECT_FALSE(DecodeAlert("\x0a\x02xy", &alert).ok());
}

ChunkKey RandomKey(RandomValues* random) {
  ChunkKey key;
  random->Fill(&key.figure.queue);
  random->Fill(&key.figure.label1);
  random->Fill(&key.figure.label2);
  key.figure.kind = static_cast<model::FigureKind>(1 + random->Below(14));
  key.day = static_cast<int32_t>(random->Below(60'000)) - 20'000;
  key.partition = static_cast<int32_t>(random->Below(64));
  return key;
}

model::FigureChunk RandomChunk(int32_t day, RandomValues* random) {
  model::FigureChunk chunk;
  const bool others = random->Coin();
  const bool counts = random->Coin();
  for (uint64_t n = random->Below(40); n > 0; --n) {
    model::FigureChunk::Entry& entry = chunk.entries.emplace_back();
    entry.second = day * int64_t{86'400} + static_cast<int64_t>(random->Below(86'400));
    if (others) random->Fill(&entry.other);
    entry.count = counts ? static_cast<int64_t>(random->Below(9)) - 4 : 1;
  }
  return chunk;
}

TEST(ChunkCodec, RoundTripsLikeTheGeneratedClass) {
  RandomValues random(2);
  for (int i = 0; i < 1'000; ++i) {
    const ChunkKey key = RandomKey(&random);
    const model::FigureChunk chunk = RandomChunk(key.day, &random);
    std::string bytes;
    EncodeChunk(key, chunk, &bytes);
    ASSERT_EQ(ThroughGenerated<v1::QueuePartial>(bytes), bytes);
    ChunkKey read_key;
    model::FigureChunk read;
    ASSERT_TRUE(DecodeChunk(bytes, &read_key, &read).ok());
    EXPECT_EQ(read_key, key);
    ASSERT_EQ(read.entries.size(), chunk.entries.size());
    for (size_t e = 0; e < read.entries.size(); ++e) {
      EXPECT_EQ(read.entries[e].second, chunk.entries[e].second);
      EXPECT_EQ(read.entries[e].other, chunk.entries[e].other);
      EXPECT_EQ(read.entries[e].count, chunk.entries[e].count);
    }
  }
}

TEST(ChunkCodec, WhatFiguresCannotTakeIsCorrupt) {
  const ChunkKey key{.figure = {}, .day = 3};
  const int64_t start = 3 * 86'400;
  const auto sound = [&](std::vector<model::FigureChunk::Entry> entries) {
    return CheckChunk(key, {std::move(entries)}).ok();
  };
  EXPECT_TRUE(sound({}));
  EXPECT_TRUE(sound({{start, 5, 1}, {start, 6, 2}, {start + 86'399, -7, 1}}));
  EXPECT_FALSE(sound({{start, 5, 0}}));
  EXPECT_FALSE(sound({{start - 1, 5, 1}}));
  EXPECT_FALSE(sound({{start + 86'400, 5, 1}}));
  EXPECT_FALSE(sound({{start, 5, 1}, {start, 5, 1}}));
  EXPECT_FALSE(sound({{start + 1, 5, 1}, {start, 6, 1}}));
  EXPECT_FALSE(sound({{start, int64_t{1} << 40, 1}}));
}

TEST(ChunkCodec, AUsualFactTakesTwoBytes) {
  model::FigureChunk chunk;
  for (int64_t i = 0; i < 100; ++i) chunk.entries.push_back({100 + i * 500, 0, 1});
  std::string empty;
  std::string bytes;
  EncodeChunk({}, {}, &empty);
  EncodeChunk({}, chunk, &bytes);
  EXPECT_LE(bytes.size() - empty.size(), 3 + 2 * chunk.entries.size());
}

TEST(ChunkCodec, ColumnsOfDifferentLengthAreCorrupt) {
  ChunkKey key;
  model::FigureChunk chunk;
  EXPECT_TRUE(DecodeChunk("\x3a\x02\x02\x02\x42\x02\x02\x02", &key, &chunk).ok());
  EXPECT_FALSE(DecodeChunk("\x3a\x02\x02\x02\x42\x01\x02", &key, &chunk).ok());
  EXPECT_FALSE(DecodeChunk("\x3a\x02\x02\x02\x4a\x01\x02", &key, &chunk).ok());
  EXPECT_FALSE(DecodeChunk("\x18\x0f", &key, &chunk).ok());  // a kind that is none
}

TEST(ChunkKey, ParsesAndSortsByQueueKindLabelsAndDay) {
  RandomValues random(3);
  std::vector<std::string> keys;
  for (int i = 0; i < 500; ++i) {
    const ChunkKey key = RandomKey(&random);
    keys.push_back(FigureChunkKey(key));
    const base::Result<ChunkKey> read = ParseFigureChunkKey(keys.back());
    ASSERT_TRUE(read.ok());
    EXPECT_EQ(read.value(), key);
  }
  std::sort(keys.begin(), keys.end());
  const auto order = [](const std::string& bytes) {
    const ChunkKey k = ParseFigureChunkKey(bytes).value();
    return std::tuple(k.figure.queue, k.partition, k.figure.kind, k.figure.label1, k.figure.label2,
                      k.day);
  };
  for (size_t i = 1; i < keys.size(); ++i) EXPECT_LE(order(keys[i - 1]), order(keys[i]));
  for (size_t size = 0; size < keys[0].size(); ++size)
    EXPECT_FALSE(ParseFigureChunkKey(keys[0].substr(0, size)).ok());
  EXPECT_FALSE(ParseFigureChunkKey(keys[0] + "x").ok());
}

TEST(CommitCodec, RoundTrips) {
  model::CommitRecord record;
  record.sequence = 42;
  record.previous = {1, 2};
  record.input_from = 100;
  record.input_to = 200;
  record.input_records = 99;
  record.output_records = 7;
  record.checksum = 0xdeadbeef;
  record.clock = base::Instant{1'772'446'500'000'001};
  record.policy_hash = "abc";
  record.historical = true;
  record.partials = true;
  record.steps = {{150, base::Instant{1}, base::Instant{2}, base::kNever, 0, 1, {}, {}},
                  {200, base::Instant{3}, base::Instant{4}, base::Instant{5}, 6, 2, "C-1", "C-7"}};
  std::string bytes;
  EncodeCommit(record, &bytes);
  model::CommitRecord read;
  ASSERT_TRUE(DecodeCommit(bytes, &read).ok());
  EXPECT_EQ(read.sequence, 42);
  EXPECT_EQ(read.previous, record.previous);
  EXPECT_EQ(read.checksum, record.checksum);
  EXPECT_EQ(read.clock, record.clock);
  EXPECT_EQ(read.steps, record.steps);
  std::string again;
  EncodeCommit(read, &again);
  EXPECT_EQ(again, bytes);
  EXPECT_FALSE(DecodeCommit("", &read).ok());
  EXPECT_FALSE(DecodeCommit("\x08", &read).ok());
}

TEST(RejectCodec, RoundTripsBytesThatAreNoText) {
  model::Reject reject;
  reject.key = "\xff";
  reject.value = std::string("a\0b", 3);
  reject.value_size = 3;
  reject.headers = {{"content-type", "application/json"}, {"\xfe", ""}};
  reject.topic = "caseclock.events";
  reject.partition = 3;
  reject.offset = 12;
  reject.timestamp = base::Instant::FromSeconds(1'772'446'500);
  reject.reason = model::RejectReason::kBadText;
  reject.message = "Expected …, but …";
  std::string bytes;
  EncodeReject(reject, &bytes);
  model::Reject read;
  ASSERT_TRUE(DecodeReject(bytes, &read).ok());
  EXPECT_EQ(read.key, reject.key);
  EXPECT_EQ(read.value, reject.value);
  EXPECT_EQ(read.headers[1].key, "\xfe");
  std::string again;
  EncodeReject(read, &again);
  EXPECT_EQ(again, bytes);
  EXPECT_EQ(RejectToJson(read),
            R"({"reason":"bad_text","message":"Expected …, but …","topic":"caseclock.events",)"
            R"("partition":3,"offset":12,"timestamp":"2026-03-02T10:15:00Z","key_base64":"/w==",)"
            R"("value":"a\u0000b","value_size":3,"headers":[{"key":"content-type",)"
            R"("value":"application/json"},{"key_base64":"/g==","value":""}]})");
  read.key.reset();
  read.value.reset();
  again.clear();
  EncodeReject(read, &again);
  ASSERT_TRUE(DecodeReject(again, &read).ok());
  EXPECT_FALSE(read.key.has_value() || read.value.has_value());
}

TEST(PolicyCodec, RoundTrips) {
  const model::PolicyRecord record{"hash", {{"a.yaml", "text: \xff"}, {"b.yaml", ""}}};
  std::string bytes;
  EncodePolicy(record, &bytes);
  model::PolicyRecord read;
  ASSERT_TRUE(DecodePolicy(bytes, &read).ok());
  EXPECT_EQ(read.hash, "hash");
  ASSERT_EQ(read.files.size(), 2U);
  EXPECT_EQ(read.files[0].text, record.files[0].text);
  const model::ActivationRecord activation{"hash", base::kLongAgo, base::Instant{7}, "ops"};
  bytes.clear();
  EncodeActivation(activation, &bytes);
  model::ActivationRecord read_activation;
  ASSERT_TRUE(DecodeActivation(bytes, &read_activation).ok());
  EXPECT_EQ(read_activation.effective_from, base::kLongAgo);
  EXPECT_EQ(read_activation.activated_at.us, 7);
  EXPECT_EQ(read_activation.by, "ops");
}

}  // namespace
}  // namespace caseclock::codec
