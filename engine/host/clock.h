#pragma once

// The clocks of this machine. Only the runtime and main programs read them, once per loop; below
// them time is always passed in. Any thread.

#include "engine/base/instant.h"

namespace caseclock::host {

// CLOCK_REALTIME.
base::Instant WallClock();
// CLOCK_MONOTONIC: the time since some origin. Does not count while the machine sleeps.
base::Duration Monotonic();

}  // namespace caseclock::host
