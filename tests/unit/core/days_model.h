#pragma once

// A model of limits of whole and of working days that knows nothing of the clock algebra: it steps
// over dates one by one and looks at every minute, by the rule of the European Union's summer time
// (2000/84/EC: from the last Sunday of March to that of October, 01:00 UTC).

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <vector>

#include "engine/model/calendar.h"

namespace caseclock::core::testing {

using base::Instant;
using std::chrono::sys_days;
using std::chrono::year_month_day;

inline constexpr int64_t kMinute = 60'000'000;
inline constexpr int64_t kDay = 1'440 * kMinute;

inline int64_t LastSunday(int year, unsigned month) {
  const auto last = std::chrono::year{year} / month / std::chrono::Sunday[std::chrono::last];
  return sys_days(last).time_since_epoch().count() * kDay + 60 * kMinute;
}

inline int64_t OffsetAt(int64_t us) {
  const sys_days day{std::chrono::days{us / kDay}};
  const int year = static_cast<int>(year_month_day(day).year());
  return us >= LastSunday(year, 3) && us < LastSunday(year, 10) ? 60 * kMinute : 0;
}

inline sys_days DateAt(int64_t us) {
  return sys_days{std::chrono::days{(us + OffsetAt(us)) / kDay}};
}

// Midnight at the end of a date; the clocks never change at midnight.
inline int64_t EndOf(sys_days date) {
  const int64_t local = (date.time_since_epoch().count() + 1) * kDay;
  return local - OffsetAt(local - OffsetAt(local));
}

inline model::Calendar London() {
  model::Calendar calendar;
  for (int weekday = 0; weekday < 5; ++weekday) calendar.week[weekday] = {{0, 86'400}};
  calendar.first_day = 0;
  calendar.last_day = 30'000;
  calendar.zone.transitions.push_back({base::kLongAgo, 0});
  for (int year = 1999; year <= 2045; ++year) {
    calendar.zone.transitions.push_back({Instant{LastSunday(year, 3)}, 3'600});
    calendar.zone.transitions.push_back({Instant{LastSunday(year, 10)}, 0});
  }
  return calendar;
}

struct Span {
  int64_t from = 0;
  int64_t to = 0;
};

// One clock and what befalls it.
struct Life {
  bool inclusive = false;
  bool working = false;
  int days = 0;    // of the limit; these
  int months = 0;  // or these
  int beyond = 1;  // days of extends_for
  int64_t start = 0;
  std::vector<Span> pauses;
  std::vector<Span> holds;
};

inline bool IsOfTheLimit(const Life& life, sys_days date) {
  const unsigned weekday = std::chrono::weekday(date).c_encoding();
  return !life.working || (weekday != 0 && weekday != 6);
}

// Minutes of a date, on the clock on the wall, in which nothing is disregarded. What came before
// the trigger on its day goes with it.
inline int CountedMinutes(const Life& life, sys_days date) {
  const int64_t midnight = EndOf(date);
  const bool touched = std::any_of(life.pauses.begin(), life.pauses.end(), [&](const Span& span) {
    return span.from < midnight && span.to > midnight - 2 * kDay;
  });
  if (!touched) return 1'440;
  int counted = 0;
  for (int minute = 0; minute < 1'440; ++minute) {
    const int64_t local = date.time_since_epoch().count() * kDay + minute * kMinute;
    const int64_t t = std::max(local - OffsetAt(local - OffsetAt(local)), life.start);
    const bool paused = std::any_of(life.pauses.begin(), life.pauses.end(), [&](const Span& span) {
      return span.from <= t && t < span.to;
    });
    counted += paused ? 0 : 1;
  }
  return counted;
}

// The last pause that a midnight lies in; nullptr: none. Those that follow on each other are one.
inline const Span* PauseAround(const Life& life, int64_t midnight) {
  const Span* around = nullptr;
  for (const Span& span : life.pauses) {
    const int64_t reached = around == nullptr ? midnight : around->to;
    const bool begun = around == nullptr ? span.from < midnight : span.from <= reached;
    if (begun && reached <= span.to) around = &span;
  }
  return around;
}

// The last day of the limit: the first at whose end less than a day of it is left, if the limit is
// as many days as there are from `first` to before `last`, and that end is not disregarded itself.
inline sys_days DayByModel(const Life& life, sys_days first, sys_days last) {
  int64_t left = 0;
  for (sys_days date = first; date < last; date += std::chrono::days{1}) {
    if (IsOfTheLimit(life, date)) left += 1'440;
  }
  sys_days date = first - std::chrono::days{1};
  while (left >= 1'440) {
    date += std::chrono::days{1};
    if (IsOfTheLimit(life, date)) left -= CountedMinutes(life, date);
  }
  while (const Span* pause = PauseAround(life, EndOf(date))) {
    date = DateAt(pause->to);
    while (!IsOfTheLimit(life, date)) date += std::chrono::days{1};
  }
  return date;
}

inline int64_t DueByModel(const Life& life) {
  const sys_days first = DateAt(life.start) + std::chrono::days{life.inclusive ? 0 : 1};
  sys_days last = first;  // the day after the last one, if nothing is disregarded
  if (life.months > 0) {
    // Walks to the date of the trigger's number in that month, or to the end of the month.
    const year_month_day trigger{DateAt(life.start)};
    const auto month = trigger.year() / trigger.month() + std::chrono::months{life.months};
    last = sys_days(month / 1);
    while (year_month_day{last}.day() != trigger.day() &&
           year_month_day{last}.month() == month.month()) {
      last += std::chrono::days{1};
    }
    const bool there_is_one = year_month_day{last}.month() == month.month();
    if (there_is_one && !life.inclusive) last += std::chrono::days{1};
  }
  for (int left = life.days; left > 0; last += std::chrono::days{1}) {
    if (IsOfTheLimit(life, last)) --left;
  }
  int64_t due = EndOf(DayByModel(life, first, last));
  std::vector<Span> holds;
  for (const Span& hold : life.holds) {
    if (!holds.empty() && holds.back().to == hold.from) {
      holds.back().to = hold.to;  // one that follows at once goes on with it
    } else {
      holds.push_back(hold);
    }
  }
  for (const Span& hold : holds) {
    if (hold.from < due && due <= hold.to) {
      due = EndOf(DateAt(hold.to) + std::chrono::days{life.beyond - 1});
    }
  }
  return due;
}

}  // namespace caseclock::core::testing
