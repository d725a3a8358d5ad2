// Working days: a day is one when it has any hours.

#include "engine/core/calendar.h"
#include "engine/core/work_hours.h"

namespace caseclock::core {
namespace {

using model::Calendar;

int64_t CountDays(const Calendar& calendar, int32_t from, int32_t to) {
  return SumDays(calendar, from, to, [](WorkSpans spans) { return spans.empty() ? 0 : 1; });
}

bool Reckonable(int32_t day) {
  return day >= kFirstReckonedDay && day <= kLastReckonedDay;
}

// The first working day at or after `day` (direction 1), at or before it (-1).
std::optional<int32_t> Roll(const Calendar& calendar, int32_t day, int32_t direction) {
  for (int32_t idle = 0; idle <= kIdleDays; ++idle, day += direction) {
    if (IsWorkingDay(calendar, day)) return day;
  }
  return std::nullopt;
}

// Leaves whole weeks behind as long as fewer than `*left` working days lie in them.
int32_t SkipWeeks(const Calendar& calendar, int32_t day, int32_t direction, int32_t* left) {
  for (int32_t days = *left / 7 * 7; days >= 7;) {
    if (!Reckonable(day + int64_t{direction} * days)) {
      days = days / 14 * 7;
      continue;
    }
    const int64_t count = direction > 0 ? CountDays(calendar, day + 1, day + days + 1)
                                        : CountDays(calendar, day - days, day);
    if (count == 0) break;
    if (count < *left) {
      day += direction * days;
      *left -= static_cast<int32_t>(count);
      days = *left / 7 * 7;
    } else {
      days = days / 14 * 7;
    }
  }
  return day;
}

}  // namespace

bool IsWorkingDay(const Calendar& calendar, int32_t day) {
  return !HoursOf(calendar, day).empty();
}

std::optional<int32_t> AddWorkingDays(const Calendar& calendar, int32_t day, int32_t n) {
  if (!Reckonable(day)) return std::nullopt;
  if (n == 0) return Roll(calendar, day, 1);
  const int32_t direction = n > 0 ? 1 : -1;
  int32_t left = n > 0 ? n : (n == INT32_MIN ? INT32_MAX : -n);
  day = SkipWeeks(calendar, day, direction, &left);
  while (left > 0 && Reckonable(day)) {
    const std::optional<int32_t> next = Roll(calendar, day + direction, direction);
    if (!next.has_value()) return std::nullopt;
    day = *next;
    --left;
  }
  if (left > 0) return std::nullopt;
  return day;
}

int32_t WorkingDaysBetween(const Calendar& calendar, int32_t from, int32_t to) {
  return static_cast<int32_t>(from <= to ? CountDays(calendar, from + 1, to + 1)
                                         : -CountDays(calendar, to + 1, from + 1));
}

Reckoned EndOfWorkingDay(const Calendar& calendar, base::Instant start, int32_t n) {
  const int32_t first = LocalDay(calendar.zone, start);
  const std::optional<int32_t> last = AddWorkingDays(calendar, first, n);
  if (!last.has_value()) return {base::kNever, true};
  return {DayStart(calendar.zone, *last + 1), OutsideCoverage(calendar, first, *last)};
}

}  // namespace caseclock::core
