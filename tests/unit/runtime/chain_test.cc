// The chain of commits by itself: everything that can be wrong with a topic, its offsets and a
// state directory, and what is said of it.

#include "engine/runtime/chain.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "engine/base/hash.h"
#include "engine/codec/output_codec.h"

namespace caseclock::runtime {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

// A topic as a list of records, written by a well-behaved engine unless a test meddles.
class ChainTest : public ::testing::Test {
 protected:
  struct Record {
    std::string key;
    std::optional<std::string> value;
    base::Instant at;
  };
  void Case(const std::string& id, const std::string& value) {
    topic.push_back({id, value, now});
    checksum_ = base::Crc32c(value, base::Crc32c(id, checksum_));
    ++outputs_;
  }
  void Announce() { topic.push_back({model::kCommitKey, std::nullopt, now}); }
  void Commit(bool repair = false) {
    model::CommitRecord record;
    record.sequence = ++sequence_;
    record.previous = hash_;
    record.input_from = input_;
    record.input_to = input_ += 10;
    record.input_records = 10;
    record.output_records = outputs_;
    record.checksum = checksum_;
    record.repair = repair;
    std::string bytes;
    codec::EncodeCommit(record, &bytes);
    hash_ = base::Hash(bytes);
    topic.push_back({model::kCommitKey, bytes, now});
    outputs_ = 0;
    checksum_ = 0;
    now = now + base::Seconds(1);
  }
  void Commits(int count) {
    for (int i = 0; i < count; ++i) {
      Case("C-" + std::to_string(i), "state");
      Commit();
    }
  }
  // Without what was produced for it.
  void Forget() {
    outputs_ = 0;
    checksum_ = 0;
  }
  void Read(Chain* chain, size_t from = 0) const {
    for (size_t i = from; i < topic.size(); ++i) {
      log::RecordView view;
      view.offset = static_cast<int64_t>(i);
      view.timestamp = topic[i].at;
      view.key = topic[i].key;
      if (topic[i].value) view.value = *topic[i].value;
      chain->Take(view);
    }
    chain->End(now);
  }
  [[nodiscard]] std::vector<std::string> Wrong() const {
    Chain chain{std::nullopt};
    Read(&chain);
    chain.CheckCommitted(committed.value_or(input_), "g");
    return TextsOf(chain);
  }
  static std::vector<std::string> TextsOf(const Chain& chain) {
    std::vector<std::string> texts;
    for (const ChainFinding& finding : chain.findings()) texts.push_back(finding.text);
    return texts;
  }
  [[nodiscard]] store::Position Here() const {
    return {sequence_, hash_, static_cast<int64_t>(topic.size()), input_, base::kLongAgo, {}, {}};
  }

  std::vector<Record> topic;
  std::optional<int64_t> committed;
  base::Instant now = base::Instant::FromSeconds(1'750'000'000);

 private:
  int64_t sequence_ = 0;
  base::Hash128 hash_;
  int64_t input_ = 0;
  int64_t outputs_ = 0;
  uint32_t checksum_ = 0;
};

TEST_F(ChainTest, OfAWellBehavedEngineIsWhole) {
  Commits(3);
  Announce();
  Commit();
  Commits(1);
  EXPECT_THAT(Wrong(), IsEmpty());
}

TEST_F(ChainTest, TheNoteOfTheOffsetSaysWhichCommitIsTheLast) {
  Commits(3);
  Chain chain{std::nullopt};
  Read(&chain);
  const auto noted = [&](int64_t sequence) {
    return log::GroupOffset(chain.last().input_to, codec::EncodeCommitNote(sequence));
  };
  EXPECT_EQ(chain.Lead(noted(2)), 1);
  EXPECT_EQ(chain.Lead(noted(3)), 0);
  EXPECT_EQ(chain.Lead(noted(5)), -2);
  // Another note says nothing.
  EXPECT_EQ(chain.Lead(log::GroupOffset(chain.last().input_to - 4, "caseclock commit x")), 4);
  chain.CheckCommitted(noted(3), "g");
  EXPECT_THAT(TextsOf(chain), IsEmpty());
  chain.CheckCommitted(noted(5), "g");
  EXPECT_THAT(TextsOf(chain),
              ElementsAre(HasSubstr("Expected the last commit record to be commit 5, as committed "
                                    "by group g, but it is commit 3: the topic has lost")));
}

TEST_F(ChainTest, ATransactionTornBeforeItsCommitRecord) {
  Commits(1);
  Case("C-9", "state");
  EXPECT_THAT(Wrong(), ElementsAre(HasSubstr("there are 1 records that no commit covers")));
}

TEST_F(ChainTest, ATransactionWithoutCasesTornBeforeItsCommitRecord) {
  Commits(1);
  Announce();
  EXPECT_THAT(Wrong(), ElementsAre(HasSubstr("the commit record that is announced before offset "
                                             "3, but it is missing")));
  // The next commit is whole, and does not make it good.
  Commits(1);
  EXPECT_THAT(Wrong(), ElementsAre(HasSubstr("the commit record that is announced")));
}

TEST_F(ChainTest, ATornCommitThatLostRecords) {
  Commits(1);
  Case("C-8", "state");
  Case("C-9", "state");
  topic.pop_back();
  Commit();
  EXPECT_THAT(Wrong(), ElementsAre(AllOf(HasSubstr("Expected 2 records"), HasSubstr("in commit 2"),
                                         HasSubstr("but found 1"))));
}

TEST_F(ChainTest, ARecordThatWasChanged) {
  Commits(2);
  topic[2].value = "other";
  EXPECT_THAT(Wrong(), ElementsAre(HasSubstr("Expected 1 records with checksum ")));
}

TEST_F(ChainTest, ADoubledCommit) {
  Commits(2);
  topic.push_back(topic[2]);
  topic.push_back(topic[3]);
  EXPECT_THAT(Wrong(), ElementsAre(HasSubstr("found commit 2 once more: it is doubled")));
}

TEST_F(ChainTest, AMissingCommit) {
  Commits(3);
  topic.erase(topic.begin() + 2, topic.begin() + 4);
  EXPECT_THAT(Wrong(), ElementsAre(HasSubstr("Expected commit 2, but found commit 3: 1 missing")));
}

TEST_F(ChainTest, ReorderedCommitsAreAllNamed) {
  Commits(3);
  std::swap(topic[3], topic[5]);
  const auto wrong = Wrong();
  EXPECT_THAT(wrong, ::testing::Contains(HasSubstr("Expected commit 4, but found commit 2: "
                                                   "commits are out of order")));
  EXPECT_GT(wrong.size(), 1U);
}

TEST_F(ChainTest, ACommitOfAnotherChain) {
  Commits(2);
  model::CommitRecord first;
  ASSERT_TRUE(codec::DecodeCommit(*topic[1].value, &first).ok());
  first.policy_hash = "another";
  topic[1].value->clear();
  codec::EncodeCommit(first, &*topic[1].value);
  EXPECT_THAT(Wrong(), ElementsAre(HasSubstr("Expected commit 2 to follow ")));
}

TEST_F(ChainTest, ATopicWithoutItsBeginning) {
  Commits(3);
  Chain chain{std::nullopt};
  chain.CheckFirst(2);
  Read(&chain, 2);
  const auto wrong = TextsOf(chain);
  ASSERT_EQ(wrong.size(), 2U);
  EXPECT_THAT(wrong[0], HasSubstr("begins at offset 2: records were deleted"));
  EXPECT_THAT(wrong[1], HasSubstr("Expected commit 1, but found commit 2"));
  EXPECT_EQ(chain.findings()[0].input_before, 0);
}

TEST_F(ChainTest, WhatCompactionTookIsNotMissed) {
  Commits(3);
  now = now + base::Days(8);
  Commits(2);
  topic.erase(topic.begin(), topic.begin() + 5);  // all but the last commit record of the old ones
  EXPECT_THAT(Wrong(), IsEmpty());
}

TEST_F(ChainTest, WhatCompactionLeftOfMissingCommitsIsNotMistakenForTheNext) {
  Commits(3);
  now = now + base::Days(8);
  Commits(2);
  const auto is_commit = [](const auto& record) { return record.key == model::kCommitKey; };
  // Nothing supersedes the cases of the old ones: all are there, and one commit record.
  std::erase_if(
      topic, [&, left = 2](const auto& record) mutable { return is_commit(record) && left-- > 0; });
  EXPECT_THAT(Wrong(), IsEmpty());
}

TEST_F(ChainTest, CompactionOfATopicThatHasGoneQuietIsNotMissed) {
  Commits(3);
  topic.erase(topic.begin(), topic.begin() + 3);
  EXPECT_THAT(Wrong(), Not(IsEmpty()));
  now = now + base::Days(8);
  EXPECT_THAT(Wrong(), IsEmpty());
}

TEST_F(ChainTest, ATopicThatLostItsNewestRecords) {
  Commits(3);
  topic.resize(4);
  EXPECT_THAT(Wrong(), ElementsAre(AllOf(HasSubstr("to end at input offset 30"),
                                         HasSubstr("but it ends at 20"),
                                         HasSubstr("has lost its newest records"))));
}

TEST_F(ChainTest, OffsetsThatWereSetBackOrDeleted) {
  Commits(3);
  committed = 10;
  EXPECT_THAT(Wrong(), ElementsAre(HasSubstr("the offsets were set back")));
  Chain chain{std::nullopt};
  Read(&chain);
  chain.CheckCommitted(std::nullopt, "g");
  EXPECT_THAT(TextsOf(chain), ElementsAre(AllOf(HasSubstr("Expected group g to have committed "
                                                          "input offset 30"),
                                                HasSubstr("its offsets were deleted"))));
}

TEST_F(ChainTest, AStoreOfAnotherLog) {
  Commits(2);
  store::Position stands = Here();
  stands.commit.low ^= 1;
  Commits(1);
  Chain chain{stands};
  Read(&chain, 4);
  EXPECT_THAT(TextsOf(chain), ElementsAre(HasSubstr("the state directory is of another log")));
  EXPECT_FALSE(chain.store_outdated());
}

TEST_F(ChainTest, AnOlderCopyOfAStoreGoesOn) {
  Commits(2);
  const store::Position stands = Here();
  Commits(3);
  Chain chain{stands};
  Read(&chain, 4);
  EXPECT_THAT(TextsOf(chain), IsEmpty());
  EXPECT_TRUE(chain.store_confirmed());
}

// Of a store that was rebuilt from the first record and goes on: a standby's.
TEST_F(ChainTest, WhatAStoreStandsOnIsNotExcusedByCompactionAnyMore) {
  Commits(3);
  Chain chain{std::nullopt};
  Read(&chain);
  chain.StandOnIt();
  const size_t from = topic.size();
  Commits(1);
  topic.resize(from);  // it is missing
  Case("C-9", "state");
  Commit();
  Read(&chain, from);
  EXPECT_THAT(TextsOf(chain), ElementsAre(HasSubstr("Expected commit 4, but found commit 5")));
  EXPECT_FALSE(chain.store_outdated());
  // A repair ends what was wrong, but not for this store.
  const size_t repaired = topic.size();
  Commit(true);
  Read(&chain, repaired);
  EXPECT_THAT(TextsOf(chain), IsEmpty());
  EXPECT_TRUE(chain.store_outdated());
}

TEST_F(ChainTest, ARepairEndsWhatWasWrongBeforeItAndMustBeWholeItself) {
  Commits(2);
  const store::Position stands = Here();
  Case("C-9", "torn");
  Forget();
  Announce();
  Case("C-9", "right");
  Commit(true);
  Commits(1);
  EXPECT_THAT(Wrong(), IsEmpty());
  // A store that stood before it may have taken in what was wrong.
  Chain chain{stands};
  Read(&chain, 4);
  EXPECT_THAT(TextsOf(chain), IsEmpty());
  EXPECT_TRUE(chain.store_outdated());

  topic[6].value = "other";
  EXPECT_THAT(Wrong(), ElementsAre(HasSubstr("in commit 3")));
}

}  // namespace
}  // namespace caseclock::runtime
