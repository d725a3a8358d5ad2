// Worker: partitions come and go.

#include <algorithm>

#include "engine/host/log.h"
#include "engine/runtime/restore.h"
#include "engine/runtime/worker.h"

namespace caseclock::runtime {

using base::Status;

Status Worker::Assign(const std::vector<log::TopicPartition>& partitions) {
  for (const log::TopicPartition& partition : partitions) {
    if (auto status = Adopt(partition.partition); !status.ok()) return status;
    const Task& task = *tasks_.at(partition.partition);
    if (task.partition().position.sequence > 0) {
      const Status status = consumer_->Seek(partition, task.products.input_to);
      if (!status.ok()) return status;
    }
  }
  shared_->idle.SetReady(number_, static_cast<int>(tasks_.size()));
  return {};
}

Status Worker::Adopt(int32_t number) {
  auto task = std::make_unique<Task>(shared_, number);
  const base::Duration begun = shared_->options.monotonic();
  Restore restore(shared_, task.get(), checkpoints_);
  if (auto status = restore.Run(); !status.ok()) return status;
  const log::TopicPartition events{shared_->options.topics.events, number};
  auto bounds = shared_->log->Bounds(events);
  if (!bounds.ok()) return bounds.status();
  task->at_end = task->products.input_to >= bounds.value().end;
  host::LogInfo("partition restored",
                {{"partition", number},
                 {"records", restore.records()},
                 {"commit", task->partition().position.sequence},
                 {"took_ms", (shared_->options.monotonic() - begun).us / 1000}});
  shared_->table.Put(number, task->shared_partition());
  tasks_[number] = std::move(task);
  return {};
}

Status Worker::Release(const std::vector<log::TopicPartition>& partitions, bool lost) {
  if (!lost && !open_.empty()) {
    if (auto status = Commit(true); !status.ok()) return status;
  }
  for (const log::TopicPartition& partition : partitions) Drop(partition.partition);
  shared_->idle.SetReady(number_, static_cast<int>(tasks_.size()));
  return {};
}

void Worker::Drop(int32_t number) {
  const auto found = tasks_.find(number);
  if (found == tasks_.end()) return;
  Task* task = found->second.get();
  // Queries that wait at the gate hold the table: let them through first, to find it dead.
  task->partition().dead = true;
  const auto open = std::find(open_.begin(), open_.end(), task);
  if (open != open_.end()) {
    open_.erase(open);
    task->partition().gate.Open();
  }
  shared_->table.Remove(number);
  // A checkpoint under way uses the store.
  const Status ignored = task->partition().FinishCheckpoint();
  static_cast<void>(ignored);
  tasks_.erase(found);
}

}  // namespace caseclock::runtime
