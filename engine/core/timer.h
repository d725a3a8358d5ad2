#pragma once

// When time alone next changes something about a case. Pure.

#include "engine/core/step.h"

namespace caseclock::core {

// The first instant after `context.now` at which a rung is reached, an entry dated ahead takes
// effect or an acknowledgement runs out; kNever if there is none.
base::Instant NextTimer(const StepContext& context, const model::CaseState& state);

}  // namespace caseclock::core
