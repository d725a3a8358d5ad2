// What one event does that meets several rules of a clock, pair by pair: the order declared in
// cycles.h, stop, reset, pause, hold, resume, release, start. The loader refuses most such rules;
// the core must not depend on that.

#include <gtest/gtest.h>

#include <algorithm>

#include "engine/codec/case_codec.h"
#include "engine/codec/event_codec.h"
#include "engine/core/step.h"

namespace caseclock::core {
namespace {

using base::Atom;
using model::EventMatches;
using model::EventType;

Atom A(std::string_view text) {
  return Atom::Intern(text);
}

// The rules of the clock; an empty list: no such rule.
struct Rules {
  EventMatches starts = {{EventType::kReferred}};
  EventMatches stops = {};
  EventMatches resets = {};
  std::vector<Atom> pauses = {};
  std::vector<Atom> holds = {};
  std::vector<model::Target> targets = {{{}, base::Period{0, 10, {}}}};
};

model::PolicySet SetOf(const Rules& rules) {
  model::ClockRule clock;
  clock.name = A("c");
  clock.starts_on = rules.starts;
  clock.stops_on = rules.stops;
  clock.resets_on = rules.resets;
  clock.after_stop = model::AfterStop::kRestart;
  clock.stops_at_close = false;
  clock.targets = rules.targets;
  if (!rules.pauses.empty()) clock.exclusions.emplace_back(model::Disregard{rules.pauses});
  if (!rules.holds.empty()) clock.exclusions.emplace_back(model::ExtendTo{rules.holds, 1});
  clock.ladder = {model::Rung{model::RungKind::kBreach, A("breach"), {}, {}, {}, 0}};
  model::WorkflowVersion version;
  version.version = A("1");
  version.stages.push_back({A("a"), {}});
  version.risks = {A("high")};
  version.clocks.push_back(clock);
  model::PolicySet set;
  set.workflows.push_back({A("w"), {version}});
  set.queues.push_back({"q", A("w"), {}, A("none")});
  return set;
}

// The clock of a case after some events, an hour apart: "off", or "cycle 2, running". What was
// counted goes to `figures`.
std::string After(const Rules& rules, const std::vector<std::string>& bodies,
                  std::vector<model::FigureDelta>* figures = nullptr) {
  const model::PolicySet set = SetOf(rules);
  model::CaseState state;
  state.case_id = "C-1";
  StepOutcome outcome;
  for (size_t i = 0; i < bodies.size(); ++i) {
    const auto at = base::Instant::FromSeconds(1'767'258'000 + static_cast<int64_t>(i) * 3'600);
    const auto bytes = codec::EventFromJson(R"({"event_id":"rms/)" + std::to_string(i) +
                                            R"(","source":"rms","case_id":"C-1","occurred_at":")" +
                                            base::FormatInstant(at) + "\"," + bodies[i] + "}");
    EXPECT_TRUE(bytes.ok());
    model::Event event;
    codec::Rejected rejected;
    EXPECT_TRUE(codec::DecodeEvent(bytes.value(), &event, &rejected));
    std::string entry;
    const model::Arrival arrival{0, static_cast<int64_t>(i), at};
    codec::EncodeLedgerEntry(event, arrival, &entry);
    Step({&set, &codec::DecodeLedgerEntry, at, false, {}}, {&event, entry, arrival, {}, {}}, {},
         &state, &outcome);
    if (figures != nullptr) {
      figures->insert(figures->end(), outcome.figures.begin(), outcome.figures.end());
    }
  }
  if (state.view.clocks.empty()) return "off";
  const model::ClockState& clock = state.view.clocks[0];
  return "cycle " + std::to_string(clock.ordinal) +
         (clock.is_held()       ? ", held"
          : clock.running_since ? ", running"
                                : ", paused");
}

const std::string kReferral = R"("referred":{"queue":"q"})";
const std::string kDone = R"("performed":{"activity":"x"})";
const std::string kCustody = R"("paused":{"reason":"custody"})";
const std::string kFree = R"("resumed":{"reason":"custody"})";
const EventMatches kOnDone = {{EventType::kPerformed, {A("x")}}};
const EventMatches kOnCustody = {{EventType::kPaused, {A("custody")}}};
const EventMatches kOnFree = {{EventType::kResumed, {A("custody")}}};
const std::vector<Atom> kReasons = {A("custody")};

TEST(DeclaredOrder, StopComesBeforeAllElse) {
  EXPECT_EQ(After({.stops = kOnDone, .resets = kOnDone}, {kReferral, kDone}), "off");
  EXPECT_EQ(After({.starts = kOnDone, .stops = kOnDone}, {kReferral, kDone}), "off");
  EXPECT_EQ(After({.stops = kOnCustody, .pauses = kReasons}, {kReferral, kCustody}), "off");
  EXPECT_EQ(After({.stops = kOnCustody, .holds = kReasons}, {kReferral, kCustody}), "off");
  EXPECT_EQ(After({.stops = kOnFree, .pauses = kReasons}, {kReferral, kCustody, kFree}), "off");
  EXPECT_EQ(After({.stops = kOnFree, .holds = kReasons}, {kReferral, kCustody, kFree}), "off");
}

TEST(DeclaredOrder, WhatIsBegunAnewTakesOnThePausesThatHold) {
  EXPECT_EQ(After({.resets = kOnCustody, .pauses = kReasons}, {kReferral, kCustody}),
            "cycle 2, paused");
  EXPECT_EQ(After({.resets = kOnCustody, .holds = kReasons}, {kReferral, kCustody}),
            "cycle 2, held");
  EXPECT_EQ(After({.resets = kOnFree, .pauses = kReasons}, {kReferral, kCustody, kFree}),
            "cycle 2, running");
  EXPECT_EQ(After({.resets = kOnFree, .holds = kReasons}, {kReferral, kCustody, kFree}),
            "cycle 2, running");
  EXPECT_EQ(After({.starts = kOnCustody, .pauses = kReasons}, {kReferral, kCustody}),
            "cycle 1, paused");
  EXPECT_EQ(After({.starts = kOnFree, .pauses = kReasons}, {kReferral, kCustody, kFree}),
            "cycle 1, running");
}

TEST(DeclaredOrder, AResetAndAStartBeginOneCycle) {
  EXPECT_EQ(After({.starts = {{EventType::kReferred}, kOnDone[0]}, .resets = kOnDone},
                  {kReferral, kDone}),
            "cycle 2, running");
  EXPECT_EQ(After({.starts = kOnDone, .resets = kOnDone}, {kReferral, kDone}), "cycle 1, running");
}

TEST(DeclaredOrder, PauseAndHoldForOneReasonGoTogether) {
  EXPECT_EQ(After({.pauses = kReasons, .holds = kReasons}, {kReferral, kCustody}), "cycle 1, held");
  EXPECT_EQ(After({.pauses = kReasons, .holds = kReasons}, {kReferral, kCustody, kFree}),
            "cycle 1, running");
}

// The grade that stops a clock would take its limit away; it is judged by the one it had.
TEST(DeclaredOrder, WhatAGradeStopsEndsByTheLimitItHad) {
  Rules rules;
  rules.stops = {{EventType::kAssessed}};
  rules.targets = {{{}, base::Period{0, 0, {60'000'000}}}, {{}, std::nullopt}};
  std::vector<model::FigureDelta> figures;
  EXPECT_EQ(After(rules, {kReferral, R"("assessed":{"grade":"high"})"}, &figures), "off");
  const auto counted = [&](model::FigureKind kind) {
    return std::count_if(figures.begin(), figures.end(),
                         [&](const model::FigureDelta& delta) { return delta.key.kind == kind; });
  };
  EXPECT_EQ(counted(model::FigureKind::kClockMissed), 1);
  EXPECT_EQ(counted(model::FigureKind::kClockMet), 0);
}

}  // namespace
}  // namespace caseclock::core
