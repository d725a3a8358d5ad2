// Worker: when to commit and when to checkpoint.

#include <algorithm>
#include <iterator>

#include "engine/host/log.h"
#include "engine/runtime/chain.h"
#include "engine/runtime/worker.h"

namespace caseclock::runtime {
namespace {

using base::Duration;
using base::Status;

// Compaction takes what a store that is a week behind would need, and a quiet partition would not
// come to a checkpoint by its records.
constexpr Duration kOldestStore = base::Seconds(3600);
constexpr Duration kLongWithoutEnd = base::Seconds(120);  // longer than any transaction
constexpr Duration kPartialsEvery = base::Seconds(1);
// In catch-up a chunk changes with every few events, and hardly anybody looks: the longer one
// waits, the fewer times it is told, and the less a rebuild has to read.
constexpr Duration kPartialsOfHistoryEvery = base::Seconds(30);
// But those of one partition are told in one commit.
constexpr size_t kMostUntold = 32'768;
// One is written while the next waits; more would only take memory.
constexpr int kCheckpointsAtOnce = 2;
// A commit costs a log on other machines several round trips, whatever is in it. In catch-up one
// gathers so many batches before its time has come; more would only take memory. Whoever asks for
// small batches wants small commits as well.
constexpr size_t kBatchesInCatchUp = 10;
constexpr size_t kLargeBatch = 1024;
constexpr size_t kLargePart = 64;  // of a checkpoint; likewise
// Nobody waits for a commit of history, and the more events one holds, the fewer times a case is
// written. The transaction itself is open for no longer than it takes to fill.
constexpr Duration kCatchUpInterval = base::Seconds(2);
constexpr int kFailuresInARow = 5;
constexpr int kLongestRest = 20;  // tenths of a second

}  // namespace

bool Worker::IsBehind(const Task& task) const {
  return shared_->options.clock == ClockMode::kLog || wall_ - task.partition().clock > kLiveLag;
}

bool Worker::OnlyHistoryOpen() const {
  return std::all_of(open_.begin(), open_.end(), [&](const Task* task) { return IsBehind(*task); });
}

Duration Worker::CommitInterval() const {
  return OnlyHistoryOpen() ? kCatchUpInterval : pace_.Interval();
}

// Also what one Poll may bring in catch-up: all of one partition, because the longer the stretch of
// its history, the more of it happened to the same cases.
size_t Worker::EnoughInCatchUp() const {
  const size_t batch = shared_->options.batch_records;
  return batch >= kLargeBatch ? batch * kBatchesInCatchUp : batch;
}

size_t Worker::CasesOfCheckpointInATurn() const {
  const size_t cases = shared_->options.checkpoint_cases;
  if (cases < kLargePart) return cases;
  const bool history = std::all_of(tasks_.begin(), tasks_.end(),
                                   [&](const auto& task) { return IsBehind(*task.second); });
  return history ? SIZE_MAX : cases;
}

bool Worker::WantsCheckpoint(const Task& task) const {
  const Partition& partition = task.partition();
  // Half of the caches may be dirty, all partitions together; then the one with most is written. So
  // each collects twice as much as with half of its own cache, and a checkpoint costs figures too.
  size_t dirty = 0;
  bool most = true;
  for (const auto& [number, other] : tasks_) {
    dirty += other->partition().dirty_bytes();
    most &= other->partition().dirty_bytes() <= partition.dirty_bytes();
  }
  const size_t caches = shared_->cache_bytes_per_partition * tasks_.size();
  if (partition.checkpoint_running() || shared_->checkpoints_running.load() >= kCheckpointsAtOnce) {
    // A disk that does not keep up is waited for before memory overflows.
    return most && dirty >= caches;
  }
  const uint64_t share =
      shared_->options.replay_records / static_cast<uint64_t>(shared_->partitions);
  if (partition.records_since_checkpoint > share) return true;
  const bool behind = partition.position.sequence > partition.stored_sequence;
  if (behind && monotonic_ - partition.stored_at >= kOldestStore) return true;
  return most && dirty > 0 && dirty >= caches / 2;
}

Status Worker::CommitIfDue(bool idle) {
  bool alert = false;
  bool wanted = false;
  bool checkpoint = false;
  size_t records = 0;
  for (const Task* task : open_) {
    // An alert goes out at once when there is nothing else to read; under load it takes along what
    // has come in meanwhile, because a commit an alert would leave no time for anything else.
    alert |= !task->products.alerts.empty() && (idle || IsLive(*task));
    wanted |= task->partition().gate.wanted();
    records += static_cast<size_t>(task->products.input_records);
  }
  const size_t enough = OnlyHistoryOpen() ? EnoughInCatchUp() : shared_->options.batch_records;
  // Partials are told once a second while live, and when the input has run dry; now and then
  // before.
  bool stale = false;
  const bool asked = !shared_->idle.Answered(number_, shared_->idle.round());
  for (const auto& [number, task] : tasks_) {
    checkpoint |= WantsCheckpoint(*task);
    const bool looked_at = idle || IsLive(*task);
    stale |= looked_at && HasToTell(*task, idle && asked ? Duration{} : kPartialsEvery);
  }
  // Where time ran on, the commit ends: what it tells follows from its input and its clock, as long
  // as no input comes after the clock (tests/common/auditor.h).
  const Duration waited = monotonic_ - first_open_at_;
  const bool due =
      !open_.empty() && (alert || wanted || checkpoint || ran_on_ || followed_ || (idle && asked) ||
                         records >= enough || waited >= CommitInterval());
  if (!due && !stale && !(checkpoint && idle)) return {};
  if (stale) {
    for (auto& [number, task] : tasks_) {
      if (task->partition().figures_changed) Enter(task.get());
    }
    TellOpen();
  } else if (Task* const task = LongUntold(); task != nullptr) {
    Enter(task);
    task->products.partials = true;
  }
  if (!open_.empty()) {
    if (auto status = Commit(); !status.ok()) return status;
  }
  if (!checkpoint) return {};
  return StartCheckpoints(false);
}

base::Result<log::CommitOutcome> Worker::CommitOpen() {
  if (producer_->OpensAgain()) {
    // Who stood still behind a slow commit may have a successor by now, which must not be fenced.
    if (auto status = consumer_->CheckPlace(); !status.ok()) return status.error();
  }
  return committer_->Commit(open_, consumer_->token());
}

void Worker::TellOpen() const {
  for (Task* task : open_) task->products.partials = true;
}

bool Worker::HasToTell(const Task& task, Duration pause) const {
  if (!task.partition().figures_changed && task.products.figures.empty()) return false;
  return !task.told_at || monotonic_ - *task.told_at >= pause;
}

// One at a time: they take memory until they are written.
Task* Worker::LongUntold() const {
  Task* longest = nullptr;
  for (const auto& [number, task] : tasks_) {
    const bool many = task->partition().figures.untold() > kMostUntold;
    if (!HasToTell(*task, many ? Duration{} : kPartialsOfHistoryEvery)) continue;
    if (longest == nullptr || task->told_at < longest->told_at) longest = task.get();
  }
  return longest;
}

Status Worker::Commit() {
  ran_on_ = followed_ = false;
  std::vector<Task*> telling;
  std::copy_if(open_.begin(), open_.end(), std::back_inserter(telling),
               [](const Task* task) { return task->products.partials; });
  const Duration begun = shared_->options.monotonic();
  auto outcome = CommitOpen();
  if (!outcome.ok()) return Recover(outcome.status());
  if (outcome.value() != log::CommitOutcome::kCommitted) {
    return Recover(
        base::Error{base::ErrorKind::kUnavailable, outcome.value() == log::CommitOutcome::kAborted
                                                       ? "The log aborted a commit"
                                                       : "The outcome of a commit is not known"});
  }
  failures_ = 0;
  const Duration ended = shared_->options.monotonic();
  pace_.Took(ended - begun);
  shared_->commit_us_p95 = pace_.P95().us;
  for (Task* task : telling) task->told_at = ended;
  for (Task* task : open_) {
    task->partition().TrimCache();
    task->partition().gate.Open();
  }
  open_.clear();
  return {};
}

Status Worker::StartCheckpoints(bool all) {
  for (auto& [number, task] : tasks_) {
    Partition& partition = task->partition();
    if (!all && !WantsCheckpoint(*task)) continue;
    if (partition.has_position && partition.dirty_cases() == 0 &&
        partition.records_since_checkpoint == 0) {
      continue;
    }
    if (partition.position.sequence == 0) continue;
    shared_->life.Beat(number_, shared_->options.monotonic());
    auto end = OwnEnd(partition);
    if (!end.ok()) {
      // It can wait for the next turn, unless there is none; and so can the others.
      if (!all && end.error().kind == base::ErrorKind::kUnavailable) return {};
      return end.status();
    }
    SayIfNoEnd(number, end.value().has_value());
    if (!end.value()) continue;  // or lost without knowing: the next Poll or commit says so
    partition.gate.Close();
    const Status status = partition.StartCheckpoint(checkpoints_, *end.value());
    partition.gate.Open();
    if (!status.ok()) return status;
  }
  return {};
}

// An engine that stood still may have a successor, behind whose commits its store must not claim to
// stand. The order matters: what was committed after the end was taken does no harm, and a commit
// that lies before it has made its offsets known. Where somebody who stands still has a transaction
// open, the topic ends before that for its readers, although we have committed behind it: wait.
base::Result<std::optional<int64_t>> Worker::OwnEnd(const Partition& partition) const {
  auto bounds = shared_->log->Bounds({shared_->options.topics.cases, partition.number()});
  if (!bounds.ok()) return bounds.error();
  if (bounds.value().end < partition.cases_end_least) return std::optional<int64_t>();
  auto committed = shared_->log->Committed(shared_->options.group,
                                           {shared_->options.topics.events, partition.number()});
  if (!committed.ok()) return committed.error();
  const bool own = committed.value() && Chain(partition.position).Lead(committed.value()) == 0;
  return own ? std::optional(bounds.value().end) : std::nullopt;
}

// Where somebody's transaction hangs, a store falls behind and memory fills with what it lacks.
void Worker::SayIfNoEnd(int32_t number, bool known) {
  if (known) {
    no_end_since_.erase(number);
    return;
  }
  const auto [at, fresh] = no_end_since_.try_emplace(number, monotonic_);
  if (!at->second || monotonic_ - *at->second < kLongWithoutEnd) return;
  at->second.reset();  // once is enough
  host::LogWarning(
      "no checkpoint: readers do not get to the last commit of the partition. Does a "
      "transaction hang in the topic?",
      {{"topic", shared_->options.topics.cases}, {"partition", number}});
}

Status Worker::TidyUp() {
  if (!producer_) {
    return base::Error{base::ErrorKind::kUnavailable,
                       "The log did not come back; what was not committed will be read again"};
  }
  for (auto& [number, task] : tasks_) {
    const Partition& partition = task->partition();
    // Up to when there was nothing to tell: else figures at rest would be as of an earlier instant
    // than those that were told last.
    if (IsLive(*task) && partition.clock > partition.position.clock) {
      task->products.clock_moved = true;
    }
    if (partition.figures_changed || !task->products.empty()) Enter(task.get());
  }
  if (!open_.empty()) {
    TellOpen();
    auto outcome = CommitOpen();
    if (!outcome.ok()) return outcome.status();
    if (outcome.value() != log::CommitOutcome::kCommitted) {
      return base::Error{base::ErrorKind::kUnavailable,
                         "The last commit did not come through; its input will be read again"};
    }
    for (Task* task : open_) task->partition().gate.Open();
    open_.clear();
  }
  if (auto status = StartCheckpoints(true); !status.ok()) return status;
  for (auto& [number, task] : tasks_) {
    task->partition().gate.Close();
    const Status status = task->partition().FinishCheckpoint();
    task->partition().gate.Open();
    if (!status.ok()) return status;
  }
  return {};
}

// What is away does not come back sooner for being asked more often.
Duration Worker::RestAfter(int failures) {
  return Duration{std::min(failures, kLongestRest) * base::Millis(100).us};
}

bool Worker::MayRetry(const Status& failed, int* failures) const {
  if (failed.error().kind != base::ErrorKind::kUnavailable || shared_->stopping) return false;
  if (++*failures > kFailuresInARow && !shared_->options.outlive_outages) return false;
  host::LogWarning("the log failed, trying again",
                   {{"worker", number_}, {"cause", failed.error().message}});
  return true;
}

// Nothing in memory can be believed: what the log holds decides.
Status Worker::Recover(const Status& cause) {
  // All gates open before one is dropped: who waits at one holds the table.
  std::vector<int32_t> lost;
  while (!open_.empty()) {
    lost.push_back(open_.back()->partition().number());
    Abandon(open_.back());
  }
  for (const int32_t number : lost) Drop(number);
  waiting_.insert(lost.begin(), lost.end());
  committer_.reset();
  producer_.reset();
  if (!MayRetry(cause, &failures_)) return cause;
  if (shared_->options.outlive_outages) {
    settle_at_ = shared_->options.monotonic() + RestAfter(failures_);
  }
  return {};  // the next turn settles
}

}  // namespace caseclock::runtime
