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
Instant Advance(const ClockBasis& basis, Instant from, Duration amount) {
  return CountsWorkingTime(basis) ? AddWorking(*basis.calendar, from, amount).at : from + amount;
}

// The instant at which `amount` is consumed, walking over the excluded spans from the start; kNever
// when an open pause comes first.
Instant InstantOfConsumed(const ClockBasis& basis, const ClockState& state, Duration amount) {
  if (CountsByDay(basis)) return BeyondExcludedDays(basis, state, state.measured_from + amount);
  Instant from = state.measured_from;
  for (const model::ExcludedSpan& span : state.excluded) {
    const Duration counted = CountedBetween(basis, from, span.from);
    if (amount <= counted) return Advance(basis, from, amount);
    if (span.to == kNever) return kNever;
    amount = amount - counted;
    from = span.to;
  }
  return Advance(basis, from, amount);
}

// The end of the local day that `t` lies in; `t` itself when a day ends there.
Instant EndOfDay(const ClockBasis& basis, Instant t) {
  if (t == kNever || basis.calendar == nullptr) return t;
  const model::TimeZone& zone = basis.calendar->zone;
  return DayStart(zone, LocalDay(zone, t - Duration{1}) + 1);
}

bool Covers(const model::Calendar& calendar, Instant from, Instant to) {
  return LocalDay(calendar.zone, from) >= calendar.first_day &&
         LocalDay(calendar.zone, to) <= calendar.last_day;
}

Instant InstantOfMeeting(const ClockBasis& basis, const ClockState& state, bool* beyond_horizon) {
  const auto next = MeetingOf(basis, state);
  if (basis.calendar != nullptr && !next && !state.excluded.empty() &&
      state.excluded.back().to == kNever) {
    return kNever;  // a pause lasts, whatever the calendar knows
  }
  *beyond_horizon |= !next || !Covers(*basis.calendar, state.measured_from, next->at);
  return next ? next->at : kNever;
}

// When the rule alone has it due, without holds and extensions; kNever: it says nothing.
// `beyond_horizon`: set when a day was touched that the calendar does not cover.
Instant DueByRule(const ClockBasis& basis, const ClockState& state, bool* beyond_horizon) {
  if (std::holds_alternative<model::AtMeeting>(basis.rule->deadline)) {
    return InstantOfMeeting(basis, state, beyond_horizon);
  }
  if (!state.budget) return kNever;
  if (state.appointed) return state.measured_from + *state.budget;
  const Instant due = InstantOfConsumed(basis, state, *state.budget);
  if (basis.calendar == nullptr) {
    *beyond_horizon = true;
  } else if (std::holds_alternative<model::WorkingTime>(basis.rule->deadline) ||
             std::holds_alternative<model::WorkingDays>(basis.rule->deadline)) {
    *beyond_horizon |=
        due == kNever || !Covers(*basis.calendar, state.measured_from, due - Duration{1});
  }
  return due;
}

// Since when a paused cycle is so: pauses that follow on each other are one, the time for which its
// case was closed among them.
Instant PausedSince(const ClockState& state) {
  auto span = state.excluded.end() - 1;
  while (span != state.excluded.begin() && (span - 1)->to == span->from) --span;
  return span->from;
}

// The later of the rule's instant and the one it was extended to; kNever when a pause that lasts
// comes first.
Instant DueUnheld(const ClockBasis& basis, const ClockState& state, bool* beyond_horizon) {
  Instant due = DueByRule(basis, state, beyond_horizon);
  if (state.extended_until) {
    const bool limited =
        state.budget || std::holds_alternative<model::AtMeeting>(basis.rule->deadline);
    if (due != kNever) {
      due = std::max(due, *state.extended_until);
    } else if (state.running_since || !limited) {
      due = *state.extended_until;
    }
  }
  const bool paused_before = !state.running_since && PausedSince(state) < due;
  return paused_before ? kNever : due;
}

// `due`, or the end of the days beginning with the one on which the hold ended that it lies in;
// kNever: nobody knows yet. What was due before a hold stays due.
Instant BeyondHold(const ClockBasis& basis, const model::ExcludedSpan& hold, Instant due) {
  if (due <= hold.from || hold.to < due) return due;
  if (hold.to == kNever) return kNever;
  const int32_t days = DaysExtended(*basis.rule, hold.reason);
  if (basis.calendar == nullptr) return hold.to + base::Days(days);
  const model::TimeZone& zone = basis.calendar->zone;
  return DayStart(zone, LocalDay(zone, hold.to) + days);
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

  Duration operator()(const model::ElapsedTime&) const {
    if (basis.calendar == nullptr) {
      return base::Days(30LL * limit.months + limit.days) + limit.time;
    }
    return AddPeriod(basis.calendar->zone, origin, limit) - origin;
  }
  Duration operator()(const model::WorkingTime&) const {
    // A working "day" would mean different things to different people; policies say hours.
    return base::Days(limit.days) + limit.time;
  }
  Duration operator()(const model::WorkingDays&) const {
    if (basis.calendar == nullptr) return base::Days(limit.days);
    return EndOfWorkingDay(*basis.calendar, origin, limit.days).at - origin;
  }
  Duration operator()(const model::WholeDays& rule) const {
    if (basis.calendar == nullptr) return (*this)(model::ElapsedTime{});
    const model::TimeZone& zone = basis.calendar->zone;
    return EndOfWholeDays(zone, LocalDay(zone, origin), limit, rule.counts_trigger_day) - origin;
  }
  // They have no limit.
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

std::optional<model::Meeting> MeetingOf(const ClockBasis& basis, const ClockState& state) {
  const auto* rule = std::get_if<model::AtMeeting>(&basis.rule->deadline);
  if (rule == nullptr || basis.calendar == nullptr) return std::nullopt;
  auto next = NextMeeting(*basis.calendar, rule->meeting, state.measured_from);
  for (const model::ExcludedSpan& span : state.excluded) {
    if (next && next->at <= span.from) break;
    if (span.to == kNever) return std::nullopt;
    next = NextMeeting(*basis.calendar, rule->meeting, std::max(state.measured_from, span.to));
  }
  return next;
}

const model::Calendar* CalendarFor(const model::PolicySet& policies, const model::ClockRule& rule,
                                   base::Atom queue) {
  if (!rule.calendar.empty()) return model::FindCalendar(policies, rule.calendar);
  return QueueCalendar(policies, queue);
}

std::optional<base::Period> LimitOf(const ClockBasis& basis, const ClockState& state) {
  const auto& deadline = basis.rule->deadline;
  if (const auto* rule = std::get_if<model::AtScheduled>(&deadline)) {
    return rule->before.IsZero() ? std::nullopt : std::optional(rule->before);
  }
  if (std::holds_alternative<model::AtMeeting>(deadline)) return std::nullopt;
  // Another version of the rule may not count in what was fixed, or leave it to authorities.
  const bool fixed = state.interval && basis.rule->extensions.empty();
  if (fixed && FitsDeadline(*state.interval, deadline)) return state.interval;
  return LimitFor(*basis.rule, LimitKey(basis, state));
}

Instant DueForAppointment(const ClockBasis& basis, const model::AtScheduled& rule, Instant at) {
  const base::Period back{-rule.before.months, -rule.before.days, Duration{-rule.before.time.us}};
  if (basis.calendar == nullptr) return at + base::Days(30LL * back.months + back.days) + back.time;
  return AddPeriod(basis.calendar->zone, at, back);
}

void ResolveBudget(const ClockBasis& basis, ClockState* state) {
  state->budget.reset();
  if (const auto* rule = std::get_if<model::AtScheduled>(&basis.rule->deadline)) {
    if (!state->appointed) return;
    const Instant due = DueForAppointment(basis, *rule, *state->appointed);
    state->budget = std::max(due, state->measured_from) - state->measured_from;
    return;
  }
  const std::optional<base::Period> limit = LimitOf(basis, *state);
  if (!limit) return;
  state->budget = std::visit(Resolve{basis, state->measured_from, *limit}, basis.rule->deadline);
}

void DeriveDue(const ClockBasis& basis, ClockState* state) {
  bool beyond_horizon = false;
  state->due_at = DueUnheld(basis, *state, &beyond_horizon);
  // While nobody knows when it is due, what was known of the horizon stays.
  if (state->running_since || state->due_at != kNever) state->beyond_horizon = beyond_horizon;
  for (const model::ExcludedSpan& hold : state->held) {
    state->due_at = BeyondHold(basis, hold, state->due_at);
  }
}

Instant InstantOfShare(const ClockBasis& basis, const ClockState& state, int32_t percent) {
  if (state.extended_until) {
    bool beyond_horizon = false;  // flagged already
    const Instant due = DueByRule(basis, state, &beyond_horizon);
    if (due == kNever || due < *state.extended_until) {
      const int64_t whole = (*state.extended_until - state.measured_from).us;
      return state.measured_from + Duration{whole / 100 * percent};
    }
  }
  return InstantOfConsumed(basis, state, Duration{state.budget->us / 100 * percent});
}

Duration CountedBetween(const ClockBasis& basis, Instant from, Instant to) {
  return CountsWorkingTime(basis) ? WorkingBetween(*basis.calendar, from, to) : to - from;
}

void Remeasure(const ClockBasis& basis, ClockState* state) {
  state->consumed = Duration{0};
  Instant from = state->measured_from;
  for (const model::ExcludedSpan& span : state->excluded) {
    state->consumed = state->consumed + CountedBetween(basis, from, span.from);
    from = span.to;
  }
}

void BoundExcluded(const ClockBasis& basis, ClockState* state) {
  if (state->excluded.size() <= model::kExcludedKept) return;
  model::ExcludedSpan& first = state->excluded[0];
  const model::ExcludedSpan& second = state->excluded[1];
  if (CountsByDay(basis)) {
    first.from = std::max(state->measured_from, MergedDaysFrom(basis, *state, first, second));
  } else if (std::holds_alternative<model::AtMeeting>(basis.rule->deadline)) {
    // No sum is kept, but which meeting it is: the second counts if it begins before that.
    ClockState without = *state;
    without.excluded.resize(1);
    bool beyond_horizon = false;
    if (InstantOfMeeting(basis, without, &beyond_horizon) <= second.from) {
      state->excluded.erase(state->excluded.begin() + 1);
      return;
    }
  } else {
    const Duration counted = CountedBetween(basis, state->measured_from, first.from) +
                             CountedBetween(basis, first.to, second.from);
    first.from = Advance(basis, state->measured_from, counted);
  }
  first.to = second.to;
  first.ended = second.ended;
  if (!(first.reason == second.reason)) first.reason = base::Atom::Intern("several");
  state->excluded.erase(state->excluded.begin() + 1);
}

void BoundHeld(const ClockBasis& basis, ClockState* state) {
  auto& held = state->held;
  if (held.size() <= model::kExcludedKept) return;
  ClockState running = *state;
  if (!running.running_since) {  // as if what pauses it ended with the last hold
    running.excluded.back().to = std::max(running.excluded.back().from, held.back().to);
    running.running_since = running.excluded.back().to;
  }
  bool beyond_horizon = false;
  Instant due = DueUnheld(basis, running, &beyond_horizon);
  for (auto hold = held.begin(); hold != held.end(); ++hold) {
    const Instant moved = BeyondHold(basis, *hold, due);
    if (moved == due) {
      held.erase(hold);
      return;
    }
    due = moved;
  }
  held[1].from = held[0].from;
  held[1].began = held[0].began;
  held.erase(held.begin());
}

bool FitsDeadline(const base::Period& interval, const model::DeadlineRule& rule) {
  const auto& [months, days, time] = interval;
  if (months < 0 || days < 0 || time.us < 0) return false;
  if (months == 0 && days == 0 && time.us == 0) return false;
  if (std::holds_alternative<model::WorkingTime>(rule)) return months == 0 && days == 0;
  if (std::holds_alternative<model::WorkingDays>(rule)) return months == 0 && time.us == 0;
  if (std::holds_alternative<model::WholeDays>(rule)) return time.us == 0;
  return std::holds_alternative<model::ElapsedTime>(rule);
}

bool Disregards(const model::ClockRule& rule, base::Atom reason) {
  return AppliesTo<model::Disregard>(rule, reason);
}
bool ExtendsFor(const model::ClockRule& rule, base::Atom reason) {
  return AppliesTo<model::ExtendTo>(rule, reason);
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

Instant FromItsBeginning(const ClockBasis& basis, const ClockState& state,
                         const base::Period& period) {
  // A cycle that was taken up counts from where the one before did, and one that counts from an
  // instant that was said counts from that for every authority.
  const Instant began = basis.rule->from_scheduled
                            ? state.measured_from
                            : std::min(state.started_at, state.measured_from);
  if (basis.calendar == nullptr) {
    return began + base::Days(31LL * period.months + period.days) + period.time;
  }
  const model::TimeZone& zone = basis.calendar->zone;
  // As the limit itself is counted.
  if (const auto* days = std::get_if<model::WholeDays>(&basis.rule->deadline)) {
    return EndOfWholeDays(zone, LocalDay(zone, began), period, days->counts_trigger_day);
  }
  const Instant until = AddPeriod(zone, began, period);
  return period.time.us == 0 ? EndOfDay(basis, until) : until;  // hours are not whole days
}

}  // namespace caseclock::core
