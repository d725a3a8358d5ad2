// A log is carried to another one with another number of partitions: the same views, figures and
// alerts, nothing told twice; and what cannot be carried rightly is refused.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/runtime/migration_hall.h"

namespace caseclock::runtime {
namespace {

using testing::At;
using testing::FillSource;
using testing::Hall;
using ::testing::HasSubstr;
using testing::Migrate;
using testing::ResultOf;
using testing::RunTo;
using testing::TempDir;

class MigrationTest : public ::testing::Test {
 protected:
  MigrationTest() : source(directory.path() + "/source"), target(directory.path() + "/target") {
    target.options.partitions = 9;
  }
  void SetUp() override {
    FillSource(&source);
    testing::MakeTopics(&target);
  }
  void Carry() {
    auto carried = Migrate(source, target);
    ASSERT_TRUE(carried.ok()) << carried.error().message;
    EXPECT_TRUE(carried.value().done());
  }
  void ExpectRefusal(base::ErrorKind kind, const std::string& text) {
    const auto before = testing::Contents(target);
    auto carried = Migrate(source, target);
    ASSERT_FALSE(carried.ok());
    EXPECT_EQ(carried.error().kind, kind) << carried.error().message;
    EXPECT_THAT(carried.error().message, HasSubstr(text));
    EXPECT_EQ(testing::Contents(target), before);
  }

  const TempDir directory{TempDir::InMemory{}};
  Hall source, target;
};

TEST_F(MigrationTest, GivesTheSameViewsFiguresAndAlerts) {
  Carry();
  RunTo(&source, testing::kMigratedAt);
  RunTo(&target, testing::kMigratedAt);
  EXPECT_EQ(ResultOf(target), ResultOf(source));
  EXPECT_GT(ResultOf(source).standing.size(), 10U);
  target.ExpectSound();
  // All alerts, with all that was ever told of them, and where.
  const auto tellings = [](const Hall& hall) {
    std::map<std::string, std::string> all;
    for (const model::Alert& alert : hall.Alerts()) {
      codec::EncodeAlert(alert, &all[base::ToHex(alert.id)]);
    }
    return all;
  };
  EXPECT_EQ(tellings(target), tellings(source));
  // Once each, and nothing but their last state.
  EXPECT_EQ(testing::Told(target).size(), tellings(source).size());
  EXPECT_EQ(target.ReadAll(target.options.topics.alerts).size(), tellings(source).size());
  // A ledger of several pages.
  auto pages = target.engine->PagesOf("C-0");
  ASSERT_TRUE(pages.ok());
  EXPECT_GE(pages.value().size(), 2U);
  EXPECT_EQ(target.ReadAll(target.options.topics.rejects).size(), 2U);
}

TEST_F(MigrationTest, GoesOnAsTheSourceDoes) {
  Carry();
  // One that has had so many partitions all along.
  Hall always(directory.path() + "/always");
  always.options.partitions = target.options.partitions;
  FillSource(&always);
  const auto told_before = testing::Told(always);
  for (Hall* hall : {&source, &target, &always}) {
    hall->Send(testing::HistoryUpTo(false));
    RunTo(hall, testing::kDeskHistoryEnds);
  }
  EXPECT_EQ(ResultOf(target), ResultOf(source));
  target.ExpectSound();
  // What is told from then on depends on the clocks of partitions, so on their number.
  auto told = testing::Told(always);
  for (const auto& [telling, times] : told_before) told.erase(telling);
  EXPECT_GT(told.size(), 20U);
  const auto told_here = testing::Told(target);
  for (const auto& [telling, times] : told_here) EXPECT_EQ(times, 1) << telling;
  for (const auto& [telling, times] : told) EXPECT_EQ(told_here.count(telling), 1U) << telling;
}

TEST_F(MigrationTest, StoresOfTheSourceMayBeGone) {
  std::filesystem::remove_all(source.options.state_dir);
  Carry();
  RunTo(&source, testing::kMigratedAt);
  RunTo(&target, testing::kMigratedAt);
  EXPECT_EQ(ResultOf(target), ResultOf(source));
}

TEST_F(MigrationTest, EachPartitionHasItsClock) {
  Hall wide(directory.path() + "/wide");
  wide.options.partitions = 200;  // more than there are cases
  testing::MakeTopics(&wide);
  ASSERT_TRUE(Migrate(source, wide).ok());
  for (int32_t number = 0; number < wide.options.partitions; ++number) {
    const auto records = wide.Read(wide.options.topics.cases, number);
    ASSERT_FALSE(records.empty()) << number;
    model::CommitRecord commit;
    ASSERT_TRUE(codec::DecodeCommit(*records.back().value, &commit).ok());
    EXPECT_EQ(commit.clock, At(testing::kMigratedAt));
  }
  RunTo(&wide, testing::kMigratedAt);
  wide.ExpectSound();
}

TEST_F(MigrationTest, WhatWasMigratedCanBeMigratedAgain) {
  Carry();
  RunTo(&target, testing::kMigratedAt);
  target.Stop();
  Hall third(directory.path() + "/third");
  third.options.partitions = 2;
  testing::MakeTopics(&third);
  auto carried = Migrate(target, third);
  ASSERT_TRUE(carried.ok()) << carried.error().message;
  RunTo(&source, testing::kMigratedAt);
  RunTo(&third, testing::kMigratedAt);
  EXPECT_EQ(ResultOf(third), ResultOf(source));
}

TEST_F(MigrationTest, LooksWithoutWriting) {
  auto migration = Migration::Open(source.log.get(), source.options);
  ASSERT_TRUE(migration.ok());
  const auto before = testing::Contents(source);
  auto plan = migration.value()->Plan(9, nullptr);
  ASSERT_TRUE(plan.ok()) << plan.error().message;
  migration.value().reset();
  EXPECT_EQ(testing::Contents(source), before);
  auto carried = Migrate(source, target);
  ASSERT_TRUE(carried.ok());
  EXPECT_EQ(plan.value().all.cases, carried.value().cases);
  EXPECT_EQ(plan.value().all.pages, carried.value().pages);
  EXPECT_EQ(plan.value().all.alerts, carried.value().alerts);
  EXPECT_EQ(plan.value().all.rejects, carried.value().rejects);
  EXPECT_EQ(plan.value().all.policies, carried.value().policies);
  EXPECT_EQ(plan.value().all.bytes, carried.value().bytes);
  int64_t cases = 0;
  for (const auto& share : plan.value().partitions) cases += share.cases;
  EXPECT_EQ(cases, carried.value().cases);
  EXPECT_EQ(testing::Contents(source), before);
}

TEST_F(MigrationTest, RefusesASourceWithInputLeft) {
  source.Send({Hall::Event("new", "C-3", "2026-03-26T00:00:00Z", "\"closed\":{}")});
  ExpectRefusal(base::ErrorKind::kUnavailable, "1 records of caseclock.events are not");
  RunTo(&source, "2026-03-26T00:00:00Z");
  source.Stop();
  Carry();
}

TEST_F(MigrationTest, RefusesASourceWithTimersDue) {
  // Stopped with all read, before time had run on everywhere.
  Hall early(directory.path() + "/early");
  early.options.driven = true;
  early.options.workers = 1;
  early.Activate();
  auto history = testing::HistoryUpTo(true);
  history.push_back(
      Hall::Event("last", "C-3", "2026-04-25T00:00:00Z", "\"staged\":{\"stage\":\"x\"}"));
  early.Send(history);
  early.Start();
  while (early.engine->stats().records < history.size()) {
    early.engine->Turn(Engine::Part::kWorkers);
  }
  early.Stop();
  auto carried = Migrate(early, target);
  ASSERT_FALSE(carried.ok());
  EXPECT_EQ(carried.error().kind, base::ErrorKind::kUnavailable);
  EXPECT_THAT(carried.error().message, HasSubstr("not yet told"));
  early.options.driven = false;
  RunTo(&early, "2026-04-25T00:00:00Z");
  early.Stop();
  EXPECT_TRUE(Migrate(early, target).ok());
}

TEST_F(MigrationTest, RefusesATargetThatHoldsSomething) {
  target.Activate();
  ExpectRefusal(base::ErrorKind::kConfig, "the policies of the source come with it");
}

TEST_F(MigrationTest, RefusesATargetWithEvents) {
  target.Send({Hall::Event("new", "C-3", "2026-03-26T00:00:00Z", "\"closed\":{}")});
  ExpectRefusal(base::ErrorKind::kConfig, "caseclock.events holds records");
}

TEST_F(MigrationTest, RefusesWhatAnotherSourceHasBeenMigratedTo) {
  Carry();
  source.Send({Hall::Event("new", "C-3", "2026-03-26T00:00:00Z", "\"closed\":{}")});
  RunTo(&source, "2026-03-26T00:00:00Z");
  source.Stop();
  ExpectRefusal(base::ErrorKind::kConfig, "of this one before it went on");
}

TEST_F(MigrationTest, RefusesToMixInWhileEnginesAreAtWork) {
  auto member = target.log->Join(target.options.group, "1-0", {target.options.topics.events});
  ASSERT_TRUE(member.ok());
  auto polled = member.value()->Poll(base::Millis(100), 1);
  ASSERT_TRUE(polled.ok());
  target.options.monotonic = [this] { return base::Duration{target.monotonic += 1'000'000}; };
  ExpectRefusal(base::ErrorKind::kUnavailable, "Expected to be the only member");
  member.value().reset();
  Carry();
}

TEST_F(MigrationTest, LeavesAloneWhatIsDone) {
  Carry();
  RunTo(&target, testing::kMigratedAt);
  const auto before = testing::Contents(target);
  auto again = Migrate(source, target);
  ASSERT_TRUE(again.ok()) << again.error().message;
  EXPECT_TRUE(again.value().done());
  EXPECT_EQ(testing::Contents(target), before);
  target.Idle();  // and disturbs no engine
}

TEST_F(MigrationTest, NobodyElseWritesUntilItIsDone) {
  int steps = 0;
  auto stopped = Migrate(source, target, nullptr, 4096,
                         [&](const model::MigrationRecord&) { return ++steps < 3; });
  ASSERT_FALSE(stopped.ok());
  EXPECT_EQ(stopped.error().kind, base::ErrorKind::kUnavailable);
  EXPECT_EQ(steps, 3);
  const auto refused = target.TryStart();
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().kind, base::ErrorKind::kConfig);
  EXPECT_THAT(refused.error().message, HasSubstr("caseclock migrate"));
  const auto status = ActivatePolicies(
      target.log.get(), target.options.topics, tests::ShippedPolicies(),
      [] { return At(testing::kMigratedAt); }, "test");
  ASSERT_FALSE(status.ok());
  EXPECT_THAT(status.error().message, HasSubstr("caseclock migrate"));
  // What is sent there meanwhile waits.
  target.Send(testing::HistoryUpTo(false));
  Carry();
  source.Send(testing::HistoryUpTo(false));
  RunTo(&source, testing::kDeskHistoryEnds);
  RunTo(&target, testing::kDeskHistoryEnds);
  EXPECT_EQ(ResultOf(target), ResultOf(source));
}

TEST_F(MigrationTest, RefusesWhatAnotherHasWrittenBetween) {
  auto stopped =
      Migrate(source, target, nullptr, 4096, [](const model::MigrationRecord&) { return false; });
  ASSERT_FALSE(stopped.ok());
  auto appender = target.log->OpenAppender();
  ASSERT_TRUE(appender.ok());
  log::NewRecord record;
  record.key = "C-1";
  record.value = "not of this migration";
  ASSERT_TRUE(appender.value()->Append(target.options.topics.cases, {&record, 1}).ok());
  ExpectRefusal(base::ErrorKind::kCorrupt, "Migrate to topics of another prefix");
}

}  // namespace
}  // namespace caseclock::runtime
