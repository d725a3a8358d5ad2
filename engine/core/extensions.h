#pragma once

// Extensions of a limit: how far an authority may extend it, when, and after whom; and what becomes
// of those that were given when the instant that their cycle counts from is corrected. Pure.

#include "engine/core/clock.h"
#include "engine/core/step.h"

namespace caseclock::core {

// Why the authority may not extend the cycle to `until` at `t`; kNone: it may. To no later than it
// was extended to already nobody may, and to no later than it is due none of a chain.
Refusal JudgeExtension(const ClockBasis& basis, const model::ClockState& state,
                       base::Atom authority, base::Instant until, base::Instant t);

// Notes that it was extended to `until`. REQUIRES: that was judged.
void PutExtension(const Change& change, base::Instant until, base::Atom authority,
                  model::ClockState* state);
// Judges again, at `t`, what a cycle of a chain of authorities was extended to, when the instant
// that it counts from is another one by now. Each extension moves by as much and stays within what
// its authority may, all of which stays all of it. One that by the limit of now was given too late
// has no effect.
void JudgeExtensionsAgain(const ClockBasis& basis, PausesOfCase pauses, base::Instant t,
                          model::ClockState* state);

// Puts what a person decided into the place of what there was of its kind.
void PutGrant(model::Grant grant, std::vector<model::Grant>* grants);

}  // namespace caseclock::core
