// A transaction that outlives its time: the broker ends it, in the words it has for a newer
// producer; here it is no fencing, and the same id goes on.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/kafka/broker.h"
#include "tests/kafka/prefixed_log.h"

namespace caseclock::log {
namespace {

using testing::ElementsAre;

class ExpiredTransaction : public testing::Test {
 protected:
  void SetUp() override {
    KafkaOptions options = contract::TestBroker();
    options.transaction_timeout = base::Seconds(1);
    auto opened = OpenKafkaLog(options);
    ASSERT_TRUE(opened.ok()) << opened.error().message;
    kafka_ = std::move(opened).value();
    log_ = contract::Prefixed(kafka_.get(), contract::FreshPrefix());
    ASSERT_TRUE(log_->EnsureTopic("t", {}).ok());
  }
  std::unique_ptr<Producer> Open() {
    auto producer = log_->OpenProducer("p");
    EXPECT_TRUE(producer.ok());
    return std::move(producer).value();
  }
  static base::Status Put(Producer& producer, const std::string& value) {
    return producer.Produce("t", 0, {"k", value, std::nullopt, {}});
  }
  // An open transaction whose time is over: what was appended after its record can be read.
  std::unique_ptr<Producer> Expired() {
    auto producer = Open();
    EXPECT_TRUE(producer->Begin().ok());
    EXPECT_TRUE(Put(*producer, "late").ok());
    while (!log_->Bounds({"t", 0}).value().undecided && !HasFailure()) {
    }
    const NewRecord behind{"k", "behind", std::nullopt, {}};
    EXPECT_TRUE(log_->OpenAppender().value()->Append("t", {&behind, 1}).ok());
    while (Values().empty() && !HasFailure()) {
    }
    return producer;
  }
  std::vector<std::string> Values() { return contract::ValuesIn(log_.get(), "t"); }

  std::unique_ptr<Log> kafka_;
  std::unique_ptr<Log> log_;
};

TEST_F(ExpiredTransaction, ItsCommitIsInDoubtAndANewProducerGoesOn) {
  auto late = Expired();
  const auto outcome = late->Commit();
  ASSERT_TRUE(outcome.ok()) << outcome.error().message;
  EXPECT_EQ(outcome.value(), CommitOutcome::kUnknown);
  EXPECT_EQ(late->Begin().error().kind, base::ErrorKind::kUnavailable);
  auto next = Open();
  ASSERT_TRUE(next->Begin().ok());
  ASSERT_TRUE(Put(*next, "next").ok());
  ASSERT_EQ(next->Commit().value(), CommitOutcome::kCommitted);
  while (Values().size() < 2 && !HasFailure()) {
  }
  EXPECT_THAT(Values(), ElementsAre("behind", "next"));
}

}  // namespace
}  // namespace caseclock::log
