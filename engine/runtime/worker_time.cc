// Worker: how far time has come, in each partition, and what falls due by it.

#include <algorithm>
#include <string>
#include <utility>

#include "engine/runtime/worker.h"

namespace caseclock::runtime {
namespace {

using base::Duration;
using base::Error;
using base::ErrorKind;
using base::Instant;
using base::Status;

// Two clocks of one machine drift by parts in a million; a minute between two turns is somebody
// setting the wall clock.
constexpr Duration kClockJump = base::Seconds(60);
// A process that was paused, a log that did not answer: by then there may be input whose time has
// passed. What comes in within less is a moment late as it may always be.
constexpr Duration kStoodStill = base::Seconds(2);
constexpr Duration kShortLook = base::Millis(10);  // others have to be first
constexpr Duration kLongestWait = base::Millis(100);
// Records that come in meanwhile wait for no more than these and their commit, a millisecond or two
// where a commit is quick, however many clocks fall due at once; where one takes longer anyway,
// more of them share it.
constexpr size_t kAlertsInALiveTurn = 128;
constexpr int64_t kMostTimesAsMany = 4;
constexpr Duration kEndsEvery = base::Millis(200);  // each look costs a log elsewhere a request

}  // namespace

Status Worker::CheckClocks() {
  const Instant wall = shared_->options.wall_clock();
  const Duration monotonic = shared_->options.monotonic();
  if (clocks_read_ && shared_->options.clock == ClockMode::kWall) {
    const Duration drift = (wall - wall_clock_) - (monotonic - monotonic_);
    if (drift > kClockJump || drift < Duration{-kClockJump.us}) {
      return Error{ErrorKind::kUnavailable,
                   "Expected the wall clock to move with the monotonic one, but it jumped by " +
                       std::to_string(drift.us / 1'000'000) +
                       " s. Stopped before deadlines were fired by it; set the clock right and "
                       "start again"};
    }
  }
  // What was at the end may have been overtaken by input that waits, and comes first.
  if (clocks_read_ && monotonic - monotonic_ > kStoodStill) {
    for (auto& [number, task] : tasks_) {
      task->at_end = false;
      task->stood_still = true;
    }
  }
  wall_clock_ = wall;
  monotonic_ = monotonic;
  const Instant known = policies_->Hold(wall);
  wall_ = shared_->options.clock == ClockMode::kWall ? known : wall;
  clocks_read_ = true;
  return {};
}

bool Worker::IsRecent(const Task& task) const {
  return shared_->options.clock == ClockMode::kWall && task.partition().clock + kLiveLag >= wall_;
}

bool Worker::MoreFallsDue() const {
  return std::any_of(tasks_.begin(), tasks_.end(), [this](const auto& entry) {
    const Task& task = *entry.second;
    return IsRecent(task) && task.NextTimer() <= TargetClock(task);
  });
}

// Where more waits to be read, time has come as far as what was read: there may always be more.
Instant Worker::TargetClock(const Task& task) const {
  if (shared_->options.clock == ClockMode::kWall) {
    // What an earlier clock had come to stays due, should this one be behind it.
    const Instant clock = task.partition().clock;
    return task.at_end ? std::max(wall_, clock) : clock;
  }
  return task.at_end ? shared_->run_on_to.load() : base::kLongAgo;
}

Status Worker::LookForEnds() {
  if (shared_->options.clock != ClockMode::kWall) return {};
  if (looked_for_ends_at_ && monotonic_ - *looked_for_ends_at_ < kEndsEvery) return {};
  looked_for_ends_at_ = monotonic_;
  for (auto& [number, task] : tasks_) {
    // Where something came in there is likely to be more, and its clock has moved by that.
    if (task->at_end || std::exchange(task->came_in, false)) continue;
    auto at_end = consumer_->AtEnd(EventsOf(number));
    if (!at_end.ok()) {
      // Asked again soon; or it goes, and the next Poll says so.
      const bool passes = at_end.error().kind == ErrorKind::kUnavailable ||
                          at_end.error().kind == ErrorKind::kInvalid;
      return passes ? Status() : at_end.status();
    }
    task->at_end = at_end.value();
    if (task->at_end) task->stood_still = false;
  }
  return {};
}

size_t Worker::AlertsInALiveTurn() const {
  const int64_t millis = pace_.Least().us / 1000;
  return kAlertsInALiveTurn * static_cast<size_t>(std::clamp<int64_t>(millis, 1, kMostTimesAsMany));
}

Status Worker::FollowCalendars(Task* task) {
  if (!task->HasToFollow()) return {};
  auto found = task->FindToFollow();
  if (!found.ok() || !found.value()) return found.status();
  Enter(task);
  followed_ = true;
  return task->FollowCalendars(wall_);
}

Status Worker::AdvanceClocks() {
  for (auto& [number, task] : tasks_) {
    if (auto status = FollowCalendars(task.get()); !status.ok()) return status;
    const Instant target = TargetClock(*task);
    Partition& partition = task->partition();
    const bool fires = task->NextTimer() <= target;
    if (target <= partition.clock && !fires) continue;
    // A clock that moves alone is not worth a commit, unless it moves to the end of history.
    if (fires || shared_->options.clock == ClockMode::kLog) Enter(task.get());
    const size_t most = IsRecent(*task) ? AlertsInALiveTurn() / tasks_.size() : Task::kAlertsAtOnce;
    const Status advanced = task->AdvanceTo(target, wall_, std::max<size_t>(most, 1));
    if (!advanced.ok()) return advanced;
    if (shared_->options.clock == ClockMode::kLog) ran_on_ = task->products.clock_moved = true;
    if (!fires) {
      const bool open = std::find(open_.begin(), open_.end(), task.get()) != open_.end();
      const std::lock_guard lock(partition.figures_mutex);
      partition.shown_clock = partition.clock;
      if (!open) partition.heard_to = partition.clock;  // else it may have heard what is not shown
    }
  }
  return {};
}

Duration Worker::WaitTime() const {
  if (OthersAwaitPlaces() || held()) return kShortLook;
  if (!settled()) return std::clamp(settle_at_ - monotonic_, Duration{}, kLongestWait);
  for (const auto& [number, task] : tasks_) {
    if (task->HasToFollow() || task->partition().checkpoint_waits()) return {};
  }
  if (!open_.empty()) {
    for (const Task* task : open_) {
      if (!task->products.alerts.empty()) return {};  // is there more? if not, commit
    }
    const Duration left = first_open_at_ + CommitInterval() - monotonic_;
    return std::clamp(left, Duration{}, kLongestWait);
  }
  // Somebody waits to hear that all is done; one more look tells.
  if (all_read_ && !shared_->idle.Answered(number_, shared_->idle.round())) return {};
  Duration wait = kLongestWait;
  for (const auto& [number, task] : tasks_) {
    Instant target = TargetClock(*task);
    const Instant next = task->NextTimer();
    if (target == base::kLongAgo || next == base::kNever) continue;
    // Ahead of the wall clock nothing comes any nearer.
    if (shared_->options.clock == ClockMode::kWall && next > target) {
      target = std::min(target, wall_);
    }
    wait = std::min(wait, std::max(Duration{}, next - target));
  }
  // The log counts in milliseconds, and a timer must not find itself a moment early.
  return wait;
}

}  // namespace caseclock::runtime
