// The embedded log when its process is killed, and when a second one comes.

#include <gmock/gmock.h>
#include <unistd.h>

#include <cstdio>
#include <random>

#include "engine/base/check.h"
#include "tests/contract/embedded_fixture.h"
#include "tests/contract/helper_process.h"

namespace caseclock::log::contract {
namespace {

using testing::HasSubstr;

EmbeddedOptions OptionsFor(const std::string& directory) {
  EmbeddedOptions options;
  options.directory = directory;
  options.clock = [] { return base::Instant::FromSeconds(1'750'000'000); };
  options.write_buffer_bytes = 2 << 20;  // so that kills meet flushes too
  return options;
}

std::unique_ptr<EmbeddedLog> OpenOrDie(const std::string& directory) {
  auto log = EmbeddedLog::OpenAt(OptionsFor(directory));
  CHECK(log.ok());
  return std::move(log).value();
}

// All values of a partition, which are numbers.
std::vector<int64_t> NumbersOf(EmbeddedLog* log, const std::string& topic, int32_t partition) {
  std::vector<int64_t> numbers;
  auto reader = std::move(log->Open({topic, partition}, 0)).value();
  do {
    auto batch = reader->Read(kShort, 10'000);
    CHECK(batch.ok());
    if (batch.value() == nullptr) continue;
    for (const RecordView& r : batch.value()->records()) {
      numbers.push_back(std::stoll(std::string(*r.key)));
    }
  } while (!reader->at_end());
  return numbers;
}

int64_t CountUp(const std::vector<int64_t>& numbers) {
  for (size_t i = 0; i < numbers.size(); ++i) {
    EXPECT_EQ(numbers[i], static_cast<int64_t>(i)) << "lost, doubled or out of order";
    if (numbers[i] != static_cast<int64_t>(i)) break;
  }
  return static_cast<int64_t>(numbers.size());
}

TEST(EmbeddedCrash, AKillLosesNothingAcknowledgedAndHalvesNothing) {
  tests::TempDir directory;
  const std::string path = directory.path() + "/log";
  std::mt19937 random(20260101);  // a fixed course of kills
  int64_t appended = 0;           // acknowledged
  int64_t committed = 0;
  for (int round = 0; round < 12; ++round) {
    {
      HelperProcess writer("write", path);
      const auto lines = std::uniform_int_distribution<int>(1, 400)(random);
      std::string line;
      for (int i = 0; writer.ReadLine(&line); ++i) {
        (line[0] == 'a' ? appended : committed) = std::stoll(line.substr(1)) + 1;
        if (i == lines) writer.Kill();
      }
      ASSERT_EQ(writer.Wait(), -SIGKILL);
    }
    auto log = OpenOrDie(path);
    EXPECT_GE(CountUp(NumbersOf(log.get(), "appended", 0)), appended);
    const int64_t transactions = CountUp(NumbersOf(log.get(), "produced", 0));
    EXPECT_GE(transactions, committed);
    EXPECT_EQ(CountUp(NumbersOf(log.get(), "produced", 1)), transactions);
    EXPECT_EQ(CountUp(NumbersOf(log.get(), "other", 0)), transactions);
    const auto offset = log->Committed("g", {"appended", 0}).value();
    EXPECT_EQ(offset.value_or(0).offset, transactions);
    if (testing::Test::HasFailure()) return;
  }
  EXPECT_GT(appended, 0);
  EXPECT_GT(committed, 0);
}

TEST(EmbeddedCrash, ASecondProcessIsToldWhoHoldsTheDirectory) {
  tests::TempDir directory;
  const std::string path = directory.path() + "/log";
  HelperProcess holder("hold", path);
  std::string line;
  ASSERT_TRUE(holder.ReadLine(&line));
  auto second = EmbeddedLog::OpenAt(OptionsFor(path));
  ASSERT_FALSE(second.ok());
  EXPECT_EQ(second.error().kind, base::ErrorKind::kUnavailable);
  EXPECT_EQ(second.error().message, "Expected to be the only process on " + path +
                                        ", but process " + std::to_string(holder.pid()) +
                                        " holds it");
  holder.Kill();
  holder.Wait();
  EXPECT_TRUE(EmbeddedLog::OpenAt(OptionsFor(path)).ok());
}

TEST(EmbeddedCrash, ASecondOpeningInOneProcessIsRefused) {
  tests::TempDir directory;
  auto first = OpenOrDie(directory.path());
  auto second = EmbeddedLog::OpenAt(OptionsFor(directory.path()));
  ASSERT_FALSE(second.ok());
  EXPECT_EQ(second.error().kind, base::ErrorKind::kUnavailable);
  EXPECT_THAT(second.error().message, HasSubstr("(" + std::to_string(::getpid()) + ") holds it"));
}

}  // namespace

int HoldUntilKilled(const std::string& directory) {
  auto log = OpenOrDie(directory);
  std::puts("open");
  std::fflush(stdout);
  for (;;) ::pause();
}

// Appends numbers, and produces numbers to three partitions with an offset in one transaction;
// prints each once it is acknowledged.
int WriteUntilKilled(const std::string& directory) {
  auto log = OpenOrDie(directory);
  CHECK(log->EnsureTopic("appended", {}).ok());
  CHECK(log->EnsureTopic("other", {}).ok());
  TopicConfig two;
  two.partitions = 2;
  CHECK(log->EnsureTopic("produced", two).ok());
  int64_t next_append = log->Bounds({"appended", 0}).value().end;
  int64_t next_commit = log->Bounds({"produced", 0}).value().end;
  auto appender = std::move(log->OpenAppender()).value();
  auto producer = std::move(log->OpenProducer("p")).value();
  auto consumer = std::move(log->Join("g", "", {"appended"})).value();
  CHECK(consumer->Poll(kLong, 1).value().kind == Polled::Kind::kAssigned);
  const std::string filler(2000, 'x');
  for (;;) {
    const std::string number = std::to_string(next_append);
    const NewRecord record{number, filler, std::nullopt, {}};
    CHECK(appender->Append("appended", {&record, 1}).ok());
    std::printf("a%s\n", number.c_str());
    std::fflush(stdout);
    ++next_append;

    const std::string key = std::to_string(next_commit);
    const NewRecord produced{key, filler, std::nullopt, {}};
    CHECK(producer->Begin().ok());
    CHECK(producer->Produce("produced", 0, produced).ok());
    CHECK(producer->Produce("other", 0, produced).ok());
    CHECK(producer->Produce("produced", 1, produced).ok());
    CHECK(producer->SendOffsets(consumer->token(), {{{"appended", 0}, next_commit + 1}}).ok());
    CHECK(producer->Commit().value() == CommitOutcome::kCommitted);
    std::printf("c%s\n", key.c_str());
    std::fflush(stdout);
    ++next_commit;
  }
}

}  // namespace caseclock::log::contract
