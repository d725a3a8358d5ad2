#include "engine/core/cycle_life.h"

#include <algorithm>

#include "engine/base/check.h"
#include "engine/core/limit_moves.h"
#include "engine/core/lookback.h"

namespace caseclock::core {
namespace {

using base::Atom;
using base::Instant;
using model::CaseView;
using model::ClockRule;
using model::ClockState;
using model::FigureKind;

auto FindCount(CaseView* view, Atom clock) {
  return std::find_if(view->cycles_begun.begin(), view->cycles_begun.end(),
                      [&](const auto& begun) { return begun.first == clock; });
}

uint32_t CountBegun(CaseView* view, Atom clock) {
  const auto known = FindCount(view, clock);
  if (known != view->cycles_begun.end()) return ++known->second;
  view->cycles_begun.emplace_back(clock, 1);
  return 1;
}

bool HasBegun(const CaseView& view, Atom clock) {
  return std::any_of(view.cycles_begun.begin(), view.cycles_begun.end(),
                     [&](const auto& begun) { return begun.first == clock; });
}

// Acknowledgements of a cycle that is over say nothing any more.
void DropAcks(std::string_view case_id, const ClockBasis& basis, const ClockState& state,
              CaseView* view) {
  if (view->acks.empty()) return;
  for (const model::ReachedRung& rung : state.reached) {
    const base::Hash128 id = model::AlertId(case_id, state.clock, state.cycle,
                                            basis.rule->ladder[rung.rung].name, rung.repeat);
    auto same = [&](const model::Acknowledgement& ack) { return ack.alert_id == id; };
    view->acks.erase(std::remove_if(view->acks.begin(), view->acks.end(), same), view->acks.end());
  }
}

// Whether its limit had passed at `t`.
bool IsMissedAt(const ClockState& state, Instant t) {
  return state.due_at != base::kNever && t > state.due_at;
}

void CountMissed(const ClockState& state, Atom queue, FoldEffects* effects) {
  effects->facts.push_back({{queue, FigureKind::kClockMissed, state.clock, state.risk},
                            state.due_at.Seconds(),
                            state.started_at.Seconds(),
                            1});
}

// Met when it was fulfilled at its due instant or before, or never had one; missed is dated at the
// due instant, when it happened, however the cycle then ended. Cancelled in time is neither.
void CountEnd(const ClockState& state, bool fulfilled, Instant t, Atom queue,
              FoldEffects* effects) {
  if (IsMissedAt(state, t)) return CountMissed(state, queue, effects);
  if (!fulfilled) return;
  effects->facts.push_back({{queue, FigureKind::kClockMet, state.clock, state.risk},
                            t.Seconds(),
                            state.started_at.Seconds(),
                            1});
}

// What it asked for is done, so what led to it is spent; or a start takes it up again.
void SettleFulfilled(const ClockBasis& basis, const ClockState& state, End end, const Change& stop,
                     CaseView* view) {
  if (basis.rule->accumulates) {
    std::erase_if(view->stays, [&](const model::Stay& s) { return s.clock == state.clock; });
  }
  if (end == End::kFulfilled && basis.rule->after_stop == model::AfterStop::kResume) {
    view->stopped.push_back(LeaveOff(basis, state, stop));
  }
}

// The mark of a cycle that waits for its case to be opened again: the reason of its open span.
Atom Closed() {
  return Atom::Intern("closed");
}

// It will not be taken up: what it missed is a fact from here on.
void SettleWaiting(const ClockState& left, Atom queue, FoldEffects* effects) {
  if (WasMissed(left)) CountMissed(left, queue, effects);
}

// Takes the cycle, which is settled, out of the view.
void TakeOut(const ClockBasis& basis, ClockState* state, End end, const model::Event& event,
             const model::Arrival& cause, CaseView* view, FoldEffects* effects) {
  const Change stop = ChangeBy(event);
  const bool fulfilled = end == End::kFulfilled || end == End::kRenewed;
  const bool waits = end == End::kWithCase && basis.rule->runs_while.empty();
  if (!waits) CountEnd(*state, fulfilled, stop.at, view->queue, effects);
  std::vector<model::Stay> stays;
  if (basis.rule->accumulates) stays = StaysOf(*view, state->clock);
  if (fulfilled) SettleFulfilled(basis, *state, end, stop, view);
  // What its handler lacks is seen anew when the case is opened.
  if (waits) {
    view->stopped.push_back(LeaveOff(basis, *state, stop));
    view->stopped.back().excluded.back().reason = Closed();
  }
  effects->ended.push_back({std::move(*state), stop.at, stop.by, !fulfilled, view->queue,
                            view->workflow, basis, cause, std::move(stays), 0});
  view->clocks.erase(view->clocks.begin() + (state - view->clocks.data()));
}

// The instant from which a cycle that begins at the event counts.
Instant OriginOf(const Occurrence& o, const ClockRule& rule) {
  if (rule.from_referral) return o.view.referred_at();
  const auto* scheduled = std::get_if<model::Scheduled>(&o.event.body);
  if (scheduled == nullptr) return o.at();
  if (rule.from_scheduled) return scheduled->at;
  const auto* at = std::get_if<model::AtScheduled>(&rule.deadline);
  if (at == nullptr || at->before.IsZero()) return o.at();
  // What should have been done before it was announced is late by as much.
  const ClockBasis basis{&rule, CalendarFor(o.policies, rule, o.view.queue)};
  return std::min(o.at(), DueForAppointment(basis, *at, scheduled->at));
}

// What the case knows already that bears on the cycle.
void TakeOver(const Occurrence& o, const ClockRule& rule, ClockState* state) {
  for (const model::IntervalOverride& known : o.view.intervals) {
    if (!(known.clock == rule.name)) continue;
    state->interval = known.interval;
    PutGrant({model::GrantKind::kInterval, known.by, known.actor, known.authority}, &state->grants);
  }
  for (const model::ClassValue& known : o.view.classes) {
    if (known.name == rule.limits_by) state->limit_class = known.value;
  }
  const auto* scheduled = std::get_if<model::Scheduled>(&o.event.body);
  if (scheduled != nullptr && std::holds_alternative<model::AtScheduled>(rule.deadline)) {
    state->appointed = scheduled->at;
  }
}

// Whether it takes up one that stopped.
bool TakeUp(const Occurrence& o, const ClockBasis& basis, ClockState* state) {
  auto& stopped = o.view.stopped;
  const auto left = std::find_if(stopped.begin(), stopped.end(), [&](const ClockState& other) {
    return other.clock == state->clock;
  });
  if (left == stopped.end()) return false;
  const bool resumes = basis.rule->after_stop == model::AfterStop::kResume;
  if (IsWaiting(*left)) SettleWaiting(*left, o.view.queue, &o.effects);
  if (resumes) TakeUpCycle(basis, *left, ChangeBy(o.event), state);
  stopped.erase(left);
  return resumes;
}

// Where its clock stands in the list.
void PutIn(ClockState state, CaseView* view) {
  auto& clocks = view->clocks;
  const auto after = std::find_if(clocks.begin(), clocks.end(), [&](const ClockState& other) {
    return state.clock < other.clock;
  });
  clocks.insert(after, std::move(state));
}

// The same obligation goes on in a further cycle.
void GoOn(const Occurrence& o, const ClockBasis& basis, const ClockState& waited) {
  const ClockRule& rule = *basis.rule;
  ClockState left = waited;
  ClockState state;
  state.clock = left.clock;
  state.policy_version = left.policy_version;
  state.cycle = model::EventFingerprint(o.event.source, o.event.event_id);
  state.start_cause = o.arrival;
  state.change_cause = o.arrival;
  TakeOver(o, rule, &state);
  state.appointed = left.appointed;
  left.interval = state.interval;
  std::erase_if(left.grants, [](const model::Grant& grant) {
    return grant.kind == model::GrantKind::kInterval;
  });
  left.grants.insert(left.grants.begin(), state.grants.begin(), state.grants.end());
  const bool keeps = rule.regrade == model::RegradeRule::kKeep;
  const Atom risk = keeps ? left.risk : o.view.risk;
  if (keeps) state.limit_class = left.limit_class;
  BeginCycle(basis, o.at(), std::max(o.at(), left.measured_from), risk, &state);
  TakeUpCycle(basis, left, ChangeBy(o.event), &state);
  // The case has by now what it lacked.
  if (rule.is_absence && !state.budget) return SettleWaiting(waited, o.view.queue, &o.effects);
  state.ordinal = CountBegun(&o.view, rule.name);
  RetracePauses(basis, PausesOf(o.view), o.at(), o.at(), &state);
  PutIn(std::move(state), &o.view);
}

// A cycle that waits is begun anew at the event: nothing of it has been when it is taken up.
void BeginWaiting(const Occurrence& o, ClockState* left) {
  left->measured_from = o.at();
  left->origin = model::RefOf(o.event);
  left->moves.clear();
  left->risk = o.view.risk;
  left->appointed.reset();
  std::erase_if(left->grants, [](const model::Grant& grant) {
    return grant.kind == model::GrantKind::kExtension;
  });
  left->consumed = base::Duration{0};
  left->extended_until.reset();
  left->held.clear();
  left->due_at = base::kNever;
  left->excluded = {{Closed(), o.at(), base::kNever, left->origin}};
}

}  // namespace

std::vector<model::ExcludedSpan> PausesOf(const CaseView& view) {
  std::vector<model::ExcludedSpan> pauses = view.ended_pauses;
  for (const model::ActivePause& pause : view.pauses) {
    pauses.push_back({pause.reason, pause.since, base::kNever, pause.began});
  }
  return pauses;
}

ClockState* FindCycle(CaseView* view, Atom clock) {
  for (ClockState& state : view->clocks) {
    if (state.clock == clock) return &state;
  }
  return nullptr;
}

std::vector<model::Stay> StaysOf(const CaseView& view, Atom clock) {
  std::vector<model::Stay> stays = view.stays;
  std::erase_if(stays, [&](const model::Stay& stay) { return !(stay.clock == clock); });
  return stays;
}

bool MayBegin(const ClockRule& rule, const CaseView& view) {
  if (view.closed && rule.stops_at_close) return false;
  return rule.after_stop != model::AfterStop::kNothing || !HasBegun(view, rule.name);
}

void Begin(const Occurrence& o, const ClockRule& rule) {
  BeginFrom(o, rule, OriginOf(o, rule));
}

void BeginFrom(const Occurrence& o, const ClockRule& rule, Instant origin) {
  ClockState state;
  state.clock = rule.name;
  state.policy_version = o.version.version;
  state.cycle = model::EventFingerprint(o.event.source, o.event.event_id);
  state.start_cause = o.arrival;
  state.change_cause = o.arrival;
  state.origin = rule.from_referral ? o.view.referred_by : model::RefOf(o.event);
  TakeOver(o, rule, &state);
  const ClockBasis basis{&rule, CalendarFor(o.policies, rule, o.view.queue)};
  // Counted from the referral, it is as if it had begun there.
  const Instant started = rule.from_referral ? origin : o.at();
  BeginCycle(basis, started, origin, o.view.risk, &state);
  // The lack of a grade, say, does not begin in a case that came with one: no limit, no lack.
  if (rule.is_absence && !state.budget) return;
  state.ordinal = CountBegun(&o.view, rule.name);
  // What went before a cycle that is taken up is in it.
  const bool taken_up = TakeUp(o, basis, &state);
  const Instant from = taken_up ? o.at() : state.measured_from;
  RetracePauses(basis, PausesOf(o.view), from, o.at(), &state);
  if (!taken_up) BeginLate(basis, o.at(), &state);
  PutIn(std::move(state), &o.view);
}

void EndCycle(const Occurrence& o, ClockState* live, End end) {
  const ClockBasis basis = BasisOf(o.policies, o.view, *live);
  CHECK(basis.rule != nullptr);
  SettleClock(basis, o.at(), live);
  DropAcks(o.event.case_id, basis, *live, &o.view);
  TakeOut(basis, live, end, o.event, o.arrival, &o.view, &o.effects);
}

void CancelCycle(const model::PolicySet& policies, ClockState* live, const model::Event& event,
                 const model::Arrival& cause, CaseView* view, FoldEffects* effects) {
  const ClockBasis basis = BasisOf(policies, *view, *live);
  CHECK(basis.rule != nullptr);
  SettleClock(basis, event.occurred_at, live);
  TakeOut(basis, live, End::kCancelled, event, cause, view, effects);
}

bool IsWaiting(const ClockState& stopped) {
  return stopped.excluded.back().reason == Closed();
}

bool WasMissed(const ClockState& waiting) {
  return IsWaiting(waiting) && IsMissedAt(waiting, waiting.excluded.back().from);
}

void SettleWaiting(CaseView* view, FoldEffects* effects) {
  for (const ClockState& left : view->stopped) SettleWaiting(left, view->queue, effects);
}

OwnConditions::OwnConditions(const Occurrence& o, const ClockState& cycle) {
  const model::Workflow* workflow = model::FindWorkflow(o.policies, o.view.workflow);
  CHECK(workflow != nullptr);
  version = model::FindVersion(*workflow, cycle.policy_version);
  CHECK(version != nullptr);
  rule = model::FindClock(*version, cycle.clock);
  CHECK(rule != nullptr);
  holding = HoldingConditions(o.policies, *version, o.event, o.view);
}

Occurrence OwnConditions::Seen(const Occurrence& o) const {
  return {o.policies, o.event,   o.arrival,     o.version,      holding,
          o.view,     o.effects, o.as_referral, o.as_assignment};
}

void TakeUpFromClosing(const Occurrence& o) {
  std::vector<ClockState> waiting;
  std::vector<ClockState> others;
  for (ClockState& state : o.view.stopped) {
    (IsWaiting(state) ? waiting : others).push_back(std::move(state));
  }
  o.view.stopped = std::move(others);
  for (const ClockState& left : waiting) {
    const OwnConditions own(o, left);
    const ClockRule* now = model::FindClock(o.version, left.clock);
    const bool anew = now != nullptr && o.Starts(*now) && MayBegin(*now, o.view);
    if (anew || own.Seen(o).Forestalls(*own.rule)) {
      SettleWaiting(left, o.view.queue, &o.effects);
    } else {
      GoOn(o, {own.rule, CalendarFor(o.policies, *own.rule, o.view.queue)}, left);
    }
  }
}

void TriggerWaiting(const Occurrence& o) {
  auto& stopped = o.view.stopped;
  for (size_t i = stopped.size(); i-- > 0;) {
    ClockState& left = stopped[i];
    if (!IsWaiting(left)) continue;
    const OwnConditions own(o, left);
    const Occurrence seen = own.Seen(o);
    const bool stops = seen.Stops(*own.rule);
    if (!stops && !seen.Resets(*own.rule)) continue;
    SettleWaiting(left, o.view.queue, &o.effects);
    if (stops) {
      stopped.erase(stopped.begin() + static_cast<ptrdiff_t>(i));
    } else {
      BeginWaiting(o, &left);
    }
  }
}

void ForgetCycle(ClockState* live, CaseView* view) {
  const auto begun = FindCount(view, live->clock);
  CHECK(begun != view->cycles_begun.end());
  if (--begun->second == 0) view->cycles_begun.erase(begun);
  view->clocks.erase(view->clocks.begin() + (live - view->clocks.data()));
}

}  // namespace caseclock::core
