#pragma once

// The POSIX TZ rule at the end of a TZif file ("GMT0BST,M3.5.0/1,M10.5.0"): how the clocks change
// in the years that the file's table does not list.

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "engine/model/calendar.h"

namespace caseclock::policy {

// A day of the year and a time on its wall.
struct RuleDate {
  enum class Kind : uint8_t { kMonthWeekday, kDayWithoutLeap, kDayFromZero };
  Kind kind = Kind::kMonthWeekday;
  int32_t month = 0;    // 1 … 12
  int32_t week = 0;     // 1 … 5; 5 is the last
  int32_t weekday = 0;  // 0 is Sunday
  int32_t day = 0;      // of the year, for the other kinds
  int32_t time_s = 7'200;
};

struct PosixRule {
  int32_t standard_offset_s = 0;
  int32_t summer_offset_s = 0;
  bool has_summer = false;
  RuleDate summer_from;
  RuleDate summer_to;
};

// nullopt when `text` is not such a rule.
std::optional<PosixRule> ParsePosixRule(std::string_view text);

// The transitions of `year`, in order.
std::vector<model::ZoneTransition> TransitionsOf(const PosixRule& rule, int64_t year);

}  // namespace caseclock::policy
