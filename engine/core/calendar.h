#pragma once

// Calendar arithmetic: local days, calendar periods and working time. Pure. All instants UTC.
// Semantics and worked cases: tests/unit/core/calendar_test.cc names its sources.

#include <cstdint>
#include <optional>

#include "engine/base/instant.h"
#include "engine/base/time_text.h"
#include "engine/model/calendar.h"

namespace caseclock::core {

// A computed instant. `beyond_horizon`: a day the calendar does not cover was touched, so the
// answer may change with newer calendar data.
struct Reckoned {
  base::Instant at;
  bool beyond_horizon = false;
};

// Seconds between local time and UTC at `t`.
int32_t UtcOffset(const model::TimeZone& zone, base::Instant t);
// The local day (since 1970-01-01) that contains `t`.
int32_t LocalDay(const model::TimeZone& zone, base::Instant t);
// The instant at which local day `day` begins. A midnight that does not exist (spring) is the
// first instant after the gap; one that exists twice (autumn) is the earlier.
base::Instant DayStart(const model::TimeZone& zone, int32_t day);

// Calendar addition: months (clipped to the last day of the month), then days, at the same local
// time of day, then exact time. A local time in a spring gap moves forward by the gap; in an
// autumn overlap it keeps the offset of the start if that is one of the two, else the earlier.
base::Instant AddPeriod(const model::TimeZone& zone, base::Instant start,
                        const base::Period& period);

// The day of the same number `months` later. In a month that has none it is the last day, and
// `exists` is false ("corresponding date", Dodds v Walker [1981] 1 WLR 1027).
struct CorrespondingDay {
  int32_t day = 0;
  bool exists = true;
};
CorrespondingDay AddMonthsToDay(int32_t day, int32_t months);
// The end of the period that begins on `day`, with it or on the day after. Months end with the
// corresponding date, which a period that counts its first day does not reach; where the month is
// too short, both end with its last day (Dodds v Walker [1981] 1 WLR 1027).
base::Instant EndOfWholeDays(const model::TimeZone& zone, int32_t day, const base::Period& period,
                             bool counts_first_day);

// Working time. Spans are wall-clock times of local days; a day's hours are special hours, else
// none on a holiday, else the week's. Where a calendar has no working hours within ten years of the
// start the answer is base::kNever, flagged as beyond the horizon.

// `start` plus `amount` of working time; negative goes back. Landing on a closing instant stays
// there; zero from outside working time rolls forward to the next opening.
Reckoned AddWorking(const model::Calendar& calendar, base::Instant start, base::Duration amount);
// Working time in [from, to); negative when reversed.
base::Duration WorkingBetween(const model::Calendar& calendar, base::Instant from,
                              base::Instant to);
bool IsWorking(const model::Calendar& calendar, base::Instant t);
// The first working instant at or after `t`.
Reckoned NextWorking(const model::Calendar& calendar, base::Instant t);
// The closing instant of the span that contains `t`, or of the next one.
Reckoned NextClosing(const model::Calendar& calendar, base::Instant t);

bool IsWorkingDay(const model::Calendar& calendar, int32_t day);
// The `n`th working day after `day` (before it when negative); zero: `day` itself rolled forward.
// nullopt: the calendar has none within ten years.
std::optional<int32_t> AddWorkingDays(const model::Calendar& calendar, int32_t day, int32_t n);
// Working days in (from, to]; negative when reversed.
int32_t WorkingDaysBetween(const model::Calendar& calendar, int32_t from, int32_t to);
// Due instant of "within n working days of `start`": the end of the nth working day, day 0 being
// the day of the trigger (Victims' Code 2020; see engine/core/README.md).
Reckoned EndOfWorkingDay(const model::Calendar& calendar, base::Instant start, int32_t n);

// The first meeting of a kind whose agenda is not closed at `t`; nullopt: none is known.
std::optional<model::Meeting> NextMeeting(const model::Calendar& calendar, base::Atom kind,
                                          base::Instant t);

}  // namespace caseclock::core
