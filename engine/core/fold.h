#pragma once

// The fold: one event into one view. What the field calls applying an event. Pure; nothing here
// knows about arrival, duplicates or alerts told, only about what the event says of the case.

#include <algorithm>
#include <vector>

#include "engine/core/clock.h"
#include "engine/core/rules_in_force.h"
#include "engine/core/step.h"
#include "engine/model/case_state.h"
#include "engine/model/event.h"
#include "engine/model/figures.h"
#include "engine/model/policy.h"

namespace caseclock::core {

// A cycle that is over: fulfilled by a stop or a reset, or cancelled.
struct EndedCycle {
  model::ClockState state;  // `reached` holds every rung it reached
  base::Instant ended_at;
  model::EventRef ended_by;
  bool cancelled = false;  // by `cancels_on`, or as its case was closed or moved to other work
  base::Atom queue;
  base::Atom workflow;
  ClockBasis basis;  // as it ran; the case may live under another workflow by now
  model::Arrival cause;
  std::vector<model::Stay> stays;  // that came to the sum by which it began
  uint32_t page = 0;               // of the ledger, in which the ending event lies
};

// Warnings that a cycle has had before it was taken up, in the order of its ladder.
struct WarnedBefore {
  uint64_t cycle = 0;
  base::Atom clock;
  std::vector<model::ReachedRung> rungs;
};

// What applying events leaves besides the view. Reused; the caller clears it.
struct FoldEffects {
  std::vector<model::FigureDelta> facts;  // event facts only, each +1
  std::vector<EndedCycle> ended;
  // Of cycles taken up before the referral; only while that is being applied.
  std::vector<WarnedBefore> warned;
};

// One ledger entry to be folded.
struct FoldInput {
  const model::PolicySet& policies;
  EntryDecoder decode;
  const model::Event& event;
  const model::Arrival& arrival;
  std::string_view entry;  // encoded, as in the ledger
  uint32_t page = 0;       // of the ledger, in which it lies
};

// When an event takes effect on its case, which is referred: what happened before the referral says
// something of the case from that on. Its clocks go by when it happened.
inline base::Instant EffectiveAt(const model::Event& event, const model::CaseView& view) {
  return std::max(event.occurred_at, view.opened_at);
}

// Applies the event to `view` at event.occurred_at. An event that makes no sense for the case
// changes nothing but the counters and is answered with the reason. Before the referral everything
// else is kNotReferred: it waits in the view and takes effect at the referral, in order.
Refusal ApplyEvent(const FoldInput& input, model::CaseView* view, FoldEffects* effects);

}  // namespace caseclock::core
