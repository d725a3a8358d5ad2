// The engine on the embedded log: what goes in, what comes out, and what a restart makes of it.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/runtime/engine_hall.h"

namespace caseclock::runtime {
namespace {

using testing::At;
using testing::Hall;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using testing::TempDir;

class EngineTest : public ::testing::Test {
 protected:
  void SetUp() override { hall.Activate(); }

  TempDir directory;
  Hall hall{directory.path()};
};

TEST_F(EngineTest, NeedsAPolicy) {
  TempDir other;
  Hall fresh(other.path());
  const auto status = fresh.TryStart();
  ASSERT_FALSE(status.ok());
  EXPECT_EQ(status.error().kind, base::ErrorKind::kConfig);
  EXPECT_THAT(status.error().message, HasSubstr("policy activate"));
}

TEST_F(EngineTest, AStartThatFailsEndsTheTestThatWentOnWithIt) {
  TempDir other;
  Hall fresh(other.path());
  EXPECT_THROW(fresh.Start(), std::runtime_error);
}

TEST_F(EngineTest, AnotherNumberOfPartitionsIsRefusedWithTheReason) {
  log::TopicConfig eight;
  eight.partitions = 8;
  eight.compacted = true;
  ASSERT_TRUE(hall.log->EnsureTopic(hall.options.topics.cases, eight).ok());
  eight.partitions = 9;  // somebody added one
  eight.compacted = false;
  ASSERT_TRUE(hall.log->EnsureTopic(hall.options.topics.events, eight).ok());
  const auto status = hall.TryStart();
  ASSERT_FALSE(status.ok());
  EXPECT_EQ(status.error().kind, base::ErrorKind::kConfig);
  EXPECT_THAT(status.error().message, HasSubstr("8 partitions"));
  EXPECT_THAT(status.error().message, HasSubstr("it has 9"));
  EXPECT_THAT(status.error().message, HasSubstr("its events would miss its state"));
}

TEST_F(EngineTest, TopicsAreLeftAloneWhenItIsToldSo) {
  hall.options.make_topics = false;
  const auto status = hall.TryStart();
  ASSERT_FALSE(status.ok());
  EXPECT_EQ(status.error().kind, base::ErrorKind::kNotFound);
  EXPECT_EQ(hall.log->Describe(hall.options.topics.events).error().kind,
            base::ErrorKind::kNotFound);
}

// Alerts that were told name a rung of a version's ladder, and are looked up in the set in force.
TEST_F(EngineTest, ASetThatTakesAwayWhatCasesStandOnIsRefused) {
  const auto activate = [&](const std::string& from, const std::string& to) {
    std::vector<model::PolicyText> files = tests::ShippedPolicies();
    bool found = false;
    for (model::PolicyText& file : files) {
      if (file.name.find("marac.yaml") == std::string::npos) continue;
      const size_t at = file.text.find(from);
      if (at == std::string::npos) continue;
      file.text.replace(at, from.size(), to);
      found = true;
    }
    EXPECT_TRUE(found) << from;
    return ActivatePolicies(hall.log.get(), hall.options.topics, files, hall.options.wall_clock,
                            "test");
  };
  const auto shorter =
      activate("ladder: [50%, breach, {overdue: {every: P1D, cap: 10}}]", "ladder: [breach]");
  ASSERT_FALSE(shorter.ok());
  EXPECT_EQ(shorter.error().kind, base::ErrorKind::kConfig);
  EXPECT_THAT(shorter.error().message, HasSubstr("unassigned"));
  EXPECT_THAT(shorter.error().message, HasSubstr("version of their own"));
  const auto gone = activate("      screening:\n", "      triage:\n");
  ASSERT_FALSE(gone.ok());
  EXPECT_THAT(gone.error().message, HasSubstr("screening"));
}

TEST_F(EngineTest, ActivatingTheSameSetAgainChangesNothing) {
  const size_t before = hall.Read(hall.options.topics.policies, 0).size();
  hall.Activate();
  EXPECT_EQ(hall.Read(hall.options.topics.policies, 0).size(), before);
}

// What was worked out before anybody listened is told by nobody, and not in the topic yet.
TEST_F(EngineTest, WhoSubscribesAheadOfACommitIsToldToAsk) {
  hall.options.driven = true;
  hall.Start();
  hall.Send(
      {Hall::Referral("C-1", "2026-03-02T10:00:00Z"),
       Hall::Event("g-1", "C-1", "2026-03-05T10:00:00Z", "\"assessed\":{\"grade\":\"low\"}")});
  while (hall.engine->stats().events < 2) hall.engine->Turn(Engine::Part::kWorkers);
  ASSERT_EQ(hall.engine->stats().commits, 0U);
  std::map<std::string, uint32_t> heard;
  bool resync = false;
  const int id = hall.engine->Subscribe([&](const EngineEvent& event) {
    resync |= event.kind == EngineEvent::Kind::kResync;
    if (event.alert) heard[base::ToHex(event.alert->id)] = event.alert->revision;
  });
  hall.Idle();
  hall.engine->Unsubscribe(id);
  EXPECT_GT(hall.Alerts().size(), heard.size());
  EXPECT_TRUE(resync);
  hall.Stop();
}

TEST_F(EngineTest, FoldsEventsIntoCasesFiguresAndAlerts) {
  hall.Send(
      {Hall::Referral("C-1", "2026-03-02T10:00:00Z"), Hall::Referral("C-2", "2026-03-02T11:00:00Z"),
       Hall::Event("a-1", "C-1", "2026-03-02T12:00:00Z", "\"assigned\":{\"handler\":\"h-7\"}")});
  hall.options.until = At("2026-03-04T12:00:00Z");
  hall.Start();
  hall.Idle();

  auto state = hall.engine->CaseById("C-1");
  ASSERT_TRUE(state.ok());
  EXPECT_EQ(state.value().view.handler.view(), "h-7");
  const auto backlog = hall.engine->BacklogOf("demo/desk").value();
  ASSERT_TRUE(backlog.has_value());
  EXPECT_EQ(backlog->open, 2);
  EXPECT_EQ(backlog->unassigned.count, 1);
  EXPECT_EQ(backlog->oldest_case, "C-1");
  EXPECT_EQ(backlog->as_of, At("2026-03-04T12:00:00Z"));
  EXPECT_EQ(backlog->clocks.at("resolution").overdue, 2);
  EXPECT_EQ(backlog->clocks.at("resolution").most_overdue_case, "C-1");
  // Both ran over their resolution limit; only C-2 has nobody.
  std::map<std::string, int> breached;
  for (const model::Alert& alert : hall.Alerts()) {
    if (alert.kind == model::RungKind::kBreach) ++breached[alert.case_id + " " + alert.clock.str()];
    EXPECT_TRUE(alert.historical);
    // A breach is a moment after the due instant.
    EXPECT_LE(alert.detected_at - alert.due_at, base::Duration{1});
  }
  EXPECT_EQ(breached["C-1 resolution"], 1);
  EXPECT_EQ(breached["C-2 resolution"], 1);
  EXPECT_EQ(breached["C-2 unassigned"], 1);
  EXPECT_EQ(breached["C-1 unassigned"], 0);
  hall.ExpectSound();
}

TEST_F(EngineTest, GoesOnAfterARestart) {
  hall.Send({Hall::Referral("C-1", "2026-03-02T10:00:00Z")});
  hall.Start();
  hall.Idle();
  hall.Restart();
  hall.Send(
      {Hall::Event("a-1", "C-1", "2026-03-02T10:10:00Z", "\"assigned\":{\"handler\":\"h-7\"}")});
  hall.Idle();
  auto state = hall.engine->CaseById("C-1");
  ASSERT_TRUE(state.ok()) << state.error().message;
  EXPECT_EQ(state.value().view.handler.view(), "h-7");
  EXPECT_EQ(hall.engine->BacklogOf("demo/desk").value()->open, 1);
  EXPECT_EQ(hall.engine->stats().records, 1U);
  hall.ExpectSound();
}

TEST_F(EngineTest, RebuildsAMissingStoreFromTheTopic) {
  std::vector<testing::Sent> events;
  for (int i = 0; i < 50; ++i) {
    events.push_back(Hall::Referral("C-" + std::to_string(i), "2026-03-02T10:00:00Z"));
  }
  hall.Send(events);
  hall.Start();
  hall.Idle();
  const auto before = hall.engine->BacklogOf("demo/desk").value();
  hall.Stop();
  std::filesystem::remove_all(hall.options.state_dir);
  hall.Start();
  hall.Idle();
  const auto after = hall.engine->BacklogOf("demo/desk").value();
  ASSERT_TRUE(after.has_value());
  EXPECT_EQ(codec::BacklogToJson(*after), codec::BacklogToJson(*before));
  hall.ExpectSound();
  hall.Restart();
  EXPECT_EQ(hall.engine->BacklogOf("demo/desk").value()->open, 50);
  hall.ExpectSound();
}

TEST_F(EngineTest, KeepsTheNeighboursOfARejectedRecord) {
  hall.Send(
      {Hall::Referral("C-1", "2026-03-02T10:00:00Z"),
       {"{\"event_id\":", At("2026-03-02T10:00:00Z"), "C-1"},
       {std::string("\xff\x00\x13", 3), At("2026-03-02T10:00:00Z"), "C-1"},
       Hall::Event("r-x", "C-9", "2026-03-02T10:00:00Z", "\"referred\":{\"queue\":\"no/such\"}"),
       Hall::Referral("C-2", "2026-03-02T10:00:00Z")});
  hall.Start();
  hall.Idle();
  EXPECT_EQ(hall.engine->BacklogOf("demo/desk").value()->open, 2);
  std::vector<model::RejectReason> reasons;
  for (const auto& record : hall.ReadAll(hall.options.topics.rejects)) {
    model::Reject reject;
    ASSERT_TRUE(codec::DecodeReject(*record.value, &reject).ok());
    EXPECT_TRUE(reject.value.has_value());
    reasons.push_back(reject.reason);
  }
  EXPECT_THAT(reasons, SizeIs(3));
  EXPECT_THAT(reasons, ::testing::Contains(model::RejectReason::kUnknownQueue));
  EXPECT_EQ(hall.engine->stats().rejects, 3U);
}

TEST_F(EngineTest, CommitsABatchOfNothingButRejects) {
  hall.Send({{"rubbish", At("2026-03-02T10:00:00Z"), "C-1"}});
  hall.Start();
  hall.Idle();
  hall.Restart();
  hall.Idle();
  EXPECT_EQ(hall.engine->stats().records, 0U);
  EXPECT_THAT(hall.ReadAll(hall.options.topics.rejects), SizeIs(1));
}

TEST_F(EngineTest, SendsARecordHomeWithItsOrigin) {
  testing::Sent lost = Hall::Referral("C-2", "2026-03-02T10:00:00Z");
  lost.key.clear();  // partition 0
  ASSERT_NE(log::PartitionOf("C-2", 4), 0);
  hall.Send({lost});
  hall.Start();
  hall.Idle();
  auto state = hall.engine->CaseById("C-2");
  ASSERT_TRUE(state.ok());
  EXPECT_EQ(hall.engine->stats().rerouted, 1U);
  ASSERT_THAT(state.value().view.clocks, ::testing::Not(IsEmpty()));
  EXPECT_EQ(state.value().view.clocks[0].start_cause.partition, 0);
  EXPECT_EQ(state.value().view.clocks[0].start_cause.offset, 0);
}

TEST_F(EngineTest, CountsDuplicatesAndConflicts) {
  hall.Send({Hall::Referral("C-1", "2026-03-02T10:00:00Z"),
             Hall::Referral("C-1", "2026-03-02T10:00:00Z"),
             Hall::Referral("C-1", "2026-03-02T10:00:00Z", "low")});
  hall.Start();
  hall.Idle();
  const EngineStats stats = hall.engine->stats();
  EXPECT_EQ(stats.duplicates, 1U);
  EXPECT_EQ(stats.conflicts, 1U);
  EXPECT_EQ(hall.engine->BacklogOf("demo/desk").value()->open, 1);
}

TEST_F(EngineTest, ListsOpenCasesMostUrgentFirst) {
  hall.Send({Hall::Referral("C-low", "2026-03-02T10:00:00Z", "low"),
             Hall::Referral("C-crit", "2026-03-02T11:00:00Z", "critical"),
             Hall::Referral("C-high", "2026-03-02T10:30:00Z", "high")});
  hall.Start();
  hall.Idle();
  auto cases = hall.engine->Cases("demo/desk", 2);
  ASSERT_TRUE(cases.ok());
  ASSERT_THAT(cases.value(), SizeIs(2));
  EXPECT_EQ(cases.value()[0].case_id, "C-crit");
  EXPECT_EQ(cases.value()[1].case_id, "C-high");
}

TEST_F(EngineTest, RefusesASecondEngineOnTheSameState) {
  hall.Start();
  EngineOptions options = hall.options;
  options.group = "other";
  auto second = Engine::Open(hall.log.get(), options);
  ASSERT_FALSE(second.ok());
  EXPECT_EQ(second.error().kind, base::ErrorKind::kUnavailable);
  EXPECT_THAT(second.error().message, HasSubstr("another one holds its lock"));
}

TEST_F(EngineTest, AnswersQueriesWithoutWritingWhenReadOnly) {
  hall.Send({Hall::Referral("C-1", "2026-03-02T10:00:00Z")});
  hall.Start();
  hall.Idle();
  hall.Stop();
  hall.Send({Hall::Referral("C-2", "2026-03-02T10:00:00Z")});
  hall.options.read_only = true;
  hall.Start();
  EXPECT_EQ(hall.engine->BacklogOf("demo/desk").value()->open, 1);
  EXPECT_TRUE(hall.engine->CaseById("C-1").ok());
  EXPECT_EQ(hall.engine->stats().waiting_records, 1U);
  hall.ExpectSound();
  hall.Stop();
  hall.options.read_only = false;
  hall.Start();
  hall.Idle();
  EXPECT_EQ(hall.engine->BacklogOf("demo/desk").value()->open, 2);
}

TEST_F(EngineTest, PublishesBacklogsToTheTopicAndToSubscribers) {
  hall.Start();
  std::atomic<int> backlogs{0};
  std::atomic<int> alerts{0};
  hall.engine->Subscribe([&](const EngineEvent& event) {
    (event.kind == EngineEvent::Kind::kAlert ? alerts : backlogs)++;
  });
  hall.Send({Hall::Referral("C-1", "2026-03-02T10:00:00Z"),
             Hall::Referral("C-2", "2026-04-02T10:00:00Z")});
  hall.Idle();
  EXPECT_GT(backlogs, 0);
  EXPECT_GT(alerts, 0);
  model::Backlog backlog;
  const auto records = hall.Read(hall.options.topics.backlog, 0);
  ASSERT_THAT(records, ::testing::Not(IsEmpty()));
  ASSERT_TRUE(codec::DecodeBacklog(*records.back().value, &backlog).ok());
  EXPECT_EQ(backlog.open, 2);
}

}  // namespace
}  // namespace caseclock::runtime
