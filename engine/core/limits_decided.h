#pragma once

// What a person decides about the limit of a clock: the interval fixed for a case, and an extension
// by whoever may grant it. Pure.

#include "engine/core/view_change.h"

namespace caseclock::core {

// Refused: nothing is changed.
Refusal FixInterval(const Application& application, const model::IntervalSet& fixed);
Refusal ExtendLimit(const Application& application, const model::Extended& extension);

}  // namespace caseclock::core
