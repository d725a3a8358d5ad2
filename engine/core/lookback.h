#pragma once

// Look-backs: what happened within a period before an event, at an earlier instant than it; and
// what else an event may be asked for with `when` and `unless`. Each version of a workflow has its
// own; what is the same in two goes on from the one to the other. Pure.

#include <vector>

#include "engine/model/case_state.h"
#include "engine/model/event.h"
#include "engine/model/policy.h"

namespace caseclock::core {

// Those of the version that hold at `t`, by what was noted so far.
std::vector<base::Atom> HoldingLookbacks(const model::PolicySet& policies,
                                         const model::WorkflowVersion& version,
                                         const model::CaseView& view, base::Instant t);

// Those, and what a screening decision has made to hold by the guidance in force. The event is in
// the view.
std::vector<base::Atom> HoldingConditions(const model::PolicySet& policies,
                                          const model::WorkflowVersion& version,
                                          const model::Event& event, const model::CaseView& view);

// Notes the event for those that look back to it, in any version of the case's workflow.
void NoteForLookbacks(const model::PolicySet& policies, const model::Event& event,
                      model::CaseView* view);

}  // namespace caseclock::core
