#pragma once

// A case, a page of its ledger and an alert, every field set.

#include "engine/codec/case_codec.h"
#include "engine/model/alert.h"
#include "engine/model/case_state.h"
#include "tests/golden/golden_events.h"

namespace caseclock::codec {

inline model::Arrival GoldenArrival(int64_t offset) {
  return {3, offset, Minute(1)};
}

inline model::ClockState GoldenClock() {
  model::ClockState c;
  c.clock = A("screening");
  c.policy_version = A("2026-01");
  c.cycle = 0x0123456789abcdefU;
  c.ordinal = 2;
  c.started_at = Minute(0);
  c.measured_from = Minute(1);
  c.risk = A("high");
  c.interval = base::Period{0, 7, base::Hours(4)};
  c.budget = base::Hours(52);
  c.consumed = base::Millis(1'500);
  c.running_since = Minute(2);
  c.extended_until = Minute(3);
  c.reached = {{1, 2, Minute(4), true}};
  c.excluded = {{A("custody"), Minute(5), Minute(6)}, {A("abroad"), Minute(7), base::kNever}};
  c.beyond_horizon = true;
  c.due_at = Minute(8);
  c.start_cause = GoldenArrival(11);
  c.change_cause = GoldenArrival(12);
  return c;
}

inline model::CaseView GoldenView() {
  model::CaseView v = ListedView();
  v.closed = true;
  v.role = A("lead");
  v.outcome = A("1");
  v.close_reason = A("merged");
  v.stage_since = Minute(1);
  v.ungraded_since = Minute(2);
  v.unassigned_since = Minute(3);
  v.assigned_since = Minute(4);
  v.outcome_at = Minute(5);
  v.closed_at = Minute(6);
  v.paused_total = base::Hours(3);
  v.paused_since = Minute(7);
  v.pauses = {{A("custody"), Minute(8)}};
  v.clocks = {GoldenClock(), model::ClockState{}, GoldenClock()};
  v.clocks[1].policy_version = A("2026-01");
  v.clocks[2].measured_from = v.clocks[2].started_at;
  v.clocks[2].change_cause = v.clocks[2].start_cause;
  v.intervals = {{A("visit"), base::Period{6, 0, {}}, A("di")}};
  v.acks = {{kAlertId, Minute(9), base::kNever, "U-7"}};
  v.cycles_begun = {{A("screening"), 2}, {A("visit"), 1}};
  v.events = 30;
  v.refused = 1;
  v.orphans = 2;
  EncodeLedgerEntry(GoldenEvent(model::Reopened{A("appeal")}), GoldenArrival(14), &v.waiting);
  v.transfers = 3;
  v.assignments = 4;
  v.reopened = 5;
  return v;
}

inline model::AlertTransition GoldenTransition(model::AlertState state) {
  return {state, 2, Minute(20), GoldenArrival(13), true};
}

inline model::ToldAlert GoldenTold() {
  model::ToldAlert told;
  told.id = kAlertId;
  told.clock = A("screening");
  told.cycle = 7;
  told.rung = 1;
  told.repeat = 3;
  told.policy_version = A("2026-01");
  told.due_at = Minute(15);
  told.revision = 2;
  told.transitions = {GoldenTransition(model::AlertState::kRaised),
                      GoldenTransition(model::AlertState::kRetracted)};
  told.ended_in_page = 4;
  told.workflow = A("marac");
  told.queue = A("wmp/marac");
  return told;
}

inline model::LedgerPage GoldenPage() {
  model::LedgerPage page;
  page.index = 5;
  for (model::EventBody& body : GoldenBodies()) {
    page.last_folded_at = static_cast<uint32_t>(page.entries.size());
    const auto offset = static_cast<int64_t>(page.fingerprints.size());
    EncodeLedgerEntry(GoldenEvent(std::move(body)), GoldenArrival(offset), &page.entries);
    page.fingerprints.push_back(0x1000 + page.fingerprints.size());
  }
  page.folded_count = static_cast<uint32_t>(page.fingerprints.size());
  page.folded_bytes = static_cast<uint32_t>(page.entries.size());
  page.voided = {0x1003};
  return page;
}

inline model::CaseState GoldenCase() {
  model::CaseState state;
  state.case_id = "C-000123";
  state.view = GoldenView();
  state.page = GoldenPage();
  state.before = std::make_unique<model::CaseView>(GoldenView());
  state.pending_voids = {0x77};
  // The second one differs in one of the codes that it would else take from the first.
  state.told = {GoldenTold(), GoldenTold()};
  state.told[1].policy_version = A("2026-02");
  state.told[1].transitions = {GoldenTransition(model::AlertState::kResolved)};
  state.timer_at = Minute(30);
  state.conflicts = 6;
  state.checkpoints_valid = 4;
  return state;
}

// What came later: a limit by a class, and stretches in which it may not pass.
inline model::CaseState GoldenHeldCase() {
  model::CaseState state;
  state.case_id = "C-000124";
  state.view = ListedView();
  model::ClockState& clock = state.view.clocks.emplace_back(GoldenClock());
  clock.limit_class = A("enhanced");
  clock.held = {{A("custody"), Minute(5), Minute(6)}, {A("abroad"), Minute(7), base::kNever}};
  state.view.classes = {{A("rights"), A("enhanced")}, {A("origin"), A("dash")}};
  return state;
}

// With what clocks will begin by, and begin again by.
inline model::CaseState GoldenAwaitingCase() {
  model::CaseState state;
  state.case_id = "C-000125";
  state.view = ListedView();
  model::ClockState& clock = state.view.clocks.emplace_back(GoldenClock());
  clock.appointed = Minute(30);
  state.view.lookbacks = {{A("recent"), Minute(1)}, {A("repeat"), Minute(2)}};
  state.view.announcements = {{A("moved"), A("move"), Minute(40)}};
  state.view.stays = {{A("stay"), Minute(3), Minute(4)}, {A("stay"), Minute(5), base::kNever}};
  state.view.stopped = {GoldenClock()};
  state.view.deviations = {A("guidance_unknown"), A("out_against_score")};
  return state;
}

// With what is known of its handler, and of those before him.
inline model::CaseState GoldenHandlerCase() {
  model::CaseState state;
  state.case_id = "C-000126";
  state.view = ListedView();
  state.view.facts = {{A("h-17"), A("mosovo"), Minute(50)}, {A("h-17"), {}, base::kNever}};
  state.view.unqualified_since = Minute(6);
  state.named = {{A("h-16"), Minute(9)}, {A("h-18"), Minute(10)}};
  return state;
}

// Whose cycles have followed a corrected calendar.
inline model::CaseState GoldenFollowingCase() {
  model::CaseState state = GoldenHandlerCase();
  state.view.calendars_of = Minute(7);
  return state;
}

// Whose pauses are over.
inline model::CaseState GoldenPausedBeforeCase() {
  model::CaseState state;
  state.case_id = "C-000127";
  state.view = ListedView();
  state.view.ended_pauses = {{A("custody"), Minute(1), Minute(3)},
                             {A("abroad"), Minute(2), Minute(4)}};
  return state;
}

// That a transfer took to other work, where a look-back has seen two instants.
inline model::CaseState GoldenMovedCase() {
  model::CaseState state;
  state.case_id = "C-000127";
  state.view = ListedView();
  state.view.in_workflow_since = Minute(8);
  state.view.lookbacks = {{A("recent"), Minute(2), Minute(1)}};
  return state;
}

inline model::EventRef GoldenRef(model::EventType type) {
  return {A("rms"), "rms/000123", type};
}

// That was taken to other work while it was closed.
inline model::CaseState GoldenMovedWhileClosedCase() {
  model::CaseState state = GoldenMovedCase();
  state.view.closed = true;
  state.view.closed_at = Minute(6);
  state.view.closed_by = GoldenRef(model::EventType::kClosed);
  state.view.moved_while_closed = true;
  return state;
}
inline std::vector<model::Grant> GoldenGrants() {
  return {
      {model::GrantKind::kInterval, GoldenRef(model::EventType::kIntervalSet), "U-7", A("di")},
      {model::GrantKind::kExtension, GoldenRef(model::EventType::kExtended), "U-8", A("court")}};
}
inline std::vector<model::DueMove> GoldenMoves() {
  return {{model::MoveKind::kRestarted, GoldenRef(model::EventType::kAssessed), "U-7", Minute(2),
           base::kNever, Minute(9)},
          {model::MoveKind::kCalendar, {}, {}, Minute(3), Minute(9), base::kNever}};
}

// With the events that its due instants come from.
inline model::CaseState GoldenExplainedCase() {
  model::CaseState state;
  state.case_id = "C-000128";
  state.view = ListedView();
  state.view.referred_by = GoldenRef(model::EventType::kReferred);
  state.view.pauses = {{A("abroad"), Minute(7), GoldenRef(model::EventType::kPaused)}};
  state.view.intervals = {{A("visit"), base::Period{6, 0, {}}, A("di"),
                           GoldenRef(model::EventType::kIntervalSet), "U-7"}};
  model::ClockState clock = GoldenClock();
  clock.origin = GoldenRef(model::EventType::kReferred);
  clock.excluded[0].began = GoldenRef(model::EventType::kPaused);
  clock.excluded[0].ended = GoldenRef(model::EventType::kResumed);
  clock.grants = GoldenGrants();
  clock.moves = GoldenMoves();
  state.view.stays = {{A("stay"), Minute(3), Minute(4), GoldenRef(model::EventType::kPerformed),
                       GoldenRef(model::EventType::kPerformed)}};
  state.view.scores = {{A("dash"), 15}};
  state.view.repeat_of = true;
  // Of the same origin, and then of none.
  state.view.clocks = {clock, clock, GoldenClock()};
  return state;
}

// Extended twice; the first has no effect by the instant that counts now.
inline model::CaseState GoldenExtendedCase() {
  model::CaseState state;
  state.case_id = "C-000129";
  state.view = ListedView();
  model::ClockState clock = GoldenClock();
  const model::EventRef by = GoldenRef(model::EventType::kExtended);
  clock.extensions = {
      {by, "U-7", A("superintendent"), Minute(8), Minute(30), Minute(2), A("limit_passed")},
      {by, "", A("court"), Minute(9), Minute(60), Minute(2)}};
  state.view.clocks = {clock};
  return state;
}

inline model::ClosedPage GoldenClosedPage() {
  return {GoldenPage(), GoldenView(), {GoldenTold()}};
}

inline model::Alert GoldenAlert() {
  model::Alert a;
  a.id = kAlertId;
  a.revision = 2;
  a.state = model::AlertState::kRetracted;
  a.kind = model::RungKind::kOverdue;
  a.rung = A("overdue");
  a.repeat = 3;
  a.clock = A("screening");
  a.case_id = "C-000123";
  a.queue = A("wmp/marac");
  a.risk = A("high");
  a.handler = A("h-17");
  a.due_at = Minute(15);
  a.clock_due_at = Minute(10);
  a.detected_at = Minute(16);
  a.historical = true;
  a.transitions = {GoldenTransition(model::AlertState::kRaised),
                   GoldenTransition(model::AlertState::kAcknowledged),
                   GoldenTransition(model::AlertState::kRetracted)};
  a.transitions[0].cause.reset();
  a.proof = {A("marac"),
             A("2026-01"),
             A("9f86d081"),
             A("england-and-wales"),
             A("2026.2"),
             true,
             Minute(0),
             A("high"),
             base::Hours(48),
             {},
             {GoldenArrival(11), GoldenArrival(12)},
             {},
             {},
             {}};
  a.proof.segments = {{Minute(0), Minute(5), true, {}},
                      {Minute(5), Minute(6), false, A("custody")},
                      {Minute(6), base::kNever, true, {}}};
  return a;
}

inline model::Alert GoldenHeldAlert() {
  model::Alert alert = GoldenAlert();
  alert.proof.limit_class = A("enhanced");
  alert.proof.held = {{Minute(5), Minute(6), true, A("custody")}};
  alert.proof.extended_until = Minute(9);
  return alert;
}

inline model::Alert GoldenMeetingAlert() {
  model::Alert alert = GoldenAlert();
  alert.proof.deadline = A("next_meeting");
  alert.proof.meeting = {A("marac"), Minute(9), Minute(4)};
  return alert;
}

inline model::Alert GoldenExplainedAlert() {
  model::Alert alert = GoldenAlert();
  model::Proof& proof = alert.proof;
  proof.segments[0].began_by = GoldenRef(model::EventType::kReferred);
  proof.segments[0].ended_by = GoldenRef(model::EventType::kPaused);
  proof.segments[1].began_by = GoldenRef(model::EventType::kPaused);
  proof.limit = base::Period{0, 2, {}};
  proof.deadline = A("elapsed");
  proof.tzdata = A("2026a");
  proof.source = A("SafeLives, referral criteria [F-H]");
  proof.grants = GoldenGrants();
  proof.moves = GoldenMoves();
  return alert;
}

}  // namespace caseclock::codec
