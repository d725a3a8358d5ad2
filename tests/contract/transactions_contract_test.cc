// Transactions: all at once or not at all, offsets with them, and only for the newest.

#include <gmock/gmock.h>

#include "tests/contract/log_contract.h"

namespace caseclock::log::contract {
namespace {

using base::ErrorKind;
using testing::ElementsAre;
using testing::ElementsAreArray;
using testing::IsEmpty;
using testing::SizeIs;

TEST_P(LogContract, NothingIsSeenBeforeTheCommit) {
  Topic("t", 2);
  auto producer = OpenProducer("p");
  ASSERT_TRUE(producer->Begin().ok());
  ASSERT_TRUE(Put(*producer, "t", "a", "1", 0).ok());
  ASSERT_TRUE(Put(*producer, "t", "b", "2", 1).ok());
  EXPECT_THAT(ReadTexts("t", 0), IsEmpty());
  EXPECT_THAT(ReadTexts("t", 1), IsEmpty());
  ExpectCommit(*producer);
  AwaitTexts("t", 0, ElementsAre("a=1"));
  AwaitTexts("t", 1, ElementsAre("b=2"));
}

TEST_P(LogContract, AnAbortLeavesNothing) {
  Topic("t");
  auto producer = OpenProducer("p");
  ASSERT_TRUE(producer->Begin().ok());
  ASSERT_TRUE(Put(*producer, "t", "a", "1").ok());
  ASSERT_TRUE(producer->Abort().ok());
  ASSERT_TRUE(producer->Begin().ok());
  ASSERT_TRUE(Put(*producer, "t", "b", "2").ok());
  ExpectCommit(*producer);
  AwaitTexts("t", 0, ElementsAre("b=2"));
}

TEST_P(LogContract, AProducerThatGoesAborts) {
  Topic("t");
  {
    auto producer = OpenProducer("p");
    ASSERT_TRUE(producer->Begin().ok());
    ASSERT_TRUE(Put(*producer, "t", "a", "1").ok());
  }
  Append("t", {{"b", "2"}});
  AwaitTexts("t", 0, ElementsAre("b=2"));
}

TEST_P(LogContract, TransactionsNeedABeginning) {
  Topic("t");
  auto producer = OpenProducer("p");
  EXPECT_FALSE(Put(*producer, "t", "a", "1").ok());
  EXPECT_FALSE(producer->Commit().ok());
  ASSERT_TRUE(producer->Begin().ok());
  EXPECT_FALSE(producer->Begin().ok());
}

TEST_P(LogContract, AnEmptyTransactionCommits) {
  auto producer = OpenProducer("p");
  ASSERT_TRUE(producer->Begin().ok());
  ExpectCommit(*producer);
}

TEST_P(LogContract, OneProducerKeepsItsOrderAndReadersTheirs) {
  Topic("t");
  auto producer = OpenProducer("p");
  std::vector<std::string> expected;
  for (int i = 0; i < 20; ++i) {
    ASSERT_TRUE(producer->Begin().ok());
    for (int j = 0; j < 50; ++j) {
      const std::string n = std::to_string(i * 50 + j);
      ASSERT_TRUE(Put(*producer, "t", n, "v").ok());
      if (i % 3 != 2) expected.push_back(n + "=v");
    }
    if (i % 3 == 2) {
      const base::Status aborted = producer->Abort();
      ASSERT_TRUE(aborted.ok()) << aborted.error().message;
    } else {
      ExpectCommit(*producer);
    }
  }
  AwaitTexts("t", 0, ElementsAreArray(expected));
}

TEST_P(LogContract, ANewerProducerFencesTheOlder) {
  Topic("t");
  Append("t", {{"x", "0"}});
  Member member = Join("g", {"t"});
  member.Until(Polled::Kind::kAssigned);
  auto older = OpenProducer("p");
  ASSERT_TRUE(older->Begin().ok());
  ASSERT_TRUE(Put(*older, "t", "old", "1").ok());
  auto newer = OpenProducer("p");
  // A log that writes behind the call learns of it at the next one.
  if (const auto late = Put(*older, "t", "old", "2"); !late.ok()) {
    EXPECT_EQ(late.error().kind, ErrorKind::kFenced);
  }
  EXPECT_EQ(older->SendOffsets(member->token(), {{{"t", 0}, 1}}).error().kind, ErrorKind::kFenced);
  EXPECT_EQ(older->Commit().error().kind, ErrorKind::kFenced);
  EXPECT_EQ(older->Begin().error().kind, ErrorKind::kFenced);
  ASSERT_TRUE(newer->Begin().ok());
  ASSERT_TRUE(Put(*newer, "t", "new", "3").ok());
  ExpectCommit(*newer);
  AwaitTexts("t", 0, ElementsAre("x=0", "new=3"));
  EXPECT_EQ(Committed("g", {"t", 0}), std::nullopt);
}

// However many transactions it had, and between two of them as well as within one.
TEST_P(LogContract, AFencedProducerWritesNoMore) {
  Topic("t");
  std::vector<std::string> expected;
  for (int before = 0; before < 3; ++before) {
    auto older = OpenProducer("p");
    for (int i = 0; i < before; ++i) {
      ASSERT_TRUE(older->Begin().ok());
      ASSERT_TRUE(Put(*older, "t", "k", "old").ok());
      ExpectCommit(*older);
      expected.emplace_back("k=old");
    }
    auto newer = OpenProducer("p");
    // An implementation may learn of it as late as at the commit.
    for (int i = 0; i < 3; ++i) {
      if (!older->Begin().ok() || !Put(*older, "t", "k", "zombie").ok()) continue;
      const auto late = older->Commit();
      EXPECT_FALSE(late.ok() && late.value() == CommitOutcome::kCommitted) << before << " " << i;
    }
    ASSERT_TRUE(newer->Begin().ok());
    ASSERT_TRUE(Put(*newer, "t", "k", "new").ok());
    ExpectCommit(*newer);
    expected.emplace_back("k=new");
  }
  AwaitTexts("t", 0, ElementsAreArray(expected));
}

TEST_P(LogContract, OtherIdsAreNotFenced) {
  Topic("t");
  auto a = OpenProducer("a");
  auto b = OpenProducer("b");
  for (Producer* p : {a.get(), b.get()}) {
    ASSERT_TRUE(p->Begin().ok());
    ASSERT_TRUE(Put(*p, "t", "k", "v").ok());
  }
  ExpectCommit(*b);
  ExpectCommit(*a);
  AwaitTexts("t", 0, ElementsAre("k=v", "k=v"));
}

TEST_P(LogContract, AnIdGoesOnAfterReopening) {
  Topic("t");
  for (const std::string round : {"1", "2"}) {
    auto producer = OpenProducer("p");
    ASSERT_TRUE(producer->Begin().ok());
    ASSERT_TRUE(Put(*producer, "t", "k", round).ok());
    ExpectCommit(*producer);
    producer.reset();
    Reopen();
  }
  AwaitTexts("t", 0, ElementsAre("k=1", "k=2"));
}

TEST_P(LogContract, OffsetsAreCommittedWithTheRecords) {
  Topic("in");
  Topic("out");
  Append("in", {{"a", "1"}, {"b", "2"}});
  Member member = Join("g", {"in"});
  const auto batch = member.Until(Polled::Kind::kRecords).batch;
  const int64_t next = batch->records().back().offset + 1;
  auto producer = OpenProducer("p");
  ASSERT_TRUE(producer->Begin().ok());
  ASSERT_TRUE(Put(*producer, "out", "a", "done").ok());
  ASSERT_TRUE(producer->SendOffsets(member->token(), {{{"in", 0}, next}}).ok());
  // None yet; or it waits for the outcome, and not for ever.
  const auto pending = log().Committed("g", {"in", 0});
  if (pending.ok()) {
    EXPECT_EQ(pending.value(), std::nullopt);
  } else {
    EXPECT_EQ(pending.error().kind, ErrorKind::kUnavailable);
  }
  ExpectCommit(*producer);
  EXPECT_EQ(Committed("g", {"in", 0}), next);
  EXPECT_EQ(Committed("other", {"in", 0}), std::nullopt);
  AwaitTexts("out", 0, ElementsAre("a=done"));
}

TEST_P(LogContract, AnOffsetKeepsItsNote) {
  Topic("in", 2);
  Member member = Join("g", {"in"});
  Settle({&member}, 2);
  auto producer = OpenProducer("p");
  const auto move = [&](const std::map<TopicPartition, GroupOffset>& offsets) {
    ASSERT_TRUE(producer->Begin().ok());
    ASSERT_TRUE(producer->SendOffsets(member->token(), offsets).ok());
    ExpectCommit(*producer);
  };
  const auto note = [&](int32_t partition) {
    const auto found = log().Committed("g", {"in", partition});
    return found.ok() && found.value() ? found.value()->note : "none";
  };
  const std::string bytes = std::string(4000, 'n') + "\xc3\xa9 7";
  move({{{"in", 0}, {1, "the first"}}, {{"in", 1}, 1}});
  EXPECT_EQ(note(0), "the first");
  EXPECT_EQ(note(1), "");
  // Where the offset stays the note says that there was another commit.
  move({{{"in", 0}, {1, bytes}}});
  EXPECT_EQ(note(0), bytes);
  EXPECT_EQ(Committed("g", {"in", 0}), 1);
  move({{{"in", 0}, 2}});
  EXPECT_EQ(note(0), "");
  ASSERT_TRUE(producer->Begin().ok());
  ASSERT_TRUE(producer->SendOffsets(member->token(), {{{"in", 0}, {3, "never"}}}).ok());
  ASSERT_TRUE(producer->Abort().ok());
  EXPECT_EQ(note(0), "");
}

TEST_P(LogContract, AnAbortForgetsOffsets) {
  Topic("in");
  Append("in", {{"a", "1"}});
  Member member = Join("g", {"in"});
  member.Until(Polled::Kind::kAssigned);
  auto producer = OpenProducer("p");
  ASSERT_TRUE(producer->Begin().ok());
  ASSERT_TRUE(producer->SendOffsets(member->token(), {{{"in", 0}, 1}}).ok());
  ASSERT_TRUE(producer->Abort().ok());
  EXPECT_EQ(Committed("g", {"in", 0}), std::nullopt);
}

TEST_P(LogContract, AStaleTokenIsRefused) {
  Topic("in", 2);
  Member a = Join("g", {"in"});
  Settle({&a}, 2);
  const GroupToken stale = a->token();
  Member b = Join("g", {"in"});
  Settle({&a, &b}, 2);
  auto producer = OpenProducer("p");
  ASSERT_TRUE(producer->Begin().ok());
  EXPECT_FALSE(producer->SendOffsets(stale, {{{"in", 0}, 1}}).ok());
  ASSERT_TRUE(producer->Abort().ok());
  ASSERT_TRUE(producer->Begin().ok());
  EXPECT_TRUE(producer->SendOffsets(a->token(), {{{"in", 0}, 1}}).ok());
  ExpectCommit(*producer);
}

TEST_P(LogContract, ACommitAfterTheMemberLeftReadsNothingTwice) {
  Topic("in");
  Topic("out");
  Append("in", {{"a", "1"}});
  Member member = Join("g", {"in"});
  const auto batch = member.Until(Polled::Kind::kRecords).batch;
  auto producer = OpenProducer("p");
  ASSERT_TRUE(producer->Begin().ok());
  ASSERT_TRUE(Put(*producer, "out", "a", "done").ok());
  const int64_t next = batch->records().back().offset + 1;
  ASSERT_TRUE(producer->SendOffsets(member->token(), {{{"in", 0}, next}}).ok());
  member.Leave();
  Member heir = Join("g", {"in"});
  heir.Until(Polled::Kind::kAssigned);
  // Either the transaction counts, and the heir goes on behind it, or it does not.
  const auto outcome = producer->Commit();
  ASSERT_TRUE(outcome.ok());
  heir.Drain();
  const bool committed = outcome.value() == CommitOutcome::kCommitted;
  EXPECT_EQ(heir.seen[(TopicPartition{"in", 0})].size(), committed ? 0U : 1U);
  AwaitTexts("out", 0, SizeIs(committed ? 1U : 0U));
  EXPECT_EQ(Committed("g", {"in", 0}).has_value(), committed);
}

TEST_P(LogContract, AMemberThatLeftSendsNoOffsets) {
  Topic("in");
  Topic("out");
  Member member = Join("g", {"in"});
  member.Until(Polled::Kind::kAssigned);
  const GroupToken token = member->token();
  member.Leave();
  auto producer = OpenProducer("p");
  ASSERT_TRUE(producer->Begin().ok());
  EXPECT_FALSE(producer->SendOffsets(token, {{{"in", 0}, 1}}).ok());
}

}  // namespace
}  // namespace caseclock::log::contract
