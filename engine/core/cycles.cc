#include "engine/core/cycles.h"

#include "engine/base/check.h"
#include "engine/core/accumulation.h"
#include "engine/core/advance_notice.h"
#include "engine/core/handler_facts.h"
#include "engine/core/limit_moves.h"
#include "engine/core/lookback.h"
#include "engine/core/rungs.h"
#include "engine/core/waiting_cycles.h"

namespace caseclock::core {
namespace {

using base::Atom;
using model::Arrival;
using model::CaseView;
using model::ClockRule;
using model::ClockState;

// A cycle is paused while at least one reason that it disregards holds, and held while at least one
// that extends it does.
void FollowPauses(const ClockBasis& basis, const Occurrence& o, ClockState* state) {
  const CaseView& view = o.view;
  const model::ActivePause* pause = FirstPause(view, *basis.rule, Disregards);
  const model::ActivePause* hold = FirstPause(view, *basis.rule, ExtendsFor);
  const bool paused = !state->running_since.has_value();
  const bool held = state->is_held();
  if ((pause != nullptr) == paused && (hold != nullptr) == held) return;
  const Change change = ChangeBy(o.event);
  if (pause != nullptr && !paused) PauseClock(basis, pause->reason, change, state);
  if (hold != nullptr && !held) HoldClock(basis, hold->reason, change, state);
  if (pause == nullptr && paused) ResumeClock(basis, change, state);
  if (hold == nullptr && held) ReleaseClock(basis, change, state);
  state->change_cause = o.arrival;
}

// `rule` is that of the version the live cycle runs under, whose conditions are `o.holding`; `next`
// that of `o.version`, nullptr: it lacks the clock. Whether the cycle lives on.
bool TriggerLive(const Occurrence& o, const ClockRule& rule, const ClockRule* next,
                 ClockState* live) {
  // A sum that is not reached yet asks for nothing, so nothing fulfils it.
  const bool asks = !rule.accumulates || o.at() >= live->measured_from;
  const bool fulfilled = asks && o.Stops(rule);
  const bool ends_with_case = rule.stops_at_close && o.event.type() == model::EventType::kClosed;
  if (ends_with_case && !asks) {
    ForgetCycle(live, &o.view);
    return false;
  }
  const bool cancelled = asks && o.Cancels(rule);
  if (fulfilled || cancelled || ends_with_case) {
    EndCycle(o, live, fulfilled ? End::kFulfilled : cancelled ? End::kCancelled : End::kWithCase);
    return false;
  }
  if (asks && o.Resets(rule)) {
    EndCycle(o, live, End::kRenewed);
    if (!Renews(rule, next)) return false;
    if (o.view.closed && next->stops_at_close) {
      BeginWaiting(o, *next, OriginOf(o, *next));
    } else {
      Begin(o, *next);
    }
    return false;
  }
  const bool follows = !o.view.pauses.empty() || !live->running_since || live->is_held();
  const bool appoints = Appoints(o, rule);
  if (!follows && !appoints) return true;
  const ClockBasis basis = BasisOf(o.policies, o.view, *live);
  CHECK(basis.rule != nullptr);
  if (follows) FollowPauses(basis, o, live);
  if (!appoints) return true;
  AppointClock(basis, std::get<model::Scheduled>(o.event.body).at, PausesOf(o.view),
               ChangeBy(o.event), live);
  live->change_cause = o.arrival;
  return true;
}

// A cycle that waits for what was announced under its own version ends when that comes about, also
// if `o.version` takes no such notice any more.
void FollowNotices(const Occurrence& o, const model::WorkflowVersion& own, Atom waiting) {
  for (const ClockRule& rule : own.clocks) {
    if (!rule.advance || !(rule.advance->failed == waiting)) continue;
    const ClockRule* now = model::FindClock(o.version, rule.name);
    if (now == nullptr || !now->advance) CoveredByNotice(o, rule);
  }
}

// The event meets a live cycle, not before that began. Whether it lives on.
bool TriggerLiveFrom(const Occurrence& o, const ClockRule& rule, const ClockRule* next,
                     ClockState* live) {
  if (o.at() >= live->started_at) return TriggerLive(o, rule, next, live);
  model::Event met = o.event;
  met.occurred_at = ChangeOf(o.event, *live).at;
  return TriggerLive(o.Of(met), rule, next, live);
}

// The event meets a live cycle, by the rule and the conditions of the version it runs under.
void MeetLive(const Occurrence& o, const ClockRule* next, ClockState* live) {
  const ClockRule* rule = next;
  bool lives_on = false;
  if (live->policy_version == o.version.version) {
    CHECK(rule != nullptr);
    lives_on = TriggerLiveFrom(o, *rule, next, live);
  } else {
    const OwnConditions own(o, *live);
    rule = own.rule;
    const Occurrence seen = own.Seen(o);
    const Atom clock = live->clock;
    FollowNotices(seen, *own.version, clock);
    live = FindCycle(&o.view, clock);
    if (live == nullptr) return;
    lives_on = TriggerLiveFrom(seen, *rule, next, live);
  }
  // While it lives, its stays are those of its own rule: no other begins a cycle beside it.
  const ClockRule* adds = lives_on ? rule : next;
  if (adds != nullptr && adds->accumulates) AddUpStays(o, *adds);
}

void Trigger(const Occurrence& o, const ClockRule& rule) {
  const bool covered = rule.advance && CoveredByNotice(o, rule);
  if (ClockState* live = FindCycle(&o.view, rule.name)) {
    MeetLive(o, &rule, live);
    return;
  }
  if (rule.accumulates) AddUpStays(o, rule);
  if (!o.Starts(rule) || !MayBegin(rule, o.view) || o.Forestalls(rule)) return;
  if (FindCycle(&o.view, rule.name) != nullptr) return;  // begun by its sum
  Begin(o, rule);
  if (!covered) return;
  if (ClockState* live = FindCycle(&o.view, rule.name)) EndCycle(o, live, End::kFulfilled);
}

// Live cycles of clocks that `o.version` does not have run on by their own rules.
void TriggerOrphanedCycles(const Occurrence& o) {
  for (size_t i = o.view.clocks.size(); i-- > 0;) {
    ClockState& live = o.view.clocks[i];
    if (live.policy_version == o.version.version) continue;
    if (model::FindClock(o.version, live.clock) == nullptr) MeetLive(o, nullptr, &live);
  }
}

// What the limit of a moved cycle is chosen by, as its new rule has it.
void Rechoose(const ClockBasis& before, const ClockRule& rule, const CaseView& view,
              ClockState* state) {
  const bool keeps = rule.regrade == model::RegradeRule::kKeep;
  if (!keeps) state->risk = view.risk;
  if (keeps && before.rule->limits_by == rule.limits_by) return;
  state->limit_class = Atom();
  for (const model::ClassValue& known : view.classes) {
    if (known.name == rule.limits_by) state->limit_class = known.value;
  }
}

// What a moved cycle had been warned of goes by the ladder of its new rule as well.
void RenumberWarned(const ClockState& state, const std::vector<model::Rung>& before,
                    const std::vector<model::Rung>& now, std::vector<WarnedBefore>* warned) {
  for (WarnedBefore& other : *warned) {
    if (other.cycle != state.cycle || !(other.clock == state.clock)) continue;
    other.rungs = Renumbered(other.rungs, before, now);
  }
}

}  // namespace

void TriggerCycles(const Occurrence& o) {
  const std::vector<Atom> awaited = AwaitedNotices(o);
  std::vector<Atom> renewed;
  if (o.event.type() == model::EventType::kReopened) renewed = TakeUpFromClosing(o);
  if (o.view.closed) renewed = TriggerWaiting(o);
  for (const ClockRule& rule : o.version.clocks) Trigger(o, rule);
  TriggerOrphanedCycles(o);
  for (const Atom clock : renewed) {
    if (FindCycle(&o.view, clock) == nullptr) Begin(o, *model::FindClock(o.version, clock));
  }
  AwaitNext(o, awaited);
  if (o.event.type() == model::EventType::kReopened) ForgetWaiting(o);
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
  // Cycles that run under another version end by its rules.
  for (size_t i = o.view.clocks.size(); i-- > 0;) {
    ClockState& live = o.view.clocks[i];
    if (live.policy_version == o.version.version) continue;
    const ClockRule* rule = BasisOf(o.policies, o.view, live).rule;
    CHECK(rule != nullptr);
    if (rule->runs_while.empty() || lacks.Any(rule->runs_while)) continue;
    EndCycle(o, &live, End::kFulfilled);
  }
  for (const ClockRule& rule : o.version.clocks) {
    if (rule.runs_while.empty()) continue;
    const bool lacking = lacks.Any(rule.runs_while);
    ClockState* live = FindCycle(&o.view, rule.name);
    if (live == nullptr) {
      if (lacking && MayBegin(rule, o.view)) Begin(o, rule);
    } else if (!lacking && live->policy_version == o.version.version) {
      EndCycle(o, live, End::kFulfilled);
    }
  }
}

namespace {

// Whether the event ends the cycle: then what it changes of the case is for the next one.
bool EndsWith(const model::PolicySet& policies, const CaseView& view, const ClockRule& rule,
              const ClockState& state, const model::Event& event) {
  if (rule.accumulates && event.occurred_at < state.measured_from) return false;
  const model::WorkflowVersion& version = VersionOfCycle(policies, view, state);
  const std::vector<Atom> holding = HoldingConditions(policies, version, event, view);
  return model::Matches(rule.stops_on, event, holding) ||
         model::Matches(rule.cancels_on, event, holding) ||
         model::Matches(rule.resets_on, event, holding);
}

}  // namespace

void RegradeCycles(const model::PolicySet& policies, Atom risk, const model::Event& event,
                   const Arrival& cause, CaseView* view) {
  ForEachCycle(view, [&](ClockState& state) {
    const ClockBasis basis = BasisOf(policies, *view, state);
    CHECK(basis.rule != nullptr);
    if (EndsWith(policies, *view, *basis.rule, state, event)) return;
    RegradeClock(basis, risk, ChangeOf(event, state), &state);
    state.change_cause = cause;
  });
}

void SetCycleInterval(const model::PolicySet& policies, const model::IntervalSet& fixed,
                      const model::Event& event, const Arrival& cause, CaseView* view) {
  // Where there is no cycle, it holds from the next one on; so it does for one that is stopped.
  ForEachCycle(view, [&](ClockState& state) {
    if (!(state.clock == fixed.clock)) return;
    const ClockBasis basis = BasisOf(policies, *view, state);
    CHECK(basis.rule != nullptr);
    SetClockInterval(basis, fixed.interval, fixed.authority, ChangeOf(event, state), &state);
    state.change_cause = cause;
  });
}

void ReclassCycles(const model::PolicySet& policies, const model::ClassValue& now,
                   const model::Event& event, const Arrival& cause, CaseView* view) {
  ForEachCycle(view, [&](ClockState& state) {
    const ClockBasis basis = BasisOf(policies, *view, state);
    CHECK(basis.rule != nullptr);
    if (!(basis.rule->limits_by == now.name)) return;
    if (EndsWith(policies, *view, *basis.rule, state, event)) return;
    ReclassClock(basis, now.value, ChangeOf(event, state), &state);
    state.change_cause = cause;
  });
}

void MoveCycles(const model::PolicySet& policies, const model::WorkflowVersion& version,
                const model::Event& event, const Arrival& cause, CaseView* view,
                FoldEffects* effects) {
  ForEachCycle(view, [&](ClockState& state) {
    if (state.policy_version == version.version) return;
    const ClockRule* rule = model::FindClock(version, state.clock);
    if (rule == nullptr) return;
    // What a handler lacks is seen anew when the case is opened.
    if (view->closed && rule->stops_at_close && !rule->runs_while.empty()) return;
    const ClockBasis before = BasisOf(policies, *view, state);
    CHECK(before.rule != nullptr);
    state.policy_version = version.version;
    RenumberWarned(state, before.rule->ladder, rule->ladder, &effects->warned);
    Rechoose(before, *rule, *view, &state);
    RebaseClock(before, {rule, CalendarFor(policies, *rule, view->queue)}, ChangeOf(event, state),
                &state);
    state.change_cause = cause;
  });
}

void RequeueCycles(const model::PolicySet& policies, Atom queue, const model::Event& event,
                   const Arrival& cause, CaseView* view) {
  ForEachCycle(view, [&](ClockState& state) {
    const ClockBasis before = BasisOf(policies, *view, state);
    const ClockBasis basis = BasisOf(policies, view->workflow, queue, state);
    CHECK(basis.rule != nullptr);
    if (before.calendar == basis.calendar) return;
    RecalendarClock(before, basis, ChangeOf(event, state), &state);
    state.change_cause = cause;
  });
}

void BeginLateCycles(const model::PolicySet& policies, base::Instant t,
                     std::span<const WarnedBefore> warned, CaseView* view) {
  for (ClockState& state : view->clocks) {
    const ClockBasis basis = BasisOf(policies, *view, state);
    CHECK(basis.rule != nullptr);
    DeriveNext(basis, base::kLongAgo, &state);
    BeginLate(basis, t, WarnedOf(warned, state), &state);
  }
}

void EndCycles(const model::PolicySet& policies, const model::Event& event, const Arrival& cause,
               CaseView* view, FoldEffects* effects) {
  while (!view->clocks.empty()) {
    CancelCycle(policies, &view->clocks.back(), event, cause, view, effects);
  }
  SettleWaiting(view, effects);
  view->lookbacks.clear();
  view->announcements.clear();
  view->stays.clear();
  view->stopped.clear();
  view->cycles_begun.clear();
}

}  // namespace caseclock::core
