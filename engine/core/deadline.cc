#include "engine/core/deadline.h"

#include <algorithm>

#include "engine/base/check.h"
#include "engine/core/calendar.h"
#include "engine/core/queue_calendar.h"
#include "engine/core/whole_days.h"

namespace caseclock::core {
namespace {

using base::Duration;
using base::Instant;
using base::kNever;
using model::ClockState;

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

// The instant at which `amount` is consumed, walking over the excluded spans from the start; kNever
// when an open pause comes first.
Instant InstantOfConsumed(const ClockBasis& basis, const ClockState& state, Duration amount,
                          bool* beyond_horizon) {
  if (CountsByDay(basis)) {
    return BeyondExcludedDays(basis, state, state.measured_from + amount, beyond_horizon);
  }
  Instant from = state.measured_from;
  for (const model::ExcludedSpan& span : state.excluded) {
    const Duration counted = CountedBetween(basis, from, span.from);
    if (amount <= counted) return Advance(basis, from, amount, beyond_horizon);
    if (span.to == kNever) return kNever;
    amount = amount - counted;
    from = span.to;
  }
  return Advance(basis, from, amount, beyond_horizon);
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

// What the target of a cycle is chosen by.
base::Atom LimitKey(const ClockBasis& basis, const ClockState& state) {
  return basis.rule->limits_by.empty() ? state.risk : state.limit_class;
}

std::optional<base::Period> LimitFor(const model::ClockRule& rule, base::Atom key) {
  const model::Target* chosen = nullptr;
  for (const model::Target& target : rule.targets) {
    if (target.risk == key) return target.limit;
    if (target.risk.empty()) chosen = &target;
  }
  return chosen == nullptr ? std::nullopt : chosen->limit;
}

// A limit from `origin` in the measure of each deadline rule.
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
  Duration operator()(const model::AtScheduled&) const { return (*this)(model::ElapsedTime{}); }
};

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

const model::Calendar* CalendarFor(const model::PolicySet& policies, const model::ClockRule& rule,
                                   base::Atom queue) {
  if (!rule.calendar.empty()) return model::FindCalendar(policies, rule.calendar);
  return QueueCalendar(policies, queue);
}

void ResolveBudget(const ClockBasis& basis, ClockState* state) {
  state->budget.reset();
  if (std::holds_alternative<model::AtScheduled>(basis.rule->deadline)) {
    if (!state->appointed) return;
    state->budget = std::max(*state->appointed, state->measured_from) - state->measured_from;
    return;
  }
  const std::optional<base::Period> limit =
      state->interval ? state->interval : LimitFor(*basis.rule, LimitKey(basis, *state));
  if (!limit) return;
  state->budget = std::visit(Resolve{basis, state->measured_from, *limit, &state->beyond_horizon},
                             basis.rule->deadline);
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
  } else if (state->appointed) {
    state->due_at = BeyondHolds(basis, *state, state->measured_from + *state->budget);
  } else {
    const Instant due = InstantOfConsumed(basis, *state, *state->budget, &state->beyond_horizon);
    state->due_at = BeyondHolds(basis, *state, due);
  }
}

Instant InstantOfShare(const ClockBasis& basis, const ClockState& state, int32_t percent) {
  if (state.extended_until) {
    const int64_t whole = (*state.extended_until - state.measured_from).us;
    return state.measured_from + Duration{whole / 100 * percent};
  }
  bool beyond_horizon = false;  // the due instant lies further and is flagged already
  return InstantOfConsumed(basis, state, Duration{state.budget->us / 100 * percent},
                           &beyond_horizon);
}

Duration CountedBetween(const ClockBasis& basis, Instant from, Instant to) {
  return CountsWorkingTime(basis) ? WorkingBetween(*basis.calendar, from, to) : to - from;
}

void BoundExcluded(const ClockBasis& basis, ClockState* state) {
  if (state->excluded.size() <= model::kExcludedKept) return;
  model::ExcludedSpan& first = state->excluded[0];
  const model::ExcludedSpan& second = state->excluded[1];
  if (CountsByDay(basis)) {
    first.from = std::max(state->measured_from, MergedDaysFrom(basis, *state, first, second));
  } else {
    const Duration counted = CountedBetween(basis, state->measured_from, first.from) +
                             CountedBetween(basis, first.to, second.from);
    bool beyond_horizon = false;
    first.from = Advance(basis, state->measured_from, counted, &beyond_horizon);
  }
  first.to = second.to;
  if (!(first.reason == second.reason)) first.reason = base::Atom::Intern("several");
  state->excluded.erase(state->excluded.begin() + 1);
}

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
  // A cycle that was taken up counts from where the one before did.
  const Instant began = std::min(state.started_at, state.measured_from);
  const auto step = std::find_if(
      steps.begin(), steps.end(),
      [&](const model::ExtensionStep& candidate) { return candidate.authority == authority; });
  if (step == steps.end()) return std::nullopt;
  if (basis.calendar == nullptr) {
    return began + base::Days(31LL * step->until.months + step->until.days) + step->until.time;
  }
  const model::TimeZone& zone = basis.calendar->zone;
  // As the limit itself is counted.
  if (const auto* days = std::get_if<model::WholeDays>(&basis.rule->deadline)) {
    const int32_t first = LocalDay(zone, began) + (days->counts_trigger_day ? 0 : 1);
    return AddPeriod(zone, DayStart(zone, first), step->until);
  }
  return EndOfDay(basis, AddPeriod(zone, began, step->until));
}

}  // namespace caseclock::core
