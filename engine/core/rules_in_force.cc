#include "engine/core/rules_in_force.h"

#include <algorithm>

#include "engine/base/check.h"

namespace caseclock::core {
namespace {

using base::Atom;
using model::CaseView;
using model::Event;

// Whether a set has all that the case stands on and that the event names.
bool CanJudge(const model::PolicySet& set, const CaseView& view, const Event& event) {
  if (view.referred && VersionOf(set, view) == nullptr) return false;
  const auto lost = [&](const model::ClockState& clock) {
    return BasisOf(set, view, clock).rule == nullptr;
  };
  if (std::any_of(view.clocks.begin(), view.clocks.end(), lost)) return false;
  if (std::any_of(view.stopped.begin(), view.stopped.end(), lost)) return false;
  if (const auto* referred = std::get_if<model::Referred>(&event.body)) {
    return model::FindQueue(set, referred->queue.view()) != nullptr;
  }
  const auto* transferred = std::get_if<model::Transferred>(&event.body);
  return transferred == nullptr || model::FindQueue(set, transferred->queue.view()) != nullptr;
}

}  // namespace

const model::WorkflowVersion* VersionOf(const model::PolicySet& policies, const CaseView& view) {
  const model::Workflow* workflow = model::FindWorkflow(policies, view.workflow);
  return workflow == nullptr ? nullptr : model::FindVersion(*workflow, view.policy_version);
}

const model::WorkflowVersion* VersionInForce(const model::PolicySet& policies, const CaseView& view,
                                             base::Instant t) {
  const model::Workflow* workflow = model::FindWorkflow(policies, view.workflow);
  if (workflow == nullptr) return nullptr;
  // No case is older than its referral, whatever had happened before.
  return model::VersionAt(*workflow, view.referred ? std::max(t, view.opened_at) : t);
}

const model::WorkflowVersion* VersionToBegin(const model::PolicySet& policies, const CaseView& view,
                                             base::Instant t) {
  const model::WorkflowVersion* own = VersionOf(policies, view);
  const model::WorkflowVersion* in_force = VersionInForce(policies, view, t);
  return own > in_force ? own : in_force;  // of one vector, ascending by their dates
}

const model::WorkflowVersion& VersionOfCycle(const model::PolicySet& policies, const CaseView& view,
                                             const model::ClockState& cycle) {
  const model::Workflow* workflow = model::FindWorkflow(policies, view.workflow);
  CHECK(workflow != nullptr);
  const model::WorkflowVersion* version = model::FindVersion(*workflow, cycle.policy_version);
  CHECK(version != nullptr);
  return *version;
}

ClockBasis BasisOf(const model::PolicySet& policies, const CaseView& view,
                   const model::ClockState& clock) {
  return BasisOf(policies, view.workflow, view.queue, clock);
}

ClockBasis BasisOf(const model::PolicySet& policies, Atom workflow_name, Atom queue,
                   const model::ClockState& clock) {
  const model::Workflow* workflow = model::FindWorkflow(policies, workflow_name);
  if (workflow == nullptr) return {};
  const model::WorkflowVersion* version = model::FindVersion(*workflow, clock.policy_version);
  if (version == nullptr) return {};
  const model::ClockRule* rule = model::FindClock(*version, clock.clock);
  if (rule == nullptr) return {};
  return {rule, CalendarFor(policies, *rule, queue)};
}

const model::PolicySet& PoliciesFor(const StepContext& context, const CaseView& view,
                                    const Event& event) {
  if (context.timeline.size() < 2) return *context.policies;
  const auto later = std::find_if(
      context.timeline.begin() + 1, context.timeline.end(),
      [&](const model::PolicyPeriod& period) { return period.effective_from > event.occurred_at; });
  for (auto at = later - 1; at != context.timeline.end() && at->set != context.policies; ++at) {
    if (CanJudge(*at->set, view, event)) return *at->set;
  }
  return *context.policies;
}

}  // namespace caseclock::core
