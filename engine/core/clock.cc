#include "engine/core/clock.h"

#include <algorithm>

#include "engine/base/check.h"
#include "engine/core/rungs.h"

namespace caseclock::core {
namespace {

using base::Duration;
using base::Instant;
using base::kNever;
using model::ClockState;
using model::ReachedRung;
using model::RungKind;

// The warnings among `warned` are not told again; what has come into the past since is, as after
// any move.
void TakeUpRungs(const ClockBasis& basis, std::vector<ReachedRung> warned, Instant t,
                 ClockState* state) {
  std::erase_if(warned, [&](const ReachedRung& rung) {
    return basis.rule->ladder[rung.rung].kind != RungKind::kWarning;
  });
  for (ReachedRung& rung : warned) rung.skipped = false;
  state->reached = warned;
  MoveRungs(basis, t, state);
  for (ReachedRung& rung : state->reached) {
    rung.skipped |= std::any_of(warned.begin(), warned.end(), [&](const ReachedRung& before) {
      return before.rung == rung.rung;
    });
  }
}

void End(Instant t, const model::EventRef& by, model::ExcludedSpan* span) {
  span->to = t;
  span->ended = by;
}

// What paused it ends. A pause of no length was none.
void EndPause(const ClockBasis& basis, Instant t, const model::EventRef& by, ClockState* state) {
  auto& excluded = state->excluded;
  End(t, by, &excluded.back());
  state->running_since = t;
  if (excluded.back().from < t) return;
  excluded.pop_back();
  state->running_since = excluded.empty() ? state->measured_from : excluded.back().to;
  state->consumed = state->consumed - CountedBetween(basis, *state->running_since, t);
}

// The same of what held its limit.
void EndHold(const Change& change, ClockState* state) {
  End(change.at, change.by, &state->held.back());
  if (state->held.back().from >= change.at) state->held.pop_back();
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

ClockState LeaveOff(const ClockBasis& basis, const ClockState& state, base::Atom reason,
                    const Change& stop) {
  ClockState left = state;
  if (left.running_since) {
    PauseClock(basis, reason, stop, &left);
  } else {
    LeaveOffFor(basis, reason, stop, &left);
  }
  left.next_rung_at = kNever;
  return left;
}

void LeaveOffFor(const ClockBasis& basis, base::Atom reason, const Change& change,
                 ClockState* left) {
  const Instant t = std::max(change.at, left->excluded.back().from);
  End(t, change.by, &left->excluded.back());
  if (left->excluded.back().from == t) left->excluded.pop_back();
  left->excluded.push_back({reason, t, kNever, change.by});
  BoundExcluded(basis, left);
  DeriveDue(basis, left);
}

void TakeUpCycle(const ClockBasis& basis, const ClockState& left, const model::ActivePause* pause,
                 bool held, const Change& start, ClockState* state) {
  state->measured_from = left.measured_from;
  state->origin = left.origin;
  for (const model::Grant& grant : left.grants) {
    if (grant.kind != model::GrantKind::kInterval) state->grants.push_back(grant);
  }
  state->moves = left.moves;
  state->extended_until = left.extended_until;
  state->extensions = left.extensions;
  state->excluded = left.excluded;
  state->consumed = left.consumed;
  const Instant t = std::max(start.at, state->excluded.back().from);
  EndPause(basis, t, start.by, state);
  if (pause != nullptr) {  // before its rungs are judged: it may not be due in there
    state->consumed = ConsumedAt(basis, *state, t);
    state->excluded.push_back({pause->reason, t, kNever, pause->began});
    state->running_since.reset();
  }
  state->held = left.held;
  if (!held && state->is_held()) EndHold(start, state);
  if (!(state->policy_version == left.policy_version)) Remeasure(basis, state);
  BoundExcluded(basis, state);
  BoundHeld(basis, state);
  ResolveBudget(basis, state);
  DeriveDue(basis, state);
  TakeUpRungs(basis, left.reached, start.at, state);
  DeriveNext(basis, start.at, state);
}

Duration ConsumedAt(const ClockBasis& basis, const ClockState& state, Instant t) {
  if (!state.running_since) return state.consumed;
  const Instant to = std::max(t, *state.running_since);  // it may count from one ahead
  return state.consumed + CountedBetween(basis, *state.running_since, to);
}

void PauseClock(const ClockBasis& basis, base::Atom reason, const Change& change,
                ClockState* state) {
  if (!state->running_since) return;  // already paused for another reason
  SettleClock(basis, change.at, state);
  const Instant t = std::max(change.at, state->measured_from);  // it may count from one ahead
  state->consumed = ConsumedAt(basis, *state, t);
  state->running_since.reset();
  state->excluded.push_back({reason, t, kNever, change.by});
  DeriveDue(basis, state);
  DeriveNext(basis, change.at, state);  // it may have been due at this very instant
}

void ResumeClock(const ClockBasis& basis, const Change& change, ClockState* state) {
  if (state->running_since) return;
  CHECK(!state->excluded.empty());
  EndPause(basis, std::max(change.at, state->measured_from), change.by, state);
  BoundExcluded(basis, state);
  DeriveDue(basis, state);
  MoveRungs(basis, change.at, state);
  DeriveNext(basis, change.at, state);
}

void HoldClock(const ClockBasis& basis, base::Atom reason, const Change& change,
               ClockState* state) {
  if (state->is_held()) return;  // already, for another reason
  SettleClock(basis, change.at, state);
  auto& held = state->held;
  const bool goes_on = !held.empty() && held.back().to == change.at;
  if (goes_on) {
    End(kNever, {}, &held.back());
  } else {
    held.push_back({reason, change.at, kNever, change.by});
  }
  DeriveDue(basis, state);
  // Between the two holds it was due for no time at all.
  if (goes_on && state->due_at == kNever) {
    std::erase_if(state->reached,
                  [&](const ReachedRung& rung) { return rung.at > held.back().from; });
  }
  DeriveNext(basis, change.at, state);
}

void ReleaseClock(const ClockBasis& basis, const Change& change, ClockState* state) {
  if (!state->is_held()) return;
  EndHold(change, state);
  BoundHeld(basis, state);
  DeriveDue(basis, state);
  MoveRungs(basis, change.at, state);
  DeriveNext(basis, change.at, state);
}

void SettleClock(const ClockBasis& basis, Instant t, ClockState* state) {
  std::vector<ReachedRung> reached;
  ForEachReached(basis, *state, t, [&](const ReachedRung& rung) { reached.push_back(rung); });
  state->reached = std::move(reached);
}

void BeginLate(const ClockBasis& basis, Instant t, const std::vector<ReachedRung>& warned,
               ClockState* state) {
  if (state->reached.empty() && state->next_rung_at > t) return;
  JudgeRungs(basis, t, warned, false, state);
  DeriveNext(basis, t, state);
}

std::vector<model::Segment> Segments(const ClockState& state, Instant t,
                                     const model::EventRef& ended_by) {
  std::vector<model::Segment> segments;
  Instant from = state.measured_from;
  const model::EventRef* began = &state.origin;
  for (const model::ExcludedSpan& span : state.excluded) {
    if (from < span.from) segments.push_back({from, span.from, true, {}, *began, span.began});
    segments.push_back({span.from, span.to, false, span.reason, span.began, span.ended});
    from = span.to;
    began = &span.ended;
  }
  if (from == kNever) {
    segments.back().ended_by = ended_by;
  } else if (from < t) {
    segments.push_back({from, t, true, {}, *began, ended_by});
  }
  return segments;
}

}  // namespace caseclock::core
