#include "engine/core/calendar_known.h"

#include <algorithm>

namespace caseclock::core {

base::Instant DueBy(const ClockBasis& basis, const model::ClockState& state) {
  model::ClockState other = state;
  // A limit that is none any more, or was kept over a regrade, says nothing about calendars.
  if (state.budget) ResolveBudget(basis, &other);
  DeriveDue(basis, &other);
  return other.due_at;
}

ClockBasis CountedBasis(const StepContext& context, base::Atom workflow, base::Atom queue,
                        const model::ClockState& state) {
  const ClockBasis newest = BasisOf(*context.policies, workflow, queue, state);
  if (context.timeline.size() < 2 || newest.rule == nullptr) return newest;
  auto at = std::find_if(
      context.timeline.begin(), context.timeline.end(),
      [&](const model::PolicyPeriod& period) { return period.effective_from > context.now; });
  while (at != context.timeline.begin()) {
    --at;
    const ClockBasis basis = BasisOf(*at->set, workflow, queue, state);
    if (basis.rule == nullptr) continue;
    if (DueBy(basis, state) != state.due_at) continue;
    // The same version may be in many sets.
    const bool same = newest.calendar != nullptr && basis.calendar != nullptr &&
                      newest.calendar->id == basis.calendar->id &&
                      newest.calendar->version == basis.calendar->version;
    return same ? newest : basis;
  }
  return newest;
}

Corrected WithCalendarsOf(const model::PolicySet& last,
                          std::span<const model::PolicyPeriod> timeline) {
  Corrected corrected;
  for (const model::PolicyPeriod& period : timeline) {
    auto set = std::make_unique<model::PolicySet>(*period.set);
    for (model::Calendar& calendar : set->calendars) {
      const model::Calendar* newer = model::FindCalendar(last, calendar.id);
      if (newer != nullptr) calendar = *newer;
    }
    corrected.timeline.push_back({period.effective_from, set.get()});
    corrected.sets.push_back(std::move(set));
  }
  return corrected;
}

std::vector<const model::Calendar*> CalendarsOfQueue(const model::PolicySet& policies,
                                                     base::Atom queue) {
  std::vector<const model::Calendar*> calendars;
  const model::QueueBinding* binding = model::FindQueue(policies, queue.view());
  if (binding == nullptr) return calendars;
  const auto add = [&](base::Atom id) {
    const model::Calendar* calendar = model::FindCalendar(policies, id);
    const bool known = std::find(calendars.begin(), calendars.end(), calendar) != calendars.end();
    if (calendar != nullptr && !known) calendars.push_back(calendar);
  };
  add(binding->calendar);
  if (const model::Workflow* workflow = model::FindWorkflow(policies, binding->workflow)) {
    for (const model::WorkflowVersion& version : workflow->versions) {
      for (const model::ClockRule& clock : version.clocks) {
        if (!clock.calendar.empty()) add(clock.calendar);
      }
    }
  }
  return calendars;
}

}  // namespace caseclock::core
