#pragma once

// A worker: one thread that is a member of the consumer group and owns the partitions assigned to
// it, with one transactional producer. Its loop: look at the clock, fire timers, commit when it is
// time, take a batch. What cannot go on stops the engine (Shared::Fail).

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "engine/log/log.h"
#include "engine/runtime/checkpoint_writer.h"
#include "engine/runtime/commit.h"
#include "engine/runtime/commit_pace.h"
#include "engine/runtime/policy_watch.h"
#include "engine/runtime/shared.h"
#include "engine/runtime/task.h"

namespace caseclock::runtime {

class Worker {
 public:
  Worker(Shared* shared, size_t number, CheckpointWriter* checkpoints, PolicyWatch* policies);
  ~Worker();

  // Joins the group; before any worker starts, so that partitions are dealt out once.
  base::Status Join();
  void Start();
  // Without Start: one turn of the loop, or what comes after the last one.
  void DoTurn();
  // Shared::stopping must be set. Commits, checkpoints, leaves the group.
  void Finish();
  // Makes the loop look around soon; any thread.
  void Wake();

 private:
  void Run();
  void End(base::Status status);
  base::Status Loop();
  base::Status Turn();
  base::Status Dispatch(const log::Polled& polled, uint64_t round);
  // In several commits, where one has not room for all that they bring about.
  base::Status Take(Task* task, const log::RecordBatch& batch);
  void NoteEnds(const log::Polled& polled);
  void SayDeleted(const log::Polled& polled);
  base::Status Assign(const std::vector<log::TopicPartition>& partitions);
  base::Status Adopt(int32_t number);
  base::Status Release(const std::vector<log::TopicPartition>& partitions, bool lost);
  void Drop(int32_t number);
  void Abandon(Task* task);
  base::Status Recover(const base::Status& cause);
  // Whether there is a producer and every partition that is ours has been restored.
  [[nodiscard]] bool settled() const { return producer_ != nullptr && waiting_.empty(); }
  // The group has said what is its own, if anything.
  void NotePlace();
  [[nodiscard]] bool OthersAwaitPlaces() const;
  base::Status Settle();
  base::Status TrySettle();
  base::Status AdoptAndSeek(int32_t number);
  base::Status BeginCompaction();
  void SayIfAhead() const;
  static base::Status UnlessGone(const base::Status& status);
  [[nodiscard]] base::Status UnlessStopped(const base::Status& failed) const;
  [[nodiscard]] log::TopicPartition EventsOf(int32_t number) const;
  void Rest(base::Duration rest) const;
  [[nodiscard]] static base::Duration RestAfter(int failures);
  bool MayRetry(const base::Status& failed, int* failures) const;
  base::Status OpenProducer();

  base::Status CheckClocks();
  // Of partitions that were not read to their end when they were last read: whether they are now.
  base::Status LookForEnds();
  base::Status AdvanceClocks();
  base::Status FollowCalendars(Task* task);
  [[nodiscard]] size_t AlertsInALiveTurn() const;  // of all partitions together
  void Enter(Task* task);
  base::Status CommitIfDue(bool idle);
  // Figures of what is open go with its commit.
  void TellOpen() const;
  // Of those that only gather history: that which was told longest ago, if that is long enough.
  [[nodiscard]] Task* LongUntold() const;
  // There is something to tell of its figures, and nothing was for so long.
  [[nodiscard]] bool HasToTell(const Task& task, base::Duration pause) const;
  base::Status Commit();
  base::Result<log::CommitOutcome> CommitOpen();
  [[nodiscard]] bool WantsCheckpoint(const Task& task) const;
  base::Status StartCheckpoints(bool all);
  // The end of the partition's `cases`. Absent: others have written there since its last commit, or
  // it lies behind a transaction that is still open.
  base::Result<std::optional<int64_t>> OwnEnd(const Partition& partition) const;
  void SayIfNoEnd(int32_t number, bool known);
  base::Status WorkOnCheckpoints();
  // Where all partitions catch up, all of them: nobody waits.
  [[nodiscard]] size_t CasesOfCheckpointInATurn() const;
  base::Status TidyUp();
  [[nodiscard]] base::Duration WaitTime() const;
  // What is read of it now came in a moment ago.
  [[nodiscard]] bool IsRecent(const Task& task) const;
  // And all there was has been read.
  [[nodiscard]] bool IsLive(const Task& task) const { return task.at_end && IsRecent(task); }
  // In a partition that is not behind.
  [[nodiscard]] bool MoreFallsDue() const;
  // What is read of it now is history.
  [[nodiscard]] bool IsBehind(const Task& task) const;
  [[nodiscard]] bool OnlyHistoryOpen() const;
  // How long what is open may wait for its commit.
  [[nodiscard]] base::Duration CommitInterval() const;
  [[nodiscard]] size_t EnoughInCatchUp() const;
  void AnswerIdle(uint64_t round);
  [[nodiscard]] base::Instant TargetClock(const Task& task) const;
  // Behind the wall clock, until the policies of now have been read.
  [[nodiscard]] bool held() const { return wall_ < wall_clock_; }

  Shared* const shared_;
  const size_t number_;
  CheckpointWriter* const checkpoints_;
  PolicyWatch* const policies_;
  std::unique_ptr<log::Consumer> consumer_;
  std::unique_ptr<log::Producer>
      producer_;  // null: the last commit failed, nothing can be committed
  std::unique_ptr<Committer> committer_;
  std::map<int32_t, std::unique_ptr<Task>> tasks_;
  std::set<int32_t> waiting_;         // partitions that are ours and yet to be restored
  std::shared_ptr<ToldChunks> told_;  // as long as there are
  std::set<int32_t> stuck_;           // the last attempt to restore them failed
  std::vector<Task*> open_;           // with uncommitted work; their gates are closed
  CommitPace pace_;
  base::Instant wall_clock_;  // as it says
  base::Instant wall_;        // as of when to judge; kWall: held where policies are not known
  base::Duration monotonic_;
  base::Duration first_open_at_;
  std::map<int32_t, int64_t> said_deleted_to_;  // by partition
  // By partition: since when OwnEnd knows none; absent once that was said.
  std::map<int32_t, std::optional<base::Duration>> no_end_since_;
  size_t most_at_once_;  // records that a Poll may bring
  bool clocks_read_ = false;
  std::optional<base::Duration> looked_for_ends_at_;
  bool all_read_ = false;     // the last Poll found nothing more
  bool ran_on_ = false;       // kLog: in what is open, time ran on beyond the input taken
  bool followed_ = false;     // in what is open, cases followed a corrected calendar
  int failures_ = 0;          // of commits, in a row
  int settle_failures_ = 0;   // in a row
  base::Duration settle_at_;  // the next attempt, by the monotonic clock
  bool ended_ = false;
  bool placed_ = false;
  base::Duration joined_at_;  // by the monotonic clock
  int poll_failures_ = 0;     // in a row
  std::thread thread_;
};

}  // namespace caseclock::runtime
