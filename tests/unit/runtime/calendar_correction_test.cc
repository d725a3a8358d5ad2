// A bank holiday is announced: cycles that run follow it, whether anything happens to their cases
// or not, and figures of the past are as known then or as known now.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "engine/core/explain.h"
#include "engine/runtime/policy_timeline.h"
#include "tests/unit/runtime/engine_hall.h"

namespace caseclock::runtime {
namespace {

using base::Instant;
using testing::At;
using testing::Hall;
using ::testing::HasSubstr;
using testing::TempDir;

// Friday, 20 March 2026 becomes a bank holiday.
std::vector<model::PolicyText> Corrected(const std::string& version) {
  return tests::WithHoliday("2026-03-20", version);
}

std::vector<testing::Sent> Arrest(const std::string& id, const std::string& at) {
  const std::string before = at.substr(0, 11) + "09:00:00Z";
  return {Hall::Event("r" + id, id, before,
                      R"("referred":{"queue":"wmp/investigation","risk":"standard"})"),
          Hall::Event("x" + id, id, at, R"("performed":{"activity":"arrest"})")};
}

class CalendarCorrection : public ::testing::Test {
 protected:
  void SetUp() override {
    hall.wall = At("2026-03-17T00:00:00Z").us;
    hall.Activate();
    hall.Send(Arrest("C-1", "2026-03-16T10:00:00Z"));
    hall.Start();
    hall.Idle();
    hall.Stop();
    hall.wall = At("2026-03-18T00:00:00Z").us;
    hall.Activate(Corrected("2026-12"));
    hall.Send(Arrest("C-2", "2026-03-19T10:00:00Z"));
    hall.wall = At("2026-06-01T00:00:00Z").us;
    hall.options.until = At("2026-03-30T00:00:00Z");
    hall.Start();
    hall.Idle();
  }

  core::ExplainedClock Clock(const std::string& id, const std::string& at) {
    state_ = hall.engine->CaseById(id).value();
    const auto timeline = hall.engine->timeline();
    const auto explanation = core::Explain(timeline->ContextAt(At(at)), {}, state_);
    for (const core::ExplainedClock& clock : explanation.live) {
      if (clock.state.clock.view() == "victims_code") return clock;
    }
    ADD_FAILURE() << id << " has no clock victims_code";
    return {};
  }
  model::Backlog Past(const std::string& at, bool known_then) {
    auto backlogs =
        hall.engine->BacklogsAt(At(at), known_then, "wmp/investigation", false, nullptr);
    EXPECT_TRUE(backlogs.ok());
    EXPECT_EQ(backlogs.value().size(), 1U);
    return backlogs.value().front();
  }

  TempDir directory;
  Hall hall{directory.path()};
  model::CaseState state_;
};

TEST_F(CalendarCorrection, CyclesThatRunFollowAndTheVersionThatCountsIsNamed) {
  // Five working days after Monday, 16 March: Monday the 23rd, with the holiday Tuesday the 24th.
  const auto old = Clock("C-1", "2026-03-29T00:00:00Z");
  EXPECT_EQ(old.state.due_at, At("2026-03-25T00:00:00Z"));
  EXPECT_EQ(old.basis.calendar->version, "2026-12");
  EXPECT_FALSE(old.due_as_known_now.has_value());
  // Nobody but the sweep has come to the case since.
  EXPECT_EQ(state_.view.calendars_of, At("2026-03-18T00:00:00Z"));
  // After Thursday, 19 March: not Friday the 20th, but Monday to Friday.
  const auto later = Clock("C-2", "2026-03-29T00:00:00Z");
  EXPECT_EQ(later.state.due_at, At("2026-03-28T00:00:00Z"));
  EXPECT_EQ(later.basis.calendar->version, "2026-12");
  EXPECT_FALSE(later.due_as_known_now.has_value());
  // Before the correction nothing else was known.
  const auto before = Clock("C-1", "2026-03-17T12:00:00Z");
  EXPECT_EQ(before.state.due_at, At("2026-03-24T00:00:00Z"));
  EXPECT_EQ(before.basis.calendar->version, "2026-11");
}

TEST_F(CalendarCorrection, AlertsGoByTheNewDaysAndNameTheirVersion) {
  std::map<std::string, std::string> told;
  for (const model::Alert& alert : hall.Alerts()) {
    if (alert.clock.view() != "victims_code" || alert.rung.view() != "breach") continue;
    EXPECT_EQ(alert.state, model::AlertState::kRaised);
    told[alert.case_id] =
        base::FormatInstant(alert.due_at) + " by " + alert.proof.calendar_version.str();
  }
  EXPECT_EQ(told["C-1"], "2026-03-25T00:00:00Z by 2026-12");
  EXPECT_EQ(told["C-2"], "2026-03-28T00:00:00Z by 2026-12");
  hall.ExpectSound();
}

TEST_F(CalendarCorrection, PastFiguresAreAsKnownThenOrAsKnownNow) {
  const auto late = [](const model::Backlog& b) { return b.clocks.at("victims_code").overdue; };
  const std::string between = "2026-03-24T12:00:00Z";
  EXPECT_EQ(late(Past(between, true)), 0);
  EXPECT_EQ(late(Past(between, false)), 0);
  EXPECT_EQ(late(Past("2026-03-25T12:00:00Z", false)), 1);
  const std::string before = "2026-03-17T12:00:00Z";
  EXPECT_EQ(Past(before, true).calendars.at("england-and-wales"), "2026-11");
  EXPECT_EQ(Past(before, false).calendars.at("england-and-wales"), "2026-12");
  EXPECT_EQ(Past(before, true).clocks.at("victims_code").due_7d, 1);
}

// Cases of Arrest on 16 March are in breach by the old days when the holiday is announced.
void CorrectAfterTheBreach(Hall* hall) {
  hall->options.until = At("2026-03-24T06:00:00Z");
  hall->Start();
  hall->Idle();
  hall->Stop();
  hall->wall = At("2026-03-24T12:00:00Z").us;
  hall->Activate(Corrected("2026-12"));
}

// Announced when the limit has passed by the old days: that it had is true until then, and figures
// of that time differ by what is known.
TEST(LateCorrection, TakesABreachBackAndManyFollowInPortions) {
  constexpr int kCases = 700;
  const TempDir directory;
  Hall hall{directory.path()};
  hall.wall = At("2026-03-17T00:00:00Z").us;
  hall.Activate();
  for (int i = 0; i < kCases; ++i) {
    hall.Send(Arrest("C-" + std::to_string(i), "2026-03-16T10:00:00Z"));
  }
  CorrectAfterTheBreach(&hall);
  hall.wall = At("2026-06-01T00:00:00Z").us;
  // Dies in the midst of it at first, so that another engine has to go on.
  hall.options.until = At("2026-03-24T18:00:00Z");
  for (const bool restart : {true, false}) {
    hall.Start();
    hall.Idle();
    if (restart) hall.engine.reset();
  }
  const auto backlog = hall.engine->BacklogOf("wmp/investigation");
  EXPECT_EQ(backlog.value()->clocks.at("victims_code").overdue, 0);
  std::map<model::AlertState, int> breaches;
  for (const model::Alert& alert : hall.Alerts()) {
    if (alert.clock.view() != "victims_code" || alert.rung.view() != "breach") continue;
    ++breaches[alert.state];
    EXPECT_EQ(alert.due_at, At("2026-03-24T00:00:00Z"));
    EXPECT_EQ(alert.transitions.size(), 2U);  // raised before
  }
  EXPECT_EQ(breaches[model::AlertState::kResolved], kCases);
  const auto overdue_then = [&](bool known_then) {
    const auto past = hall.engine->BacklogsAt(At("2026-03-24T06:00:00Z"), known_then,
                                              "wmp/investigation", false, nullptr);
    return past.value().front().clocks.at("victims_code").overdue;
  };
  EXPECT_EQ(overdue_then(true), kCases);
  EXPECT_EQ(overdue_then(false), 0);
  hall.ExpectSound();
}

// A late event that comes to the case before the sweep does has nothing to do with the breach: the
// days took it back, not the event.
TEST(LateCorrection, IsToldAsSuchThoughALateEventComesFirst) {
  const TempDir directory;
  Hall hall{directory.path()};
  hall.wall = At("2026-03-17T00:00:00Z").us;
  hall.Activate();
  hall.Send(Arrest("C-1", "2026-03-16T10:00:00Z"));
  CorrectAfterTheBreach(&hall);
  testing::Sent late =
      Hall::Event("late", "C-1", "2026-03-17T10:00:00Z", R"("assigned":{"handler":"h-1"})");
  late.timestamp = At("2026-03-24T12:00:01Z");
  hall.Send({late});
  hall.wall = At("2026-06-01T00:00:00Z").us;
  hall.options.until = At("2026-03-24T18:00:00Z");
  hall.Start();
  hall.Idle();
  EXPECT_EQ(hall.engine->stats().late, 1U);
  int breaches = 0;
  for (const model::Alert& alert : hall.Alerts()) {
    if (alert.clock.view() != "victims_code" || alert.rung.view() != "breach") continue;
    ++breaches;
    EXPECT_EQ(alert.state, model::AlertState::kResolved);
  }
  EXPECT_EQ(breaches, 1);
  hall.ExpectSound();
}

TEST_F(CalendarCorrection, OtherDaysNeedAnotherVersion) {
  std::vector<model::PolicyText> files = Corrected("2026-12");
  for (model::PolicyText& file : files) {
    if (file.name != "calendars/england-and-wales.yaml") continue;
    file.text.insert(file.text.find("holidays:\n") + 10, "  - 2026-03-23\n");
  }
  const base::Status status =
      ActivatePolicies(hall.log.get(), hall.options.topics, files, hall.options.wall_clock, "test");
  ASSERT_FALSE(status.ok());
  EXPECT_THAT(status.error().message,
              HasSubstr("Expected version 2026-12 of calendar england-and-wales to stay as it is, "
                        "because results name it, but what differs is holidays"));
}

}  // namespace
}  // namespace caseclock::runtime
