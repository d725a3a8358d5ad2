// What a real Kafka does beyond the contract, as measured on one: markers, the last stable offset,
// timeouts, zombies, and transactions that a late EndTxn tears.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/simulation/simulated_log.h"

namespace caseclock::simulation {
namespace {

using base::ErrorKind;
using log::CommitOutcome;
using testing::ElementsAre;
using testing::IsEmpty;

class SimulatedBroker : public testing::Test {
 protected:
  void SetUp() override { Start({}); }
  void Start(BrokerOptions options) {
    client.reset();
    broker = std::make_unique<Broker>(std::move(options));
    client = std::make_unique<SimulatedLog>(broker.get());
    for (const char* topic : {"in", "out", "cases"}) {
      ASSERT_TRUE(client->EnsureTopic(topic, {}).ok());
    }
  }
  // The twin of the next end of a transaction arrives after so many further requests.
  void StartWithTwin(int after, bool noticed) {
    BrokerOptions options;
    options.late_ends_are_noticed = noticed;
    options.twin = [after, sent = false]() mutable {
      return std::exchange(sent, true) ? 0 : after;
    };
    Start(std::move(options));
  }
  static base::Status Put(log::Producer& producer, const std::string& topic,
                          const std::string& value) {
    return producer.Produce(topic, 0, {"k", value, std::nullopt, {}});
  }
  std::vector<std::string> Read(const std::string& topic) {
    std::vector<std::string> values;
    auto reader = client->Open({topic, 0}, 0).value();
    do {
      const auto batch = reader->Read({}, 100).value();
      if (batch == nullptr) continue;
      for (const auto& r : batch->records()) {
        values.push_back(std::to_string(r.offset) + ":" + std::string(*r.value));
      }
    } while (!reader->at_end());
    return values;
  }
  std::unique_ptr<log::Producer> Open(const std::string& id = "p") {
    return client->OpenProducer(id).value();
  }
  std::unique_ptr<log::Consumer> Join(log::Log& through, const std::string& instance) {
    auto consumer = through.Join("g", instance, {"in"}).value();
    for (int i = 0; i < 3; ++i) {
      if (consumer->Poll({}, 1).value().kind == log::Polled::Kind::kAssigned) break;
    }
    return consumer;
  }

  std::unique_ptr<Broker> broker;
  std::unique_ptr<SimulatedLog> client;
};

TEST_F(SimulatedBroker, EveryEndOfATransactionTakesAnOffset) {
  auto producer = Open();
  for (const char* value : {"1", "2", "3"}) {
    ASSERT_TRUE(producer->Begin().ok());
    ASSERT_TRUE(Put(*producer, "out", value).ok());
    if (*value == '2') {
      ASSERT_TRUE(producer->Abort().ok());
    } else {
      ASSERT_EQ(producer->Commit().value(), CommitOutcome::kCommitted);
    }
  }
  EXPECT_THAT(Read("out"), ElementsAre("0:1", "4:3"));
  EXPECT_EQ(client->Bounds({"out", 0}).value().end, 6);
}

TEST_F(SimulatedBroker, AnOpenTransactionHoldsReadersBackUntilItTimesOut) {
  auto producer = Open();
  ASSERT_TRUE(producer->Begin().ok());
  ASSERT_TRUE(Put(*producer, "out", "open").ok());
  const log::NewRecord later{"k", "later", std::nullopt, {}};
  ASSERT_TRUE(client->OpenAppender().value()->Append("out", {&later, 1}).ok());
  EXPECT_THAT(Read("out"), IsEmpty());
  EXPECT_TRUE(client->Bounds({"out", 0}).value().undecided);
  broker->Advance(base::Seconds(11));
  EXPECT_THAT(Read("out"), ElementsAre("1:later"));
  EXPECT_FALSE(client->Bounds({"out", 0}).value().undecided);
  // To its producer it looks as if a newer one had come.
  EXPECT_EQ(Put(*producer, "out", "more").error().kind, ErrorKind::kFenced);
}

TEST_F(SimulatedBroker, ADeadProducersTransactionStaysOpenUntilItIsFenced) {
  SimulatedLog victim(broker.get());
  auto dead = victim.OpenProducer("p").value();
  ASSERT_TRUE(dead->Begin().ok());
  ASSERT_TRUE(Put(*dead, "out", "dead").ok());
  victim.Cut();
  EXPECT_EQ(Put(*dead, "out", "more").error().kind, ErrorKind::kUnavailable);
  dead.reset();
  EXPECT_TRUE(client->Bounds({"out", 0}).value().undecided);
  auto heir = Open();
  EXPECT_FALSE(client->Bounds({"out", 0}).value().undecided);
  EXPECT_THAT(Read("out"), IsEmpty());
}

TEST_F(SimulatedBroker, ASilentMemberLosesItsPartitionsAndAStaticOneFindsThemAgain) {
  SimulatedLog other(broker.get());
  auto first = Join(*client, "a");
  client->Freeze(true);
  broker->Advance(base::Seconds(5));
  // Back in time: as a static member, without a rebalance.
  const auto before = first->token();
  auto again = Join(*client, "a");
  EXPECT_EQ(again->token().generation, before.generation);
  EXPECT_NE(again->token().member, before.member);
  broker->Advance(base::Seconds(6));
  client->Freeze(false);
  auto second = Join(other, "b");
  EXPECT_GT(second->token().generation, before.generation);
  const auto polled = again->Poll({}, 1);
  EXPECT_EQ(polled.value().kind, log::Polled::Kind::kLost);
  EXPECT_EQ(first->Poll({}, 1).value().kind, log::Polled::Kind::kLost);
  EXPECT_EQ(first->Poll({}, 1).error().kind, ErrorKind::kFenced);
}

TEST_F(SimulatedBroker, PendingOffsetsAreWaitedForAndThenUnknown) {
  auto member = Join(*client, "a");
  auto producer = Open();
  ASSERT_TRUE(producer->Begin().ok());
  ASSERT_TRUE(producer->SendOffsets(member->token(), {{{"in", 0}, 7}}).ok());
  // The wait outlasts the transaction's time, so the broker ends it.
  EXPECT_EQ(client->Committed("g", {"in", 0}).value(), std::nullopt);
  EXPECT_EQ(producer->Commit().error().kind, ErrorKind::kFenced);
}

// broker-facts, torn transactions: A commits or aborts, a twin of its end is on its way, B begins.
class TornTransaction : public SimulatedBroker {
 protected:
  void EndA(bool commit, int twin_after, bool noticed) {
    StartWithTwin(twin_after, noticed);
    member = Join(*client, "m");
    producer = Open();
    ASSERT_TRUE(producer->Begin().ok());
    ASSERT_TRUE(Put(*producer, "out", "A").ok());
    if (commit) {
      ASSERT_EQ(producer->Commit().value(), CommitOutcome::kCommitted);
    } else {
      ASSERT_TRUE(producer->Abort().ok());
    }
  }
  base::Status BeginB() {
    if (auto status = producer->Begin(); !status.ok()) return status;
    return Put(*producer, "out", "B");
  }
  base::Status SendOffsets() { return producer->SendOffsets(member->token(), {{{"in", 0}, 1}}); }

  std::unique_ptr<log::Consumer> member;
  std::unique_ptr<log::Producer> producer;
};

TEST_F(TornTransaction, ALateAbortLosesRecordsThoughTheCommitSucceeds) {
  EndA(false, 3, false);
  ASSERT_TRUE(BeginB().ok());
  ASSERT_TRUE(SendOffsets().ok());
  EXPECT_EQ(producer->Commit().value(), CommitOutcome::kCommitted);
  EXPECT_THAT(Read("out"), IsEmpty());
  EXPECT_EQ(client->Committed("g", {"in", 0}).value(), 1);
}

TEST_F(TornTransaction, ALateCommitShowsRecordsBeforeTheirCommit) {
  EndA(true, 3, false);
  ASSERT_TRUE(BeginB().ok());
  ASSERT_TRUE(SendOffsets().ok());
  EXPECT_THAT(Read("out"), ElementsAre("0:A", "2:B"));
  EXPECT_TRUE(producer->Abort().ok());
  EXPECT_THAT(Read("out"), ElementsAre("0:A", "2:B"));
}

TEST_F(TornTransaction, ARecordProducedLastFindsOut) {
  for (const bool commit : {false, true}) {
    EndA(commit, 4, false);
    ASSERT_TRUE(BeginB().ok());
    ASSERT_TRUE(SendOffsets().ok());
    const auto last = Put(*producer, "out", "last");
    ASSERT_FALSE(last.ok());
    EXPECT_EQ(last.error().kind, ErrorKind::kUnavailable);
    EXPECT_EQ(Read("out").size(), commit ? 2U : 0U);
  }
}

TEST_F(TornTransaction, ANewProducerKeepsTheTwinOut) {
  EndA(false, 4, true);
  EXPECT_EQ(BeginB().error().kind, ErrorKind::kUnavailable);
  producer = Open();
  ASSERT_TRUE(BeginB().ok());
  ASSERT_TRUE(SendOffsets().ok());
  EXPECT_EQ(producer->Commit().value(), CommitOutcome::kCommitted);
  EXPECT_THAT(Read("out"), ElementsAre("2:B"));
}

}  // namespace
}  // namespace caseclock::simulation
