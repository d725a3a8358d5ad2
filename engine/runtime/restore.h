#pragma once

// Brings a partition to where the log says it stands: opens its store, reads `cases` from the
// store's position to the end, checks the chain of commits, and applies the last value of every
// changed case. The same code resumes after a kill (at most a few seconds of commits), follows a
// store that lags, and rebuilds one that is not there. A store is set aside and rebuilt that is
// ahead of the topic, because that lost its newest records; that took in what a repair has put
// right since; that is damaged, or older than what compaction has left. Figures that changed since
// they were last told are told again; a rebuild reads from `partials` what was told.
//
// What the group has committed says where the end is: its last commit is waited for, if its records
// are still on their way.
//
// A standby follows the topic the same way while an engine goes on writing: see Follow.
//
// REQUIRES, of Run: every older producer of this partition is fenced, or the end would move.
// Errors: kCorrupt with what was expected, what found and what to do; kIo; kUnavailable.

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "engine/log/log.h"
#include "engine/model/records.h"
#include "engine/runtime/chain.h"
#include "engine/runtime/checkpoint_writer.h"
#include "engine/runtime/rebuild.h"
#include "engine/runtime/task.h"

namespace caseclock::runtime {

class Restore {
 public:
  Restore(Shared* shared, Task* task, CheckpointWriter* writer);
  // Afterwards the task's position, clock, figures, timers and next input offset are those of the
  // last commit.
  base::Status Run();
  // For a standby, in the place of Run: takes in what the topic has, a bounded part of it at a
  // time. The first call opens the store, catches up, and takes as long as a restore does. The
  // store gets a checkpoint of a commit whenever a restart from the last one would take long.
  // kUnavailable while it is still following(): the log is away, call again.
  base::Status Follow();
  // The first call of Follow was successful, and none since ended it: else it is of no use.
  [[nodiscard]] bool following() const { return following_; }
  // Follow has taken all there was.
  [[nodiscard]] bool at_end() const { return at_end_; }

  // Run or Follow failed, but the store was set aside, so that a new task can be restored from the
  // topic.
  [[nodiscard]] bool rebuild() const { return rebuild_; }
  [[nodiscard]] int64_t records() const { return records_; }

  // For `state repair`: what is wrong with the chain or the offsets is no error of Run, but here.
  void Tolerate() { tolerate_ = true; }

 private:
  struct Pending {
    std::string bytes;  // empty: only pages so far
    std::map<uint32_t, std::string> pages;
  };
  base::Status RunToEnd();
  // Opens the store and takes in what the topic has by now.
  base::Status CatchUp();
  base::Status BeginToFollow();
  base::Status FollowOn();
  // Lets go of the partition after an error.
  base::Status Failed(base::Status status);
  base::Status TakeBatch(const log::RecordBatch& batch);
  // With all that was taken in counted and told: the store may stand here.
  base::Status StandHere();
  [[nodiscard]] bool ShouldStand() const;
  base::Status OpenStore();
  base::Status ReadStore();
  // Hands `status` on; kCorrupt is noted as damage of the store.
  base::Status NotingDamage(base::Status status);
  // A store of another build's fold is set aside.
  base::Status CheckFold();
  // Keeps the store under another name, and says so.
  base::Status PutAside(const std::string& why);
  // The same, and goes on with a new one. kCorrupt in an engine that only reads.
  base::Status SetStoreAside(const std::string& why);
  base::Status LoadFigures();
  base::Status ReadToEnd();
  base::Status Take(const log::RecordView& record);
  base::Status Collect(const log::RecordView& record);
  base::Status TakeCommit();
  void Forget();
  base::Status CatchUpWith(const std::optional<log::GroupOffset>& committed);
  // Applies what has been collected since the last commit boundary used.
  base::Status Apply();
  base::Status ApplyCase(std::string_view case_id, const Pending& pending);
  void BeginRebuild();
  base::Status FinishRebuild();
  // Policies by which what was read may be counted.
  base::Status TakePolicies();
  base::Status ReadTold();
  base::Result<std::vector<model::ClosedPage>> Pages(const CachedCase& entry, uint32_t from,
                                                     uint32_t to);
  [[nodiscard]] base::Error StillUndecided(const log::GroupOffset& committed) const;
  base::Status CheckEnd();
  base::Status ConfirmStore();
  base::Status Judge();
  [[nodiscard]] base::Error Torn(const std::string& what) const;

  Shared* const shared_;
  Task* const task_;
  Partition& partition_;
  CheckpointWriter* const writer_;
  int64_t start_ = 0;
  int64_t next_ = 0;  // offset of the next `cases` record
  int64_t records_ = 0;

  bool tolerate_ = false;
  bool rebuild_ = false;
  bool store_damaged_ = false;
  bool stood_ = false;  // there was a store when it began
  bool standing_by_ =
      false;  // it is Follow that was called, however much there is to catch up with
  bool following_ = false;
  bool at_end_ = false;
  // Figures are right for what has been applied, so that a case changes them by what changed of it.
  // Not while a store is being rebuilt.
  bool counts_ = false;
  std::unique_ptr<Rebuild> into_;        // unless counts_
  std::shared_ptr<ToldChunks> told_;     // the same
  std::unique_ptr<log::Reader> reader_;  // of Follow
  std::optional<Chain> chain_;
  int64_t commit_end_ = 0;  // offset behind the last commit record
  // Collected since the last Apply: case id → page keys, record.
  std::map<std::string, Pending, std::less<>> pending_;
  size_t pending_bytes_ = 0;
  bool partials_pending_ = false;                   // the last commit had no partials
  std::shared_ptr<const PolicyTimeline> timeline_;  // of the contexts
  core::StepContext old_context_;
  core::StepContext new_context_;
  std::vector<model::FigureDelta> deltas_;
};

}  // namespace caseclock::runtime
