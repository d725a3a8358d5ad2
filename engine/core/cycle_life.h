#pragma once

// How a cycle of a case's clock begins and ends, with what belongs to it: its number, what it takes
// over from the case, what is counted of it. Which event does that is cycles.h. Pure.

#include <span>

#include "engine/core/fold.h"

namespace caseclock::core {

// An event on its way to the clocks of its case.
struct Occurrence {
  const model::PolicySet& policies;
  const model::Event& event;
  const model::Arrival& arrival;
  const model::WorkflowVersion& version;  // that a cycle begins under
  std::span<const base::Atom> holding;    // its conditions that hold
  model::CaseView& view;
  FoldEffects& effects;

  [[nodiscard]] base::Instant at() const { return event.occurred_at; }
  [[nodiscard]] bool Is(const model::EventMatches& matches) const {
    return model::Matches(matches, event, holding);
  }
};

// The pauses of a case that are over, and then those that last.
std::vector<model::ExcludedSpan> PausesOf(const model::CaseView& view);

// The clock's live cycle; nullptr: there is none.
model::ClockState* FindCycle(model::CaseView* view, base::Atom clock);

// Whether a start may begin one, when none lives.
bool MayBegin(const model::ClockRule& rule, const model::CaseView& view);

// Begins one at the event, counted from where the rule says, which is one of `o.version`; an
// absence that is none, because it has no limit here, does not begin. The second counts from
// `origin` instead.
void Begin(const Occurrence& o, const model::ClockRule& rule);
void BeginFrom(const Occurrence& o, const model::ClockRule& rule, base::Instant origin);

enum class End {
  kFulfilled,
  kRenewed,  // fulfilled by a reset: nothing is left to be taken up
  kCancelled,
};

// Ends the live cycle at the event.
void EndCycle(const Occurrence& o, model::ClockState* live, End end);
// Ends it at `t` with its case, or because the case moves to other work.
void CancelCycle(const model::PolicySet& policies, model::ClockState* live, base::Instant t,
                 const model::Arrival& cause, model::CaseView* view, FoldEffects* effects);
// It never was: nothing of it was told or counted.
void ForgetCycle(model::ClockState* live, model::CaseView* view);

}  // namespace caseclock::core
