#include "engine/core/clock.h"

#include <algorithm>

#include "engine/base/check.h"
#include "engine/core/calendar.h"

namespace caseclock::core {
namespace {

using base::Duration;
using base::Instant;
using base::kNever;
using model::ClockState;
using model::ReachedRung;
using model::Rung;
using model::RungKind;

bool CountsWorkingTime(const ClockBasis& basis) {
  return std::holds_alternative<model::WorkingTime>(basis.rule->deadline) &&
         basis.calendar != nullptr;
}

// `from` plus `amount` in the rule's measure.
Instant Advance(const ClockBasis& basis, Instant from, Duration amount, bool* beyond_horizon) {
  if (!CountsWorkingTime(basis)) return from + amount;
  const Reckoned reckoned = AddWorking(*basis.calendar, from, amount);
  *beyond_horizon |= reckoned.beyond_horizon;
  return reckoned.at;
}

Duration Measure(const ClockBasis& basis, Instant from, Instant to) {
  return CountsWorkingTime(basis) ? WorkingBetween(*basis.calendar, from, to) : to - from;
}

// The instant at which `amount` is consumed, walking over the excluded spans from the start; kNever
// when an open pause comes first.
Instant InstantOfConsumed(const ClockBasis& basis, const ClockState& state, Duration amount,
                          bool* beyond_horizon) {
  Instant from = state.measured_from;
  for (const model::ExcludedSpan& span : state.excluded) {
    const Duration counted = Measure(basis, from, span.from);
    if (amount <= counted) return Advance(basis, from, amount, beyond_horizon);
    if (span.to == kNever) return kNever;
    amount = amount - counted;
    from = span.to;
  }
  return Advance(basis, from, amount, beyond_horizon);
}

Duration ConsumedAt(const ClockBasis& basis, const ClockState& state, Instant t) {
  if (!state.running_since) return state.consumed;
  return state.consumed + Measure(basis, *state.running_since, t);
}

// What the schedule says after a change at `t`; rungs up to then are in `reached`.
void DeriveNext(const ClockBasis& basis, Instant t, ClockState* state) {
  state->next_rung_at = NextRung(basis, *state, t);
}

// The end of the local day that `t` lies in; `t` itself when a day ends there.
Instant EndOfDay(const ClockBasis& basis, Instant t) {
  if (t == kNever || basis.calendar == nullptr) return t;
  const model::TimeZone& zone = basis.calendar->zone;
  return DayStart(zone, LocalDay(zone, t - Duration{1}) + 1);
}

Instant InstantOfMeeting(const ClockBasis& basis, base::Atom meeting, ClockState* state) {
  Instant from = state->measured_from;
  if (!state->excluded.empty()) from = std::max(from, state->excluded.back().to);
  const auto next =
      basis.calendar == nullptr ? std::nullopt : NextMeeting(*basis.calendar, meeting, from);
  state->beyond_horizon |= !next.has_value();
  return next ? next->at : kNever;
}

// The instant at which the budget is used up.
Instant InstantOfBudget(const ClockBasis& basis, ClockState* state) {
  const Instant due = InstantOfConsumed(basis, *state, *state->budget, &state->beyond_horizon);
  const bool by_day = std::holds_alternative<model::WholeDays>(basis.rule->deadline);
  return by_day && !state->excluded.empty() ? EndOfDay(basis, due) : due;
}

int32_t DaysExtended(const model::ClockRule& rule, base::Atom reason) {
  for (const model::Exclusion& exclusion : rule.exclusions) {
    const auto* extend = std::get_if<model::ExtendTo>(&exclusion);
    if (extend == nullptr) continue;
    const auto& reasons = extend->reasons;
    if (std::find(reasons.begin(), reasons.end(), reason) != reasons.end()) return extend->days;
  }
  return 1;
}

// `due`, or the end of the days beginning with the one on which the hold ended that it lies in.
Instant BeyondHolds(const ClockBasis& basis, const ClockState& state, Instant due) {
  for (const model::ExcludedSpan& span : state.held) {
    if (due <= span.from || span.to < due) continue;
    if (span.to == kNever) return kNever;  // nobody knows yet; what was due before it stays due
    const int32_t days = DaysExtended(*basis.rule, span.reason);
    if (basis.calendar == nullptr) {
      due = span.to + base::Days(days);
    } else {
      const model::TimeZone& zone = basis.calendar->zone;
      due = DayStart(zone, LocalDay(zone, span.to) + days);
    }
  }
  return due;
}

void DeriveDue(const ClockBasis& basis, ClockState* state) {
  if (!state->running_since) {
    state->due_at = kNever;
  } else if (state->extended_until) {
    state->due_at = BeyondHolds(basis, *state, *state->extended_until);
  } else if (const auto* at = std::get_if<model::AtMeeting>(&basis.rule->deadline)) {
    state->due_at = BeyondHolds(basis, *state, InstantOfMeeting(basis, at->meeting, state));
  } else if (!state->budget) {
    state->due_at = kNever;
  } else {
    state->due_at = BeyondHolds(basis, *state, InstantOfBudget(basis, state));
  }
}

Instant WarningDue(const ClockBasis& basis, const ClockState& state, const Rung& rung) {
  if (rung.before) return std::max(state.due_at - *rung.before, state.measured_from);
  CHECK(rung.percent.has_value());
  if (state.extended_until) {
    const int64_t whole = (*state.extended_until - state.measured_from).us;
    return state.measured_from + Duration{whole / 100 * *rung.percent};
  }
  bool beyond_horizon = false;  // the due instant lies further and is flagged already
  return InstantOfConsumed(basis, state, Duration{state.budget->us / 100 * *rung.percent},
                           &beyond_horizon);
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

// Older spans are merged so that a cycle stays bounded however often it is paused: the two oldest
// become one that leaves the same amount of counted time before its end.
void BoundExcluded(const ClockBasis& basis, ClockState* state) {
  if (state->excluded.size() <= model::kExcludedKept) return;
  model::ExcludedSpan& first = state->excluded[0];
  const model::ExcludedSpan& second = state->excluded[1];
  const Duration counted =
      Measure(basis, state->measured_from, first.from) + Measure(basis, first.to, second.from);
  bool beyond_horizon = false;
  first.from = Advance(basis, state->measured_from, counted, &beyond_horizon);
  first.to = second.to;
  if (!(first.reason == second.reason)) first.reason = base::Atom::Intern("several");
  state->excluded.erase(state->excluded.begin() + 1);
}

}  // namespace

const model::Calendar* CalendarFor(const model::PolicySet& policies, const model::ClockRule& rule,
                                   base::Atom queue) {
  if (!rule.calendar.empty()) return model::FindCalendar(policies, rule.calendar);
  const model::QueueBinding* binding = model::FindQueue(policies, queue.view());
  return binding == nullptr ? nullptr : model::FindCalendar(policies, binding->calendar);
}

std::optional<Duration> BudgetFor(const ClockBasis& basis, Instant origin, base::Atom key,
                                  const std::optional<base::Period>& interval,
                                  bool* beyond_horizon) {
  std::optional<base::Period> limit = interval;
  if (!limit) {
    const model::Target* chosen = nullptr;
    for (const model::Target& target : basis.rule->targets) {
      if (target.risk == key) {
        chosen = &target;
        break;
      }
      if (target.risk.empty()) chosen = &target;
    }
    if (chosen == nullptr || !chosen->limit) return std::nullopt;
    limit = chosen->limit;
  }
  struct Resolve {
    const ClockBasis& basis;
    Instant origin;
    const base::Period& limit;
    bool* beyond_horizon;
    Duration operator()(const model::ElapsedTime&) const {
      if (basis.calendar == nullptr) {
        *beyond_horizon = true;
        return base::Days(30LL * limit.months + limit.days) + limit.time;
      }
      return AddPeriod(basis.calendar->zone, origin, limit) - origin;
    }
    Duration operator()(const model::WorkingTime&) const {
      // A working "day" would mean different things to different people; policies say hours.
      return base::Days(limit.days) + limit.time;
    }
    Duration operator()(const model::WorkingDays&) const {
      if (basis.calendar == nullptr) {
        *beyond_horizon = true;
        return base::Days(limit.days);
      }
      const Reckoned end = EndOfWorkingDay(*basis.calendar, origin, limit.days);
      *beyond_horizon |= end.beyond_horizon;
      return end.at - origin;
    }
    Duration operator()(const model::WholeDays& rule) const {
      if (basis.calendar == nullptr) return (*this)(model::ElapsedTime{});
      const model::TimeZone& zone = basis.calendar->zone;
      const int32_t first = LocalDay(zone, origin) + (rule.counts_trigger_day ? 0 : 1);
      return AddPeriod(zone, DayStart(zone, first), limit) - origin;
    }
    // Of a case whose interval was fixed all the same.
    Duration operator()(const model::AtMeeting&) const { return (*this)(model::ElapsedTime{}); }
  };
  return std::visit(Resolve{basis, origin, *limit, beyond_horizon}, basis.rule->deadline);
}

namespace {

// What the target of a cycle is chosen by.
base::Atom LimitKey(const ClockBasis& basis, const ClockState& state) {
  return basis.rule->limits_by.empty() ? state.risk : state.limit_class;
}

void ResolveBudget(const ClockBasis& basis, ClockState* state) {
  state->budget = BudgetFor(basis, state->measured_from, LimitKey(basis, *state), state->interval,
                            &state->beyond_horizon);
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

void BeginCycle(const ClockBasis& basis, Instant origin, base::Atom risk, ClockState* state) {
  state->started_at = origin;
  state->measured_from = origin;
  state->risk = risk;
  state->consumed = Duration{0};
  state->running_since = origin;
  ResolveBudget(basis, state);
  DeriveDue(basis, state);
  DeriveNext(basis, origin - Duration{1}, state);
}

void PauseClock(const ClockBasis& basis, base::Atom reason, Instant t, ClockState* state) {
  if (!state->running_since) return;  // already paused for another reason
  SettleClock(basis, t, state);
  state->consumed = ConsumedAt(basis, *state, t);
  state->running_since.reset();
  state->excluded.push_back({reason, t, kNever});
  DeriveDue(basis, state);
  state->next_rung_at = kNever;
}

void ResumeClock(const ClockBasis& basis, Instant t, ClockState* state) {
  if (state->running_since) return;
  CHECK(!state->excluded.empty());
  state->excluded.back().to = t;
  state->running_since = t;
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

void ExtendClock(const ClockBasis& basis, Instant until, Instant t, ClockState* state) {
  SettleClock(basis, t, state);
  state->extended_until = until;
  DeriveDue(basis, state);
  MoveRungs(basis, t, state);
  DeriveNext(basis, t, state);
}

void SettleClock(const ClockBasis& basis, Instant t, ClockState* state) {
  std::vector<ReachedRung> reached;
  ForEachReached(basis, *state, t, [&](const ReachedRung& rung) { reached.push_back(rung); });
  state->reached = std::move(reached);
}

namespace {

template <typename Operator>
bool AppliesTo(const model::ClockRule& rule, base::Atom reason) {
  return std::any_of(
      rule.exclusions.begin(), rule.exclusions.end(), [&](const model::Exclusion& exclusion) {
        const auto* found = std::get_if<Operator>(&exclusion);
        return found != nullptr && std::find(found->reasons.begin(), found->reasons.end(),
                                             reason) != found->reasons.end();
      });
}

}  // namespace

bool Disregards(const model::ClockRule& rule, base::Atom reason) {
  return AppliesTo<model::Disregard>(rule, reason);
}
bool ExtendsFor(const model::ClockRule& rule, base::Atom reason) {
  return AppliesTo<model::ExtendTo>(rule, reason);
}

std::optional<Instant> MayExtendTo(const ClockBasis& basis, const ClockState& state,
                                   base::Atom authority) {
  const auto& steps = basis.rule->extensions;
  if (steps.empty()) return kNever;
  const auto step = std::find_if(
      steps.begin(), steps.end(),
      [&](const model::ExtensionStep& candidate) { return candidate.authority == authority; });
  if (step == steps.end()) return std::nullopt;
  if (basis.calendar == nullptr) {
    return state.started_at + base::Days(31LL * step->until.months + step->until.days) +
           step->until.time;
  }
  const model::TimeZone& zone = basis.calendar->zone;
  // As the limit itself is counted.
  if (const auto* days = std::get_if<model::WholeDays>(&basis.rule->deadline)) {
    const int32_t first = LocalDay(zone, state.started_at) + (days->counts_trigger_day ? 0 : 1);
    return AddPeriod(zone, DayStart(zone, first), step->until);
  }
  return EndOfDay(basis, AddPeriod(zone, state.started_at, step->until));
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
