#include "engine/core/calendar.h"

#include <algorithm>

namespace caseclock::core {
namespace {

using base::Instant;
using model::TimeZone;

constexpr int64_t kSecondUs = 1'000'000;
constexpr int64_t kDayUs = 86'400 * kSecondUs;
// No zone was ever further from UTC than this.
constexpr int64_t kMostOffsetUs = 26 * 3'600 * kSecondUs;
// Beyond it (kNever and its like) local time is not worth an overflow.
constexpr int64_t kFarUs = int64_t{1} << 62;

int64_t FloorDiv(int64_t a, int64_t b) {
  return a >= 0 ? a / b : (a + 1) / b - 1;
}

// The index of the transition in force at `t`. REQUIRES: there are transitions.
size_t SegmentAt(const TimeZone& zone, Instant t) {
  const auto later =
      std::upper_bound(zone.transitions.begin(), zone.transitions.end(), t,
                       [](Instant at, const model::ZoneTransition& next) { return at < next.at; });
  return later == zone.transitions.begin()
             ? 0
             : static_cast<size_t>(later - zone.transitions.begin()) - 1;
}

// What the clock on the wall shows, as microseconds since its own 1970-01-01 00:00.
int64_t LocalUs(const TimeZone& zone, Instant t) {
  return std::clamp(t.us, -kFarUs, kFarUs) + UtcOffset(zone, t) * kSecondUs;
}

// The first instant at which the clock on the wall shows `local_us` or later: the end of a gap,
// the earlier one of an overlap. Monotone, so that spans of a day stay in order.
Instant EarliestAt(const TimeZone& zone, int64_t local_us) {
  if (zone.transitions.empty()) return Instant{local_us};
  size_t i = SegmentAt(zone, Instant{local_us - kMostOffsetUs});
  for (; i + 1 < zone.transitions.size(); ++i) {
    const int64_t local_end =
        zone.transitions[i + 1].at.us + zone.transitions[i].utc_offset_s * kSecondUs;
    if (local_end > local_us) break;
  }
  return Instant{
      std::max(zone.transitions[i].at.us, local_us - zone.transitions[i].utc_offset_s * kSecondUs)};
}

// The rule for calendar addition: gaps move forward by the gap, overlaps prefer an offset.
Instant AtLocal(const TimeZone& zone, int64_t local_us, int32_t preferred_offset_s) {
  const Instant earliest = EarliestAt(zone, local_us);
  if (LocalUs(zone, earliest) != local_us) {
    const int32_t before = UtcOffset(zone, Instant{earliest.us - 1});
    return Instant{local_us - before * kSecondUs};
  }
  const Instant preferred{local_us - preferred_offset_s * kSecondUs};
  return UtcOffset(zone, preferred) == preferred_offset_s ? preferred : earliest;
}

}  // namespace

CorrespondingDay AddMonthsToDay(int32_t day, int32_t months) {
  const base::CivilDate date = base::CivilFromDays(day);
  const int64_t index = date.year * 12 + (date.month - 1) + months;
  const int64_t year = FloorDiv(index, 12);
  const auto month = static_cast<unsigned>(index - year * 12 + 1);
  const auto last = base::LastDayOfMonth(year, month);
  return {static_cast<int32_t>(base::DaysFromCivil(year, month, std::min(date.day, last))),
          date.day <= last};
}

Instant EndOfWholeDays(const TimeZone& zone, int32_t day, const base::Period& period,
                       bool counts_first_day) {
  const CorrespondingDay date = AddMonthsToDay(day, period.months);
  const bool reached = !counts_first_day || !date.exists;
  return DayStart(zone, date.day + period.days + (reached ? 1 : 0));
}

int32_t UtcOffset(const TimeZone& zone, Instant t) {
  return zone.transitions.empty() ? 0 : zone.transitions[SegmentAt(zone, t)].utc_offset_s;
}

int32_t LocalDay(const TimeZone& zone, Instant t) {
  return static_cast<int32_t>(FloorDiv(LocalUs(zone, t), kDayUs));
}

Instant DayStart(const TimeZone& zone, int32_t day) {
  return EarliestAt(zone, day * kDayUs);
}

Instant WallTime(const TimeZone& zone, int32_t day, int32_t second) {
  return EarliestAt(zone, day * kDayUs + second * kSecondUs);
}

Instant AddPeriod(const TimeZone& zone, Instant start, const base::Period& period) {
  if (start.us > kFarUs || start.us < -kFarUs) return start;
  Instant t = start;
  if (period.months != 0 || period.days != 0) {
    const int64_t local = LocalUs(zone, start);
    const int64_t day = FloorDiv(local, kDayUs);
    const int64_t target =
        AddMonthsToDay(static_cast<int32_t>(day), period.months).day + period.days;
    t = AtLocal(zone, target * kDayUs + (local - day * kDayUs), UtcOffset(zone, start));
  }
  return t + period.time;
}

std::optional<model::Meeting> NextMeeting(const model::Calendar& calendar, base::Atom kind,
                                          Instant t) {
  const auto known = calendar.meetings.find(kind);
  if (known == calendar.meetings.end()) return std::nullopt;
  const auto next = std::lower_bound(
      known->second.begin(), known->second.end(), t,
      [](const model::Meeting& meeting, Instant from) { return meeting.cutoff < from; });
  if (next == known->second.end()) return std::nullopt;
  return *next;
}

}  // namespace caseclock::core
