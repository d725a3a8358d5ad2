#include "engine/core/whole_days.h"

#include <algorithm>

#include "engine/core/calendar.h"
#include "engine/core/work_hours.h"

namespace caseclock::core {
namespace {

using base::Duration;
using base::Instant;
using base::kNever;
using model::ClockState;
using model::ExcludedSpan;

constexpr Duration kDay = base::Days(1);

// The days that a limit is made of: all, or the working days.
class DaysOfLimit {
 public:
  DaysOfLimit(const ClockBasis& basis, const ClockState& state)
      : calendar_(*basis.calendar),
        zone_(basis.calendar->zone),
        working_(std::holds_alternative<model::WorkingDays>(basis.rule->deadline)),
        origin_(state.measured_from),
        first_(LocalDay(zone_, origin_) + (CountsTriggerDay(basis) ? 0 : 1)) {}

  // What [from, to) takes of these days, on the wall.
  [[nodiscard]] Duration Disregarded(Instant from, Instant to) const {
    const Instant begin = from <= origin_ ? StartOf(LocalDay(zone_, origin_)) : from;
    const int32_t first = LocalDay(zone_, begin);
    const int32_t last = LocalDay(zone_, to);
    if (last < first_) return {};
    if (first == last) return IsOne(first) ? SinceMidnight(to) - SinceMidnight(begin) : Duration{};
    Duration sum = IsOne(last) ? SinceMidnight(to) : Duration{};
    sum = sum + base::Days(Count(std::max(first + 1, first_), last));
    if (first >= first_ && IsOne(first)) sum = sum + (kDay - SinceMidnight(begin));
    return sum;
  }

  // The `n`th such day after `day`, before it if negative; nullopt: the calendar has none.
  [[nodiscard]] std::optional<int32_t> After(int32_t day, int32_t n) const {
    if (n == 0) return day;
    return working_ ? AddWorkingDays(calendar_, day, n) : day + n;
  }
  [[nodiscard]] std::optional<int32_t> NotBefore(int32_t day) const {
    return working_ ? AddWorkingDays(calendar_, day, 0) : day;
  }
  // How many of them lie between two, the second included.
  [[nodiscard]] int32_t Between(int32_t from, int32_t to) const { return Count(from + 1, to + 1); }

  [[nodiscard]] Instant StartOf(int32_t day) const { return DayStart(zone_, day); }
  // The first day that can count; of working days it need not be one.
  [[nodiscard]] int32_t first() const { return first_; }
  [[nodiscard]] bool working() const { return working_; }

  // Where a span begins that ends at `to` and takes `sum`.
  [[nodiscard]] Instant BeginOf(Duration sum, Instant to) const {
    const int32_t last = LocalDay(zone_, to);
    const Duration on_last = IsOne(last) ? SinceMidnight(to) : Duration{};
    if (sum <= on_last) return OnWall(last, on_last - sum);
    const Duration before = sum - on_last;
    const int32_t whole = static_cast<int32_t>(before.us / kDay.us);
    const Duration rest{before.us % kDay.us};
    const auto day = After(last, rest.us == 0 ? -whole : -whole - 1);
    if (!day) return to;
    return rest.us == 0 ? StartOf(*day) : OnWall(*day, kDay - rest);
  }

 private:
  static bool CountsTriggerDay(const ClockBasis& basis) {
    const auto* rule = std::get_if<model::WholeDays>(&basis.rule->deadline);
    return rule != nullptr && rule->counts_trigger_day;
  }

  [[nodiscard]] bool IsOne(int32_t day) const {
    return day >= first_ && (!working_ || IsWorkingDay(calendar_, day));
  }
  // In [from, end).
  [[nodiscard]] int32_t Count(int32_t from, int32_t end) const {
    if (end <= from) return 0;
    return working_ ? WorkingDaysBetween(calendar_, from - 1, end - 1) : end - from;
  }
  [[nodiscard]] Duration SinceMidnight(Instant t) const {
    const int64_t local = t.us + UtcOffset(zone_, t) * int64_t{1'000'000};
    return Duration{local} - base::Days(LocalDay(zone_, t));
  }
  [[nodiscard]] Instant OnWall(int32_t day, Duration time) const {
    return WallTime(zone_, day, static_cast<int32_t>(time.us / 1'000'000));
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

Instant BeyondExcludedDays(const ClockBasis& basis, const ClockState& state, Instant t) {
  if (state.excluded.empty() || t == kNever) return t;
  const DaysOfLimit days(basis, state);
  const model::TimeZone& zone = basis.calendar->zone;
  // The day whose end or whose middle `t` is.
  const int32_t reckoned = LocalDay(zone, t - Duration{1});
  const auto on = [&](int32_t day) {
    if (day == reckoned) return t;
    if (t == days.StartOf(reckoned + 1)) return days.StartOf(day + 1);
    return AddPeriod(zone, t, base::Period{0, day - reckoned, {}});
  };
  Duration disregarded;
  Instant at = t;
  for (auto span = state.excluded.begin(); span != state.excluded.end();) {
    // Pauses that follow on each other are one.
    const Instant from = span->from;
    Instant to = span->to;
    while (++span != state.excluded.end() && span->from == to) to = span->to;
    if (at <= from) break;
    if (to == kNever) return kNever;
    disregarded = disregarded + days.Disregarded(from, to);
    std::optional<int32_t> day =
        days.After(reckoned, static_cast<int32_t>(disregarded.us / kDay.us));
    if (day && on(*day) > from && on(*day) <= to) {
      day = days.NotBefore(LocalDay(zone, to));
      if (day) disregarded = std::max(disregarded, base::Days(days.Between(reckoned, *day)));
    }
    if (!day) return kNever;
    at = on(*day);
  }
  return at;
}

Duration DisregardedBetween(const ClockBasis& basis, const ClockState& state, Instant from,
                            Instant to) {
  return DaysOfLimit(basis, state).Disregarded(from, to);
}

std::optional<DaysOfCycle> DaysOf(const ClockBasis& basis, const ClockState& state, Instant t) {
  if (!state.budget) return std::nullopt;
  const DaysOfLimit days(basis, state);
  const model::TimeZone& zone = basis.calendar->zone;
  const Instant end = state.measured_from + *state.budget;
  const int32_t reckoned = LocalDay(zone, end - Duration{1});
  DaysOfCycle told;
  told.working = days.working();
  told.first = days.NotBefore(days.first()).value_or(days.first());
  told.limit = days.Between(days.first() - 1, reckoned);
  Duration disregarded;
  for (const ExcludedSpan& span : state.excluded) {
    if (span.from >= t) break;
    disregarded = disregarded + days.Disregarded(span.from, std::min(span.to, t));
  }
  told.disregarded = static_cast<int32_t>(disregarded.us / kDay.us);
  const int32_t begun = days.Between(days.first() - 1, LocalDay(zone, t));
  told.counted = std::max(0, begun - told.disregarded);
  const Instant due = BeyondExcludedDays(basis, state, end);
  if (due == kNever) return told;
  told.last = LocalDay(zone, due - Duration{1});
  told.disregarded = days.Between(reckoned, *told.last);
  return told;
}

Instant MergedDaysFrom(const ClockBasis& basis, const ClockState& state, const ExcludedSpan& first,
                       const ExcludedSpan& second) {
  if (first.to == second.from) return first.from;
  const DaysOfLimit days(basis, state);
  return days.BeginOf(
      days.Disregarded(first.from, first.to) + days.Disregarded(second.from, second.to), second.to);
}

}  // namespace caseclock::core
