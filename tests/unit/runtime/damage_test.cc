// A topic, offsets or a state directory that somebody meddled with: a start refuses with what was
// expected, what was found and what to do, and a repair puts the topic right.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <map>

#include "engine/base/hash.h"
#include "engine/core/fold_version.h"
#include "engine/runtime/repair.h"
#include "engine/store/case_store.h"
#include "tests/unit/runtime/outcome.h"

namespace caseclock::runtime {
namespace {

using ::testing::AllOf;
using testing::At;
using testing::Collect;
using ::testing::Contains;
using testing::ExpectSame;
using testing::Hall;
using ::testing::HasSubstr;
using testing::Outcome;
using testing::OutcomeOf;
using testing::Sent;
using testing::TempDir;

namespace fs = std::filesystem;

constexpr int kCases = 40;

class DamageTest : public ::testing::Test {
 protected:
  void SetUp() override {
    hall.options.partitions = 1;
    hall.options.workers = 1;
    hall.Activate();
  }
  void Work() {
    hall.Start();
    hall.Idle();
    hall.Stop();
  }
  // The whole history in another hall.
  void BeginAnew(Hall* other) const {
    other->options.partitions = other->options.workers = 1;
    other->Activate();
    other->Send(history);
  }
  [[nodiscard]] std::string Store() const { return hall.options.state_dir + "/0"; }
  void LoseTheStore() { fs::remove_all(hall.options.state_dir); }
  // In one transaction: records of `cases`, and the offset of the group.
  void Meddle(const std::vector<Hall::Record>& records, std::optional<int64_t> offset) {
    auto producer = std::move(hall.log->OpenProducer("meddler")).value();
    auto consumer =
        std::move(hall.log->Join(hall.options.group, "meddler", {hall.options.topics.events}))
            .value();
    log::Polled polled;
    while (polled.kind != log::Polled::Kind::kAssigned) {
      polled = std::move(consumer->Poll(base::Millis(10), 1)).value();
    }
    ASSERT_TRUE(producer->Begin().ok());
    for (const Hall::Record& one : records) {
      log::NewRecord record;
      if (one.key) record.key = *one.key;
      if (one.value) record.value = *one.value;
      ASSERT_TRUE(producer->Produce(hall.options.topics.cases, 0, record).ok());
    }
    if (offset) {
      const log::TopicPartition input{hall.options.topics.events, 0};
      ASSERT_TRUE(producer->SendOffsets(consumer->token(), {{input, *offset}}).ok());
    }
    auto outcome = producer->Commit();
    ASSERT_TRUE(outcome.ok());
    ASSERT_EQ(outcome.value(), log::CommitOutcome::kCommitted);
  }
  [[nodiscard]] Hall::Record NewestOf(const std::string& case_id) const {
    Hall::Record newest;
    for (const auto& one : hall.Read(hall.options.topics.cases, 0)) {
      if (one.key == case_id) newest = one;
    }
    EXPECT_EQ(newest.key, case_id);
    return newest;
  }
  [[nodiscard]] int64_t Committed() const {
    return std::move(hall.log->Committed(hall.options.group, {hall.options.topics.events, 0}))
        .value()
        .value_or(-1)
        .offset;
  }
  void ExpectRefusal(const std::string& text) {
    const auto status = hall.TryStart();
    ASSERT_FALSE(status.ok());
    EXPECT_EQ(status.error().kind, base::ErrorKind::kCorrupt);
    EXPECT_THAT(status.error().message,
                AllOf(HasSubstr("Partition 0 of caseclock.cases: "), HasSubstr(text),
                      HasSubstr("caseclock state verify"), HasSubstr("caseclock state repair")));
  }
  // What the repair says it will do; then it is done.
  RepairPlan DoRepair() {
    EngineOptions options = hall.options;
    options.state_dir = directory.path() + "/repair";
    fs::create_directories(options.state_dir);
    auto repair = Repair::Open(hall.log.get(), options);
    EXPECT_TRUE(repair.ok()) << repair.error().message;
    auto plan = repair.value()->Plan(0);
    EXPECT_TRUE(plan.ok()) << plan.error().message;
    EXPECT_TRUE(plan.value().has_value());
    const auto applied = repair.value()->Apply(base::Seconds(10));
    EXPECT_TRUE(applied.ok()) << applied.error().message;
    repair.value().reset();
    fs::remove_all(options.state_dir);
    return plan.value().value_or(RepairPlan());
  }

  TempDir directory;
  Hall hall{directory.path()};
  const std::vector<Sent> history = testing::DeskHistory(5, kCases);
};

TEST_F(DamageTest, AnUncoveredRecordIsRefusedAndRepaired) {
  hall.Send(history);
  Work();
  const Outcome expected = [&] {
    hall.Start();
    Outcome outcome = Collect(hall, kCases);
    hall.Stop();
    return outcome;
  }();
  // The newest record of a case again, as of a torn transaction.
  Meddle({NewestOf("C-1")}, std::nullopt);
  ExpectRefusal("there are 1 records that no commit covers");
  LoseTheStore();
  ExpectRefusal("there are 1 records that no commit covers");

  const RepairPlan plan = DoRepair();
  EXPECT_THAT(plan.findings, Contains(HasSubstr("no commit covers")));
  EXPECT_TRUE(plan.cases.empty());
  EXPECT_TRUE(plan.lost.empty());
  ExpectSame(OutcomeOf(&hall, kCases), expected);
}

TEST_F(DamageTest, FiguresAfterARepairCountWhatWasAheadOfTheChain) {
  const auto middle = history.begin() + static_cast<std::ptrdiff_t>(history.size()) / 2;
  hall.Send({history.begin(), middle});
  Work();

  const TempDir further_directory;
  Hall further{further_directory.path()};
  BeginAnew(&further);
  const Outcome expected = OutcomeOf(&further, kCases);
  std::map<std::string, Hall::Record> newest;
  for (const auto& one : further.Read(further.options.topics.cases, 0)) {
    if (one.value && *one.key != model::kCommitKey) newest.insert_or_assign(*one.key, one);
  }

  // What the rest of the history would make of the cases, as of a transaction of which that half
  // alone is there.
  std::vector<Hall::Record> half;
  for (const auto& [key, record] : newest) half.push_back(record);
  Meddle(half, std::nullopt);
  hall.Send({middle, history.end()});
  ExpectRefusal("records that no commit covers");
  EXPECT_TRUE(DoRepair().cases.empty());
  const Outcome repaired = OutcomeOf(&hall, kCases);
  EXPECT_EQ(repaired.views, expected.views);
  EXPECT_EQ(repaired.backlogs, expected.backlogs);
}

TEST_F(DamageTest, AStoreFromBeforeTheRepairIsSetAsideAndRebuilt) {
  hall.Send(history);
  Work();
  Meddle({NewestOf("C-1")}, std::nullopt);
  DoRepair();
  hall.Start();
  hall.Idle();
  hall.ExpectSound();
  hall.Stop();
  EXPECT_TRUE(fs::exists(Store() + ".aside-1/CURRENT"));
}

// By a disk, say. The topic has all that it had.
TEST_F(DamageTest, ADamagedStoreIsSetAsideAndRebuilt) {
  hall.Send(history);
  Work();
  hall.Start();
  const Outcome expected = Collect(hall, kCases);
  hall.Stop();
  int times = 0;
  const auto damage = [&](const std::string& kind, std::streamoff at, std::ios::seekdir from) {
    int damaged = 0;
    for (const auto& file : fs::directory_iterator(Store())) {
      if (file.path().filename().string().find(kind) == std::string::npos) continue;
      std::fstream bytes(file.path(), std::ios::in | std::ios::out | std::ios::binary);
      bytes.seekp(at, from);
      bytes << "damage";
      ++damaged;
    }
    EXPECT_GT(damaged, 0) << kind;
    ExpectSame(OutcomeOf(&hall, kCases), expected);
    EXPECT_TRUE(fs::exists(Store() + ".aside-" + std::to_string(++times) + "/CURRENT"));
  };
  damage("MANIFEST", 20, std::ios::beg);  // it cannot be opened
  Work();                                 // what it had in its write-ahead log is in a file
  damage(".sst", -8, std::ios::end);      // it can be opened, but not read
}

// By a build whose fold gives other views or figures: mixed with those of this one they would be
// neither.
TEST_F(DamageTest, AStoreOfAnotherFoldIsSetAsideAndRebuilt) {
  hall.Send(history);
  Work();
  hall.Start();
  const Outcome expected = Collect(hall, kCases);
  hall.Stop();
  {
    auto opened = store::CaseStore::Open(Store(), store::MakeResources({}));
    ASSERT_TRUE(opened.ok());
    EXPECT_EQ(opened.value()->ReadFold().value(), core::kFoldVersion);
    store::Checkpoint checkpoint;
    checkpoint.SetPosition(*opened.value()->ReadPosition().value(), core::kFoldVersion + 1);
    ASSERT_TRUE(opened.value()->Write(&checkpoint).ok());
  }
  hall.options.read_only = true;
  const auto refused = hall.TryStart();
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().kind, base::ErrorKind::kConfig);
  EXPECT_THAT(refused.error().message, HasSubstr("Start the engine once"));
  hall.options.read_only = false;
  ExpectSame(OutcomeOf(&hall, kCases), expected);
  EXPECT_TRUE(fs::exists(Store() + ".aside-1/CURRENT"));
}

TEST_F(DamageTest, OffsetsThatRanAheadAreSetBackAndTheirInputIsRead) {
  const auto middle = history.begin() + static_cast<std::ptrdiff_t>(history.size()) / 2;
  hall.Send({history.begin(), middle});
  Work();
  const int64_t before = Committed();
  hall.Send({middle, history.end()});
  Meddle({}, static_cast<int64_t>(history.size()));
  ExpectRefusal("Expected the last commit record to end at input offset");

  const RepairPlan plan = DoRepair();
  EXPECT_EQ(plan.input_from, before);
  EXPECT_EQ(plan.input_to, static_cast<int64_t>(history.size()));
  EXPECT_FALSE(plan.cases.empty());
  const Outcome repaired = OutcomeOf(&hall, kCases);

  // As an engine that nobody disturbed.
  const TempDir quiet_directory;
  Hall quiet{quiet_directory.path()};
  BeginAnew(&quiet);
  const Outcome expected = OutcomeOf(&quiet, kCases);
  EXPECT_EQ(repaired.views, expected.views);
  EXPECT_EQ(repaired.alerts, expected.alerts);
  EXPECT_EQ(repaired.backlogs, expected.backlogs);
}

TEST_F(DamageTest, OffsetsThatWereSetBackAreSetRight) {
  hall.Send(history);
  Work();
  const int64_t before = Committed();
  Meddle({}, 3);
  ExpectRefusal("the offsets were set back");
  const RepairPlan plan = DoRepair();
  EXPECT_TRUE(plan.cases.empty());
  EXPECT_EQ(Committed(), before);
  hall.Start();
  hall.Idle();
  hall.ExpectSound();
  hall.Stop();
}

TEST_F(DamageTest, OffsetsThatAreGoneAreRefusedAndMade) {
  hall.Send(history);
  Work();
  hall.options.group = "another";  // which has none
  ExpectRefusal("its offsets were deleted");
  DoRepair();
  hall.Start();
  hall.Idle();
  hall.ExpectSound();
  hall.Stop();
}

TEST_F(DamageTest, AStateDirectoryOfAnotherLogIsRefused) {
  hall.Send(history);
  Work();
  TempDir elsewhere;
  Hall other{elsewhere.path()};
  other.options.partitions = other.options.workers = 1;
  other.wall = At("2026-07-01T00:00:00Z").us;
  other.Activate();
  auto changed = history;
  changed[0].timestamp = changed[0].timestamp + base::Seconds(1);
  other.Send(changed);
  other.Start();
  other.Idle();
  other.Stop();
  // It fits by its numbers: as many records, as many commits, the same offsets.
  LoseTheStore();
  fs::copy(other.options.state_dir, hall.options.state_dir, fs::copy_options::recursive);
  ExpectRefusal("of another log");
  EXPECT_TRUE(fs::exists(Store() + "/CURRENT"));
  LoseTheStore();
  Work();
}

TEST_F(DamageTest, AnOlderCopyOfTheStateDirectoryGoesOn) {
  const auto middle = history.begin() + static_cast<std::ptrdiff_t>(history.size()) / 2;
  hall.Send({history.begin(), middle});
  Work();
  fs::copy(hall.options.state_dir, directory.path() + "/copy", fs::copy_options::recursive);
  hall.Send({middle, history.end()});
  const Outcome expected = OutcomeOf(&hall, kCases);
  LoseTheStore();
  fs::copy(directory.path() + "/copy", hall.options.state_dir, fs::copy_options::recursive);
  ExpectSame(OutcomeOf(&hall, kCases), expected);
}

}  // namespace
}  // namespace caseclock::runtime
