#include "engine/core/clock.h"

#include <algorithm>

#include "engine/base/check.h"

namespace caseclock::core {
namespace {

using base::Duration;
using base::Instant;
using base::kNever;
using model::ClockState;
using model::ReachedRung;
using model::Rung;
using model::RungKind;

Duration ConsumedAt(const ClockBasis& basis, const ClockState& state, Instant t) {
  if (!state.running_since) return state.consumed;
  return state.consumed + CountedBetween(basis, *state.running_since, t);
}

// What the schedule says after a change at `t`; rungs up to then are in `reached`.
void DeriveNext(const ClockBasis& basis, Instant t, ClockState* state) {
  state->next_rung_at = NextRung(basis, *state, t);
}

Instant WarningDue(const ClockBasis& basis, const ClockState& state, const Rung& rung) {
  if (rung.before) return std::max(state.due_at - *rung.before, state.measured_from);
  CHECK(rung.percent.has_value());
  return InstantOfShare(basis, state, *rung.percent);
}

// After the limit moved at `t`: rungs reached before stay reached unless they are back in the
// future; those the move has put into the past count as reached at their new instants. A warning
// that would come together with its breach is skipped: the breach says it all.
void MoveRungs(const ClockBasis& basis, Instant t, ClockState* state) {
  if (!state->running_since) return;  // judged when it resumes
  std::vector<ReachedRung> before;
  before.swap(state->reached);
  const bool breached = state->due_at != kNever && state->due_at < t;
  ForEachReached(basis, *state, t, [&](ReachedRung now) {
    auto same = [&](const ReachedRung& r) { return r.rung == now.rung && r.repeat == now.repeat; };
    auto known = std::find_if(before.begin(), before.end(), same);
    if (known != before.end() && !known->skipped) {
      now = *known;
    } else {
      now.skipped = breached && basis.rule->ladder[now.rung].kind == RungKind::kWarning;
    }
    state->reached.push_back(now);
  });
}

// The limit of a running cycle is another one from `t` on.
void MoveLimit(const ClockBasis& basis, Instant t, ClockState* state) {
  ResolveBudget(basis, state);
  DeriveDue(basis, state);
  MoveRungs(basis, t, state);
  DeriveNext(basis, t, state);
}

// The cycle counts from `t`, as if nothing of it had been.
void RestartAt(Instant t, ClockState* state) {
  const bool paused = !state->running_since.has_value();
  const base::Atom reason = paused ? state->excluded.back().reason : base::Atom();
  state->measured_from = t;
  state->consumed = Duration{0};
  state->excluded.clear();
  state->reached.clear();
  if (paused) {
    state->excluded.push_back({reason, t, kNever});
  } else {
    state->running_since = t;
  }
}

void BoundHeld(ClockState* state) {
  if (state->held.size() > model::kExcludedKept) state->held.erase(state->held.begin());
}

}  // namespace

void BeginCycle(const ClockBasis& basis, Instant started, Instant origin, base::Atom risk,
                ClockState* state) {
  state->started_at = started;
  state->measured_from = origin;
  state->risk = risk;
  state->consumed = Duration{0};
  state->running_since = origin;
  ResolveBudget(basis, state);
  DeriveDue(basis, state);
  DeriveNext(basis, std::min(started, origin) - Duration{1}, state);
}

ClockState LeaveOff(const ClockBasis& basis, const ClockState& state, Instant t) {
  ClockState left = state;
  t = std::max(t, state.measured_from);  // it may count from an instant ahead
  left.consumed = ConsumedAt(basis, state, t);
  left.reached.clear();
  if (!left.running_since) left.excluded.back().to = t;
  if (left.is_held()) left.held.back().to = t;
  left.excluded.push_back({base::Atom::Intern("stopped"), t, kNever});
  return left;
}

void TakeUpCycle(const ClockBasis& basis, const ClockState& left, Instant t, ClockState* state) {
  state->measured_from = left.measured_from;
  state->interval = left.interval;
  state->extended_until = left.extended_until;
  state->excluded = left.excluded;
  state->excluded.back().to = std::max(t, state->excluded.back().from);
  state->held = left.held;
  state->consumed = left.consumed;
  BoundExcluded(basis, state);
  ResolveBudget(basis, state);
  DeriveDue(basis, state);
  MoveRungs(basis, t, state);
  for (ReachedRung& rung : state->reached) {
    rung.skipped |= basis.rule->ladder[rung.rung].kind != RungKind::kBreach;
  }
  DeriveNext(basis, t, state);
}

void PauseClock(const ClockBasis& basis, base::Atom reason, Instant t, ClockState* state) {
  if (!state->running_since) return;  // already paused for another reason
  SettleClock(basis, t, state);
  t = std::max(t, state->measured_from);  // a cycle may count from an instant ahead
  state->consumed = ConsumedAt(basis, *state, t);
  state->running_since.reset();
  state->excluded.push_back({reason, t, kNever});
  DeriveDue(basis, state);
  state->next_rung_at = kNever;
}

void ResumeClock(const ClockBasis& basis, Instant t, ClockState* state) {
  if (state->running_since) return;
  CHECK(!state->excluded.empty());
  state->running_since = std::max(t, state->measured_from);
  state->excluded.back().to = *state->running_since;
  BoundExcluded(basis, state);
  DeriveDue(basis, state);
  MoveRungs(basis, t, state);
  DeriveNext(basis, t, state);
}

void HoldClock(const ClockBasis& basis, base::Atom reason, Instant t, ClockState* state) {
  if (state->is_held()) return;  // already, for another reason
  SettleClock(basis, t, state);
  state->held.push_back({reason, t, kNever});
  DeriveDue(basis, state);
  DeriveNext(basis, t, state);
}

void ReleaseClock(const ClockBasis& basis, Instant t, ClockState* state) {
  if (!state->is_held()) return;
  state->held.back().to = t;
  BoundHeld(state);
  DeriveDue(basis, state);
  MoveRungs(basis, t, state);
  DeriveNext(basis, t, state);
}

void RegradeClock(const ClockBasis& basis, base::Atom risk, Instant t, ClockState* state) {
  if (basis.rule->regrade == model::RegradeRule::kKeep) return;
  if (!basis.rule->limits_by.empty()) {
    state->risk = risk;  // a label; its limit is chosen by something else
    return;
  }
  SettleClock(basis, t, state);
  state->risk = risk;
  if (basis.rule->regrade == model::RegradeRule::kRestart) RestartAt(t, state);
  MoveLimit(basis, t, state);
}

void ReclassClock(const ClockBasis& basis, base::Atom value, Instant t, ClockState* state) {
  if (basis.rule->regrade == model::RegradeRule::kKeep) return;
  SettleClock(basis, t, state);
  state->limit_class = value;
  if (basis.rule->regrade == model::RegradeRule::kRestart) RestartAt(t, state);
  MoveLimit(basis, t, state);
}

void SetClockInterval(const ClockBasis& basis, const base::Period& interval, Instant t,
                      ClockState* state) {
  SettleClock(basis, t, state);
  state->interval = interval;
  MoveLimit(basis, t, state);
}

void AppointClock(const ClockBasis& basis, Instant at, Instant t, ClockState* state) {
  SettleClock(basis, t, state);
  if (basis.rule->from_scheduled) {
    RestartAt(at, state);
  } else {
    state->appointed = at;
  }
  MoveLimit(basis, t, state);
}

void ExtendClock(const ClockBasis& basis, Instant until, Instant t, ClockState* state) {
  SettleClock(basis, t, state);
  state->extended_until = until;
  DeriveDue(basis, state);
  MoveRungs(basis, t, state);
  DeriveNext(basis, t, state);
}

void RecalendarClock(const ClockBasis& before, const ClockBasis& basis, Instant t,
                     ClockState* state) {
  SettleClock(before, t, state);
  state->consumed = Duration{0};
  Instant from = state->measured_from;
  for (const model::ExcludedSpan& span : state->excluded) {
    state->consumed = state->consumed + CountedBetween(basis, from, span.from);
    from = span.to;
  }
  state->beyond_horizon = false;
  // None is looked for where there was none: a grade may have got one only since.
  if (state->budget) ResolveBudget(basis, state);
  DeriveDue(basis, state);
  MoveRungs(basis, t, state);
  DeriveNext(basis, t, state);
}

void SettleClock(const ClockBasis& basis, Instant t, ClockState* state) {
  std::vector<ReachedRung> reached;
  ForEachReached(basis, *state, t, [&](const ReachedRung& rung) { reached.push_back(rung); });
  state->reached = std::move(reached);
}

Instant RungDue(const ClockBasis& basis, const ClockState& state, size_t rung, uint32_t repeat) {
  if (state.due_at == kNever) return kNever;
  const Rung& rule = basis.rule->ladder[rung];
  switch (rule.kind) {
    case RungKind::kWarning:
      return WarningDue(basis, state, rule);
    case RungKind::kBreach:
      return state.due_at;
    case RungKind::kOverdue:
      return state.due_at + Duration{rule.every.us * repeat};
  }
  return kNever;
}

Instant RungReached(const Rung& rung, Instant due) {
  if (due == kNever) return kNever;
  return rung.kind == RungKind::kWarning ? due : due + Duration{1};
}

Instant NextRung(const ClockBasis& basis, const ClockState& state, Instant t) {
  Instant next = kNever;
  if (state.due_at == kNever) return next;
  const auto& ladder = basis.rule->ladder;
  for (size_t i = 0; i < ladder.size(); ++i) {
    uint32_t repeat = 0;
    if (ladder[i].kind == RungKind::kOverdue) {
      const int64_t passed = t < state.due_at ? 0 : (t - state.due_at).us / ladder[i].every.us;
      // The repeat that `t` is in may itself lie just ahead, by the microsecond of RungReached.
      repeat = static_cast<uint32_t>(std::max<int64_t>(1, passed));
      if (RungReached(ladder[i], RungDue(basis, state, i, repeat)) <= t) ++repeat;
      if (repeat > static_cast<uint32_t>(ladder[i].cap)) continue;
    }
    const Instant at = RungReached(ladder[i], RungDue(basis, state, i, repeat));
    if (at > t) next = std::min(next, at);
  }
  return next;
}

std::vector<model::Segment> Segments(const ClockState& state, Instant t) {
  std::vector<model::Segment> segments;
  Instant from = state.measured_from;
  for (const model::ExcludedSpan& span : state.excluded) {
    if (from < span.from) segments.push_back({from, span.from, true, base::Atom()});
    segments.push_back({span.from, span.to, false, span.reason});
    from = span.to;
  }
  if (from != kNever && from < t) segments.push_back({from, t, true, base::Atom()});
  return segments;
}

}  // namespace caseclock::core
