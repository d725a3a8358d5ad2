#pragma once

// The due instant of a running cycle becomes another one: its case is regraded, a person fixes or
// extends its limit, what it counts to or from is another instant, its days or its rule are others.
// Each notes what it did (ClockState::moves). Pure.

#include "engine/core/clock.h"

namespace caseclock::core {

void RegradeClock(const ClockBasis& basis, base::Atom risk, const Change& change,
                  model::ClockState* state);
// The class that its limit is chosen by has another value.
void ReclassClock(const ClockBasis& basis, base::Atom value, const Change& change,
                  model::ClockState* state);
void SetClockInterval(const ClockBasis& basis, const base::Period& interval, base::Atom authority,
                      const Change& change, model::ClockState* state);
// The instant that its rule counts to or from is another one.
void AppointClock(const ClockBasis& basis, base::Instant at, PausesOfCase pauses,
                  const Change& change, model::ClockState* state);
// Never to an instant before the one it was extended to; see DeriveDue.
void ExtendClock(const ClockBasis& basis, base::Instant until, base::Atom authority,
                 const Change& change, model::ClockState* state);
// Its calendar is another version from here on: what was consumed is measured anew, and its limit
// resolved. `before`: what it was reckoned by until then.
void RecalendarClock(const ClockBasis& before, const ClockBasis& basis, const Change& change,
                     model::ClockState* state);
// It goes on under the rule of another version from here on, counted from the same origin.
// `before`: what it was reckoned by until then; what that excluded stays excluded.
void RebaseClock(const ClockBasis& before, const ClockBasis& basis, const Change& change,
                 model::ClockState* state);

}  // namespace caseclock::core
