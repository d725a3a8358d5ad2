#pragma once

// An alert as it is told: of which rung, by which rule, and with the proof of its due instant.
// Pure.

#include <string_view>

#include "engine/core/reconcile.h"
#include "engine/core/step.h"
#include "engine/model/alert.h"
#include "engine/model/case_state.h"

namespace caseclock::core {

// What `told` says by its last transition, which it has by now. Queue and rule are those that
// `told` has; risk and handler those of `view`. `wanted`: the reached rung that it is told of, from
// whose cycle the proof comes; nullptr: none stands for it, and there is no proof but of the rule.
model::Alert DescribeAlert(const StepContext& context, std::string_view case_id,
                           const model::CaseView& view, const model::ToldAlert& told,
                           const WantedAlert* wanted);

}  // namespace caseclock::core
