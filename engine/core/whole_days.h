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

#include "engine/core/deadline.h"

namespace caseclock::core {

// Whether the rule's limit is the end of a day, and there is a calendar to count days by.
bool CountsByDay(const ClockBasis& basis);

// `t`, reckoned as if nothing were disregarded, moved on by the days (by the working days) that
// are: a due instant, or one on the way. Keeps the time of day; the end of a day stays one. kNever
// when a pause that lasts comes first.
base::Instant BeyondExcludedDays(const ClockBasis& basis, const model::ClockState& state,
                                 base::Instant t, bool* beyond_horizon);

// Where a span that ends with `second` begins that excludes as much as both, to the second.
base::Instant MergedDaysFrom(const ClockBasis& basis, const model::ClockState& state,
                             const model::ExcludedSpan& first, const model::ExcludedSpan& second);

}  // namespace caseclock::core
