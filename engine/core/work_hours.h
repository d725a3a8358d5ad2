#pragma once

// The hours of local days, and sums over many days that do not visit each one: whole weeks are
// multiplied, then holidays and days with hours of their own are put right. Private to the working
// time of engine/core/calendar.h.

#include <algorithm>
#include <array>
#include <cstdint>
#include <span>

#include "engine/core/calendar.h"

namespace caseclock::core {

using WorkSpans = std::span<const model::WorkSpan>;

// Calendars promise nothing so far from now; searching stops there.
inline constexpr int32_t kLastReckonedDay = 1'500'000;
inline constexpr int32_t kFirstReckonedDay = -1'500'000;
// So many days in a row without work mean that there is none.
inline constexpr int32_t kIdleDays = 3'653;

using model::Weekday;

inline bool IsHoliday(const model::Calendar& calendar, int32_t day) {
  return std::binary_search(calendar.holidays.begin(), calendar.holidays.end(), day);
}

// The spans of `day`: special ones, else none on a holiday, else the week's.
WorkSpans HoursOf(const model::Calendar& calendar, int32_t day);

inline bool OutsideCoverage(const model::Calendar& calendar, int32_t from, int32_t to) {
  return std::min(from, to) < calendar.first_day || std::max(from, to) > calendar.last_day;
}

// The first instant at which the wall shows `second` of `day`, or later.
base::Instant WallTime(const model::TimeZone& zone, int32_t day, int32_t second);

// The sum of `measure(spans of the day)` over [from, to). REQUIRES: from <= to.
template <typename Measure>
int64_t SumDays(const model::Calendar& calendar, int32_t from, int32_t to, const Measure& measure) {
  std::array<int64_t, 7> by_weekday{};
  int64_t week = 0;
  for (size_t i = 0; i < 7; ++i) week += by_weekday[i] = measure(calendar.week[i]);
  int64_t sum = (to - from) / 7 * week;
  for (int32_t day = to - (to - from) % 7; day < to; ++day) sum += by_weekday[Weekday(day)];
  const auto& holidays = calendar.holidays;
  const auto first = std::lower_bound(holidays.begin(), holidays.end(), from);
  const auto last = std::lower_bound(first, holidays.end(), to);
  if (calendar.holidays_before.size() == holidays.size() + 1) {
    const auto& before = calendar.holidays_before[static_cast<size_t>(first - holidays.begin())];
    const auto& after = calendar.holidays_before[static_cast<size_t>(last - holidays.begin())];
    for (size_t i = 0; i < 7; ++i) sum -= (after[i] - before[i]) * by_weekday[i];
  } else {
    for (auto holiday = first; holiday != last; ++holiday) sum -= by_weekday[Weekday(*holiday)];
  }
  auto special = calendar.special.lower_bound(from);
  for (; special != calendar.special.end() && special->first < to; ++special) {
    const bool taken_off = IsHoliday(calendar, special->first);
    sum += measure(special->second) - (taken_off ? 0 : by_weekday[Weekday(special->first)]);
  }
  return sum;
}

// Seconds on the wall, whatever the clocks did that day.
inline int64_t WallSeconds(WorkSpans spans) {
  int64_t sum = 0;
  for (const model::WorkSpan& span : spans) sum += span.to_s - span.from_s;
  return sum;
}

}  // namespace caseclock::core
