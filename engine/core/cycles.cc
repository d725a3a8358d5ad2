#include "engine/core/cycles.h"

#include <algorithm>

#include "engine/base/check.h"
#include "engine/core/accumulation.h"
#include "engine/core/advance_notice.h"
#include "engine/core/handler_facts.h"

namespace caseclock::core {
namespace {

using base::Atom;
using base::Instant;
using model::Arrival;
using model::CaseView;
using model::ClockRule;
using model::ClockState;

// The first pause that holds and that the rule takes so; nullptr: there is none.
const model::ActivePause* FirstPause(const CaseView& view, const ClockRule& rule,
                                     bool (*takes)(const ClockRule&, Atom)) {
  const auto found =
      std::find_if(view.pauses.begin(), view.pauses.end(),
                   [&](const model::ActivePause& pause) { return takes(rule, pause.reason); });
  return found == view.pauses.end() ? nullptr : &*found;
}

// A cycle is paused while at least one reason that it disregards holds, and held while at least one
// that extends it does.
void FollowPauses(const ClockBasis& basis, Instant t, const Arrival& cause, const CaseView& view,
                  ClockState* state) {
  const model::ActivePause* pause = FirstPause(view, *basis.rule, Disregards);
  const model::ActivePause* hold = FirstPause(view, *basis.rule, ExtendsFor);
  const bool paused = !state->running_since.has_value();
  const bool held = state->is_held();
  if ((pause != nullptr) == paused && (hold != nullptr) == held) return;
  if (pause != nullptr && !paused) PauseClock(basis, pause->reason, t, state);
  if (hold != nullptr && !held) HoldClock(basis, hold->reason, t, state);
  if (pause == nullptr && paused) ResumeClock(basis, t, state);
  if (hold == nullptr && held) ReleaseClock(basis, t, state);
  state->change_cause = cause;
}

// A `scheduled` event that begins such a clock moves the instant of one that lives.
bool Appoints(const Occurrence& o, const ClockRule& rule) {
  const bool by_schedule =
      rule.from_scheduled || std::holds_alternative<model::AtScheduled>(rule.deadline);
  return by_schedule && std::holds_alternative<model::Scheduled>(o.event.body) &&
         o.Is(rule.starts_on);
}

// `rule` is that of the version the live cycle began under.
void TriggerLive(const Occurrence& o, const ClockRule& rule, ClockState* live) {
  // A sum that is not reached yet asks for nothing, so nothing fulfils it.
  const bool asks = !rule.accumulates || o.at() >= live->measured_from;
  const bool fulfilled = asks && o.Stops(rule);
  const bool ends_with_case = rule.stops_at_close && o.event.type() == model::EventType::kClosed;
  if (ends_with_case && !asks) {
    ForgetCycle(live, &o.view);
    return;
  }
  if (fulfilled || ends_with_case) {
    EndCycle(o, live, fulfilled ? End::kFulfilled : End::kWithCase);
    return;
  }
  if (asks && o.Resets(rule)) {
    EndCycle(o, live, End::kFulfilled);
    Begin(o, rule);
    return;
  }
  const bool follows = !o.view.pauses.empty() || !live->running_since || live->is_held();
  const bool appoints = Appoints(o, rule);
  if (!follows && !appoints) return;
  const ClockBasis basis = BasisOf(o.policies, o.view, *live);
  CHECK(basis.rule != nullptr);
  if (follows) FollowPauses(basis, o.at(), o.arrival, o.view, live);
  if (!appoints) return;
  AppointClock(basis, std::get<model::Scheduled>(o.event.body).at, o.at(), live);
  live->change_cause = o.arrival;
}

void Trigger(const Occurrence& o, const ClockRule& rule) {
  const bool covered = rule.advance && CoveredByNotice(o, rule);
  if (ClockState* live = FindCycle(&o.view, rule.name)) {
    const bool same = live->policy_version == o.view.policy_version;
    const ClockRule* own = same ? &rule : BasisOf(o.policies, o.view, *live).rule;
    CHECK(own != nullptr);
    TriggerLive(o, *own, live);
    if (rule.accumulates) AddUpStays(o, rule);
    return;
  }
  if (rule.accumulates) AddUpStays(o, rule);
  if (o.view.closed) TriggerWaiting(o, rule);
  if (!o.Starts(rule) || !MayBegin(rule, o.view) || o.Forestalls(rule)) return;
  if (FindCycle(&o.view, rule.name) != nullptr) return;  // begun by its sum
  Begin(o, rule);
  if (!covered) return;
  if (ClockState* live = FindCycle(&o.view, rule.name)) EndCycle(o, live, End::kFulfilled);
}

// Live cycles of clocks that the case's present version no longer has run on by their own rules.
void TriggerOrphanedCycles(const Occurrence& o, const model::WorkflowVersion& version) {
  for (size_t i = o.view.clocks.size(); i-- > 0;) {
    ClockState& live = o.view.clocks[i];
    if (live.policy_version == o.view.policy_version) continue;
    if (model::FindClock(version, live.clock) != nullptr) continue;
    const ClockBasis basis = BasisOf(o.policies, o.view, live);
    CHECK(basis.rule != nullptr);
    TriggerLive(o, *basis.rule, &live);
  }
}

}  // namespace

void TriggerCycles(const Occurrence& o) {
  const model::WorkflowVersion* version = VersionOf(o.policies, o.view);
  CHECK(version != nullptr);
  if (o.event.type() == model::EventType::kReopened) TakeUpFromClosing(o);
  for (const ClockRule& rule : version->clocks) Trigger(o, rule);
  TriggerOrphanedCycles(o, *version);
}

void FollowHandler(const Occurrence& o) {
  const model::WorkflowVersion* version = VersionOf(o.policies, o.view);
  CHECK(version != nullptr);
  const HandlerLacks lacks = LacksOf(*version, o.view);
  if (!lacks.unqualified) {
    o.view.unqualified_since = base::kNever;
  } else if (o.view.unqualified_since == base::kNever) {
    o.view.unqualified_since = o.at();
  }
  // Cycles that began under another version end by its rules.
  for (size_t i = o.view.clocks.size(); i-- > 0;) {
    ClockState& live = o.view.clocks[i];
    if (live.policy_version == version->version) continue;
    const ClockRule* rule = BasisOf(o.policies, o.view, live).rule;
    CHECK(rule != nullptr);
    if (rule->runs_while.empty() || lacks.Any(rule->runs_while)) continue;
    EndCycle(o, &live, End::kFulfilled);
  }
  for (const ClockRule& rule : version->clocks) {
    if (rule.runs_while.empty()) continue;
    const bool lacking = lacks.Any(rule.runs_while);
    ClockState* live = FindCycle(&o.view, rule.name);
    if (live == nullptr) {
      if (lacking && MayBegin(rule, o.view)) Begin(o, rule);
    } else if (!lacking && live->policy_version == version->version) {
      EndCycle(o, live, End::kFulfilled);
    }
  }
}

void RegradeCycles(const model::PolicySet& policies, Atom risk, const model::Event& event,
                   const Arrival& cause, CaseView* view) {
  for (ClockState& state : view->clocks) {
    const ClockBasis basis = BasisOf(policies, *view, state);
    CHECK(basis.rule != nullptr);
    if (model::Matches(basis.rule->stops_on, event)) continue;
    RegradeClock(basis, risk, event.occurred_at, &state);
    state.change_cause = cause;
  }
}

void SetCycleInterval(const model::PolicySet& policies, Atom clock, const base::Period& interval,
                      Instant t, const Arrival& cause, CaseView* view) {
  ClockState* state = FindCycle(view, clock);
  if (state == nullptr) return;  // it holds from the next cycle on
  const ClockBasis basis = BasisOf(policies, *view, *state);
  CHECK(basis.rule != nullptr);
  SetClockInterval(basis, interval, t, state);
  state->change_cause = cause;
}

void ReclassCycles(const model::PolicySet& policies, const model::ClassValue& now, Instant t,
                   const Arrival& cause, CaseView* view) {
  for (ClockState& state : view->clocks) {
    const ClockBasis basis = BasisOf(policies, *view, state);
    CHECK(basis.rule != nullptr);
    if (!(basis.rule->limits_by == now.name)) continue;
    ReclassClock(basis, now.value, t, &state);
    state.change_cause = cause;
  }
}

Refusal ExtendCycle(const model::PolicySet& policies, const model::Extended& extension, Instant t,
                    const Arrival& cause, CaseView* view) {
  ClockState* state = FindCycle(view, extension.clock);
  if (state == nullptr) return Refusal::kNone;
  const ClockBasis basis = BasisOf(policies, *view, *state);
  CHECK(basis.rule != nullptr);
  const auto most = MayExtendTo(basis, *state, extension.authority);
  if (!most) return Refusal::kUnknownAuthority;
  if (extension.until > *most) return Refusal::kBeyondAuthority;
  ExtendClock(basis, extension.until, t, state);
  state->change_cause = cause;
  return Refusal::kNone;
}

void RequeueCycles(const model::PolicySet& policies, Atom queue, Instant t, const Arrival& cause,
                   CaseView* view) {
  for (ClockState& state : view->clocks) {
    const ClockBasis before = BasisOf(policies, *view, state);
    const ClockBasis basis = BasisOf(policies, view->workflow, queue, state);
    CHECK(basis.rule != nullptr);
    if (before.calendar == basis.calendar) continue;
    RecalendarClock(before, basis, t, &state);
    state.change_cause = cause;
  }
}

void EndCycles(const model::PolicySet& policies, Instant t, const Arrival& cause, CaseView* view,
               FoldEffects* effects) {
  while (!view->clocks.empty()) {
    CancelCycle(policies, &view->clocks.back(), t, cause, view, effects);
  }
  view->lookbacks.clear();
  view->announcements.clear();
  view->stays.clear();
  view->stopped.clear();
  view->cycles_begun.clear();
}

}  // namespace caseclock::core
