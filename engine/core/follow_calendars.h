#pragma once

// Running cycles follow a corrected calendar. A set of policies may bring another version of a
// calendar: a bank holiday is announced, or taken back. From the instant that the set comes into
// force a cycle is due by the new days, those that lie behind it too; what it reached by the old
// ones before then stays reached unless it is in the future again. That is part of the fold, at its
// place between two events, so that a view is the same however late an event comes and whenever
// somebody looks at the case. Pure.

#include "engine/core/step.h"
#include "engine/model/case_state.h"

namespace caseclock::core {

// Follows what came into force by `until`. REQUIRES: all events until then are folded, none after.
// The earliest instant at which something was followed; kNever: nothing was. What comes into force
// while no cycle lives is not followed, because nobody waits for it.
base::Instant FollowCalendars(const StepContext& context, base::Instant until,
                              model::CaseView* view);

// The latest instant that FollowCalendars would follow; kLongAgo: none.
base::Instant LatestToFollow(const StepContext& context, const model::CaseView& view,
                             base::Instant until);

// Whether FollowCalendars would follow any.
bool HasToFollow(const StepContext& context, const model::CaseView& view, base::Instant until);

// Whether a set has another version of a calendar than the one before it, or takes a queue to
// another calendar.
bool CorrectsCalendars(const model::PolicySet& before, const model::PolicySet& after);

}  // namespace caseclock::core
