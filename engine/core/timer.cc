#include "engine/core/timer.h"

#include <algorithm>

#include "engine/base/check.h"
#include "engine/core/clock.h"
#include "engine/core/rules_in_force.h"

namespace caseclock::core {

base::Instant NextTimer(const StepContext& context, const model::CaseState& state) {
  base::Instant next = base::kNever;
  for (const model::ClockState& clock : state.view.clocks) {
    if (clock.next_rung_at > context.now) {
      next = std::min(next, clock.next_rung_at);
      continue;
    }
    const ClockBasis basis = BasisOf(*context.policies, state.view, clock);
    CHECK(basis.rule != nullptr);
    next = std::min(next, NextRung(basis, clock, context.now));
  }
  for (const model::Acknowledgement& ack : state.view.acks) {
    if (ack.until > context.now) next = std::min(next, ack.until);
  }
  if (state.page.folded_bytes < state.page.entries.size()) {
    LedgerEntry ahead;
    context.decode(std::string_view(state.page.entries).substr(state.page.folded_bytes), &ahead);
    next = std::min(next, ahead.event.occurred_at);
  }
  return next;
}

}  // namespace caseclock::core
