#pragma once

// The cycles that a close cancelled: they wait in `CaseView.stopped` for the case to be opened
// again, each by the rule of its own version. Pure.

#include <vector>

#include "engine/core/cycle_life.h"

namespace caseclock::core {

// At an event that opens the case again: what its closing cancelled goes on where it was, unless
// the event ends it or begins it anew. The time between does not count. Returns the clocks that the
// event resets: they begin by `o.version`, when all that lives has met the event.
std::vector<base::Atom> TakeUpFromClosing(const Occurrence& o);
// What the event says, while the case is closed, of the cycles that wait: they are done, begun
// anew, or due by another appointed instant. Returns the clocks that it resets and that run on in a
// closed case.
std::vector<base::Atom> TriggerWaiting(const Occurrence& o);
// The event begins a cycle that waits at once, because the case is closed, by `next`, one of
// `o.version`; counted from `origin`.
void BeginWaiting(const Occurrence& o, const model::ClockRule& next, base::Instant origin);
// After that: nothing waits in an open case. A start that was to take up a cycle may have found
// that nothing is lacking by now.
void ForgetWaiting(const Occurrence& o);
// What it waited for has come about as was announced.
void CancelWaiting(const Occurrence& o, base::Atom clock);

// A `scheduled` event that begins such a clock moves the instant of one that is there; but not of
// one that counts for a notice of an earlier day.
bool Appoints(const Occurrence& o, const model::ClockRule& rule);
// Whether a reset of a cycle that ran by `rule` begins one by `next`, which may be the rule of
// another version, or nullptr: one that no such event begins.
bool Renews(const model::ClockRule& rule, const model::ClockRule* next);

}  // namespace caseclock::core
