#pragma once

// Clocks that begin by a sum of stays (Sexual Offences Act 2003 s.84(6): seven
// days, or two or more periods which taken together amount to seven days in any period of twelve
// months). Pure.

#include <span>

#include "engine/core/cycle_life.h"

namespace caseclock::core {

// The first instant, not before the last of the stays began, at which those within the window come
// to the total if that one goes on. A stay's instants leave the window one by one, each a calendar
// period after itself. REQUIRES: ascending, and the last one lasts.
base::Instant InstantOfTotal(const model::Accumulation& rule, const model::TimeZone& zone,
                             std::span<const model::Stay> stays);

// Notes what the event says of the clock's stays; begins a cycle when they come to the total, or
// takes it back when the last one ends before. REQUIRES: the rule accumulates.
void AddUpStays(const Occurrence& o, const model::ClockRule& rule);

}  // namespace caseclock::core
