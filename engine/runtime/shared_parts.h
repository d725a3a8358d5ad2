#pragma once

// Parts of what the workers of an engine share, as commands that work on a whole log at rest
// (repair, migrate) need them too.

#include "engine/base/result.h"
#include "engine/runtime/shared.h"

namespace caseclock::runtime {

// Gives the stores their part of options.memory_bytes, and the rest to what ShareMemory names.
void ShareResources(Shared* shared);

// Shares what of options.memory_bytes is left beside the stores and so much of figures among the
// caches of all partitions.
void ShareCaches(Shared* shared, size_t figures_bytes);

// That `events` has as many partitions as `cases`, if that is there. kConfig.
base::Status CheckPartitions(Shared* shared);

// How many threads are to share so many partitions.
int WorkerCount(const EngineOptions& options, int32_t partitions);

// The error of who finds none.
base::Error NoPolicies(const TopicNames& topics);

// Reads the policy sets that were activated so far. kConfig: there is none.
base::Status ReadActivatedPolicies(Shared* shared);

}  // namespace caseclock::runtime
