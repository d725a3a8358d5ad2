#pragma once

// Answers worked cases of calendar arithmetic, so that anybody can hold the engine against cases
// of their own (`caseclock calendar check`).

#include <string>

#include "engine/model/calendar_vector.h"

namespace caseclock::core {

// The answer as text, comparable with `vector.expected`; "never" where there is none.
std::string Answer(const model::CalendarVector& vector);
// Whether the answer leans on a day that the calendar, if it has a name, does not cover.
bool BeyondHorizon(const model::CalendarVector& vector);

}  // namespace caseclock::core
