#include "engine/runtime/policy_timeline.h"

#include <algorithm>

#include "engine/base/check.h"
#include "engine/codec/case_codec.h"
#include "engine/core/follow_calendars.h"

namespace caseclock::runtime {

void PolicyTimeline::Add(base::Instant effective_from, std::shared_ptr<const model::PolicySet> set,
                         base::Instant activated_at) {
  CHECK(set != nullptr);
  if (!sets_.empty() && core::CorrectsCalendars(*sets_.back(), *set)) {
    corrections_.push_back(effective_from);
  }
  activated_at_.push_back(activated_at);
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

base::Instant PolicyTimeline::LastCorrection(base::Instant t) const {
  const auto later = std::upper_bound(corrections_.begin(), corrections_.end(), t);
  return later == corrections_.begin() ? base::Instant{} : *(later - 1);
}

std::vector<core::Expected> PolicyTimeline::ExpectedSources(base::Instant t) const {
  const auto names = [](const model::PolicySet& set, base::Atom source) {
    return std::any_of(set.sources.begin(), set.sources.end(),
                       [&](const model::SourceRule& rule) { return rule.source == source; });
  };
  size_t in_force = 0;
  for (size_t i = 0; i < periods_.size(); ++i) {
    if (periods_[i].effective_from <= t) in_force = i;
  }
  std::vector<core::Expected> all;
  for (const model::SourceRule& rule : sets_[in_force]->sources) {
    size_t first = in_force;
    while (first > 0 && names(*sets_[first - 1], rule.source)) --first;
    core::Expected expected;
    // The first set of a log may judge its past, but nobody was expected before there was one.
    if (first > 0) expected.from = periods_[first].effective_from;
    expected.if_never_heard = std::max(expected.from, activated_at_[first]);
    all.push_back(expected);
  }
  return all;
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
