#pragma once

// One commit: everything that the open tasks of a worker have worked out, their input offsets, and
// a commit record each, in one transaction of the log. The order is fixed: case records,
// outputs, offsets, then the commit records, last, so that a transaction torn behind our back is
// refused by the broker or seen by a restore. A commit that changes no case (nothing but rejects,
// say) begins with a tombstone of kCommitKey, which announces its commit record.

#include <cstdint>
#include <string>
#include <vector>

#include "engine/base/result.h"
#include "engine/log/log.h"
#include "engine/runtime/shared.h"
#include "engine/runtime/task.h"

namespace caseclock::runtime {

class Committer {
 public:
  Committer(Shared* shared, log::Producer* producer) : shared_(shared), producer_(producer) {}

  // Of those whose products say so, also the chunks of figures that changed. After kCommitted the
  // tasks' partitions stand after this commit and their products are empty. After anything else,
  // error or not, the tasks must be dropped and their partitions restored.
  base::Result<log::CommitOutcome> Commit(const std::vector<Task*>& tasks,
                                          const log::GroupToken& token);

 private:
  // What is known of a task's commit record while the transaction fills.
  struct Link {
    model::CommitRecord record;
    std::string bytes;
    uint64_t case_bytes = 0;
  };
  base::Status ProduceAll(const std::vector<Task*>& tasks, const log::GroupToken& token);
  base::Status ProduceCases(Task* task, Link* link);
  base::Status ProduceCase(int32_t partition, std::string_view key, std::string_view value,
                           Link* link);
  base::Status Announce(int32_t partition);
  base::Status ProduceAlerts(Task* task);
  base::Status ProduceRejects(Task* task);
  base::Status ProduceReroutes(Task* task);
  base::Status ProducePartials(Task* task);
  base::Status ProduceLink(Task* task, Link* link);
  void ApplyFigures(Task* task);
  // To those who look at figures. REQUIRES: their lock is held.
  static void Show(Task* task, const Link& link);
  base::Status Settle(Task* task, const Link& link);

  Shared* const shared_;
  log::Producer* const producer_;
  std::vector<Link> links_;
  std::string scratch_;
};

}  // namespace caseclock::runtime
