#pragma once

// Having a whole group to oneself: for commands that write what only its engines write.

#include <cstdint>
#include <functional>
#include <string>

#include "engine/base/instant.h"
#include "engine/base/result.h"
#include "engine/log/log.h"

namespace caseclock::runtime {

// Waits until `consumer`, a member of `group` for one topic, has all its `partitions`. Whoever has
// them is alone, and has the group's leave to commit their offsets. Members that ended without a
// word are forgotten after their session. Errors: kUnavailable (others are there after
// `max_wait`), and those of the log.
base::Status TakeAllPartitions(log::Consumer* consumer, int32_t partitions,
                               const std::string& group,
                               const std::function<base::Duration()>& monotonic,
                               base::Duration max_wait);

}  // namespace caseclock::runtime
