#pragma once

// Parts of what the workers of an engine share, as commands that work on a whole log at rest
// (repair, migrate) need them too.

#include "engine/base/result.h"
#include "engine/runtime/shared.h"

namespace caseclock::runtime {

// Gives the stores their part of options.memory_bytes, and the rest to what ShareMemory names.
void ShareResources(Shared* shared);

// Reads the policy sets that were activated so far. kConfig: there is none.
base::Status ReadActivatedPolicies(Shared* shared);

}  // namespace caseclock::runtime
