#pragma once

// What is disregarded of a limit in days: days, not hours. A day counts unless all of it, as far as
// the cycle had begun, lies in what is disregarded; so an hour in custody moves nothing, and who is
// held from the trigger on has the whole limit beginning with the day of release ("determined
// disregarding any time when he is in custody", Sexual Offences Act 2003 s.83(5) and s.84(5)). A
// limit does not pass while it is disregarded: when the end of its last day lies within, it is the
// end of the day on which that ends. The statute disregards time and has a period of days; that a
// day partly free counts is our reading [DESIGN]. Pure.

#include "engine/core/deadline.h"

namespace caseclock::core {

// Whether the rule's limit is the end of a day, and there is a calendar to count days by.
bool CountsByDay(const ClockBasis& basis);

// `t`, reckoned as if nothing were disregarded, moved on by the days (by the working days) that
// are. Keeps the time of day; the end of a day stays one. kNever when a pause that lasts comes
// first.
base::Instant BeyondExcludedDays(const ClockBasis& basis, const model::ClockState& state,
                                 base::Instant t, bool* beyond_horizon);

// Where a span that ends with `second` begins that excludes as many days as both.
base::Instant MergedDaysFrom(const ClockBasis& basis, const model::ClockState& state,
                             const model::ExcludedSpan& first, const model::ExcludedSpan& second);

}  // namespace caseclock::core
