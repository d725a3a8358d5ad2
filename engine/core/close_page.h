#pragma once

// Closing pages: what a case no longer needs at hand leaves its record. Pure.

#include "engine/core/step.h"

namespace caseclock::core {

// Closes pages while the newest one holds more than it should.
void CloseFullPages(const StepContext& context, model::CaseState* state, StepOutcome* outcome);

}  // namespace caseclock::core
