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

bool IsPausedAt(const ClockState& state, Instant t) {
  return std::any_of(
      state.excluded.begin(), state.excluded.end(),
      [&](const model::ExcludedSpan& span) { return span.from <= t && t < span.to; });
}

// Which of the rungs that were reached together, the fresh ones, are told. Of the warnings it is
// the one that stands highest in all, and none beside a breach; a breach is told; of the reminders
// it is the last one, none beside the breach that they remind of, and none dated inside a pause.
class Overtaken {
 public:
  Overtaken(const ClockBasis& basis, const ClockState& state, Instant t)
      : ladder_(basis.rule->ladder), state_(state) {
    breached_ = state.due_at != kNever && state.due_at < t;
  }
  void Saw(const ReachedRung& rung, bool fresh) {
    switch (ladder_[rung.rung].kind) {
      case RungKind::kWarning:
        highest_ = std::max(highest_, rung.at);
        last_warning_ = rung.at == highest_ ? rung.rung : last_warning_;
        return;
      case RungKind::kBreach:
        breached_ = true;
        breach_is_fresh_ |= fresh;
        return;
      case RungKind::kOverdue:
        if (!IsPausedAt(state_, rung.at)) last_reminder_ = std::max(last_reminder_, rung.repeat);
        return;
    }
  }
  [[nodiscard]] bool Has(const ReachedRung& rung) const {
    switch (ladder_[rung.rung].kind) {
      case RungKind::kWarning:
        return breached_ || rung.rung != last_warning_;
      case RungKind::kBreach:
        return false;
      case RungKind::kOverdue:
        return breach_is_fresh_ || rung.repeat != last_reminder_ || IsPausedAt(state_, rung.at);
    }
    return false;
  }

 private:
  const std::vector<Rung>& ladder_;
  const ClockState& state_;
  bool breached_ = false;
  bool breach_is_fresh_ = false;
  Instant highest_ = base::kLongAgo;
  uint16_t last_warning_ = 0;
  uint16_t last_reminder_ = 0;
};

// The rungs reached by `t`, of which `before` were judged already: what was told stays told, at its
// instant if the schedule is `moved` and not another one; what was skipped stays so while its
// instant is the same.
void JudgeRungs(const ClockBasis& basis, Instant t, const std::vector<ReachedRung>& before,
                bool moved, ClockState* state) {
  std::vector<std::pair<ReachedRung, bool>> judged;  // and whether it is fresh
  Overtaken overtaken(basis, *state, t);
  ForEachReached(basis, *state, t, [&](ReachedRung now) {
    auto same = [&](const ReachedRung& r) { return r.rung == now.rung && r.repeat == now.repeat; };
    const auto known = std::find_if(before.begin(), before.end(), same);
    const bool stays = known != before.end() && (known->at == now.at || (moved && !known->skipped));
    if (stays) now = *known;
    judged.emplace_back(now, !stays);
    overtaken.Saw(now, !stays);
  });
  state->reached.clear();
  for (auto& [rung, fresh] : judged) {
    if (fresh) rung.skipped = overtaken.Has(rung);
    state->reached.push_back(rung);
  }
}

// After the limit moved at `t`: rungs reached before stay reached unless they are back in the
// future; those the move has put into the past count as reached at their new instants, and the
// highest of them is told. While nobody knows when it is due, it is not breached, and the rest is
// judged when it resumes or is released.
void MoveRungs(const ClockBasis& basis, Instant t, ClockState* state) {
  if (state->due_at == kNever && (!state->running_since || state->is_held())) {
    std::erase_if(state->reached, [&](const ReachedRung& rung) {
      return basis.rule->ladder[rung.rung].kind != RungKind::kWarning;
    });
    return;
  }
  std::vector<ReachedRung> before;
  before.swap(state->reached);
  JudgeRungs(basis, t, before, true, state);
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

// What was counted up to where it runs from, or to where it was paused, measured anew.
void Remeasure(const ClockBasis& basis, ClockState* state) {
  state->consumed = Duration{0};
  Instant from = state->measured_from;
  for (const model::ExcludedSpan& span : state->excluded) {
    state->consumed = state->consumed + CountedBetween(basis, from, span.from);
    from = span.to;
  }
}

// Rungs reached of one ladder, as another one numbers them; without those that it lacks.
std::vector<ReachedRung> Renumbered(const std::vector<ReachedRung>& reached,
                                    const std::vector<Rung>& before, const std::vector<Rung>& now) {
  std::vector<ReachedRung> same;
  for (ReachedRung rung : reached) {
    const auto at = std::find_if(now.begin(), now.end(), [&](const Rung& other) {
      return other.name == before[rung.rung].name;
    });
    if (at == now.end()) continue;
    rung.rung = static_cast<uint16_t>(at - now.begin());
    same.push_back(rung);
  }
  return same;
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
  if (!(state->policy_version == left.policy_version)) Remeasure(basis, state);
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
  BoundHeld(basis, state);
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

void AppointClock(const ClockBasis& basis, Instant at, PausesOfCase pauses, Instant t,
                  ClockState* state) {
  SettleClock(basis, t, state);
  if (!basis.rule->from_scheduled) {
    state->appointed = at;
    MoveLimit(basis, t, state);
    return;
  }
  std::vector<ReachedRung> before;
  before.swap(state->reached);
  state->measured_from = at;
  state->consumed = Duration{0};
  state->excluded.clear();
  state->held.clear();
  state->running_since = at;
  ResolveBudget(basis, state);
  DeriveDue(basis, state);
  RetracePauses(basis, pauses, at, t, state);
  JudgeRungs(basis, t, before, false, state);
  DeriveNext(basis, t, state);
}

void ExtendClock(const ClockBasis& basis, Instant until, Instant t, ClockState* state) {
  SettleClock(basis, t, state);
  state->extended_until = std::max(until, state->extended_until.value_or(until));
  DeriveDue(basis, state);
  MoveRungs(basis, t, state);
  DeriveNext(basis, t, state);
}

void RecalendarClock(const ClockBasis& before, const ClockBasis& basis, Instant t,
                     ClockState* state) {
  SettleClock(before, t, state);
  Remeasure(basis, state);
  // None is looked for where there was none: a grade may have got one only since.
  if (state->budget) ResolveBudget(basis, state);
  DeriveDue(basis, state);
  MoveRungs(basis, t, state);
  DeriveNext(basis, t, state);
}

void RebaseClock(const ClockBasis& before, const ClockBasis& basis, Instant t, ClockState* state) {
  SettleClock(before, t, state);
  state->reached = Renumbered(state->reached, before.rule->ladder, basis.rule->ladder);
  Remeasure(basis, state);
  state->beyond_horizon = false;
  if (!std::holds_alternative<model::AtScheduled>(basis.rule->deadline)) state->appointed.reset();
  MoveLimit(basis, t, state);
}

void SettleClock(const ClockBasis& basis, Instant t, ClockState* state) {
  std::vector<ReachedRung> reached;
  ForEachReached(basis, *state, t, [&](const ReachedRung& rung) { reached.push_back(rung); });
  state->reached = std::move(reached);
}

void BeginLate(const ClockBasis& basis, Instant t, ClockState* state) {
  if (state->reached.empty() && state->next_rung_at > t) return;
  JudgeRungs(basis, t, {}, false, state);
  DeriveNext(basis, t, state);
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
      if (!state.running_since) return kNever;
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
  if (state.due_at == kNever || !state.running_since) return next;
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
