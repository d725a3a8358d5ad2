#pragma once

// A case told to people: every entry of its ledger with what became of it, and every clock with the
// arithmetic of its due instant. By folding again, so that it is what happened, not what was noted.
// Pure.

#include <span>
#include <vector>

#include "engine/core/clock.h"
#include "engine/core/region.h"
#include "engine/core/step.h"
#include "engine/core/told_causes.h"

namespace caseclock::core {

struct ExplainedEntry {
  model::Event event;  // views into the pages given
  model::Arrival arrival;
  FoldedEntry fate;
  bool ahead = false;  // dated after the instant asked for: not in effect yet
  bool late = false;   // arrived after an event that it precedes
};

struct ExplainedClock {
  model::ClockState state;
  ClockBasis basis;
  std::vector<model::Segment> segments;
  std::vector<model::Stay> stays;  // that came to the sum by which it began
  std::vector<std::pair<const model::Rung*, base::Instant>> rungs;  // first repeat only
  base::Instant next_alert_at = base::kNever;  // the first of them, or of their repeats, to come
  // Where a person fixed the interval for this case or extended it: what the policy
  // alone would say.
  std::optional<base::Instant> policy_due_at;
  // Where an extension says when it is due: all time from where it is counted to then, of which the
  // shares of its ladder are taken.
  std::optional<base::Duration> extended_span;
  // While it is held: when it would be due if nothing held it from here on.
  std::optional<base::Instant> unheld_due_at;
  // Where a calendar that was corrected since says otherwise: when it would be due by it. `basis`
  // has the one that counted.
  std::optional<base::Instant> due_as_known_now;
  const model::Calendar* calendar_known_now = nullptr;  // with due_as_known_now
};

struct ExplainedAlert {
  model::ToldAlert told;
  const model::Rung* rung = nullptr;  // that it told; null where the policies do not have it
  std::vector<ToldCause> causes;      // of each transition
};

struct Explanation {
  model::CaseView view;
  std::vector<ExplainedEntry> entries;
  std::vector<const model::QualificationRule*> missing;  // what its handler lacks
  std::vector<ExplainedClock> live;
  std::vector<EndedCycle> ended;     // `state.consumed` as of the end
  std::vector<ExplainedAlert> told;  // of closed pages first, in the order in which they were told
};

// `pages`: all closed pages, ascending. `context.now`: the instant to explain for.
Explanation Explain(const StepContext& context, std::span<const model::ClosedPage> pages,
                    const model::CaseState& state);

}  // namespace caseclock::core
