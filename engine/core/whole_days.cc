#include "engine/core/whole_days.h"

#include <algorithm>

#include "engine/core/calendar.h"

namespace caseclock::core {
namespace {

using base::Instant;
using base::kNever;
using model::ClockState;
using model::ExcludedSpan;

// The local days [first, end) that lie wholly in [from, to), as far as the cycle had begun.
struct DayRange {
  int32_t first = 0;
  int32_t end = 0;
};

class Days {
 public:
  Days(const ClockBasis& basis, const ClockState& state)
      : calendar_(*basis.calendar),
        zone_(basis.calendar->zone),
        working_(std::holds_alternative<model::WorkingDays>(basis.rule->deadline)),
        origin_(state.measured_from),
        first_(LocalDay(zone_, origin_) + (CountsTriggerDay(basis) ? 0 : 1)) {}

  [[nodiscard]] DayRange Covered(Instant from, Instant to) const {
    const int32_t day = LocalDay(zone_, from);
    const bool whole = from <= origin_ || from == DayStart(zone_, day);
    DayRange range{std::max(first_, whole ? day : day + 1), LocalDay(zone_, to)};
    range.end = std::max(range.end, range.first);
    return range;
  }

  // How many days of the limit's kind lie in it.
  [[nodiscard]] int32_t Count(DayRange range) const {
    if (!working_) return range.end - range.first;
    return WorkingDaysBetween(calendar_, range.first - 1, range.end - 1);
  }

  // The `n`th such day after `day`; nullopt: the calendar has none.
  [[nodiscard]] std::optional<int32_t> After(int32_t day, int32_t n) const {
    if (n == 0) return day;
    return working_ ? AddWorkingDays(calendar_, day, n) : day + n;
  }

  [[nodiscard]] Instant StartOf(int32_t day) const { return DayStart(zone_, day); }

 private:
  static bool CountsTriggerDay(const ClockBasis& basis) {
    const auto* rule = std::get_if<model::WholeDays>(&basis.rule->deadline);
    return rule != nullptr && rule->counts_trigger_day;
  }

  const model::Calendar& calendar_;
  const model::TimeZone& zone_;
  bool working_;
  Instant origin_;
  int32_t first_;  // the first day that can count
};

}  // namespace

bool CountsByDay(const ClockBasis& basis) {
  return basis.calendar != nullptr &&
         (std::holds_alternative<model::WholeDays>(basis.rule->deadline) ||
          std::holds_alternative<model::WorkingDays>(basis.rule->deadline));
}

Instant BeyondExcludedDays(const ClockBasis& basis, const ClockState& state, Instant t,
                           bool* beyond_horizon) {
  if (state.excluded.empty() || t == kNever) return t;
  const Days days(basis, state);
  const model::TimeZone& zone = basis.calendar->zone;
  // The day whose end or whose middle `t` is.
  const int32_t reckoned = LocalDay(zone, t - base::Duration{1});
  const auto on = [&](int32_t day) {
    if (day == reckoned) return t;
    if (t == days.StartOf(reckoned + 1)) return days.StartOf(day + 1);
    return AddPeriod(zone, t, base::Period{0, day - reckoned, {}});
  };
  int32_t day = reckoned;
  Instant at = t;
  for (auto span = state.excluded.begin(); span != state.excluded.end();) {
    // Pauses that follow on each other exclude a day between them.
    const Instant from = span->from;
    Instant to = span->to;
    while (++span != state.excluded.end() && span->from == to) to = span->to;
    if (to == kNever) return at <= from ? at : kNever;
    DayRange covered = days.Covered(from, to);
    if (covered.first > day) {
      if (at <= from || to < at) break;
      // It would pass within: what is left of its day comes afterwards.
      covered = {day, std::max(day, LocalDay(zone, to))};
    }
    const std::optional<int32_t> moved = days.After(day, days.Count(covered));
    if (!moved) {
      *beyond_horizon = true;
      return kNever;
    }
    day = *moved;
    at = on(day);
  }
  return at;
}

Instant MergedDaysFrom(const ClockBasis& basis, const ClockState& state, const ExcludedSpan& first,
                       const ExcludedSpan& second) {
  if (first.to == second.from) return first.from;
  const Days days(basis, state);
  const int32_t whole = days.Count(days.Covered(first.from, first.to)) +
                        days.Count(days.Covered(second.from, second.to));
  if (whole == 0) return second.to;
  const std::optional<int32_t> from = days.After(LocalDay(basis.calendar->zone, second.to), -whole);
  return from ? days.StartOf(*from) : first.from;
}

}  // namespace caseclock::core
