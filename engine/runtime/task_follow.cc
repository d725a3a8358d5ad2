// Task: cases follow corrected calendars, all that had to within some turns, so that nobody waits
// for them and a deadline that moved is seen though nothing else happens to its case.

#include <utility>

#include "engine/codec/case_codec.h"
#include "engine/core/follow_calendars.h"
#include "engine/runtime/task.h"

namespace caseclock::runtime {

bool Task::HasToFollow() const {
  return shared_->policies.load()->LastCorrection(partition_->clock) >
         partition_->position.calendars_of;
}

base::Result<bool> Task::FindToFollow() {
  timeline_ = shared_->policies.load();
  const base::Instant last = timeline_->LastCorrection(partition_->clock);
  if (last != following_) {  // another one: from the beginning
    following_ = last;
    followed_to_.clear();
  }
  follow_.clear();
  const core::StepContext context = timeline_->ContextAt(partition_->clock);
  base::Status failed;
  model::CaseState resting;
  const size_t most = shared_->options.follow_cases;
  const size_t most_looked_at = 4 * most;
  size_t looked_at = 0;
  bool whole = true;
  std::string to;
  const base::Status walked = partition_->ForEachCaseAfter(
      followed_to_, [&](const CachedCase& entry, std::string_view bytes) {
        if (looked_at++ == most_looked_at || follow_.size() == most) return whole = false;
        if (!entry.state) failed = codec::DecodeCase(bytes, &resting);
        if (!failed.ok()) return false;
        const model::CaseState& state = entry.state ? *entry.state : resting;
        if (core::HasToFollow(context, state.view, context.now)) follow_.push_back(entry.id);
        to = entry.id;
        return true;
      });
  if (!failed.ok()) return failed.error();
  if (!walked.ok()) return walked.error();
  follow_after_ = std::exchange(followed_to_, std::move(to));
  // A checkpoint has this only once what follows is committed, and all of that with it.
  if (whole) partition_->position.calendars_of = following_;
  return !follow_.empty();
}

base::Status Task::FollowCalendars(base::Instant wall) {
  model::CommitStep step = NewStep(wall, partition_->clock);
  step.follow_after = follow_after_;
  step.follow_to = follow_.back();
  SetContext(partition_->clock, wall);
  const std::vector<std::string_view> ids(follow_.begin(), follow_.end());
  if (auto status = partition_->Load(ids); !status.ok()) return status;
  for (const std::string& id : follow_) {
    auto touched = Touched(id, CaseCache::HashOf(id));
    if (!touched.ok()) return touched.status();
    model::CaseState& state = *touched.value()->state;
    const base::Instant timer_before = state.timer_at;
    core::StepFollow(context_, &state, &outcome_);
    if (auto status = TakeOutcome(touched.value(), timer_before); !status.ok()) return status;
    partition_->PackAllBut(shared_->options.decoded_cases);
  }
  products.clock_moved = true;
  products.steps.push_back(std::move(step));
  return {};
}

}  // namespace caseclock::runtime
