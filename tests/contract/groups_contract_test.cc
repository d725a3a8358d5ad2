// Consumers and their groups.

#include <gmock/gmock.h>

#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <thread>

#include "tests/contract/log_contract.h"

namespace caseclock::log::contract {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::UnorderedElementsAre;

using Kind = Polled::Kind;

TEST_P(LogContract, AConsumerIsAssignedFirstAndReadsFromTheBeginning) {
  Topic("t", 2);
  Append("t", {{std::nullopt, "1"}});
  Member member = Join("g", {"t"});
  const Polled first = member.Until(Kind::kAssigned);
  EXPECT_THAT(first.partitions,
              UnorderedElementsAre(TopicPartition{"t", 0}, TopicPartition{"t", 1}));
  member.Drain();
  EXPECT_THAT(member.seen[(TopicPartition{"t", 0})], ElementsAre("(none)=1"));
}

TEST_P(LogContract, AtEndIsToldWithTheLastBatch) {
  Topic("t");
  Append("t", {{"a", "1"}, {"b", "2"}, {"c", "3"}});
  Member member = Join("g", {"t"});
  member.Until(Kind::kAssigned);
  std::vector<bool> ends;
  size_t read = 0;
  while (read < 3) {
    const Polled polled = member.Poll(kLong, 1);
    ASSERT_EQ(polled.kind, Kind::kRecords);
    read += polled.batch->records().size();
    if (read < 3) {
      EXPECT_FALSE(polled.at_end);
    }
  }
  member.Drain();
  Append("t", {{"d", "4"}});
  EXPECT_EQ(member.Poll(kLong).kind, Kind::kRecords);
}

// What a transaction leaves behind its records, and one that is open, are nothing to be read.
TEST_P(LogContract, OfEachPartitionItCanBeAskedWhetherItIsRead) {
  Topic("t", 2);
  const TopicPartition here{"t", 0};
  const TopicPartition there{"t", 1};
  auto producer = OpenProducer("p");
  ASSERT_TRUE(producer->Begin().ok());
  ASSERT_TRUE(Put(*producer, "t", "a", "1", 0).ok());
  ASSERT_TRUE(Put(*producer, "t", "b", "2", 1).ok());
  ExpectCommit(*producer);
  Member member = Join("g", {"t"});
  member.Until(Kind::kAssigned);
  member.Drain();
  EXPECT_TRUE(member->AtEnd(here).value());
  EXPECT_TRUE(member->AtEnd(there).value());
  ASSERT_TRUE(producer->Begin().ok());
  ASSERT_TRUE(Put(*producer, "t", "a", "3", 0).ok());
  EXPECT_TRUE(member->AtEnd(here).value());
  ExpectCommit(*producer);
  EXPECT_FALSE(member->AtEnd(here).value());
  EXPECT_TRUE(member->AtEnd(there).value());
  member.Drain();
  EXPECT_TRUE(member->AtEnd(here).value());
  EXPECT_EQ(member->AtEnd({"t", 2}).error().kind, base::ErrorKind::kInvalid);
}

TEST_P(LogContract, AConsumerGoesOnFromTheCommittedOffset) {
  Topic("t");
  Append("t", {{"a", "1"}, {"b", "2"}});
  {
    Member member = Join("g", {"t"});
    const auto batch = member.Until(Kind::kRecords).batch;
    auto producer = OpenProducer("p");
    ASSERT_TRUE(producer->Begin().ok());
    ASSERT_TRUE(
        producer->SendOffsets(member->token(), {{{"t", 0}, batch->records()[0].offset + 1}}).ok());
    ExpectCommit(*producer);
  }
  Reopen();
  Member member = Join("g", {"t"});
  member.Until(Kind::kAssigned);
  member.Drain();
  EXPECT_THAT(member.seen[(TopicPartition{"t", 0})], ElementsAre("b=2"));
  Member other = Join("other", {"t"});
  other.Until(Kind::kAssigned);
  other.Drain();
  EXPECT_THAT(other.seen[(TopicPartition{"t", 0})], ElementsAre("a=1", "b=2"));
}

TEST_P(LogContract, SeekGoesBackAndForth) {
  Topic("t");
  const auto places = Append("t", {{"a", "1"}, {"b", "2"}, {"c", "3"}});
  Member member = Join("g", {"t"});
  member.Until(Kind::kAssigned);
  ASSERT_TRUE(member->Seek({"t", 0}, places[2].offset).ok());
  member.Drain();
  ASSERT_TRUE(member->Seek({"t", 0}, places[1].offset).ok());
  member.Drain();
  EXPECT_THAT(member.seen[(TopicPartition{"t", 0})], ElementsAre("c=3", "b=2", "c=3"));
  EXPECT_FALSE(member->Seek({"t", 1}, 0).ok());
}

TEST_P(LogContract, APausedPartitionIsSilent) {
  Topic("t", 2);
  auto producer = OpenProducer("p");
  ASSERT_TRUE(producer->Begin().ok());
  ASSERT_TRUE(Put(*producer, "t", "a", "1", 0).ok());
  ASSERT_TRUE(Put(*producer, "t", "b", "2", 1).ok());
  ExpectCommit(*producer);
  for (int32_t p : {0, 1}) AwaitTexts("t", p, testing::SizeIs(1));
  Member member = Join("g", {"t"});
  Settle({&member}, 2);
  member.seen.clear();
  for (int32_t p : {0, 1}) ASSERT_TRUE(member->Seek({"t", p}, 0).ok());
  ASSERT_TRUE(member->Pause({"t", 0}).ok());
  member.Drain();
  EXPECT_THAT(member.seen[(TopicPartition{"t", 0})], IsEmpty());
  EXPECT_THAT(member.seen[(TopicPartition{"t", 1})], ElementsAre("b=2"));
  ASSERT_TRUE(member->Resume({"t", 0}).ok());
  member.Drain();
  EXPECT_THAT(member.seen[(TopicPartition{"t", 0})], ElementsAre("a=1"));
}

TEST_P(LogContract, PartitionsTakeTurns) {
  Topic("t", 4);
  auto producer = OpenProducer("p");
  ASSERT_TRUE(producer->Begin().ok());
  for (int i = 0; i < 400; ++i) ASSERT_TRUE(Put(*producer, "t", "k", "v", i % 4).ok());
  ExpectCommit(*producer);
  Member member = Join("g", {"t"});
  member.Until(Kind::kAssigned);
  // From when all have come in, with enough left of each.
  const auto most_seen = [&] {
    size_t most = 0;
    for (const auto& [partition, texts] : member.seen) most = std::max(most, texts.size());
    return most;
  };
  for (int tries = 0; tries == 0 || (tries < 100 && most_seen() > 50); ++tries) {
    member.seen.clear();
    for (int32_t p = 0; p < 4; ++p) ASSERT_TRUE(member->Seek({"t", p}, 0).ok());
    while (member.seen.size() < 4) ASSERT_EQ(member.Poll(kLong, 1).kind, Kind::kRecords);
  }
  const auto before = member.seen;
  for (int i = 0; i < 8; ++i) ASSERT_EQ(member.Poll(kLong, 10).kind, Kind::kRecords);
  for (const auto& [partition, texts] : before) {
    EXPECT_EQ(member.seen[partition].size(), texts.size() + 20) << partition.partition;
  }
}

TEST_P(LogContract, AJoinTakesAShareAfterTheOwnerLetGo) {
  Topic("t", 4);
  Append("t", {{"0", "v"}, {"1", "v"}, {"2", "v"}, {"3", "v"}, {"4", "v"}, {"5", "v"}});
  Member a = Join("g", {"t"});
  Settle({&a}, 4);
  Member b = Join("g", {"t"});
  const Polled revoked = a.Until(Kind::kRevoked);
  EXPECT_GE(revoked.partitions.size(), 2U);  // or all, to get some back
  const auto end = log().Bounds(revoked.partitions[0]).value().end;
  // Not before the owner polls again: it may have a transaction to finish.
  EXPECT_EQ(b.Poll(kShort).kind, Kind::kNothing);
  EXPECT_THAT(b.assigned(), IsEmpty());
  auto producer = OpenProducer("p");
  ASSERT_TRUE(producer->Begin().ok());
  EXPECT_TRUE(producer->SendOffsets(a->token(), {{revoked.partitions[0], end}}).ok());
  ExpectCommit(*producer);
  Settle({&a, &b}, 4);
  EXPECT_EQ(a.assigned().size(), 2U);
  EXPECT_EQ(b.assigned().size(), 2U);
  EXPECT_EQ(Committed("g", revoked.partitions[0]), end);
}

TEST_P(LogContract, NothingIsReadTwiceInAHandover) {
  Topic("t", 2);
  auto producer = OpenProducer("p");
  auto fill = [&](const std::string& value) {
    ASSERT_TRUE(producer->Begin().ok());
    for (int32_t p : {0, 1}) ASSERT_TRUE(Put(*producer, "t", "k", value, p).ok());
    ExpectCommit(*producer);
    for (int32_t p : {0, 1}) AwaitTexts("t", p, testing::Contains("k=" + value));
  };
  fill("1");
  Member a = Join("g", {"t"});
  Settle({&a}, 2);
  a.Drain();
  ASSERT_TRUE(producer->Begin().ok());
  ASSERT_TRUE(producer
                  ->SendOffsets(a->token(), {{{"t", 0}, log().Bounds({"t", 0}).value().end},
                                             {{"t", 1}, log().Bounds({"t", 1}).value().end}})
                  .ok());
  ExpectCommit(*producer);
  Member b = Join("g", {"t"});
  Settle({&a, &b}, 2);
  fill("2");
  a.Drain();
  b.Drain();
  for (int32_t p : {0, 1}) {
    const TopicPartition tp{"t", p};
    const size_t of_a = a.seen[tp].size();
    const size_t of_b = b.seen[tp].size();
    EXPECT_EQ(of_a + of_b, 2U);
    EXPECT_EQ(of_b, b.assigned().contains(tp) ? 1U : 0U);
  }
}

TEST_P(LogContract, WhoLeavesGivesItsShareBack) {
  Topic("t", 4);
  Member a = Join("g", {"t"});
  Member b = Join("g", {"t"});
  Settle({&a, &b}, 4);
  a.Leave();
  Settle({&b}, 4);
  EXPECT_EQ(b.assigned().size(), 4U);
}

TEST_P(LogContract, MoreMembersThanPartitions) {
  Topic("t", 2);
  Member a = Join("g", {"t"});
  Member b = Join("g", {"t"});
  Member c = Join("g", {"t"});
  Settle({&a, &b, &c}, 2);
  b.Leave();
  a.Leave();
  Settle({&c}, 2);
  EXPECT_EQ(c.assigned().size(), 2U);
}

TEST_P(LogContract, StaticMembersGetTheSameAgain) {
  Topic("t", 6);
  auto a = std::make_unique<Member>(Join("g", {"t"}, "engine-0"));
  Member b = Join("g", {"t"}, "engine-1");
  Settle({a.get(), &b}, 6);
  const auto of_a = a->assigned();
  const auto of_b = b.assigned();
  a->Leave();
  Member again = Join("g", {"t"}, "engine-0");
  Settle({&again, &b}, 6);
  EXPECT_EQ(again.assigned(), of_a);
  EXPECT_EQ(b.assigned(), of_b);
}

TEST_P(LogContract, StaticMembersAreKnownWithWhatTheyHave) {
  Topic("t", 4);
  EXPECT_THAT(log().StaticMembers("g").value(), IsEmpty());
  Member first = Join("g", {"t"}, "a");
  Member second = Join("g", {"t"}, "b");
  Member dynamic = Join("g", {"t"});
  Settle({&first, &second, &dynamic}, 4);
  const auto members = log().StaticMembers("g");
  ASSERT_TRUE(members.ok());
  std::map<std::string, std::set<TopicPartition>> found;
  for (const StaticMember& member : members.value()) {
    found[member.instance] = {member.partitions.begin(), member.partitions.end()};
  }
  EXPECT_THAT(found, UnorderedElementsAre(testing::Pair("a", first.assigned()),
                                          testing::Pair("b", second.assigned())));
  EXPECT_THAT(first.assigned(), testing::Not(IsEmpty()));
}

TEST_P(LogContract, ASecondMemberWithTheSameInstanceReplacesTheFirst) {
  Topic("t", 2);
  Member first = Join("g", {"t"}, "engine-0");
  Settle({&first}, 2);
  const GroupToken stale = first->token();
  Member second = Join("g", {"t"}, "engine-0");
  Settle({&second}, 2);
  auto producer = OpenProducer("p");
  ASSERT_TRUE(producer->Begin().ok());
  EXPECT_FALSE(producer->SendOffsets(stale, {{{"t", 0}, 1}}).ok());
  // It is told the loss, or at once that it is fenced; on a log far away, when it next asks.
  auto polled = first->Poll(kShort, 10);
  for (int tries = 0; tries < 1000 && polled.ok(); ++tries) {
    polled = first->Poll(base::Millis(30), 10);
  }
  ASSERT_FALSE(polled.ok());
  EXPECT_EQ(polled.error().kind, base::ErrorKind::kFenced);
}

TEST_P(LogContract, SeveralTopicsShareOneOwnerPerPartition) {
  Topic("t", 4);
  Topic("u", 4);
  Member a = Join("g", {"t", "u"});
  Member b = Join("g", {"t", "u"});
  Settle({&a, &b}, 8);
  for (int32_t p = 0; p < 4; ++p) {
    EXPECT_EQ(a.assigned().contains({"t", p}), a.assigned().contains({"u", p})) << p;
  }
}

TEST_P(LogContract, WakeEndsAPoll) {
  Topic("t");
  Member member = Join("g", {"t"});
  member.Until(Kind::kAssigned);
  std::thread waker([&] { member->Wake(); });
  EXPECT_EQ(member.Poll(kLong).kind, Kind::kNothing);
  waker.join();
}

TEST_P(LogContract, NewRecordsEndAPoll) {
  Topic("t");
  Member member = Join("g", {"t"});
  member.Until(Kind::kAssigned);
  std::thread writer([&] { Append("t", {{"a", "1"}}); });
  EXPECT_EQ(member.Poll(kLong).kind, Kind::kRecords);
  writer.join();
}

TEST_P(LogContract, AppendersMayBeManyThreads) {
  Topic("t", 3);
  auto appender = std::move(log().OpenAppender()).value();
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&appender, t] {
      for (int i = 0; i < 100; ++i) {
        const std::string key = std::to_string(t);
        const std::string value = std::to_string(i);
        const NewRecord record{key, value, std::nullopt, {}};
        EXPECT_TRUE(appender->Append("t", {&record, 1}).ok());
      }
    });
  }
  for (auto& t : threads) t.join();
  std::map<std::string, int> next;
  for (int32_t p = 0; p < 3; ++p) {
    for (const Record& r : Read("t", p)) EXPECT_EQ(*r.value, std::to_string(next[*r.key]++));
  }
  EXPECT_EQ(next, (std::map<std::string, int>{{"0", 100}, {"1", 100}, {"2", 100}, {"3", 100}}));
}

}  // namespace
}  // namespace caseclock::log::contract
