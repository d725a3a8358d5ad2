// A set of policies that is activated while engines are at work, and what keeps them from reading
// it: nothing may be judged by the sets before it once it is in force.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "engine/runtime/policy_timeline.h"
#include "tests/unit/runtime/engine_hall.h"
#include "tests/unit/runtime/faulty_log.h"

namespace caseclock::runtime {
namespace {

using base::Instant;
using testing::At;
using testing::Call;
using testing::Fault;
using testing::FaultyLog;
using testing::Hall;
using ::testing::HasSubstr;
using testing::Plan;
using testing::TempDir;

// The demo desk by another version of its workflow, with shorter limits.
std::vector<model::PolicyText> Stricter() {
  std::vector<model::PolicyText> files = tests::ShippedPolicies();
  for (model::PolicyText& file : files) {
    if (file.name != "incident.yaml") continue;
    std::string newer = file.text.substr(file.text.find("  - version: 2026-01"));
    for (const auto& [what, by] : std::vector<std::pair<std::string, std::string>>{
             {"version: 2026-01", "version: 2026-02\n    effective_from: 2026-02-01"},
             {"moderate: P3D", "moderate: P2D"}}) {
      newer.replace(newer.find(what), what.size(), by);
    }
    file.text += newer;
  }
  return files;
}

class PoliciesInTime : public ::testing::Test {
 protected:
  PoliciesInTime() : hall(directory.path()) {
    hall.options.clock = ClockMode::kWall;
    hall.options.driven = true;
    hall.options.outlive_outages = true;
    hall.options.partitions = 1;
    hall.options.workers = 1;
    hall.wall = At("2026-03-02T10:00:00Z").us;
    hall.Activate();
    hall.EnsureEvents();
  }
  void Activate(base::Duration lead) {
    const auto status = ActivatePolicies(hall.log.get(), hall.options.topics, Stricter(),
                                         hall.options.wall_clock, "test", lead);
    ASSERT_TRUE(status.ok()) << status.error().message;
  }
  // Neither the figures nor anything else is looked at meanwhile.
  void Work(int turns = 5) {
    for (int i = 0; i < turns && hall.engine->health().ok(); ++i) {
      hall.engine->Turn(Engine::Part::kWorkers);
      hall.AdvanceWall(base::Millis(200));
    }
  }
  void Refer(const std::string& id) {
    hall.Send({Hall::Event("r-" + id, id, base::FormatInstant(Instant{hall.wall}),
                           R"("referred":{"queue":"demo/desk","risk":"moderate"})")});
  }
  [[nodiscard]] std::string VersionOf(const std::string& id) {
    auto state = hall.engine->CaseById(id);
    return state.ok() ? state.value().view.policy_version.str() : state.error().message;
  }

  const TempDir directory;
  Hall hall;
};

TEST_F(PoliciesInTime, ABusyEngineJudgesByTheSetInForceAllTheSame) {
  hall.Start();
  Refer("C-before");
  Work();
  Activate(kActivationLead);
  Refer("C-announced");
  Work();
  hall.AdvanceWall(base::Seconds(110));
  Refer("C-after");
  Work();
  hall.Idle();
  EXPECT_EQ(VersionOf("C-before"), "2026-01");
  EXPECT_EQ(VersionOf("C-announced"), "2026-01");
  EXPECT_EQ(VersionOf("C-after"), "2026-02");
  hall.ExpectSound();
}

// What cannot be read may have changed: time stands still for the engine, and goes on from there.
TEST_F(PoliciesInTime, NothingIsJudgedBeyondWhatIsKnown) {
  bool away = false;
  Plan plan;
  plan.of = [](Call call) { return call == Call::kRead || call == Call::kOpenReader; };
  plan.decide = [&](Call) { return away ? Fault::kFailBefore : Fault::kNone; };
  FaultyLog faulty(hall.log.get(), std::move(plan));
  hall.through = &faulty;
  hall.Start();
  Refer("C-before");
  Work();
  Activate(kActivationLead);
  away = true;
  const Instant begun{hall.wall};
  hall.AdvanceWall(base::Seconds(110));
  Refer("C-after");
  Work(50);
  ASSERT_TRUE(hall.engine->health().ok());
  EXPECT_LE(hall.engine->ClockOf("C-before").value(), begun + kActivationLead);
  away = false;
  Work();
  hall.Idle();
  EXPECT_EQ(VersionOf("C-after"), "2026-02");
  EXPECT_GE(hall.engine->ClockOf("C-before").value(), begun + base::Seconds(110));
  hall.ExpectSound();
  hall.engine.reset();  // before what it reads through
}

TEST_F(PoliciesInTime, NobodyWaitsForWorkersThatReadNothing) {
  hall.options.driven = false;
  hall.Start();
  Refer("C-before");
  hall.Idle();
  Activate(kActivationLead);
  hall.AdvanceWall(base::Seconds(110));
  Refer("C-after");
  hall.Idle();
  EXPECT_EQ(VersionOf("C-after"), "2026-02");
  hall.ExpectSound();
}

// The clock of whoever activates is behind that of the engines, or was set back.
TEST_F(PoliciesInTime, ASetComesIntoForceBehindWhatWasJudged) {
  hall.Start();
  Refer("C-before");
  Work();
  hall.Idle();
  hall.Stop();
  const Instant judged{hall.wall};
  hall.AdvanceWall(base::Seconds(-3600));
  Activate({});
  hall.Start();
  const Instant from = hall.engine->timeline()->periods().back().effective_from;
  EXPECT_GE(from, judged - base::Seconds(2));
  EXPECT_LE(from, judged + base::Seconds(1));
  hall.SetWall(judged + base::Seconds(2));
  Refer("C-after");
  Work();
  EXPECT_EQ(VersionOf("C-before"), "2026-01");
  EXPECT_EQ(VersionOf("C-after"), "2026-02");
  hall.ExpectSound();
}

// What is there is looked at first, however long that takes; then only one record is to be written.
TEST_F(PoliciesInTime, ASlowLogLeavesTheWholeLead) {
  Plan plan;
  plan.decide = [&](Call) {
    hall.AdvanceWall(base::Seconds(2));
    return Fault::kNone;
  };
  hall.Start();
  Refer("C-before");
  Work();
  FaultyLog slow(hall.log.get(), std::move(plan));
  const Instant begun{hall.wall};
  const auto status = ActivatePolicies(&slow, hall.options.topics, Stricter(),
                                       hall.options.wall_clock, "test", kActivationLead);
  ASSERT_TRUE(status.ok()) << status.error().message;
  ASSERT_GT(Instant{hall.wall}, begun + kActivationLead);
  Work();
  const Instant from = hall.engine->timeline()->periods().back().effective_from;
  EXPECT_GE(from, Instant{hall.wall} - base::Seconds(3) + base::Duration{kActivationLead.us / 2});
}

TEST_F(PoliciesInTime, OneThatComesTooLateIsSaid) {
  hall.Start();
  Refer("C-before");
  Work();
  hall.AdvanceWall(base::Seconds(60));
  Refer("C-under-the-old-set");
  Work(1);  // polled, and judged, but not committed
  ::testing::internal::CaptureStderr();
  const Instant judged{hall.wall};
  const auto status = ActivatePolicies(
      hall.log.get(), hall.options.topics, Stricter(), [&] { return judged - base::Seconds(30); },
      "test", kActivationLead);
  ASSERT_TRUE(status.ok()) << status.error().message;
  hall.AdvanceWall(base::Seconds(20));
  Work();
  EXPECT_THAT(::testing::internal::GetCapturedStderr(),
              HasSubstr("policies came into force before they could be read"));
}

}  // namespace
}  // namespace caseclock::runtime
