#pragma once

// Finds rules that read well and cannot work: clocks that never start, stop, pause or resume,
// warnings longer than their limit, grades without one, stages that no event leads to, queues that
// no case reaches, clocks that nobody answers for, calendars without the hours, meetings or days
// that are needed. The traps are those that vendors document for their own service-level rules.
// Each finding says what was expected, what stands there, and what mends it.

#include "engine/base/instant.h"
#include "engine/model/policy.h"
#include "engine/policy/problem.h"

namespace caseclock::policy {

// `places` says where the parts of the set stand. Parts that had errors are left out of the set.
Problems Lint(const model::PolicySet& set, const Places& places);

// What is there and used by nothing, and clocks that nobody answers for. Apart from Lint, because
// it misleads where a part had errors and was left out.
Problems LintUse(const model::PolicySet& set, const Places& places);

// Calendars whose coverage or meetings end before `now` (errors), or before what begins `now` will
// be due (warnings). Apart from Lint, because a set that is in force must load on any day.
Problems LintHorizon(const model::PolicySet& set, const Places& places, base::Instant now);

}  // namespace caseclock::policy
