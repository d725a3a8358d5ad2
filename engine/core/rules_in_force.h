#pragma once

// The rules that a case, its clocks and its next event stand under. Pure.

#include "engine/core/deadline.h"
#include "engine/core/step.h"
#include "engine/model/case_state.h"
#include "engine/model/event.h"
#include "engine/model/policy.h"

namespace caseclock::core {

// The set that `event` is judged by, as the next one folded into `view`: the one in force when it
// happened. A case may stand under rules that came later, as when an old referral to a new queue
// comes in; then the first set that has them.
const model::PolicySet& PoliciesFor(const StepContext& context, const model::CaseView& view,
                                    const model::Event& event);

// The policy version a view lives under; nullptr before the referral.
const model::WorkflowVersion* VersionOf(const model::PolicySet& policies,
                                        const model::CaseView& view);
// The version of the case's workflow that is in force at `t`; nullptr before the referral.
const model::WorkflowVersion* VersionInForce(const model::PolicySet& policies,
                                             const model::CaseView& view, base::Instant t);
// The version that a cycle of the case begins under at `t`: the one in force, or the one that the
// case was moved to, where that comes later. nullptr before the referral.
const model::WorkflowVersion* VersionToBegin(const model::PolicySet& policies,
                                             const model::CaseView& view, base::Instant t);
// The version that a cycle of the case runs under. REQUIRES: the policies have it, as activation
// sees to.
const model::WorkflowVersion& VersionOfCycle(const model::PolicySet& policies,
                                             const model::CaseView& view,
                                             const model::ClockState& cycle);
// The rule a cycle runs by, in the version that it is stamped with, and its calendar. The rule is
// nullptr only when the policy set lost it, which activation forbids.
ClockBasis BasisOf(const model::PolicySet& policies, base::Atom workflow, base::Atom queue,
                   const model::ClockState& clock);
ClockBasis BasisOf(const model::PolicySet& policies, const model::CaseView& view,
                   const model::ClockState& clock);

}  // namespace caseclock::core
