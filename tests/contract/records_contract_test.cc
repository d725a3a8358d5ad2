// Topics, and records as they are appended and read back.

#include <gmock/gmock.h>

#include <algorithm>
#include <numeric>

#include "tests/contract/log_contract.h"

namespace caseclock::log::contract {
namespace {

using base::ErrorKind;
using testing::ElementsAre;
using testing::IsEmpty;

TEST_P(LogContract, TopicIsDescribedAsMade) {
  TopicConfig config;
  config.partitions = 3;
  config.compacted = true;
  config.retention = base::Days(5);
  config.compaction_lag = base::Hours(2);
  ASSERT_TRUE(log().EnsureTopic("t", config).ok());
  ASSERT_TRUE(log().EnsureTopic("t", config).ok()) << "a second time";
  auto found = log().Describe("t");
  ASSERT_TRUE(found.ok());
  EXPECT_EQ(found.value().partitions, 3);
  EXPECT_TRUE(found.value().compacted);
  EXPECT_EQ(found.value().retention, base::Days(5));
  EXPECT_EQ(found.value().compaction_lag, base::Hours(2));
}

TEST_P(LogContract, TopicSettingsChangeButPartitionsDoNot) {
  Topic("t", 3);
  TopicConfig config;
  config.partitions = 3;
  config.retention = base::Days(1);
  ASSERT_TRUE(log().EnsureTopic("t", config).ok());
  EXPECT_EQ(log().Describe("t").value().retention, base::Days(1));
  config.partitions = 4;
  const auto status = log().EnsureTopic("t", config);
  ASSERT_FALSE(status.ok());
  EXPECT_EQ(status.error().kind, ErrorKind::kConfig);
}

TEST_P(LogContract, WhatIsNotThereIsNotFound) {
  EXPECT_EQ(log().Describe("none").error().kind, ErrorKind::kNotFound);
  EXPECT_EQ(log().Bounds({"none", 0}).error().kind, ErrorKind::kNotFound);
  EXPECT_EQ(log().Join("g", "", {"none"}).error().kind, ErrorKind::kNotFound);
  EXPECT_EQ(log().Open({"none", 0}, 0).error().kind, ErrorKind::kNotFound);
  auto appender = log().OpenAppender();
  const NewRecord record{"k", "v", std::nullopt, {}};
  EXPECT_EQ(appender.value()->Append("none", {&record, 1}).error().kind, ErrorKind::kNotFound);
  Topic("t", 2);
  EXPECT_EQ(log().Open({"t", 2}, 0).error().kind, ErrorKind::kInvalid);
  EXPECT_EQ(log().Open({"t", -1}, 0).error().kind, ErrorKind::kInvalid);
}

TEST_P(LogContract, BadTopicsAreRefused) {
  EXPECT_EQ(log().EnsureTopic("", {}).error().kind, ErrorKind::kInvalid);
  EXPECT_EQ(log().EnsureTopic("a/b", {}).error().kind, ErrorKind::kInvalid);
  EXPECT_EQ(log().EnsureTopic(std::string(250, 'a'), {}).error().kind, ErrorKind::kInvalid);
  TopicConfig none;
  none.partitions = 0;
  EXPECT_EQ(log().EnsureTopic("t", none).error().kind, ErrorKind::kInvalid);
}

TEST_P(LogContract, RecordsComeBackInOrder) {
  Topic("t");
  EXPECT_THAT(ReadTexts("t"), IsEmpty());
  const auto first = Append("t", {{"a", "1"}, {"b", "2"}});
  const auto second = Append("t", {{"a", "3"}});
  ASSERT_EQ(first.size(), 2U);
  EXPECT_LT(first[0].offset, first[1].offset);
  EXPECT_LT(first[1].offset, second[0].offset);
  EXPECT_THAT(ReadTexts("t"), ElementsAre("a=1", "b=2", "a=3"));
  EXPECT_THAT(ReadTexts("t", 0, second[0].offset), ElementsAre("a=3"));
  const auto records = Read("t");
  EXPECT_EQ(records[0].offset, first[0].offset);
  EXPECT_EQ(records[2].offset, second[0].offset);
}

TEST_P(LogContract, AbsentAndEmptyAreDifferent) {
  Topic("t");
  Append("t", {{std::nullopt, "v"}, {"", "v"}, {"k", std::nullopt}, {"k", ""}});
  const auto records = Read("t");
  ASSERT_EQ(records.size(), 4U);
  EXPECT_EQ(records[0].key, std::nullopt);
  EXPECT_EQ(records[1].key, "");
  EXPECT_EQ(records[2].value, std::nullopt);
  EXPECT_EQ(records[3].value, "");
}

TEST_P(LogContract, AnyBytesComeBack) {
  Topic("t");
  std::string bytes(256, '\0');
  std::iota(bytes.begin(), bytes.end(), '\0');
  Append("t", {{bytes, bytes}});
  EXPECT_EQ(Read("t").at(0).key, bytes);
  EXPECT_EQ(Read("t").at(0).value, bytes);
}

TEST_P(LogContract, HeadersComeBackInOrder) {
  Topic("t");
  const HeaderView headers[] = {{"ce_id", "1"}, {"ce_type", ""}, {"ce_id", "2"}};
  const NewRecord records[] = {{"a", "1", std::nullopt, headers},
                               {"b", "2", std::nullopt, {}},
                               {"c", "3", std::nullopt, std::span(headers).first(1)}};
  ASSERT_TRUE(log().OpenAppender().value()->Append("t", records).ok());
  const auto read = Read("t");
  ASSERT_EQ(read.size(), 3U);
  using Header = std::pair<std::string, std::string>;
  EXPECT_THAT(read[0].headers,
              ElementsAre(Header("ce_id", "1"), Header("ce_type", ""), Header("ce_id", "2")));
  EXPECT_THAT(read[1].headers, IsEmpty());
  EXPECT_THAT(read[2].headers, ElementsAre(Header("ce_id", "1")));
}

TEST_P(LogContract, TimestampsKeepMilliseconds) {
  Topic("t");
  const auto at = base::Instant::FromMillis(1'700'000'000'123);
  const auto before = base::Instant::FromMillis(1'600'000'000'001);
  const NewRecord records[] = {{"a", "1", at + base::Duration{456}, {}},
                               {"b", "2", before, {}},
                               {"c", "3", std::nullopt, {}},
                               {"d", "4", base::Instant::FromMillis(1), {}}};
  ASSERT_TRUE(log().OpenAppender().value()->Append("t", records).ok());
  const auto read = Read("t");
  ASSERT_EQ(read.size(), 4U);
  EXPECT_EQ(read[0].timestamp, at);
  EXPECT_EQ(read[1].timestamp, before);
  EXPECT_GT(read[2].timestamp, before);
  EXPECT_EQ(read[3].timestamp.Millis(), 1);
}

TEST_P(LogContract, BoundsFollowTheRecords) {
  Topic("t", 2);
  auto bounds = log().Bounds({"t", 1}).value();
  EXPECT_EQ(bounds.first, bounds.end);
  Append("t", {{std::nullopt, "v"}, {std::nullopt, "w"}});
  bounds = log().Bounds({"t", 0}).value();
  const auto records = Read("t", 0, bounds.first);
  EXPECT_EQ(bounds.first, records.front().offset);
  EXPECT_GT(bounds.end, records.back().offset);
  EXPECT_EQ(log().Bounds({"t", 1}).value().end, log().Bounds({"t", 1}).value().first);
}

TEST_P(LogContract, KeysChooseThePartition) {
  Topic("t", 8);
  std::vector<Keyed> records;
  for (int i = 0; i < 200; ++i) records.emplace_back("case-" + std::to_string(i), "v");
  const auto appended = Append("t", records);
  ASSERT_EQ(appended.size(), 200U);
  size_t read = 0;
  for (int32_t p = 0; p < 8; ++p) {
    for (const Record& r : Read("t", p)) {
      EXPECT_EQ(PartitionOf(*r.key, 8), p);
      const size_t i = std::stoul(r.key->substr(5));
      EXPECT_EQ(appended[i].partition, p);
      EXPECT_EQ(appended[i].offset, r.offset);
      ++read;
    }
  }
  EXPECT_EQ(read, 200U);
}

TEST_P(LogContract, ManyPartitionsAreKeptApart) {
  Topic("t", 64);
  Topic("u", 64);
  auto producer = OpenProducer("p");
  ASSERT_TRUE(producer->Begin().ok());
  for (int32_t p = 0; p < 64; ++p) {
    ASSERT_TRUE(Put(*producer, "t", "k", "t" + std::to_string(p), p).ok());
    ASSERT_TRUE(Put(*producer, "u", "k", "u" + std::to_string(p), p).ok());
  }
  ExpectCommit(*producer);
  for (int32_t p = 0; p < 64; ++p) {
    AwaitTexts("t", p, ElementsAre("k=t" + std::to_string(p)));
    AwaitTexts("u", p, ElementsAre("k=u" + std::to_string(p)));
  }
}

TEST_P(LogContract, ManyRecordsInSmallAndLargeAppends) {
  Topic("t");
  std::vector<std::string> expected;
  for (int round = 0; round < 60; ++round) {
    std::vector<Keyed> records;
    const int count = round % 3 == 0 ? 400 : 1;
    for (int i = 0; i < count; ++i) {
      const std::string key = std::to_string(expected.size());
      records.emplace_back(key, std::string(static_cast<size_t>(round), 'x'));
      expected.push_back(key + "=" + *records.back().second);
    }
    Append("t", records);
  }
  EXPECT_EQ(ReadTexts("t"), expected);
  EXPECT_EQ(ReadTexts("t", 0, 1234),
            std::vector<std::string>(expected.begin() + 1234, expected.end()));
}

TEST_P(LogContract, AnEmptyAppendIsNothing) {
  Topic("t");
  EXPECT_THAT(Append("t", {}), IsEmpty());
  EXPECT_THAT(Read("t"), IsEmpty());
}

TEST_P(LogContract, MaxRecordsBoundsABatch) {
  Topic("t");
  std::vector<Keyed> records(100, Keyed{"k", "v"});
  Append("t", records);
  auto reader = log().Open({"t", 0}, 0);
  size_t read = 0;
  while (read < 100) {
    auto batch = reader.value()->Read(kLong, 7);
    ASSERT_TRUE(batch.ok());
    ASSERT_NE(batch.value(), nullptr);
    EXPECT_LE(batch.value()->records().size(), 7U);
    read += batch.value()->records().size();
    EXPECT_EQ(reader.value()->at_end(), read == 100);
  }
}

TEST_P(LogContract, BatchesOutliveWhatCameAfter) {
  Topic("t");
  Append("t", {{"a", "1"}});
  auto reader = log().Open({"t", 0}, 0);
  const auto batch = reader.value()->Read(kLong, 10).value();
  Append("t", std::vector<Keyed>(500, Keyed{"b", "2"}));
  while (reader.value()->Read(kShort, 10).value() != nullptr) {
  }
  reader = base::Error{};
  EXPECT_EQ(TextOf(batch->records()[0]), "a=1");
}

TEST_P(LogContract, ReaderWaitsForTheNext) {
  Topic("t");
  auto reader = log().Open({"t", 0}, 0);
  EXPECT_EQ(reader.value()->Read(kShort, 10).value(), nullptr);
  EXPECT_TRUE(reader.value()->at_end());
  Append("t", {{"a", "1"}});
  auto batch = reader.value()->Read(kLong, 10);
  ASSERT_NE(batch.value(), nullptr);
  EXPECT_EQ(TextOf(batch.value()->records()[0]), "a=1");
  EXPECT_TRUE(reader.value()->at_end());
}

TEST_P(LogContract, LargeRecordsKeepTheirNeighbours) {
  Topic("t");
  std::string large(50 << 20, 'x');
  for (size_t i = 0; i < large.size(); i += 97) large[i] = static_cast<char>(i * 31);
  Append("t", {{"a", "1"}, {"large", large}, {"b", "2"}});
  const auto records = Read("t");
  ASSERT_EQ(records.size(), 3U);
  EXPECT_EQ(records[0].value, "1");
  EXPECT_TRUE(records[1].value == large);
  EXPECT_EQ(records[2].value, "2");
}

TEST_P(LogContract, TooLargeARecordIsRefusedWhole) {
  Topic("t");
  const std::string large(80 << 20, 'x');
  const NewRecord records[] = {{"a", "1", std::nullopt, {}}, {"b", large, std::nullopt, {}}};
  const auto appended = log().OpenAppender().value()->Append("t", records);
  ASSERT_FALSE(appended.ok());
  EXPECT_EQ(appended.error().kind, ErrorKind::kInvalid);
  EXPECT_THAT(Read("t"), IsEmpty());
}

TEST_P(LogContract, CompactedTopicsNeedKeys) {
  TopicConfig config;
  config.compacted = true;
  ASSERT_TRUE(log().EnsureTopic("t", config).ok());
  const NewRecord record{std::nullopt, "v", std::nullopt, {}};
  auto appended = log().OpenAppender().value()->Append("t", {&record, 1});
  EXPECT_EQ(appended.error().kind, ErrorKind::kInvalid);
}

TEST_P(LogContract, ReopenedItIsAllThere) {
  Topic("t", 2);
  Append("t", {{std::nullopt, "1"}, {std::nullopt, "2"}});
  const auto bounds = log().Bounds({"t", 0}).value();
  Reopen();
  EXPECT_EQ(log().Describe("t").value().partitions, 2);
  EXPECT_EQ(log().Bounds({"t", 0}).value().first, bounds.first);
  EXPECT_EQ(log().Bounds({"t", 0}).value().end, bounds.end);
  Append("t", {{std::nullopt, "3"}});
  EXPECT_THAT(ReadTexts("t"), ElementsAre("(none)=1", "(none)=2", "(none)=3"));
}

TEST(PartitionOf, IsKafkasDefaultPartitioner) {
  // org.apache.kafka.common.utils.UtilsTest.testMurmur2, made positive.
  const std::pair<const char*, int32_t> known[] = {
      {"21", -973932308},
      {"foobar", -790332482},
      {"a-little-bit-long-string", -985981536},
      {"a-little-bit-longer-string", -1486304829},
      {"lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8", -58897971},
      {"abc", 479470107}};
  for (const auto& [key, hash] : known) {
    for (const int32_t partitions : {1, 2, 7, 64, 1000}) {
      EXPECT_EQ(PartitionOf(key, partitions), (hash & 0x7fffffff) % partitions) << key;
    }
  }
}

}  // namespace
}  // namespace caseclock::log::contract
