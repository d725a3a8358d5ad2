#pragma once

// Finds rules that read well and cannot work: clocks that never start, stop or pause, warnings
// longer than their limit, stages that no event of theirs leads to, queues that no case reaches.
// The traps are those that vendors document for their own service-level rules.

#include "engine/model/policy.h"
#include "engine/policy/problem.h"

namespace caseclock::policy {

// `places` says where the parts of the set stand. Parts that had errors are left out of the set.
Problems Lint(const model::PolicySet& set, const Places& places);

}  // namespace caseclock::policy
