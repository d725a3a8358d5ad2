// Retention and compaction of the embedded log.

#include <gmock/gmock.h>

#include <map>
#include <random>
#include <thread>

#include "tests/contract/embedded_fixture.h"
#include "tests/contract/log_contract.h"

namespace caseclock::log::contract {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

class EmbeddedMaintenance : public testing::Test {
 protected:
  void Topic(const TopicConfig& config) {
    ASSERT_TRUE(under_test_.log().EnsureTopic("t", config).ok());
  }
  void Compacted(base::Duration lag) {
    TopicConfig config;
    config.compacted = true;
    config.compaction_lag = lag;
    Topic(config);
  }
  // Each "key=value" in a block of its own; "key" alone is a tombstone.
  void Append(const std::vector<std::string>& texts) {
    auto appender = std::move(under_test_.log().OpenAppender()).value();
    for (const std::string& text : texts) {
      const size_t at = text.find('=');
      NewRecord record;
      record.key = std::string_view(text).substr(0, at);
      if (at != std::string::npos) record.value = std::string_view(text).substr(at + 1);
      ASSERT_TRUE(appender->Append("t", {&record, 1}).ok());
    }
  }
  void Maintain() {
    const auto status = under_test_.embedded().Maintain();
    ASSERT_TRUE(status.ok()) << status.error().message;
  }
  void Advance(base::Duration by) { under_test_.Advance(by); }
  void Reopen() { under_test_.Reopen(); }

  // "offset:key=value"
  std::vector<std::string> Read(int64_t from = 0) {
    std::vector<std::string> texts;
    auto reader = std::move(under_test_.log().Open({"t", 0}, from)).value();
    do {
      auto batch = reader->Read(kShort, 1000);
      if (!batch.ok()) {
        ADD_FAILURE() << batch.error().message;
        return texts;
      }
      if (batch.value() == nullptr) continue;
      for (const RecordView& r : batch.value()->records()) {
        texts.push_back(std::to_string(r.offset) + ":" + TextOf(r));
      }
    } while (!reader->at_end());
    return texts;
  }
  PartitionBounds Bounds() { return under_test_.log().Bounds({"t", 0}).value(); }

  EmbeddedUnderTest under_test_;
};

TEST_F(EmbeddedMaintenance, RetentionDropsWhatIsOld) {
  TopicConfig config;
  config.retention = base::Days(2);
  Topic(config);
  Append({"a=1", "b=2"});
  Advance(base::Days(1));
  Append({"c=3"});
  Maintain();
  EXPECT_EQ(Bounds().first, 0);
  Advance(base::Days(1) + base::Seconds(1));
  Maintain();
  EXPECT_THAT(Read(), ElementsAre("2:c=3"));
  EXPECT_EQ(Bounds().first, 2);
  Reopen();
  EXPECT_EQ(Bounds().first, 2);
  EXPECT_EQ(Bounds().end, 3);
  EXPECT_THAT(Read(), ElementsAre("2:c=3"));
}

TEST_F(EmbeddedMaintenance, AMemberIsToldWhatWentBeforeItCouldReadIt) {
  TopicConfig config;
  config.retention = base::Days(2);
  Topic(config);
  Append({"a=1", "b=2"});
  Advance(base::Days(3));
  Append({"c=3"});
  Maintain();
  auto member = std::move(under_test_.log().Join("g", "", {"t"})).value();
  std::vector<Polled::Deleted> deleted;
  size_t records = 0;
  for (int polls = 0; polls < 100 && records == 0; ++polls) {
    auto polled = member->Poll(kShort, 10);
    ASSERT_TRUE(polled.ok());
    if (polled.value().batch != nullptr) records += polled.value().batch->records().size();
    for (const Polled::Deleted& gone : polled.value().deleted) deleted.push_back(gone);
  }
  EXPECT_EQ(records, 1U);
  ASSERT_EQ(deleted.size(), 1U);
  EXPECT_EQ(deleted[0].partition, (TopicPartition{"t", 0}));
  EXPECT_EQ(deleted[0].from, 0);
  EXPECT_EQ(deleted[0].to, 2);
}

TEST_F(EmbeddedMaintenance, OffsetsGoOnWhenAllIsDropped) {
  TopicConfig config;
  config.retention = base::Days(2);
  Topic(config);
  Append({"a=1", "b=2"});
  Advance(base::Days(3));
  Maintain();
  EXPECT_THAT(Read(), IsEmpty());
  Reopen();
  EXPECT_EQ(Bounds().first, 2);
  EXPECT_EQ(Bounds().end, 2);
  Append({"c=3"});
  EXPECT_THAT(Read(), ElementsAre("2:c=3"));
}

TEST_F(EmbeddedMaintenance, WithoutRetentionNothingGoes) {
  Topic({});
  Append({"a=1"});
  Advance(base::Days(10'000));
  Maintain();
  EXPECT_THAT(Read(), ElementsAre("0:a=1"));
}

TEST_F(EmbeddedMaintenance, AReaderOnTheWayMeetsOnlyWhatIsLeft) {
  TopicConfig config;
  config.retention = base::Days(2);
  Topic(config);
  Append({"a=1", "b=2"});
  auto reader = std::move(under_test_.log().Open({"t", 0}, 0)).value();
  EXPECT_EQ(TextOf(reader->Read(kShort, 1).value()->records()[0]), "a=1");
  Advance(base::Days(3));
  Append({"c=3"});
  Maintain();
  EXPECT_EQ(TextOf(reader->Read(kShort, 1).value()->records()[0]), "c=3");
}

TEST_F(EmbeddedMaintenance, CompactionKeepsTheLastOfEachKey) {
  Compacted(base::Days(1));
  Append({"a=1", "b=1", "a=2", "c=1", "b=2"});
  Advance(base::Days(2));
  Append({"d=1"});
  Maintain();
  EXPECT_THAT(Read(), ElementsAre("2:a=2", "3:c=1", "4:b=2", "5:d=1"));
  EXPECT_THAT(Read(3), ElementsAre("3:c=1", "4:b=2", "5:d=1"));
  Reopen();
  EXPECT_THAT(Read(), ElementsAre("2:a=2", "3:c=1", "4:b=2", "5:d=1"));
}

TEST_F(EmbeddedMaintenance, WhatIsYoungerThanTheLagStays) {
  Compacted(base::Days(1));
  Append({"a=1", "a=2"});
  Advance(base::Hours(23));
  Maintain();
  EXPECT_THAT(Read(), ElementsAre("0:a=1", "1:a=2"));
  Append({"a=3"});
  Advance(base::Hours(2));
  Maintain();
  // The third is too young to count against the second.
  EXPECT_THAT(Read(), ElementsAre("1:a=2", "2:a=3"));
}

TEST_F(EmbeddedMaintenance, TombstonesGoAfterTheLagAndTakeTheirKeyAlong) {
  Compacted(base::Days(1));
  Append({"a=1", "b=1", "a"});
  Maintain();
  EXPECT_THAT(Read(), ElementsAre("0:a=1", "1:b=1", "2:a=(none)"));
  Advance(base::Days(2));
  Maintain();
  EXPECT_THAT(Read(), ElementsAre("1:b=1"));
  Reopen();
  EXPECT_EQ(Bounds().end, 3) << "though the last record is gone";
  Append({"c=1"});
  EXPECT_THAT(Read(), ElementsAre("1:b=1", "3:c=1"));
}

TEST_F(EmbeddedMaintenance, OffsetsGoOnWhenCompactionLeavesNothing) {
  Compacted(base::Days(1));
  Append({"a=1", "a"});
  Advance(base::Days(2));
  Maintain();
  EXPECT_THAT(Read(), IsEmpty());
  Reopen();
  EXPECT_EQ(Bounds().end, 2);
  Append({"b=1"});
  EXPECT_THAT(Read(), ElementsAre("2:b=1"));
}

TEST_F(EmbeddedMaintenance, ACompactedPartitionIsNotRewrittenForLittle) {
  Compacted(base::Days(1));
  Append({"a=1", "b=1", "c=1", "d=1"});
  Advance(base::Days(2));
  Maintain();
  Append({"a=2"});
  Advance(base::Days(2));
  Maintain();
  EXPECT_EQ(Read().size(), 5U) << "one new of five";
  Append({"b=2", "c=2", "d=2"});
  Advance(base::Days(2));
  Maintain();
  EXPECT_THAT(Read(), ElementsAre("4:a=2", "5:b=2", "6:c=2", "7:d=2"));
}

TEST_F(EmbeddedMaintenance, TimestampsAndHeadersOutliveCompaction) {
  Compacted(base::Days(1));
  const HeaderView headers[] = {{"h", "1"}};
  const auto at = base::Instant::FromMillis(1'700'000'000'123);
  const NewRecord records[] = {
      {"a", "1", std::nullopt, {}}, {"a", "2", at, headers}, {"b", "3", std::nullopt, {}}};
  ASSERT_TRUE(under_test_.log().OpenAppender().value()->Append("t", records).ok());
  const auto appended = base::Instant::FromMillis(base::Instant{under_test_.now}.Millis());
  Advance(base::Days(2));
  Maintain();
  auto batch = under_test_.log().Open({"t", 0}, 0).value()->Read(kShort, 10).value();
  ASSERT_EQ(batch->records().size(), 2U);
  EXPECT_EQ(batch->records()[0].timestamp, at);
  ASSERT_EQ(batch->records()[0].headers.size(), 1U);
  EXPECT_EQ(batch->records()[0].headers[0].value, "1");
  EXPECT_EQ(batch->records()[1].timestamp, appended);
}

// Whatever is written, compacted and reopened: what a table built from the log says is the same.
TEST_F(EmbeddedMaintenance, ATableBuiltFromTheLogIsAlwaysTheSame) {
  under_test_.options.block_records = 8;
  under_test_.options.compaction_map_bytes = 1024;  // several passes
  under_test_.options.compaction_dirty_ratio = 0;
  under_test_.options.recent_bytes = 4096;
  Reopen();
  Compacted(base::Hours(1));
  std::mt19937 random(7);
  auto pick = [&](int n) { return std::uniform_int_distribution<int>(0, n - 1)(random); };
  std::map<std::string, std::string> expected;
  int written = 0;
  size_t most = 0;
  for (int round = 0; round < 120; ++round) {
    std::vector<std::string> texts;
    for (int i = pick(30); i >= 0; --i, ++written) {
      const std::string key = "k" + std::to_string(pick(100));
      if (pick(4) == 0) {
        texts.push_back(key);
        expected.erase(key);
      } else {
        texts.push_back(key + "=" + std::to_string(written));
        expected[key] = std::to_string(written);
      }
    }
    Append(texts);
    Advance(base::Millis(pick(60 * 60 * 1000)));
    if (pick(3) == 0) Maintain();
    if (pick(10) == 0) Reopen();
    std::map<std::string, std::string> table;
    int64_t last = -1;
    const auto records = Read();
    most = std::max(most, records.size());
    for (const std::string& text : records) {
      const size_t colon = text.find(':');
      const size_t equals = text.find('=');
      const int64_t offset = std::stoll(text.substr(0, colon));
      ASSERT_GT(offset, last);
      last = offset;
      const std::string value = text.substr(equals + 1);
      if (value == "(none)") {
        table.erase(text.substr(colon + 1, equals - colon - 1));
      } else {
        table[text.substr(colon + 1, equals - colon - 1)] = value;
        ASSERT_EQ(value, std::to_string(offset)) << "offsets never change";
      }
    }
    ASSERT_EQ(table, expected) << "round " << round;
    ASSERT_EQ(Bounds().end, written);
  }
  EXPECT_LT(most, static_cast<size_t>(written) / 2) << "it was compacted at all";
}

TEST_F(EmbeddedMaintenance, AThreadOfItsOwnDoesTheSame) {
  TopicConfig config;
  config.retention = base::Days(1);
  Topic(config);
  Append({"a=1"});
  Advance(base::Days(2));
  under_test_.options.maintenance_interval = base::Millis(1);
  Reopen();
  // A reader sees nothing of it, so wait for the bound itself; the test's time limit ends it.
  while (Bounds().first == 0) std::this_thread::yield();
  EXPECT_THAT(Read(), IsEmpty());
}

TEST_F(EmbeddedMaintenance, IsLeftOffWhenTheLogIsClosedAndGoesOnLater) {
  Compacted(base::Days(1));
  std::vector<std::string> texts;
  for (int i = 0; i < 3000; ++i) {
    texts.push_back("k" + std::to_string(i % 7) + "=" + std::to_string(i));
  }
  Append(texts);
  Advance(base::Days(2));
  Append({"last=1"});
  under_test_.options.maintenance_interval = base::Millis(1);
  const auto table = [&] {
    std::map<std::string, std::string> values;
    for (const std::string& text : Read()) {
      const size_t key = text.find(':') + 1;
      const size_t value = text.find('=') + 1;
      values[text.substr(key, value - key - 1)] = text.substr(value);
    }
    return values;
  };
  const auto expected = table();
  for (int round = 0; round < 10; ++round) {
    Reopen();
    EXPECT_EQ(table(), expected) << "round " << round;
  }
  while (Read().size() > expected.size()) std::this_thread::yield();
  EXPECT_EQ(table(), expected);
}

TEST_F(EmbeddedMaintenance, AFailureOfTheThreadIsSaidOnce) {
  Compacted(base::Days(1));
  Append({"a=1", "b=2"});
  Advance(base::Days(2));
  Append({"c=3"});
  under_test_.options.compaction_map_bytes = 1;
  under_test_.options.block_records = 4096;
  std::atomic<int> said{0};
  under_test_.options.on_maintenance_failed = [&](const base::Error& error) {
    EXPECT_EQ(error.kind, base::ErrorKind::kConfig) << error.message;
    ++said;
  };
  under_test_.options.maintenance_interval = base::Millis(1);
  auto appender = std::move(under_test_.log().OpenAppender()).value();
  std::vector<std::string> keys;
  for (int i = 0; i < 100; ++i) keys.push_back("k" + std::to_string(i));
  std::vector<NewRecord> records(keys.size());
  for (size_t i = 0; i < keys.size(); ++i) {
    records[i].key = keys[i];
    records[i].value = "v";
  }
  ASSERT_TRUE(appender->Append("t", records).ok());  // in one block, more than the map holds
  appender.reset();
  Advance(base::Days(2));
  Reopen();
  while (said == 0) std::this_thread::yield();
  under_test_.Close();
  EXPECT_EQ(said, 1);
}

}  // namespace
}  // namespace caseclock::log::contract
