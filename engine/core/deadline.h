#pragma once

// When a cycle is due: the limit resolved from its rule and calendar, what is excluded from it, how
// far it may be extended. Everything here is derived from the cycle's state; nothing happens at an
// instant (that is clock.h). Pure.

#include <optional>

#include "engine/base/instant.h"
#include "engine/model/case_state.h"
#include "engine/model/policy.h"

namespace caseclock::core {

// What a clock is reckoned by. Both pointers outlive the call.
struct ClockBasis {
  const model::ClockRule* rule = nullptr;
  const model::Calendar* calendar = nullptr;  // null: no such calendar; results are flagged
};

// The calendar a rule reckons by: its own, else the one of the queue's binding.
const model::Calendar* CalendarFor(const model::PolicySet& policies, const model::ClockRule& rule,
                                   base::Atom queue);

// The budget anew: the limit for the cycle's grade or class, or the interval fixed for it, from
// measured_from in the rule's measure; or up to the appointed instant. None: undated. Months and
// years of whole days go by the corresponding date (Dodds v Walker [1981] 1 WLR 1027): after the
// day of the trigger they end with that date, counting it with the day before; in a month that has
// no such date, with its last day.
void ResolveBudget(const ClockBasis& basis, model::ClockState* state);
// When a cycle by such a rule is due that is appointed for `at`.
base::Instant DueForAppointment(const ClockBasis& basis, const model::AtScheduled& rule,
                                base::Instant at);
// The limit as it is said, by a person for this case or else by the rule; nullopt: none is.
std::optional<base::Period> LimitOf(const ClockBasis& basis, const model::ClockState& state);
// What was consumed up to where it runs from, or to where it was paused, anew.
void Remeasure(const ClockBasis& basis, model::ClockState* state);
// `due_at` and `beyond_horizon` anew. There is none while the cycle is paused or held, or has no
// limit; what was due before it was paused or held stays due. Of a cycle that was extended it is
// the later of the extension and what the rule says now: neither shortens the other.
void DeriveDue(const ClockBasis& basis, model::ClockState* state);
// When `percent` (0 … 99) of the limit is used up; never after the due instant. REQUIRES: there is
// one.
base::Instant InstantOfShare(const ClockBasis& basis, const model::ClockState& state,
                             int32_t percent);

// The meeting that a cycle waits for, where the rule goes by meetings; nullopt: it does not, a
// pause that lasts comes first, or the calendar knows of none. A meeting stays the one that was due
// when a pause begins only at it, or later.
std::optional<model::Meeting> MeetingOf(const ClockBasis& basis, const model::ClockState& state);

// What counts of [from, to): all of it, or its working time.
base::Duration CountedBetween(const ClockBasis& basis, base::Instant from, base::Instant to);
// Merges the oldest excluded spans, so that a cycle stays bounded however often it is paused; what
// they exclude in sum stays the same.
void BoundExcluded(const ClockBasis& basis, model::ClockState* state);

// Holds that are over are kept within bounds too: first goes one that the limit does not lie in,
// else two that it moves on through become one. When it is due stays the same.
void BoundHeld(const ClockBasis& basis, model::ClockState* state);

// Whether a person may fix `interval` for a cycle: it is one, and the rule counts in what it says.
bool FitsDeadline(const base::Period& interval, const model::DeadlineRule& rule);

// Whether a pause for `reason` stops this clock from counting.
bool Disregards(const model::ClockRule& rule, base::Atom reason);
// Whether the limit of this clock may not pass while a pause for `reason` holds.
bool ExtendsFor(const model::ClockRule& rule, base::Atom reason);
// Beginning with the day on which a hold for `reason` ends, for so many days the limit continues.
int32_t DaysExtended(const model::ClockRule& rule, base::Atom reason);
// So long after a cycle began: the end of the day, where there is a calendar and the period has no
// hours.
base::Instant FromItsBeginning(const ClockBasis& basis, const model::ClockState& state,
                               const base::Period& period);

}  // namespace caseclock::core
