// Worker: partitions come and go.

#include <algorithm>

#include "engine/host/log.h"
#include "engine/runtime/restore.h"
#include "engine/runtime/worker.h"

namespace caseclock::runtime {

using base::Status;

Status Worker::Assign(const std::vector<log::TopicPartition>& partitions) {
  // The table changes, and who waits at a closed gate of ours holds it.
  if (!open_.empty()) {
    if (auto status = Commit(false); !status.ok()) return status;
  }
  for (Status status = Readopt(partitions); !status.ok(); status = Readopt(partitions)) {
    if (!MayRetry(status, &failures_)) return status;
  }
  shared_->idle.SetReady(number_);
  return {};
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
    if (rebuild) host::LogWarning("store set aside", {{"cause", status.error().message}});
    records = restore.records();
  }
  const log::TopicPartition events{shared_->options.topics.events, number};
  auto bounds = shared_->log->Bounds(events);
  if (!bounds.ok()) return bounds.status();
  task->at_end = task->products.input_to >= bounds.value().end;
  host::LogInfo("partition restored",
                {{"partition", number},
                 {"records", records},
                 {"commit", task->partition().position.sequence},
                 {"took_ms", (shared_->options.monotonic() - begun).us / 1000}});
  shared_->table.Put(number, task->shared_partition());
  tasks_[number] = std::move(task);
  return {};
}

// Drops what there is of them, restores them and reads on from there.
Status Worker::Readopt(const std::vector<log::TopicPartition>& partitions) {
  for (const log::TopicPartition& partition : partitions) Drop(partition.partition);
  for (const log::TopicPartition& partition : partitions) {
    if (auto status = Adopt(partition.partition); !status.ok()) {
      // A stop does not wait for a restore; nothing was lost by it.
      const bool stopped =
          shared_->stopping && status.error().kind == base::ErrorKind::kUnavailable;
      return stopped ? Status() : status;
    }
    const Status sought =
        consumer_->Seek(partition, tasks_.at(partition.partition)->products.input_to);
    if (sought.ok()) continue;
    // No longer ours: the next Poll says so.
    if (sought.error().kind != base::ErrorKind::kInvalid) return sought;
    Drop(partition.partition);
  }
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
    if (auto status = Commit(true); !status.ok()) return status;
  }
  for (const log::TopicPartition& partition : partitions) Drop(partition.partition);
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
