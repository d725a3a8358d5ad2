// The embedded log: the contract, in several settings.

#include "tests/contract/embedded_fixture.h"
#include "tests/contract/log_contract.h"

namespace caseclock::log::contract {
namespace {

Implementation Embedded() {
  return {"Embedded", [] { return std::make_unique<EmbeddedUnderTest>(); }};
}

// Tiny blocks and nothing kept in memory: every edge of a block is met, and every read is from
// disk.
Implementation TinyBlocks() {
  return {"TinyBlocks", [] {
            auto log = std::make_unique<EmbeddedUnderTest>();
            log->options.block_records = 3;
            log->options.block_bytes = 64;
            log->options.recent_bytes = 0;
            log->Reopen();
            return log;
          }};
}

Implementation OnDisk() {
  return {"OnDisk", [] {
            auto log = std::make_unique<EmbeddedUnderTest>();
            log->options.durability = Durability::kDisk;
            log->Reopen();
            return log;
          }};
}

INSTANTIATE_TEST_SUITE_P(Log, LogContract, testing::Values(Embedded(), TinyBlocks(), OnDisk()),
                         [](const auto& test) { return test.param.name; });

TEST(EmbeddedReadOnly, ReadsAndWritesNothing) {
  EmbeddedUnderTest under;
  TopicConfig config;
  config.partitions = 1;
  ASSERT_TRUE(under.log().EnsureTopic("t", config).ok());
  NewRecord record;
  record.value = "v";
  ASSERT_TRUE(under.log().OpenAppender().value()->Append("t", {&record, 1}).ok());
  EmbeddedOptions to_read = under.options;
  to_read.read_only = true;
  const auto beside = EmbeddedLog::OpenAt(to_read);
  ASSERT_FALSE(beside.ok());
  EXPECT_EQ(beside.error().kind, base::ErrorKind::kUnavailable);
  under.Close();
  const auto log = EmbeddedLog::OpenAt(to_read);
  ASSERT_TRUE(log.ok()) << log.error().message;
  EXPECT_TRUE(EmbeddedLog::OpenAt(to_read).ok());  // several may
  EXPECT_EQ(log.value()->Bounds({"t", 0}).value().end, 1);
  const auto batch = log.value()->Open({"t", 0}, 0).value()->Read(base::Seconds(1), 10);
  ASSERT_TRUE(batch.ok());
  EXPECT_EQ(batch.value()->records().size(), 1U);
  const auto written = log.value()->OpenAppender().value()->Append("t", {&record, 1});
  ASSERT_FALSE(written.ok());
  EXPECT_EQ(written.status().error().kind, base::ErrorKind::kIo);
  // Nobody writes meanwhile.
  const auto to_write = EmbeddedLog::OpenAt(under.options);
  ASSERT_FALSE(to_write.ok());
  EXPECT_EQ(to_write.error().kind, base::ErrorKind::kUnavailable);
}

// So that a reader of history gets long stretches of one partition; see `Consumer::Poll`.
TEST(EmbeddedConsumer, StaysWithAPartitionForAsManyRecordsAsAPollMayBring) {
  EmbeddedUnderTest under;
  under.options.block_records = 10;
  under.Reopen();
  Log& log = under.log();
  TopicConfig config;
  config.partitions = 2;
  ASSERT_TRUE(log.EnsureTopic("t", config).ok());
  auto producer = log.OpenProducer("p").value();
  ASSERT_TRUE(producer->Begin().ok());
  for (int i = 0; i < 200; ++i) {
    NewRecord record;
    record.value = "v";
    ASSERT_TRUE(producer->Produce("t", i % 2, record).ok());
  }
  ASSERT_EQ(producer->Commit().value(), CommitOutcome::kCommitted);
  auto consumer = log.Join("g", "one", {"t"}).value();
  std::vector<std::pair<int32_t, size_t>> turns;  // partition, records in a row
  for (size_t read = 0; read < 200;) {
    const Polled polled = consumer->Poll(base::Seconds(10), 30).value();
    if (polled.kind != Polled::Kind::kRecords) continue;
    const int32_t partition = polled.batch->origin().partition;
    if (turns.empty() || turns.back().first != partition) turns.emplace_back(partition, 0);
    turns.back().second += polled.batch->records().size();
    read += polled.batch->records().size();
  }
  EXPECT_THAT(turns,
              testing::ElementsAre(testing::Pair(0, 30), testing::Pair(1, 30), testing::Pair(0, 30),
                                   testing::Pair(1, 30), testing::Pair(0, 30), testing::Pair(1, 30),
                                   testing::Pair(0, 10), testing::Pair(1, 10)));
}

}  // namespace
}  // namespace caseclock::log::contract
