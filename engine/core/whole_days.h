#pragma once

// What is disregarded of a limit in days. Time on the clock on the wall is added up, and every
// whole 24 hours of it, or as much of working days, move the limit by a day: ten minutes in custody
// move nothing, and a change of the clocks adds none. What is disregarded from the trigger on takes
// that day with it, so who is held from then on has the whole limit beginning with the day of
// release
// ("determined disregarding any time when he is in custody", Sexual Offences Act 2003 s.83(5) and
// s.84(5)). A limit does not pass while it is disregarded: it is then the end of the day on which
// that ends. The statute disregards time and has a period of days; how the two are put together is
// our reading [DESIGN]. Pure.

#include <cstdint>
#include <optional>

#include "engine/core/deadline.h"

namespace caseclock::core {

// Whether the rule's limit is the end of a day, and there is a calendar to count days by.
bool CountsByDay(const ClockBasis& basis);

// `t`, reckoned as if nothing were disregarded, moved on by the days (by the working days) that
// are: a due instant, or one on the way. Keeps the time of day; the end of a day stays one. kNever
// when a pause that lasts comes first, or the calendar has no such day.
base::Instant BeyondExcludedDays(const ClockBasis& basis, const model::ClockState& state,
                                 base::Instant t);

// A limit in days told to people: local days since 1970-01-01, as LocalDay has them.
struct DaysOfCycle {
  bool working = false;         // of working days
  int32_t first = 0;            // the first day that counts
  std::optional<int32_t> last;  // with whose end the limit passes; unknown while a pause lasts.
                                // Holds and extensions come on top.
  int32_t limit = 0;            // how many days it has
  int32_t counted = 0;          // those that have begun by the instant, excluded ones left out
  int32_t disregarded = 0;      // by so many days pauses have moved it
};
// Absent: the cycle has no limit. REQUIRES: CountsByDay(basis)
std::optional<DaysOfCycle> DaysOf(const ClockBasis& basis, const model::ClockState& state,
                                  base::Instant t);
// What [from, to) takes of the days of the limit, on the wall. REQUIRES: CountsByDay(basis)
base::Duration DisregardedBetween(const ClockBasis& basis, const model::ClockState& state,
                                  base::Instant from, base::Instant to);

// Where a span that ends with `second` begins that excludes as much as both, to the second.
base::Instant MergedDaysFrom(const ClockBasis& basis, const model::ClockState& state,
                             const model::ExcludedSpan& first, const model::ExcludedSpan& second);

}  // namespace caseclock::core
