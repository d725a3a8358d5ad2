#pragma once

// One worked case of calendar arithmetic: a question, and the answer that its source gives. Read
// from CSV by engine/policy/calendar_vectors.h, answered by engine/core/calendar_vectors.h.

#include <cstdint>
#include <string>

#include "engine/base/instant.h"
#include "engine/model/calendar.h"

namespace caseclock::model {

enum class CalendarQuestion : uint8_t {
  kAdd,          // start plus `seconds` of working time
  kBetween,      // working seconds from start to end, fractions dropped
  kAdvance,      // the first working instant at or after start
  kClosing,      // the closing instant at or after start
  kIsWorking,    // true or false
  kAddDays,      // `days` working days on; a start that is none is rolled that way first
  kDaysBetween,  // working days after start up to and including end
};

struct CalendarVector {
  std::string id;
  CalendarQuestion question = CalendarQuestion::kAdd;
  Calendar calendar;
  base::Instant start;  // instants, for the first five questions
  base::Instant end;
  int64_t seconds = 0;
  int32_t start_day = 0;  // local days, for the last two
  int32_t end_day = 0;
  int32_t days = 0;
  std::string expected;  // in the form of Answer: RFC 3339 in UTC, a number, a date, a word
};

}  // namespace caseclock::model
