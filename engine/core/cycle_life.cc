#include "engine/core/cycle_life.h"

#include <algorithm>

#include "engine/base/check.h"
#include "engine/core/extensions.h"
#include "engine/core/lookback.h"
#include "engine/core/rungs.h"

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

// Met when it was fulfilled at its due instant or before; missed is dated at the due instant, when
// it happened, however the cycle then ended. Cancelled in time is neither, and so is what has no
// limit.
void CountEnd(const ClockRule& rule, const ClockState& state, bool fulfilled, Instant t, Atom queue,
              FoldEffects* effects) {
  if (IsMissedAt(state, t)) return CountMissed(state, queue, effects);
  if (!fulfilled || !HasLimit(rule, state)) return;
  effects->facts.push_back({{queue, FigureKind::kClockMet, state.clock, state.risk},
                            t.Seconds(),
                            state.started_at.Seconds(),
                            1});
}

// What it asked for is done, so what led to it is spent; or a start takes it up again.
void SettleFulfilled(const ClockBasis& basis, const ClockState& state, End end, const Change& stop,
                     CaseView* view) {
  SpendStays(*basis.rule, view);
  if (end == End::kFulfilled && basis.rule->after_stop == model::AfterStop::kResume) {
    view->stopped.push_back(LeaveOff(basis, state, Atom::Intern("stopped"), stop));
  }
}

// Takes the cycle, which is settled, out of the view.
void TakeOut(const ClockBasis& basis, ClockState* state, End end, const model::Event& event,
             const model::Arrival& cause, CaseView* view, FoldEffects* effects) {
  const Change stop = ChangeOf(event, *state);
  const bool fulfilled = end == End::kFulfilled || end == End::kRenewed;
  const bool waits = end == End::kWithCase && basis.rule->runs_while.empty();
  if (!waits) CountEnd(*basis.rule, *state, fulfilled, stop.at, view->queue, effects);
  std::vector<model::Stay> stays;
  if (basis.rule->accumulates) stays = StaysOf(*view, state->clock);
  if (fulfilled) SettleFulfilled(basis, *state, end, stop, view);
  if (end == End::kCancelled) SpendStays(*basis.rule, view);
  // What its handler lacks is seen anew when the case is opened.
  if (waits) view->stopped.push_back(LeaveOff(basis, *state, Closed(), stop));
  effects->ended.push_back({std::move(*state), stop.at, stop.by, !fulfilled, view->queue,
                            view->workflow, basis, cause, std::move(stays), 0});
  view->clocks.erase(view->clocks.begin() + (state - view->clocks.data()));
}

// What the case knows already that bears on the cycle.
void TakeOver(const Occurrence& o, const ClockRule& rule, ClockState* state) {
  for (const model::IntervalOverride& known : o.view.intervals) {
    if (!(known.clock == rule.name) || !rule.extensions.empty()) continue;
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

// What a cycle of the clock takes up, if it does so.
std::optional<ClockState> TakeUp(const Occurrence& o, const ClockRule& rule) {
  auto& stopped = o.view.stopped;
  const auto found = std::find_if(stopped.begin(), stopped.end(), [&](const ClockState& other) {
    return other.clock == rule.name;
  });
  if (found == stopped.end()) return std::nullopt;
  ClockState left = std::move(*found);
  stopped.erase(found);
  if (rule.after_stop == model::AfterStop::kResume) return left;  // what it missed goes on in it
  if (IsWaiting(left)) SettleWaiting(left, o.view.queue, &o.effects);
  return std::nullopt;
}

// A cycle just taken up does not warn again of what it has been warned of.
void NoteWarned(const ClockBasis& basis, const ClockState& state, FoldEffects* effects) {
  WarnedBefore warned{state.cycle, state.clock, {}};
  for (const model::ReachedRung& rung : state.reached) {
    const bool warns = basis.rule->ladder[rung.rung].kind == model::RungKind::kWarning;
    if (warns && rung.skipped) warned.rungs.push_back(rung);
  }
  if (!warned.rungs.empty()) effects->warned.push_back(std::move(warned));
}

// Where its clock stands in the list.
void PutIn(ClockState state, CaseView* view) {
  auto& clocks = view->clocks;
  const auto after = std::find_if(clocks.begin(), clocks.end(), [&](const ClockState& other) {
    return state.clock < other.clock;
  });
  clocks.insert(after, std::move(state));
}

}  // namespace

bool HasLimit(const ClockRule& rule, const ClockState& state) {
  return state.budget || state.extended_until ||
         std::holds_alternative<model::AtMeeting>(rule.deadline);
}

std::vector<model::ExcludedSpan> PausesOf(const CaseView& view) {
  std::vector<model::ExcludedSpan> pauses = view.ended_pauses;
  for (const model::ActivePause& pause : view.pauses) {
    pauses.push_back({pause.reason, pause.since, base::kNever, pause.began});
  }
  return pauses;
}

const model::ActivePause* FirstPause(const CaseView& view, const ClockRule& rule,
                                     bool (*takes)(const ClockRule&, Atom)) {
  const auto found =
      std::find_if(view.pauses.begin(), view.pauses.end(),
                   [&](const model::ActivePause& pause) { return takes(rule, pause.reason); });
  return found == view.pauses.end() ? nullptr : &*found;
}

std::vector<model::ReachedRung> WarnedOf(std::span<const WarnedBefore> warned,
                                         const ClockState& state) {
  const auto before = std::find_if(warned.begin(), warned.end(), [&](const WarnedBefore& other) {
    return other.cycle == state.cycle && other.clock == state.clock;
  });
  return before == warned.end() ? std::vector<model::ReachedRung>() : before->rungs;
}

ClockState* FindCycle(CaseView* view, Atom clock) {
  for (ClockState& state : view->clocks) {
    if (state.clock == clock) return &state;
  }
  return nullptr;
}

ClockState* FindKept(CaseView* view, Atom clock) {
  if (ClockState* live = FindCycle(view, clock)) return live;
  for (ClockState& left : view->stopped) {
    if (left.clock == clock) return &left;
  }
  return nullptr;
}

std::vector<model::Stay> StaysOf(const CaseView& view, Atom clock) {
  std::vector<model::Stay> stays = view.stays;
  std::erase_if(stays, [&](const model::Stay& stay) { return !(stay.clock == clock); });
  return stays;
}

bool MayBegin(const ClockRule& rule, const CaseView& view) {
  return !(view.closed && rule.stops_at_close) && MayBeginOpen(rule, view);
}

bool MayBeginOpen(const ClockRule& rule, const CaseView& view) {
  return rule.after_stop != model::AfterStop::kNothing || !HasBegun(view, rule.name);
}

void Begin(const Occurrence& o, const ClockRule& rule) {
  BeginFrom(o, rule, OriginOf(o, rule));
}

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

ClockState NewCycle(const Occurrence& o, const ClockRule& rule, Instant origin) {
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
  return state;
}

void BeginFrom(const Occurrence& o, const ClockRule& rule, Instant origin) {
  ClockState state = NewCycle(o, rule, origin);
  // The lack of a grade, say, does not begin in a case that came with one: no limit, no lack.
  if (rule.is_absence && !state.budget) return;
  const ClockBasis basis{&rule, CalendarFor(o.policies, rule, o.view.queue)};
  if (const auto left = TakeUp(o, rule)) {
    GoOnFrom(o, basis, *left, std::move(state));
    return;
  }
  state.ordinal = CountBegun(&o.view, rule.name);
  RetracePauses(basis, PausesOf(o.view), state.measured_from, o.at(), &state);
  BeginLate(basis, o.at(), {}, &state);
  PutIn(std::move(state), &o.view);
}

void GoOnFrom(const Occurrence& o, const ClockBasis& basis, const ClockState& left,
              ClockState state) {
  const bool held = FirstPause(o.view, *basis.rule, ExtendsFor) != nullptr;
  ClockState before = left;
  const ClockBasis own = BasisOf(o.policies, o.view, left);
  CHECK(own.rule != nullptr);
  before.reached = Renumbered(left.reached, own.rule->ladder, basis.rule->ladder);
  TakeUpCycle(basis, before, FirstPause(o.view, *basis.rule, Disregards), held, ChangeBy(o.event),
              &state);
  if (o.at() < o.view.opened_at) NoteWarned(basis, state, &o.effects);
  state.ordinal = CountBegun(&o.view, state.clock);
  // What went before it is in it.
  RetracePauses(basis, PausesOf(o.view), o.at(), o.at(), &state);
  PutIn(std::move(state), &o.view);
}

void SpendStays(const ClockRule& rule, CaseView* view) {
  if (!rule.accumulates) return;
  std::erase_if(view->stays, [&](const model::Stay& stay) { return stay.clock == rule.name; });
}

void EndCycle(const Occurrence& o, ClockState* live, End end) {
  const ClockBasis basis = BasisOf(o.policies, o.view, *live);
  CHECK(basis.rule != nullptr);
  const Instant at = ChangeOf(o.event, *live).at;
  SettleClock(basis, at, live);
  // Nothing of it was told.
  if (at < o.view.opened_at) BeginLate(basis, at, WarnedOf(o.effects.warned, *live), live);
  DropAcks(o.event.case_id, basis, *live, &o.view);
  TakeOut(basis, live, end, o.event, o.arrival, &o.view, &o.effects);
}

void CancelCycle(const model::PolicySet& policies, ClockState* live, const model::Event& event,
                 const model::Arrival& cause, CaseView* view, FoldEffects* effects) {
  const ClockBasis basis = BasisOf(policies, *view, *live);
  CHECK(basis.rule != nullptr);
  SettleClock(basis, ChangeOf(event, *live).at, live);
  TakeOut(basis, live, End::kCancelled, event, cause, view, effects);
}

Atom Closed() {
  return Atom::Intern("closed");
}

bool IsWaiting(const ClockState& stopped) {
  return stopped.excluded.back().reason == Closed();
}

bool WasMissed(const ClockState& waiting) {
  return IsWaiting(waiting) && IsMissedAt(waiting, waiting.excluded.back().from);
}

void SettleWaiting(const ClockState& left, Atom queue, FoldEffects* effects) {
  if (WasMissed(left)) CountMissed(left, queue, effects);
}

void SettleWaiting(CaseView* view, FoldEffects* effects) {
  for (const ClockState& left : view->stopped) SettleWaiting(left, view->queue, effects);
}

OwnConditions::OwnConditions(const Occurrence& o, const ClockState& cycle)
    : version(&VersionOfCycle(o.policies, o.view, cycle)),
      rule(model::FindClock(*version, cycle.clock)),
      holding(HoldingConditions(o.policies, *version, o.event, o.view)) {
  CHECK(rule != nullptr);
}

Occurrence OwnConditions::Seen(const Occurrence& o) const {
  return {o.policies, o.event,   o.arrival,     o.version,      holding,
          o.view,     o.effects, o.as_referral, o.as_assignment};
}

void ForgetCycle(ClockState* live, CaseView* view) {
  const auto begun = FindCount(view, live->clock);
  CHECK(begun != view->cycles_begun.end());
  if (--begun->second == 0) view->cycles_begun.erase(begun);
  view->clocks.erase(view->clocks.begin() + (live - view->clocks.data()));
}

}  // namespace caseclock::core
