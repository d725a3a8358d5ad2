#pragma once

// What a policy set says, as JSON for people and tools: its hash, the workflows with their stages,
// grades and clocks, the queues and the calendars. Pure.

#include <cstdint>
#include <string>

#include "engine/model/policy.h"

namespace caseclock::http {

std::string PolicySetToJson(const model::PolicySet& set);
// "20 working days", "P7D", "PT4H of working time": a limit under a rule.
std::string LimitText(const model::DeadlineRule& rule, const base::Period& limit);

}  // namespace caseclock::http
