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
