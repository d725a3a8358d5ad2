#pragma once

// The calendar of a queue, and the time zone of a calendar that may be missing. Pure.

#include "engine/model/policy.h"

namespace caseclock::core {

// nullptr: the queue has none. The result lives as long as `policies`.
const model::Calendar* QueueCalendar(const model::PolicySet& policies, base::Atom queue);

// UTC where there is no calendar.
const model::TimeZone& ZoneOf(const model::Calendar* calendar);

}  // namespace caseclock::core
