#pragma once

// Working hours as text: "09:00-12:00+13:00-17:00", days "mon-fri", dates "2026-12-25".

#include <cstdint>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/model/calendar.h"

namespace caseclock::policy {

// Sorted and disjoint spans; nullopt when the text is anything else. "24:00" is the end of a day.
std::optional<std::vector<model::WorkSpan>> ParseHours(std::string_view text);

// "mon" or "mon-fri", Monday 0, first and last; nullopt when it is neither or runs backwards.
std::optional<std::pair<int, int>> ParseWeekdays(std::string_view text);

// "2026-12-25" in days since 1970-01-01.
std::optional<int32_t> ParseDate(std::string_view text);

// The parts between separators; nothing for an empty text.
std::vector<std::string_view> Split(std::string_view text, char separator);

}  // namespace caseclock::policy
