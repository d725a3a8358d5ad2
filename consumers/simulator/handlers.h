#pragma once

// What is known of the people of the synthetic force: who is qualified for what, whose
// accreditation lapses, who is away. Pure.

#include <vector>

#include "consumers/simulator/generator.h"

namespace caseclock::simulator {

// People in each queue, "h/rso/1" and so on.
inline constexpr uint32_t kHandlers = 40;

// In order of arrival; most come before the first case.
std::vector<Generated> HandlerFacts(const Options& options);

}  // namespace caseclock::simulator
