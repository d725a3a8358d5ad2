#pragma once

// Calendars are corrected: a bank holiday is announced late. A due instant is as it was known when
// the case last changed, by the calendar in force then, and so is what was told of it; as known now
// it may be another. What counted is not stored: it is the newest calendar that gives the due
// instant. Pure.

#include <memory>
#include <vector>

#include "engine/core/rules_in_force.h"
#include "engine/core/step.h"

namespace caseclock::core {

// When the cycle would be due by another basis, all else as it is; kNever: not at all.
base::Instant DueBy(const ClockBasis& basis, const model::ClockState& state);

// The basis of a cycle with the calendar that counted: of those in force by context.now the newest
// by which it is due when it is.
ClockBasis CountedBasis(const StepContext& context, base::Atom workflow, base::Atom queue,
                        const model::ClockState& state);

// The sets of a timeline with the calendars of the last one in place of their own: for what was due
// then, as known now. What the last one no longer has stays.
struct Corrected {
  std::vector<std::unique_ptr<model::PolicySet>> sets;
  std::vector<model::PolicyPeriod> timeline;
};
Corrected WithCalendarsOf(const model::PolicySet& last,
                          std::span<const model::PolicyPeriod> timeline);

// The calendars that the clocks of a queue go by, under a set.
std::vector<const model::Calendar*> CalendarsOfQueue(const model::PolicySet& policies,
                                                     base::Atom queue);

}  // namespace caseclock::core
