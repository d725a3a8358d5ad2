// A request to end a transaction that is held up by the network and reaches the broker while the
// next transaction of the same producer is open ends that one instead (Kafka before KIP-890 part 2
// on the client's side, which librdkafka is). Two defences, each shown by itself:
//
// 1. A producer whose commit or abort lost a connection gets a new epoch before its next
//    transaction, so the late request is refused.
// 2. The commit record is produced last, after the offsets, so a transaction that was ended behind
//    its back is refused as a whole instead of losing what was written before.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "engine/log/kafka/kafka_log.h"
#include "tests/kafka/broker.h"
#include "tests/kafka/prefixed_log.h"
#include "tests/kafka/proxy.h"

namespace caseclock::log {
namespace {

using testing::ElementsAre;

constexpr int kEndTxn = 26;  // api key of Kafka's protocol
constexpr int64_t kInputs = 10;

class TornTransaction : public testing::Test {
 protected:
  // One broker, which is seen through the proxy alone, for all of them.
  static void SetUpTestSuite() {
    proxy_ = std::make_unique<contract::Proxy>();
    const int broker_port = contract::FreePort();
    proxy_->Forward(broker_port);
    broker_ = std::make_unique<contract::OwnBroker>(
        " --port " + std::to_string(broker_port) +
        " --set advertised.listeners=PLAINTEXT://127.0.0.1:" + std::to_string(proxy_->port()));
  }
  static void TearDownTestSuite() {
    broker_.reset();
    proxy_.reset();
  }

  // A member that holds the input, and a producer with one transaction behind it.
  void Open(bool new_epoch_after_doubt) {
    KafkaOptions options;
    options.brokers = "127.0.0.1:" + std::to_string(proxy_->port());
    options.session_timeout = base::Seconds(20);
    options.transaction_timeout = base::Seconds(20);
    // The held request is given up and repeated soon.
    options.properties["socket.timeout.ms"] = "1000";
    options.new_epoch_after_doubt = new_epoch_after_doubt;
    auto opened = OpenKafkaLog(options);
    ASSERT_TRUE(opened.ok()) << opened.error().message;
    kafka_ = std::move(opened).value();
    log_ = contract::Prefixed(kafka_.get(), contract::FreshPrefix());
    for (const char* topic : {"in", "out"}) ASSERT_TRUE(log_->EnsureTopic(topic, {}).ok());
    const std::vector<NewRecord> inputs(kInputs, NewRecord{"k", "v", std::nullopt, {}});
    ASSERT_TRUE(log_->OpenAppender().value()->Append("in", inputs).ok());
    consumer_ = std::move(log_->Join("g", "", {"in"})).value();
    while (consumer_->token().member.empty() && !HasFailure()) {
      ASSERT_TRUE(consumer_->Poll(base::Millis(20), 1).ok());
    }
    producer_ = std::move(log_->OpenProducer("p")).value();
    Begin({"first"}, 1);
    ASSERT_EQ(producer_->Commit().value(), CommitOutcome::kCommitted);
  }

  base::Status Put(const std::string& value) {
    return producer_->Produce("out", 0, {"k", value, std::nullopt, {}});
  }
  // A transaction with these outputs and this input offset, not ended yet.
  void Begin(const std::vector<std::string>& values, int64_t offset) {
    ASSERT_TRUE(producer_->Begin().ok());
    for (const std::string& value : values) ASSERT_TRUE(Put(value).ok());
    const auto sent = producer_->SendOffsets(consumer_->token(), {{{"in", 0}, offset}});
    ASSERT_TRUE(sent.ok()) << sent.error().message;
    // The broker has the records.
    while (!log_->Bounds({"out", 0}).value().undecided && !HasFailure()) {
    }
  }
  // An abort whose request is held; the client repeats it and believes that it is over.
  void AbortLate() {
    Begin({"aborted"}, 2);
    proxy_->HoldNext(kEndTxn);
    ASSERT_TRUE(producer_->Abort().ok());
  }

  std::vector<std::string> Visible() { return contract::ValuesIn(log_.get(), "out"); }
  // Once nothing is undecided any more.
  int64_t InputOffset() {
    const auto committed = log_->Committed("g", {"in", 0});
    EXPECT_TRUE(committed.ok()) << committed.error().message;
    return committed.ok() ? committed.value().value_or(0).offset : -1;
  }

  static inline std::unique_ptr<contract::Proxy> proxy_;
  static inline std::unique_ptr<contract::OwnBroker> broker_;
  std::unique_ptr<Log> kafka_;
  std::unique_ptr<Log> log_;
  std::unique_ptr<Consumer> consumer_;
  std::unique_ptr<Producer> producer_;
};

TEST_F(TornTransaction, ANewEpochKeepsALateEndOut) {
  Open(true);
  EXPECT_FALSE(producer_->OpensAgain());
  AbortLate();
  EXPECT_TRUE(producer_->OpensAgain());
  Begin({"second", "commit record"}, 3);
  EXPECT_FALSE(producer_->OpensAgain());
  ASSERT_TRUE(proxy_->Deliver());
  ASSERT_EQ(producer_->Commit().value(), CommitOutcome::kCommitted);
  EXPECT_EQ(InputOffset(), 3);
  EXPECT_THAT(Visible(), ElementsAre("first", "second", "commit record"));
}

TEST_F(TornTransaction, ACommitRecordProducedLastFindsOut) {
  Open(false);
  AbortLate();
  Begin({"second"}, 3);
  ASSERT_TRUE(proxy_->Deliver());
  ASSERT_TRUE(Put("commit record").ok());
  ASSERT_EQ(producer_->Commit().value(), CommitOutcome::kUnknown);
  producer_ = std::move(log_->OpenProducer("p")).value();
  EXPECT_EQ(InputOffset(), 1);
  EXPECT_THAT(Visible(), ElementsAre("first"));
}

// What both are there for: without them offsets move on and outputs are gone.
TEST_F(TornTransaction, WithoutEitherItIsLostInSilence) {
  Open(false);
  AbortLate();
  Begin({"second"}, 3);
  ASSERT_TRUE(proxy_->Deliver());
  const auto resent = producer_->SendOffsets(consumer_->token(), {{{"in", 0}, 3}});
  ASSERT_TRUE(resent.ok()) << resent.error().message;
  ASSERT_EQ(producer_->Commit().value(), CommitOutcome::kCommitted);
  EXPECT_EQ(InputOffset(), 3);
  EXPECT_THAT(Visible(), ElementsAre("first"));
}

}  // namespace
}  // namespace caseclock::log
