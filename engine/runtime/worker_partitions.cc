// Worker: partitions come and go.

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "engine/base/time_text.h"
#include "engine/host/log.h"
#include "engine/runtime/restore.h"
#include "engine/runtime/shared_parts.h"
#include "engine/runtime/worker.h"

namespace caseclock::runtime {

using base::Instant;
using base::Status;

namespace {

// A group is complete within the time that its coordinator gives members to join again, unless one
// of another engine is busy.
constexpr base::Duration kPlacesWait = base::Seconds(10);

// "30 days", for people: what is left over does not matter to them.
std::string SpanText(base::Duration span) {
  const int64_t seconds = span.us / 1'000'000;
  const std::pair<int64_t, const char*> units[] = {
      {86'400, " days"}, {3'600, " hours"}, {60, " minutes"}};
  for (const auto& [size, name] : units) {
    if (seconds >= 2 * size) return std::to_string((seconds + size / 2) / size) + name;
  }
  return std::to_string(seconds) + " seconds";
}

}  // namespace

Status Worker::Assign(const std::vector<log::TopicPartition>& partitions) {
  for (const log::TopicPartition& partition : partitions) {
    if (partition.partition >= shared_->partitions) {
      // Somebody added one while it ran.
      if (auto status = CheckPartitions(shared_); !status.ok()) return status;
    }
    waiting_.insert(partition.partition);
  }
  NotePlace();
  if (auto status = Settle(); !status.ok()) return status;
  if (settled()) shared_->idle.SetReady(number_);  // also without partitions
  return {};
}

void Worker::NotePlace() {
  if (!std::exchange(placed_, true)) ++shared_->workers_placed;
}

// The first of an engine's workers to join a group is given all, and the others their part of it a
// moment later: what it restored of that would be restored twice.
bool Worker::OthersAwaitPlaces() const {
  return shared_->workers_placed < shared_->workers &&
         shared_->options.monotonic() - joined_at_ < kPlacesWait;
}

// One attempt, or one partition. Between two of them the group is listened to: what waits for
// another member to let go of a partition would wait for ever if that member waited for us, and
// who comes to take some of these would wait until the last was restored.
Status Worker::Settle() {
  if (settled()) return {};
  // The table changes, and who waits at a closed gate of ours holds it.
  if (!open_.empty()) {
    if (auto status = Commit(); !status.ok()) return status;
  }
  if (OthersAwaitPlaces()) {
    settle_at_ = monotonic_;  // in the next turn
    return {};
  }
  const base::Duration begun = shared_->options.monotonic();
  const Status status = TrySettle();
  if (status.ok()) {
    settle_failures_ = 0;
    settle_at_ = monotonic_;  // with what is left, in the next turn
    return {};
  }
  if (!MayRetry(status, &settle_failures_)) return UnlessStopped(status);
  if (shared_->options.outlive_outages) {
    // As long as the attempt took, at the least: the partitions that are here have deadlines.
    const base::Duration now = shared_->options.monotonic();
    settle_at_ = now + std::max(RestAfter(settle_failures_), now - begun);
  }
  return {};
}

// A stop does not wait for a group that cannot be asked, nor for a restore: nothing is lost by it.
Status Worker::UnlessStopped(const Status& failed) const {
  const bool stopped = shared_->stopping && failed.error().kind == base::ErrorKind::kUnavailable;
  return stopped ? Status() : failed;
}

Status Worker::TrySettle() {
  if (!producer_) {
    // Who stood still may have a successor by now, which must not be fenced.
    if (auto status = consumer_->CheckPlace(); !status.ok()) return status;
    // Fences the transaction that may still be under way, so that its outcome is decided now.
    if (auto status = OpenProducer(); !status.ok()) return status;
    // What came for those that stayed was not taken.
    for (const auto& [number, task] : tasks_) {
      task->at_end = false;
      task->partition().nothing_before = 0;
      Status sought = UnlessGone(consumer_->Seek(EventsOf(number), task->products.input_to));
      if (sought.ok()) continue;
      committer_.reset();  // all of this again
      producer_.reset();
      return sought;
    }
  }
  if (!waiting_.empty() && told_ == nullptr) told_ = shared_->Told();
  Status failed;
  bool adopted = false;
  // Those first that have not failed before: they need not wait for the others.
  std::vector<int32_t> order(waiting_.begin(), waiting_.end());
  std::stable_partition(order.begin(), order.end(),
                        [this](int32_t number) { return !stuck_.contains(number); });
  for (size_t i = 0; i < order.size() && !adopted; ++i) {
    shared_->life.Beat(number_, shared_->options.monotonic());
    const Status status = AdoptAndSeek(order[i]);
    if (!status.ok() && status.error().kind != base::ErrorKind::kUnavailable) return status;
    adopted = status.ok();
    if (adopted) {
      waiting_.erase(order[i]);
      stuck_.erase(order[i]);
    } else {
      stuck_.insert(order[i]);
      if (failed.ok()) failed = status;
    }
  }
  if (adopted) failed = {};  // on to the next one at once
  if (waiting_.empty() || !adopted) {
    if (auto status = BeginCompaction(); !status.ok()) return status;
  }
  if (waiting_.empty()) {
    told_.reset();
    SayIfAhead();
    shared_->idle.SetReady(number_);
  }
  return failed;
}

// Not while there are partitions to be restored: that needs the processor more.
Status Worker::BeginCompaction() {
  for (const auto& [number, task] : tasks_) {
    if (auto status = task->partition().BeginCompaction(); !status.ok()) return status;
  }
  return {};
}

// Once for all partitions of the engine. A moment is how clocks of two machines differ.
void Worker::SayIfAhead() const {
  if (shared_->options.clock != ClockMode::kWall) return;
  const Instant wall = shared_->options.wall_clock();
  Instant latest = wall;
  for (const auto& [number, task] : tasks_) latest = std::max(latest, task->partition().clock);
  Instant said = shared_->said_ahead_to;
  do {
    if (latest - wall <= kLiveLag || latest <= said + kLiveLag) return;
  } while (!shared_->said_ahead_to.compare_exchange_weak(said, latest));
  host::LogWarning(
      "cases were judged up to an instant ahead of this clock: a clock was ahead once, or --clock "
      "log ran on. Until then time stands still for their partitions: what comes in is taken, and "
      "judged as of then, so what is due before then is told at once. If this clock is wrong, set "
      "it right and start again. If it is right, this passes by itself; to undo what was told, go "
      "back to a backup of the log from before",
      {{"judged_to", base::FormatInstant(latest)},
       {"clock", base::FormatInstant(wall)},
       {"ahead", SpanText(latest - wall)}});
}

log::TopicPartition Worker::EventsOf(int32_t number) const {
  return {shared_->options.topics.events, number};
}

// What is no longer ours cannot be moved in; the next Poll says that it is gone.
Status Worker::UnlessGone(const Status& status) {
  const bool gone = !status.ok() && status.error().kind == base::ErrorKind::kInvalid;
  return gone ? Status() : status;
}

Status Worker::AdoptAndSeek(int32_t number) {
  Drop(number);
  if (auto status = Adopt(number); !status.ok()) return status;
  const Status sought = consumer_->Seek(EventsOf(number), tasks_.at(number)->products.input_to);
  if (!sought.ok()) Drop(number);
  return UnlessGone(sought);
}

Status Worker::Adopt(int32_t number) {
  const base::Duration begun = shared_->options.monotonic();
  std::unique_ptr<Task> task;
  int64_t records = 0;
  for (bool rebuild = true; rebuild;) {
    task = std::make_unique<Task>(shared_, number);
    Restore restore(shared_, task.get(), checkpoints_);
    const Status status = restore.Run();
    rebuild = restore.rebuild();
    if (!status.ok() && !rebuild) return status;
    records = restore.records();
  }
  auto bounds = shared_->log->Bounds(EventsOf(number));
  if (!bounds.ok()) {
    // A restore may have begun a checkpoint, which uses the store that is about to go.
    const Status ignored = task->partition().FinishCheckpoint();
    static_cast<void>(ignored);
    return bounds.status();
  }
  task->at_end = task->products.input_to >= bounds.value().end;
  task->partition().stored_at = shared_->options.monotonic();
  host::LogInfo("partition restored",
                {{"partition", number},
                 {"records", records},
                 {"commit", task->partition().position.sequence},
                 {"took_ms", (shared_->options.monotonic() - begun).us / 1000}});
  shared_->table.Put(number, task->shared_partition());
  tasks_[number] = std::move(task);
  return {};
}

Status Worker::Release(const std::vector<log::TopicPartition>& partitions, bool lost) {
  if (lost) {
    for (const log::TopicPartition& partition : partitions) {
      const auto found = tasks_.find(partition.partition);
      if (found != tasks_.end()) Abandon(found->second.get());
    }
  }
  // Also of partitions that stay: the table changes, and who waits at a closed gate holds it.
  if (!open_.empty()) {
    TellOpen();
    if (auto status = Commit(); !status.ok()) return status;
  }
  for (const log::TopicPartition& partition : partitions) {
    waiting_.erase(partition.partition);
    stuck_.erase(partition.partition);
    Drop(partition.partition);
  }
  if (waiting_.empty()) told_.reset();
  return {};
}

// What was not committed of it is gone, and nobody may see it. Queries that wait at its gate go on
// and find it dead.
void Worker::Abandon(Task* task) {
  task->partition().dead = true;
  const auto open = std::find(open_.begin(), open_.end(), task);
  if (open == open_.end()) return;
  open_.erase(open);
  task->partition().gate.Open();
}

// REQUIRES: nothing is open but at most this one. Queries hold the table while they wait at a gate.
void Worker::Drop(int32_t number) {
  no_end_since_.erase(number);  // if it comes back, from then on
  const auto found = tasks_.find(number);
  if (found == tasks_.end()) return;
  Task* task = found->second.get();
  Abandon(task);
  shared_->table.Remove(number);
  // A checkpoint under way uses the store.
  const Status ignored = task->partition().FinishCheckpoint();
  static_cast<void>(ignored);
  tasks_.erase(found);
}

}  // namespace caseclock::runtime
