#pragma once

// The cycles of a case's clocks: which events begin, stop, cancel, reset and pause them. What
// beginning and ending means is cycle_life.h. Pure.

#include "engine/core/cycle_life.h"

namespace caseclock::core {

// Puts an applied event to every clock of the workflow, in the declared order: stop, cancel, reset,
// pause, hold, resume, release, start. A clock that one of these ends or begins anew sees no
// further one, but what begins takes on the pauses that hold: so no pair depends on the order of a
// list. (Products that leave the order of simultaneous conditions open trap their users: Jira's is
// stop > pause > start, ServiceNow's depends on the update.)
void TriggerCycles(const Occurrence& o);

// Afterwards: what the event changed about the handler, or about what is asked of him. Clocks that
// run while he lacks something begin and end at it.
void FollowHandler(const Occurrence& o);

// What an event changes of the limits of live cycles, and of those that wait: another grade, an
// interval fixed by a person, another value of a class. Cycles that the event ends are left alone
// by a grade and a class: they end by the limit they had. `cause`: the record of the event.
void RegradeCycles(const model::PolicySet& policies, base::Atom risk, const model::Event& event,
                   const model::Arrival& cause, model::CaseView* view);
void SetCycleInterval(const model::PolicySet& policies, const model::IntervalSet& fixed,
                      const model::Event& event, const model::Arrival& cause,
                      model::CaseView* view);
void ReclassCycles(const model::PolicySet& policies, const model::ClassValue& now,
                   const model::Event& event, const model::Arrival& cause, model::CaseView* view);

// The case is moved to another version of its workflow: the live cycles whose clocks that has go on
// by its rules, counted from the same origins; the others run on by their own.
void MoveCycles(const model::PolicySet& policies, const model::WorkflowVersion& version,
                const model::Event& event, const model::Arrival& cause, model::CaseView* view,
                FoldEffects* effects);

// By the calendar of `queue`, where that is another one than the calendar of the case's queue,
// which the case leaves.
void RequeueCycles(const model::PolicySet& policies, base::Atom queue, const model::Event& event,
                   const model::Arrival& cause, model::CaseView* view);

// Live cycles that events before `t` began, and moved, have reached what lies before it. What those
// warned of that they went on from, `warned`, is told of them.
void BeginLateCycles(const model::PolicySet& policies, base::Instant t,
                     std::span<const WarnedBefore> warned, model::CaseView* view);

// Ends every live cycle at the event, and forgets what others would have begun by, or would not:
// the case moves to other work.
void EndCycles(const model::PolicySet& policies, const model::Event& event,
               const model::Arrival& cause, model::CaseView* view, FoldEffects* effects);

}  // namespace caseclock::core
