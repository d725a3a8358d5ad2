// Working time: only the hours of the calendar count. The length of a span is what really passes
// between its opening and its closing, so a night shift is an hour shorter in spring.

#include <algorithm>

#include "engine/core/calendar.h"
#include "engine/core/work_hours.h"

namespace caseclock::core {
namespace {

using base::Duration;
using base::Instant;
using model::Calendar;

constexpr int64_t kSecondUs = 1'000'000;
constexpr Reckoned kNoWork{base::kNever, true};

struct Opening {
  Instant from;
  Instant to;
};

Opening OpeningOf(const Calendar& calendar, int32_t day, const model::WorkSpan& span) {
  return {WallTime(calendar.zone, day, span.from_s), WallTime(calendar.zone, day, span.to_s)};
}

// The last day that has begun at `t`. Differs from LocalDay where the clock went back over
// midnight.
int32_t DayOf(const Calendar& calendar, Instant t) {
  const int32_t day = LocalDay(calendar.zone, t);
  return DayStart(calendar.zone, day + 1) <= t ? day + 1 : day;
}

bool Reckonable(int32_t day) {
  return day >= kFirstReckonedDay && day <= kLastReckonedDay;
}

// Working time of `day` within [from, to).
int64_t WorkWithin(const Calendar& calendar, int32_t day, Instant from, Instant to) {
  int64_t sum = 0;
  for (const model::WorkSpan& span : HoursOf(calendar, day)) {
    const Opening open = OpeningOf(calendar, day, span);
    sum += std::max<int64_t>(0, std::min(open.to, to).us - std::max(open.from, from).us);
  }
  return sum;
}

int64_t WorkOfDay(const Calendar& calendar, int32_t day) {
  return WorkWithin(calendar, day, base::kLongAgo, base::kNever);
}

// Whether nobody works on the day on which the clocks change so; false also when it is not one day.
// Without a search: in twenty years there are forty changes, nearly all of them on Sundays at
// night.
bool NoWorkOnChange(const Calendar& calendar, const model::ZoneTransition& before,
                    const model::ZoneTransition& change) {
  constexpr int64_t kDayUs = 86'400 * kSecondUs;
  const auto day_of = [](int64_t local_us) {
    return static_cast<int32_t>(local_us >= 0 ? local_us / kDayUs : (local_us + 1) / kDayUs - 1);
  };
  const int32_t day = day_of(change.at.us - 1 + before.utc_offset_s * kSecondUs);
  if (day != day_of(change.at.us + change.utc_offset_s * kSecondUs)) return false;
  return calendar.week[Weekday(day)].empty() && !calendar.special.contains(day);
}

// Working time of the days [from, to): as the wall shows it, put right on the days on which the
// clocks change.
int64_t WorkOfDays(const Calendar& calendar, int32_t from, int32_t to) {
  int64_t sum = SumDays(calendar, from, to, WallSeconds) * kSecondUs;
  const auto& transitions = calendar.zone.transitions;
  const Instant begin = DayStart(calendar.zone, from);
  const Instant end = DayStart(calendar.zone, to);
  auto change =
      std::upper_bound(transitions.begin(), transitions.end(), begin,
                       [](Instant t, const model::ZoneTransition& next) { return t <= next.at; });
  int32_t next_day = from;  // each day is put right once
  for (; change != transitions.end() && change->at < end; ++change) {
    if (change != transitions.begin() && NoWorkOnChange(calendar, *(change - 1), *change)) continue;
    const int32_t last = std::min(DayOf(calendar, change->at), to - 1);
    next_day = std::max(next_day, DayOf(calendar, Instant{change->at.us - 1}));
    for (; next_day <= last; ++next_day) {
      sum += WorkOfDay(calendar, next_day) - WallSeconds(HoursOf(calendar, next_day)) * kSecondUs;
    }
  }
  return sum;
}

// The instant of `day` at which `us` of its working time have passed; a closing instant stays.
Instant AfterWork(const Calendar& calendar, int32_t day, Instant not_before, int64_t us) {
  for (const model::WorkSpan& span : HoursOf(calendar, day)) {
    const Opening open = OpeningOf(calendar, day, span);
    const Instant from = std::max(open.from, not_before);
    if (open.to <= from) continue;
    if (open.to.us - from.us >= us) return Instant{from.us + us};
    us -= open.to.us - from.us;
  }
  return base::kNever;
}

// The same backwards; an opening instant stays.
Instant BeforeWork(const Calendar& calendar, int32_t day, Instant not_after, int64_t us) {
  const WorkSpans spans = HoursOf(calendar, day);
  for (auto span = spans.rbegin(); span != spans.rend(); ++span) {
    const Opening open = OpeningOf(calendar, day, *span);
    const Instant to = std::min(open.to, not_after);
    if (to <= open.from) continue;
    if (to.us - open.from.us >= us) return Instant{to.us - us};
    us -= to.us - open.from.us;
  }
  return base::kNever;
}

// Where a search stands: `left` is still to be worked off from the days at and beyond `day`.
struct Search {
  int32_t day;
  int64_t left;
  int32_t direction;  // 1 or -1
};

// Leaves whole weeks behind while less than what is left lies in them. Holidays make each guess
// short by a few per cent, so few guesses reach the week.
void SkipWeeks(const Calendar& calendar, Search* search) {
  int64_t week = 0;
  for (const auto& spans : calendar.week) week += WallSeconds(spans) * kSecondUs;
  if (week == 0) return;
  int64_t weeks = search->left / week;
  while (weeks > 0) {
    const int64_t days = 7 * weeks;
    if (days > kLastReckonedDay ||
        !Reckonable(search->day + search->direction * static_cast<int32_t>(days))) {
      weeks /= 2;
      continue;
    }
    const auto n = static_cast<int32_t>(days);
    const int64_t work = search->direction > 0
                             ? WorkOfDays(calendar, search->day, search->day + n)
                             : WorkOfDays(calendar, search->day - n + 1, search->day + 1);
    if (work == 0) return;
    if (work < search->left) {
      search->day += search->direction * n;
      search->left -= work;
      weeks = search->left / week;
    } else {
      weeks /= 2;
    }
  }
}

// Goes to the day on which the rest is worked off; false when there is none.
bool FindDay(const Calendar& calendar, Search* search) {
  SkipWeeks(calendar, search);
  for (int32_t idle = 0; idle <= kIdleDays && Reckonable(search->day); ++idle) {
    const int64_t work = WorkOfDay(calendar, search->day);
    if (work >= search->left) return true;
    search->left -= work;
    search->day += search->direction;
    if (work > 0) idle = 0;
  }
  return false;
}

Reckoned AddForward(const Calendar& calendar, Instant start, int64_t us) {
  const int32_t first = DayOf(calendar, start);
  const int64_t today = WorkWithin(calendar, first, start, base::kNever);
  if (today >= us)
    return {AfterWork(calendar, first, start, us), OutsideCoverage(calendar, first, first)};
  Search search{first + 1, us - today, 1};
  if (!FindDay(calendar, &search)) return kNoWork;
  return {AfterWork(calendar, search.day, base::kLongAgo, search.left),
          OutsideCoverage(calendar, first, search.day)};
}

Reckoned AddBackward(const Calendar& calendar, Instant start, int64_t us) {
  const int32_t first = DayOf(calendar, start);
  const int64_t today = WorkWithin(calendar, first, base::kLongAgo, start);
  if (today >= us)
    return {BeforeWork(calendar, first, start, us), OutsideCoverage(calendar, first, first)};
  Search search{first - 1, us - today, -1};
  if (!FindDay(calendar, &search)) return kNoWork;
  return {BeforeWork(calendar, search.day, base::kNever, search.left),
          OutsideCoverage(calendar, first, search.day)};
}

// The first opening that ends after `t`, and its day.
std::optional<Opening> NextOpening(const Calendar& calendar, Instant t, int32_t* last_day) {
  const int32_t first = DayOf(calendar, t);
  for (int32_t day = first; day - first <= kIdleDays && Reckonable(day); ++day) {
    for (const model::WorkSpan& span : HoursOf(calendar, day)) {
      const Opening open = OpeningOf(calendar, day, span);
      *last_day = day;
      if (open.from < open.to && t < open.to) return open;
    }
  }
  return std::nullopt;
}

}  // namespace

WorkSpans HoursOf(const Calendar& calendar, int32_t day) {
  if (!calendar.special.empty()) {
    const auto special = calendar.special.find(day);
    if (special != calendar.special.end()) return special->second;
  }
  return IsHoliday(calendar, day) ? WorkSpans() : WorkSpans(calendar.week[Weekday(day)]);
}

Reckoned AddWorking(const Calendar& calendar, Instant start, Duration amount) {
  if (!Reckonable(LocalDay(calendar.zone, start))) return kNoWork;
  if (amount.us == 0) return NextWorking(calendar, start);
  return amount.us > 0 ? AddForward(calendar, start, amount.us)
                       : AddBackward(calendar, start, -amount.us);
}

Duration WorkingBetween(const Calendar& calendar, Instant from, Instant to) {
  if (to < from) return Duration{-WorkingBetween(calendar, to, from).us};
  const int32_t first = DayOf(calendar, from);
  const int32_t last = DayOf(calendar, to);
  if (first == last) return Duration{WorkWithin(calendar, first, from, to)};
  return Duration{WorkWithin(calendar, first, from, base::kNever) +
                  WorkOfDays(calendar, first + 1, last) +
                  WorkWithin(calendar, last, base::kLongAgo, to)};
}

bool IsWorking(const Calendar& calendar, Instant t) {
  const int32_t day = DayOf(calendar, t);
  const WorkSpans spans = HoursOf(calendar, day);
  return std::any_of(spans.begin(), spans.end(), [&](const model::WorkSpan& span) {
    const Opening open = OpeningOf(calendar, day, span);
    return open.from <= t && t < open.to;
  });
}

Reckoned NextWorking(const Calendar& calendar, Instant t) {
  int32_t day = 0;
  const std::optional<Opening> open = NextOpening(calendar, t, &day);
  if (!open.has_value()) return kNoWork;
  return {std::max(open->from, t), OutsideCoverage(calendar, DayOf(calendar, t), day)};
}

Reckoned NextClosing(const Calendar& calendar, Instant t) {
  int32_t day = 0;
  const std::optional<Opening> open = NextOpening(calendar, t, &day);
  if (!open.has_value()) return kNoWork;
  return {open->to, OutsideCoverage(calendar, DayOf(calendar, t), day)};
}

}  // namespace caseclock::core
