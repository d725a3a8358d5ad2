#pragma once

// Reads worked cases of working-time arithmetic from CSV, with the columns id, op (add, between,
// advance, closing, is_working, add_days, days_between), tz, week (mon-fri=09:00-12:00+13:00-17:00;
// sat=…), holidays (dates separated by ;), special_hours (date=hours;…), start, arg (seconds, an
// end, or days), expected, and any others, which are left alone. core::Answer answers them.

#include <string_view>
#include <vector>

#include "engine/base/result.h"
#include "engine/model/calendar_vector.h"

namespace caseclock::policy {

// Every row of `csv`. Errors: kInvalid, naming the line.
base::Result<std::vector<model::CalendarVector>> ReadCalendarVectors(std::string_view csv);

}  // namespace caseclock::policy
