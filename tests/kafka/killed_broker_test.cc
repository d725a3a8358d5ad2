// A broker that is killed, again and again, under transactions: every outcome is decided by opening
// the producer anew and reading the committed offsets, and the log holds what was decided, no more
// and no less.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <thread>

#include "engine/log/kafka/kafka_log.h"
#include "engine/log/read_all.h"
#include "tests/kafka/broker.h"

namespace caseclock::log {
namespace {

constexpr int kKills = 3;
constexpr int kBetweenKills = 40;  // transactions
constexpr int kInputs = 50'000;    // more than there will be transactions
constexpr int kTries = 20;

KafkaOptions OptionsFor(const contract::OwnBroker& broker) {
  KafkaOptions options;
  options.brokers = broker.address();
  options.session_timeout = base::Seconds(20);
  options.heartbeat_interval = base::Millis(200);
  options.transaction_timeout = base::Seconds(4);
  return options;
}

// Calls until it is available again.
template <typename Call>
auto Insist(const Call& call) {
  auto result = call();
  for (int i = 1; i < kTries && !result.ok(); ++i) {
    if (result.error().kind != base::ErrorKind::kUnavailable) break;
    result = call();
  }
  return result;
}

class Mover {
 public:
  Mover(Log* log) : log_(log) {  // NOLINT: a local of one test
    for (const char* topic : {"in", "out"}) {
      const auto made = log_->EnsureTopic(topic, {});
      EXPECT_TRUE(made.ok()) << made.error().message;
    }
    const std::vector<NewRecord> records(kInputs, NewRecord{"k", "v", std::nullopt, {}});
    EXPECT_TRUE(log_->OpenAppender().value()->Append("in", records).ok());
    consumer_ = std::move(log_->Join("g", "", {"in"})).value();
    producer_ = std::move(log_->OpenProducer("p")).value();
  }

  // One record, one offset. What was decided about it.
  bool Move(int64_t n) {
    while (consumer_->token().member.empty() && !testing::Test::HasFailure()) {
      const auto polled = consumer_->Poll(base::Millis(20), 1);
      EXPECT_TRUE(polled.ok()) << polled.error().message;
    }
    if (Try(n)) return true;
    ++doubts;
    producer_.reset();
    auto opened = Insist([&] { return log_->OpenProducer("p"); });
    EXPECT_TRUE(opened.ok()) << opened.error().message;
    producer_ = std::move(opened).value();
    const auto committed = Insist([&] { return log_->Committed("g", {"in", 0}); });
    EXPECT_TRUE(committed.ok()) << committed.error().message;
    // A change of the group is only seen by polling.
    for (int i = 0; i < 5; ++i) EXPECT_TRUE(consumer_->Poll(base::Millis(1), 1).ok());
    return committed.ok() && committed.value() == n;
  }

  int doubts = 0;

 private:
  bool Try(int64_t n) {
    if (!producer_->Begin().ok()) return false;
    const std::string text = std::to_string(n);
    if (!producer_->Produce("out", 0, {text, text, std::nullopt, {}}).ok()) return false;
    if (!producer_->SendOffsets(consumer_->token(), {{{"in", 0}, n}}).ok()) return false;
    const auto outcome = producer_->Commit();
    return outcome.ok() && outcome.value() == CommitOutcome::kCommitted;
  }

  Log* const log_;
  std::unique_ptr<Consumer> consumer_;
  std::unique_ptr<Producer> producer_;
};

TEST(KilledBroker, OutcomesInDoubtAreDecidedByReading) {
  const contract::OwnBroker broker;
  auto opened = OpenKafkaLog(OptionsFor(broker));
  ASSERT_TRUE(opened.ok()) << opened.error().message;
  Log& log = *opened.value();
  std::atomic<int64_t> moved{0};
  std::atomic<bool> over{false};
  std::thread killer([&] {
    for (int kill = 1; kill <= kKills; ++kill) {
      // Somewhere in a transaction.
      for (int64_t now = moved; now < kill * kBetweenKills && !over; now = moved) moved.wait(now);
      EXPECT_TRUE(broker.Run("kill"));
      EXPECT_TRUE(broker.Run("start"));
    }
    over = true;
  });
  std::vector<std::string> decided;
  int doubts = 0;
  {
    Mover mover(&log);
    for (int64_t n = 1; n < kInputs && !HasFailure(); ++n) {
      const bool last = over;
      if (mover.Move(n)) decided.push_back(std::to_string(n));
      ++moved;
      moved.notify_all();
      if (last && n > kKills * kBetweenKills) break;
    }
    doubts = mover.doubts;
  }
  over = true;
  ++moved;
  moved.notify_all();
  killer.join();
  std::vector<std::string> found;
  auto reader = log.Open({"out", 0}, 0);
  ASSERT_TRUE(reader.ok()) << reader.error().message;
  const auto read = Insist([&] {
    return ReadAll(reader.value().get(), 1000, [&](const RecordBatch& batch) {
      for (const RecordView& r : batch.records()) found.emplace_back(*r.value);
      return base::Status();
    });
  });
  ASSERT_TRUE(read.ok()) << read.error().message;
  EXPECT_EQ(found, decided);
  RecordProperty("transactions", static_cast<int>(decided.size()));
  RecordProperty("doubts", doubts);
  std::printf("%zu transactions committed, %d in doubt\n", decided.size(), doubts);
}

}  // namespace
}  // namespace caseclock::log
