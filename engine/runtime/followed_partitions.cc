#include "engine/runtime/followed_partitions.h"

#include <algorithm>
#include <chrono>

#include "engine/host/log.h"
#include "engine/host/thread_name.h"

namespace caseclock::runtime {
namespace {

using base::ErrorKind;
using base::Status;

constexpr std::chrono::milliseconds kRest{100};
constexpr std::chrono::milliseconds kRestInTrouble{1000};

}  // namespace

FollowedPartitions::~FollowedPartitions() {
  const Status ignored = Stop();  // whoever wants to know calls Stop first
  static_cast<void>(ignored);
}

void FollowedPartitions::Want(std::set<int32_t> partitions) {
  const std::lock_guard lock(mutex_);
  wanted_ = std::move(partitions);
}

void FollowedPartitions::Start() {
  thread_ = std::thread([this] { Run(); });
}

void FollowedPartitions::Run() {
  host::NameThread("followed");
  while (!shared_->stopping) {
    auto more = Turn();
    if (!more.ok()) return shared_->Fail(more.error());
    if (more.value()) continue;
    std::unique_lock lock(mutex_);
    changed_.wait_for(lock, trouble_ ? kRestInTrouble : kRest,
                      [&] { return shared_->stopping.load(); });
  }
}

base::Result<bool> FollowedPartitions::Turn() {
  if (auto status = TakeUp(); !status.ok()) return status.error();
  trouble_ = false;
  if (shared_->options.monotonic() > until_.load()) return false;
  bool more = false;
  for (auto at = followers_.begin(); at != followers_.end();) {
    if (shared_->stopping) return false;
    bool gone = false;
    auto followed = Follow(at->first, at->second.get(), &gone);
    if (!followed.ok()) return followed.error();
    more |= followed.value() && !gone && !at->second->restore.at_end();
    at = gone ? followers_.erase(at) : std::next(at);
  }
  return more;
}

Status FollowedPartitions::TakeUp() {
  std::set<int32_t> wanted;
  {
    const std::lock_guard lock(mutex_);
    wanted = wanted_;
    std::erase_if(standings_, [&](const auto& entry) { return !wanted.contains(entry.first); });
    for (const int32_t number : wanted) standings_.try_emplace(number);
  }
  for (auto at = followers_.begin(); at != followers_.end();) {
    if (wanted.contains(at->first)) {
      ++at;
      continue;
    }
    host::LogInfo("partition not followed any more", {{"partition", at->first}});
    const Status status = LetGo(at->second.get());
    at = followers_.erase(at);
    if (!status.ok()) return status;
  }
  for (const int32_t number : wanted) {
    if (followers_.contains(number)) continue;
    followers_[number] = std::make_unique<Follower>(shared_, number, writer_);
  }
  return {};
}

// False: the log was away. `gone`: it is of no use any more, and will be begun anew.
base::Result<bool> FollowedPartitions::Follow(int32_t number, Follower* follower, bool* gone) {
  const bool begun = follower->restore.following();
  const base::Duration from = shared_->options.monotonic();
  const Status status = follower->restore.Follow();
  if (status.ok()) {
    Note(number, follower);
    if (begun) return true;
    host::LogInfo("partition followed",
                  {{"partition", number},
                   {"records", follower->restore.records()},
                   {"commit", follower->task.partition().position.sequence},
                   {"took_ms", (shared_->options.monotonic() - from).us / 1000}});
    return true;
  }
  *gone = !follower->restore.following() || follower->restore.rebuild();
  if (follower->restore.rebuild()) return true;
  if (status.error().kind != ErrorKind::kUnavailable) return status.error();
  trouble_ = true;
  if (!shared_->stopping) {
    host::LogWarning("the log failed, trying again",
                     {{"partition", number}, {"cause", status.error().message}});
  }
  return false;
}

void FollowedPartitions::Note(int32_t number, Follower* follower) {
  Partition& partition = follower->task.partition();
  Standing standing;
  if (follower->restore.at_end()) standing.at_end = shared_->options.monotonic();
  standing.offset = partition.position.input_offset;
  standing.clock = partition.clock;
  standing.cache_bytes = partition.memory_shown;
  standing.figures_bytes = partition.FiguresBytes();
  const std::lock_guard lock(mutex_);
  if (!standing.at_end) standing.at_end = standings_[number].at_end;
  standings_[number] = standing;
}

Status FollowedPartitions::LetGo(Follower* follower) {
  return follower->task.partition().FinishCheckpoint();
}

Status FollowedPartitions::Stop() {
  changed_.notify_all();
  if (thread_.joinable()) thread_.join();
  Status failed;
  for (auto& [number, follower] : followers_) {
    Status status = LetGo(follower.get());
    if (failed.ok()) failed = std::move(status);
  }
  followers_.clear();
  return failed;
}

void FollowedPartitions::AddTo(base::Duration now, EngineStats* stats) const {
  const std::lock_guard lock(mutex_);
  for (const auto& [number, standing] : standings_) {
    const bool first = stats->offsets.empty();
    stats->offsets[number] = standing.offset;
    stats->clock = std::min(stats->clock, standing.clock);
    if (!standing.at_end) {
      stats->lag.reset();
    } else if (first || stats->lag) {
      stats->lag = std::max(stats->lag.value_or(base::Duration{}), now - *standing.at_end);
    }
    stats->cache_bytes += standing.cache_bytes;
    stats->figures_bytes += standing.figures_bytes;
  }
}

}  // namespace caseclock::runtime
