#pragma once

// The policy sets of a log, in the order of their activation. Immutable once it is shared.

#include <memory>
#include <vector>

#include "engine/core/silence.h"
#include "engine/core/step.h"
#include "engine/model/policy.h"

namespace caseclock::runtime {

class PolicyTimeline {
 public:
  // `activated_at`: when that was done, or the log begun that it was carried into. REQUIRES: `set`
  // is not null.
  void Add(base::Instant effective_from, std::shared_ptr<const model::PolicySet> set,
           base::Instant activated_at = base::kLongAgo);

  // The set in force at `t`: the last one activated whose effective date has come, else the first.
  // REQUIRES: one was added.
  [[nodiscard]] const std::shared_ptr<const model::PolicySet>& At(base::Instant t) const;
  // The last one activated, in force or not. REQUIRES: one was added.
  [[nodiscard]] const model::PolicySet& last() const { return *sets_.back(); }
  // The same for the core. Valid as long as this object.
  [[nodiscard]] std::span<const model::PolicyPeriod> periods() const { return periods_; }
  // Since when the set in force at `t` and those before it expect a source, one for one with its
  // sources.
  [[nodiscard]] std::vector<core::Expected> ExpectedSources(base::Instant t) const;
  // When the last set that corrects a calendar came into force, by `t`; the epoch: none.
  [[nodiscard]] base::Instant LastCorrection(base::Instant t) const;
  // What a case is judged by at `now`, with the codec's decoder. Valid as long as this object.
  [[nodiscard]] core::StepContext ContextAt(base::Instant now) const;

 private:
  std::vector<model::PolicyPeriod> periods_;
  std::vector<std::shared_ptr<const model::PolicySet>> sets_;  // of periods_, one for one
  std::vector<base::Instant> activated_at_;                    // likewise
  std::vector<base::Instant> corrections_;  // ascending: of the sets that correct a calendar
};

}  // namespace caseclock::runtime
