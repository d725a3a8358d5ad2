#pragma once

// Which rungs of a ladder are reached after the limit became another one, and which of them are
// told: of what a move puts into the past only the highest rung, so that nothing fires in a burst.
// When a rung falls due is in clock.h. Pure.

#include "engine/core/clock.h"

namespace caseclock::core {

// The rungs reached by `t`, of which `before` were judged already: what was told stays told, at its
// instant if the schedule is `moved` and not another one; what was skipped stays so while its
// instant is the same.
void JudgeRungs(const ClockBasis& basis, base::Instant t,
                const std::vector<model::ReachedRung>& before, bool moved,
                model::ClockState* state);
// After the limit moved at `t`: rungs reached before stay reached unless they are back in the
// future; those the move has put into the past count as reached at their new instants, and the
// highest of them is told. While nobody knows when it is due, it is not breached, and the rest is
// judged when it resumes or is released.
void MoveRungs(const ClockBasis& basis, base::Instant t, model::ClockState* state);

// `next_rung_at` anew after a change at `t`; rungs up to then are in `reached`.
void DeriveNext(const ClockBasis& basis, base::Instant t, model::ClockState* state);

// Rungs reached of one ladder, as another one numbers them; without those that it lacks.
std::vector<model::ReachedRung> Renumbered(const std::vector<model::ReachedRung>& reached,
                                           const std::vector<model::Rung>& before,
                                           const std::vector<model::Rung>& now);

}  // namespace caseclock::core
