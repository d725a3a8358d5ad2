#pragma once

// A fold on top of the view as it stands: for events that come after all that is folded, which most
// do. Pure.

#include <optional>
#include <string_view>

#include "engine/core/fold.h"
#include "engine/core/step.h"

namespace caseclock::core {

// Takes the standing facts before, folds events in order, and settles figures and alerts after.
class FoldAtEnd {
 public:
  FoldAtEnd(const StepContext& context, model::CaseState* state, StepOutcome* outcome);

  // Of an event that is in the newest page. `entry`: its bytes there.
  Refusal Apply(const model::Event& event, const model::Arrival& arrival, std::string_view entry);
  // `cause`: the event that is told as the cause; absent: time alone. `changed_from`: when the
  // first of what was applied happened. `ahead`: it was dated ahead of when it came in.
  void Finish(std::optional<model::Arrival> cause, base::Instant changed_from, bool ahead = false);

 private:
  [[nodiscard]] bool MayTakeBack(const model::Event& event) const;
  void KeepClocks();
  // Corrected calendars, up to an instant.
  void Follow(base::Instant until);

  const StepContext& context_;
  model::CaseState& state_;
  StepOutcome& outcome_;
  FoldEffects effects_;
  base::Instant followed_from_ = base::kNever;
  model::CaseView before_;  // only clocks, and what they are reckoned by
};

}  // namespace caseclock::core
