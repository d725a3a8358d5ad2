#include "engine/runtime/policy_timeline.h"

#include "engine/base/check.h"
#include "engine/codec/case_codec.h"

namespace caseclock::runtime {

void PolicyTimeline::Add(base::Instant effective_from,
                         std::shared_ptr<const model::PolicySet> set) {
  CHECK(set != nullptr);
  periods_.push_back({effective_from, set.get()});
  sets_.push_back(std::move(set));
}

const std::shared_ptr<const model::PolicySet>& PolicyTimeline::At(base::Instant t) const {
  CHECK(!sets_.empty());
  size_t best = 0;
  for (size_t i = 0; i < periods_.size(); ++i) {
    if (periods_[i].effective_from <= t) best = i;
  }
  return sets_[best];
}

core::StepContext PolicyTimeline::ContextAt(base::Instant now) const {
  core::StepContext context;
  context.policies = At(now).get();
  context.decode = &codec::DecodeLedgerEntry;
  context.now = now;
  context.timeline = periods_;
  return context;
}

}  // namespace caseclock::runtime
