#pragma once

// Look-backs (domain shape C9): what happened within a period before an event. Pure.

#include <span>
#include <vector>

#include "engine/model/case_state.h"
#include "engine/model/event.h"
#include "engine/model/policy.h"

namespace caseclock::core {

// Those of the version that hold at `t`, by what was noted so far.
std::vector<base::Atom> HoldingLookbacks(const model::PolicySet& policies,
                                         const model::WorkflowVersion& version,
                                         const model::CaseView& view, base::Instant t);

// Notes the event, as which `holding` hold, for those that look back to it.
void NoteForLookbacks(const model::WorkflowVersion& version, const model::Event& event,
                      std::span<const base::Atom> holding, model::CaseView* view);

}  // namespace caseclock::core
