#include "engine/runtime/worker.h"

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <mutex>

#include "engine/host/log.h"
#include "engine/host/thread_name.h"
#include "engine/runtime/member_id.h"

namespace caseclock::runtime {
namespace {

using base::Duration;
using base::Instant;
using base::Status;

constexpr Duration kSlice = base::Millis(100);  // of a rest, between looks at a stop

}  // namespace

Worker::Worker(Shared* shared, size_t number, CheckpointWriter* checkpoints, PolicyWatch* policies)
    : shared_(shared),
      number_(number),
      checkpoints_(checkpoints),
      policies_(policies),
      most_at_once_(shared->options.batch_records) {}

Worker::~Worker() {
  if (thread_.joinable()) thread_.join();
}

Status Worker::Join() {
  // First the producer: where another engine of this instance is still at work, it is fenced before
  // it can be told that it lost its partitions, and does not fence us in turn.
  if (auto status = OpenProducer(); !status.ok()) return status;
  auto consumer =
      shared_->log->Join(shared_->options.group, MemberId(shared_->options.instance, number_),
                         {shared_->options.topics.events});
  if (!consumer.ok()) return consumer.status();
  consumer_ = std::move(consumer).value();
  joined_at_ = shared_->options.monotonic();
  return {};
}

Status Worker::OpenProducer() {
  committer_.reset();
  producer_.reset();
  const EngineOptions& options = shared_->options;
  auto producer = shared_->log->OpenProducer(ProducerId(options.group, options.instance, number_));
  if (!producer.ok()) return producer.status();
  producer_ = std::move(producer).value();
  committer_ = std::make_unique<Committer>(shared_, producer_.get());
  return {};
}

void Worker::Start() {
  thread_ = std::thread([this] { Run(); });
}

void Worker::Finish() {
  if (consumer_) consumer_->Wake();
  if (thread_.joinable()) thread_.join();
  if (consumer_ && shared_->options.driven) End({});
}

void Worker::Wake() {
  consumer_->Wake();
}

void Worker::Run() {
  host::NameThread("worker-" + std::to_string(number_));
  End(Loop());
}

void Worker::DoTurn() {
  if (ended_) return;
  const Status status = shared_->stopping ? Status() : Turn();
  if (!status.ok() || shared_->stopping) End(status);
}

void Worker::End(Status status) {
  if (std::exchange(ended_, true)) return;
  if (status.ok() && shared_->health().ok()) status = TidyUp();
  if (!status.ok()) shared_->Fail(status.error());
  // Without a clean end, nobody may read what was not committed.
  while (!open_.empty()) Abandon(open_.back());
  committer_.reset();
  producer_.reset();
}

Status Worker::Loop() {
  while (!shared_->stopping) {
    if (auto status = Turn(); !status.ok()) return status;
  }
  return {};
}

Status Worker::Turn() {
  if (auto status = CheckClocks(); !status.ok()) return status;
  shared_->life.Beat(number_, monotonic_);
  if (monotonic_ >= settle_at_) {
    if (auto status = Settle(); !status.ok()) return status;
  }
  if (producer_) {
    // What came in goes first: else its alerts would wait for another turn's that fall due.
    if (!open_.empty() && MoreFallsDue()) {
      if (auto status = CommitIfDue(all_read_); !status.ok()) return status;
    }
    if (auto status = LookForEnds(); !status.ok()) return status;
    if (auto status = AdvanceClocks(); !status.ok()) return status;
    if (auto status = CommitIfDue(all_read_); !status.ok()) return status;
  }
  if (auto status = WorkOnCheckpoints(); !status.ok()) return status;
  const uint64_t round = shared_->idle.round();
  auto polled = consumer_->Poll(WaitTime(), most_at_once_);
  if (!polled.ok()) {
    if (!MayRetry(polled.status(), &poll_failures_)) return UnlessStopped(polled.status());
    if (shared_->options.outlive_outages) Rest(RestAfter(poll_failures_));
    return {};
  }
  poll_failures_ = 0;
  return Dispatch(std::move(polled).value(), round);
}

void Worker::Rest(Duration rest) const {
  std::mutex mutex;
  std::condition_variable nobody;
  std::unique_lock lock(mutex);
  for (Duration left = rest; left > Duration{} && !shared_->stopping; left.us -= kSlice.us) {
    nobody.wait_for(lock, std::chrono::microseconds(std::min(left, kSlice).us));
  }
}

Status Worker::WorkOnCheckpoints() {
  for (auto& [number, task] : tasks_) {
    Partition& partition = task->partition();
    if (!partition.checkpoint_waits()) continue;
    const bool open = std::find(open_.begin(), open_.end(), task.get()) != open_.end();
    if (!open) partition.gate.Close();
    const Status status = partition.WorkOnCheckpoint(CasesOfCheckpointInATurn());
    if (!open) partition.gate.Open();
    if (!status.ok()) return status;
  }
  return {};
}

void Worker::Enter(Task* task) {
  if (std::find(open_.begin(), open_.end(), task) != open_.end()) return;
  if (open_.empty()) first_open_at_ = monotonic_;
  task->partition().gate.Close();
  const auto behind = std::find_if(open_.begin(), open_.end(), [&](const Task* other) {
    return other->partition().number() > task->partition().number();
  });
  open_.insert(behind, task);
}

void Worker::NoteEnds(const log::Polled& polled) {
  for (const auto& [partition, end] : polled.ends) {
    const auto found = tasks_.find(partition.partition);
    if (found == tasks_.end()) continue;
    const auto open = std::find(open_.begin(), open_.end(), found->second.get());
    if (open == open_.end()) found->second->partition().nothing_before = end;
  }
}

// It can be got back only from who sent it, so it must not go unnoticed; once is enough. What was
// there before anything was read is nobody's loss.
void Worker::SayDeleted(const log::Polled& polled) {
  for (const log::Polled::Deleted& gone : polled.deleted) {
    const auto task = tasks_.find(gone.partition.partition);
    int64_t& said = said_deleted_to_[gone.partition.partition];
    if (task == tasks_.end() || gone.to <= std::exchange(said, std::max(said, gone.to))) continue;
    if (task->second->partition().position.sequence == 0) {
      host::LogInfo("input begins later than at offset 0", {{"topic", gone.partition.topic},
                                                            {"partition", gone.partition.partition},
                                                            {"at", gone.to}});
      continue;
    }
    shared_->counters.deleted.fetch_add(static_cast<uint64_t>(gone.to - gone.from),
                                        std::memory_order_relaxed);
    host::LogError(
        "input was deleted before it was read: the retention of the topic is shorter than this "
        "group was away. What those offsets held (events, or only markers of transactions) is in "
        "no case; let its sources send it again",
        {{"topic", gone.partition.topic},
         {"partition", gone.partition.partition},
         {"from", gone.from},
         {"to", gone.to}});
  }
}

Status Worker::Take(Task* task, const log::RecordBatch& batch) {
  for (size_t taken = 0; taken < batch.records().size();) {
    Enter(task);
    auto some = task->Process(batch, taken, wall_);
    if (!some.ok()) return some.status();
    taken += some.value();
    if (taken == batch.records().size()) return {};
    const int32_t number = task->partition().number();
    if (auto status = Commit(); !status.ok()) return status;
    if (!tasks_.contains(number)) return {};  // it failed: all of it is read again
    shared_->life.Beat(number_, shared_->options.monotonic());
  }
  return {};
}

Status Worker::Dispatch(const log::Polled& polled, uint64_t round) {
  SayDeleted(polled);
  switch (polled.kind) {
    case log::Polled::Kind::kNothing:
      if (polled.at_end) NotePlace();
      all_read_ = polled.at_end && settled();
      if (!all_read_) return {};
      NoteEnds(polled);
      shared_->idle.SetReady(number_);  // also if others of the group have everything
      for (auto& [number, task] : tasks_) {
        task->at_end = true;
        task->stood_still = false;
      }
      AnswerIdle(round);
      return {};
    case log::Polled::Kind::kRecords: {
      all_read_ = false;
      // Without a producer nothing can be made of them, and what is not restored yet is sought when
      // it is: they are read again.
      if (!producer_) return {};
      const auto found = tasks_.find(polled.batch->origin().partition);
      if (found == tasks_.end() || polled.batch->records().empty()) return {};
      Task* task = found->second.get();
      if (auto status = CheckClocks(); !status.ok()) return status;
      task->at_end = polled.at_end && !task->stood_still;
      task->came_in = true;
      if (auto status = Take(task, *polled.batch); !status.ok()) return status;
      if (!tasks_.contains(polled.batch->origin().partition)) return {};
      most_at_once_ = IsBehind(*task) ? EnoughInCatchUp() : shared_->options.batch_records;
      return {};
    }
    case log::Polled::Kind::kAssigned:
      return Assign(polled.partitions);
    case log::Polled::Kind::kRevoked:
      return Release(polled.partitions, false);
    case log::Polled::Kind::kLost:
      return Release(polled.partitions, true);
  }
  return {};
}

void Worker::AnswerIdle(uint64_t round) {
  if (round == 0 || !open_.empty() || held()) return;
  for (const auto& [number, task] : tasks_) {
    const Instant target = TargetClock(*task);
    if (task->NextTimer() <= target || task->partition().figures_changed) return;
    if (task->HasToFollow()) return;
    // Time has yet to run on to now, or to the end of history.
    if (task->partition().clock < target) return;
  }
  shared_->idle.Answer(number_, round);
}

}  // namespace caseclock::runtime
