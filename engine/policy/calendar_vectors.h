#pragma once

// Reads worked cases of working-time arithmetic from CSV, with the columns id, op (add, between,
// advance, closing, is_working, add_days, days_between), tz, week (mon-fri=09:00-12:00+13:00-17:00;
// sat=…), holidays (dates separated by ;), special_hours (date=hours;…), start, arg (seconds, an
// end, or days), expected, and any others, which are left alone. core::Answer answers them.
//
// A column `calendar` may name a calendar of a policy set in place of tz, week, holidays and
// special_hours, which may then be left out; a row is by the one or by the other.

#include <string>
#include <string_view>
#include <vector>

#include "engine/model/calendar_vector.h"
#include "engine/policy/problem.h"

namespace caseclock::policy {

// Whether rows may name calendars.
bool NamesCalendars(std::string_view csv);
struct CalendarVectors {
  std::vector<model::CalendarVector> vectors;  // of the rows that can be read
  Problems problems;                           // of the others; or of the header, then of it alone
};
// Every row of `csv`, which is called `file`; `known` are the calendars that rows may name.
CalendarVectors ReadCalendarVectors(std::string_view csv, const std::string& file,
                                    const std::vector<model::Calendar>& known = {});

}  // namespace caseclock::policy
