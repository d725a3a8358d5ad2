#include "engine/core/cycles.h"

#include <algorithm>

#include "engine/base/check.h"

namespace caseclock::core {
namespace {

using base::Atom;
using base::Instant;
using model::Arrival;
using model::CaseView;
using model::ClockRule;
using model::ClockState;
using model::FigureKind;

ClockState* FindCycle(CaseView* view, Atom clock) {
  for (ClockState& state : view->clocks) {
    if (state.clock == clock) return &state;
  }
  return nullptr;
}

uint32_t CountBegun(CaseView* view, Atom clock) {
  for (auto& [name, count] : view->cycles_begun) {
    if (name == clock) return ++count;
  }
  view->cycles_begun.emplace_back(clock, 1);
  return 1;
}

bool HasBegun(const CaseView& view, Atom clock) {
  return std::any_of(view.cycles_begun.begin(), view.cycles_begun.end(),
                     [&](const auto& begun) { return begun.first == clock; });
}

// Acknowledgements of a cycle that is over say nothing any more.
void DropAcks(const model::Event& event, const ClockBasis& basis, const ClockState& state,
              CaseView* view) {
  if (view->acks.empty()) return;
  for (const model::ReachedRung& rung : state.reached) {
    const base::Hash128 id = model::AlertId(event.case_id, state.clock, state.cycle,
                                            basis.rule->ladder[rung.rung].name, rung.repeat);
    auto same = [&](const model::Acknowledgement& ack) { return ack.alert_id == id; };
    view->acks.erase(std::remove_if(view->acks.begin(), view->acks.end(), same), view->acks.end());
  }
}

enum class End { kFulfilled, kCancelled };

// Met when it was fulfilled at its due instant or before, or never had one; missed is dated at the
// due instant, when it happened, however the cycle then ended. Cancelled in time is neither.
void CountEnd(const ClockState& state, End end, Instant due_at, Instant t, Atom queue,
              FoldEffects* effects) {
  const bool missed = due_at != base::kNever && t > due_at;
  if (!missed && end == End::kCancelled) return;
  effects->facts.push_back(
      {{queue, missed ? FigureKind::kClockMissed : FigureKind::kClockMet, state.clock, state.risk},
       missed ? due_at.Seconds() : t.Seconds(),
       state.started_at.Seconds(),
       1});
}

// The due instant a cycle had, also when it ends while paused: a breach reached before the pause.
Instant DueReached(const ClockBasis& basis, const ClockState& state) {
  if (state.due_at != base::kNever) return state.due_at;
  for (const model::ReachedRung& rung : state.reached) {
    if (basis.rule->ladder[rung.rung].kind == model::RungKind::kBreach) return rung.at;
  }
  return base::kNever;
}

// Takes the cycle out of the view. `event` names the case, for ids of acknowledged alerts.
void EndCycle(const model::PolicySet& policies, const model::Event* event, ClockState* state,
              End end, Instant t, const Arrival& cause, CaseView* view, FoldEffects* effects) {
  const ClockBasis basis = BasisOf(policies, *view, *state);
  CHECK(basis.rule != nullptr);
  SettleClock(basis, t, state);
  CountEnd(*state, end, DueReached(basis, *state), t, view->queue, effects);
  if (event != nullptr) DropAcks(*event, basis, *state, view);
  effects->ended.push_back({std::move(*state), t, view->queue, view->workflow, basis, cause, 0});
  view->clocks.erase(view->clocks.begin() + (state - view->clocks.data()));
}

void Begin(const model::PolicySet& policies, const ClockRule& rule, const model::Event& event,
           const Arrival& arrival, CaseView* view) {
  ClockState state;
  state.clock = rule.name;
  state.policy_version = view->policy_version;
  state.cycle = model::EventFingerprint(event.source, event.event_id);
  state.start_cause = arrival;
  state.change_cause = arrival;
  for (const model::IntervalOverride& o : view->intervals) {
    if (o.clock == rule.name) state.interval = o.interval;
  }
  for (const model::ClassValue& known : view->classes) {
    if (known.name == rule.limits_by) state.limit_class = known.value;
  }
  const ClockBasis basis{&rule, CalendarFor(policies, rule, view->queue)};
  BeginCycle(basis, rule.from_referral ? view->opened_at : event.occurred_at, view->risk, &state);
  // The lack of a grade, say, does not begin in a case that came with one: no limit, no lack.
  if (rule.is_absence && !state.budget) return;
  state.ordinal = CountBegun(view, rule.name);
  for (const model::ActivePause& pause : view->pauses) {
    if (!Disregards(rule, pause.reason)) continue;
    PauseClock(basis, pause.reason, std::max(pause.since, state.measured_from), &state);
    break;
  }
  for (const model::ActivePause& pause : view->pauses) {
    if (!ExtendsFor(rule, pause.reason)) continue;
    HoldClock(basis, pause.reason, std::max(pause.since, state.measured_from), &state);
    break;
  }
  auto after = std::find_if(view->clocks.begin(), view->clocks.end(),
                            [&](const ClockState& other) { return rule.name < other.clock; });
  view->clocks.insert(after, std::move(state));
}

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

bool MayBegin(const ClockRule& rule, const CaseView& view) {
  if (view.closed && rule.stops_at_close) return false;
  return rule.restarts || !HasBegun(view, rule.name);
}

// `rule` is that of the version the live cycle began under.
void TriggerLive(const model::PolicySet& policies, const ClockRule& rule, const model::Event& event,
                 const Arrival& arrival, ClockState* live, CaseView* view, FoldEffects* effects) {
  const Instant t = event.occurred_at;
  const bool fulfilled = model::Matches(rule.stops_on, event);
  if (fulfilled || (rule.stops_at_close && event.type() == model::EventType::kClosed)) {
    EndCycle(policies, &event, live, fulfilled ? End::kFulfilled : End::kCancelled, t, arrival,
             view, effects);
    return;
  }
  if (model::Matches(rule.resets_on, event)) {
    EndCycle(policies, &event, live, End::kFulfilled, t, arrival, view, effects);
    Begin(policies, rule, event, arrival, view);
    return;
  }
  if (view->pauses.empty() && live->running_since && !live->is_held()) return;
  const ClockBasis basis = BasisOf(policies, *view, *live);
  CHECK(basis.rule != nullptr);
  FollowPauses(basis, t, arrival, *view, live);
}

void Trigger(const model::PolicySet& policies, const ClockRule& rule, const model::Event& event,
             const Arrival& arrival, CaseView* view, FoldEffects* effects) {
  if (ClockState* live = FindCycle(view, rule.name)) {
    const bool same = live->policy_version == view->policy_version;
    const ClockRule* own = same ? &rule : BasisOf(policies, *view, *live).rule;
    CHECK(own != nullptr);
    TriggerLive(policies, *own, event, arrival, live, view, effects);
    return;
  }
  if (model::Matches(rule.starts_on, event) && MayBegin(rule, *view) &&
      !model::Matches(rule.stops_on, event)) {
    Begin(policies, rule, event, arrival, view);
  }
}

// Live cycles of clocks that the case's present version no longer has run on by their own rules.
void TriggerOrphanedCycles(const model::PolicySet& policies, const model::WorkflowVersion& version,
                           const model::Event& event, const Arrival& arrival, CaseView* view,
                           FoldEffects* effects) {
  for (size_t i = view->clocks.size(); i-- > 0;) {
    ClockState& live = view->clocks[i];
    if (live.policy_version == view->policy_version) continue;
    if (model::FindClock(version, live.clock) != nullptr) continue;
    const ClockBasis basis = BasisOf(policies, *view, live);
    CHECK(basis.rule != nullptr);
    TriggerLive(policies, *basis.rule, event, arrival, &live, view, effects);
  }
}

}  // namespace

void TriggerCycles(const model::PolicySet& policies, const model::Event& event,
                   const Arrival& arrival, CaseView* view, FoldEffects* effects) {
  const model::WorkflowVersion* version = VersionOf(policies, *view);
  CHECK(version != nullptr);
  for (const ClockRule& rule : version->clocks) {
    Trigger(policies, rule, event, arrival, view, effects);
  }
  TriggerOrphanedCycles(policies, *version, event, arrival, view, effects);
}

void RegradeCycles(const model::PolicySet& policies, Atom risk, Instant t, const Arrival& cause,
                   CaseView* view) {
  for (ClockState& state : view->clocks) {
    const ClockBasis basis = BasisOf(policies, *view, state);
    CHECK(basis.rule != nullptr);
    RegradeClock(basis, risk, t, &state);
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

void EndCycles(const model::PolicySet& policies, Instant t, const Arrival& cause, CaseView* view,
               FoldEffects* effects) {
  while (!view->clocks.empty()) {
    EndCycle(policies, nullptr, &view->clocks.back(), End::kCancelled, t, cause, view, effects);
  }
}

}  // namespace caseclock::core
