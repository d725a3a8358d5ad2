#pragma once

// The way on when a partition is refused: works out from the readable case records and
// the input what a damaged partition should be, says what that would change, and commits it, with
// a record that begins the chain anew. An event that a ledger holds already changes nothing when
// it is read again, so the input is read again from the last commit that is beyond doubt. Nothing
// is guessed: what can be told from neither ledger nor input is listed.
//
// One thread. The log must outlive it.

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "engine/base/result.h"
#include "engine/log/log.h"
#include "engine/runtime/checkpoint_writer.h"
#include "engine/runtime/engine.h"
#include "engine/runtime/shared.h"
#include "engine/runtime/task.h"

namespace caseclock::runtime {

// What is wrong with a partition, and what would be done about it.
struct RepairPlan {
  int32_t partition = 0;
  std::vector<std::string> findings;
  int64_t sequence = 0;                       // of the commit that would be written
  std::optional<log::GroupOffset> committed;  // by the group now
  int64_t input_from = 0;                     // the input would be read again from here …
  int64_t input_to = 0;                       // … to here, where the group's offset would stand
  std::vector<std::string> cases;             // whose records would change
  std::vector<std::string> alerts;            // that would be told: id, state, case
  int64_t rejects = 0;                        // that would be told, maybe once more
  std::vector<std::string> lost;              // what cannot be told from ledger or input
};

class Repair {
 public:
  // `options`: topics, group, clocks, and a directory of its own that may go afterwards. Errors:
  // kNotFound (no topics), kConfig, kUnavailable, kIo.
  static base::Result<std::unique_ptr<Repair>> Open(log::Log* log, const EngineOptions& options);
  ~Repair();

  [[nodiscard]] int32_t partitions() const { return shared_.partitions; }
  // Absent: nothing is wrong with the partition. Writes nothing to the log. Errors: kCorrupt (a
  // case record or a page that cannot be read: nothing can be done here), kUnavailable, kIo.
  base::Result<std::optional<RepairPlan>> Plan(int32_t partition);
  // Commits every plan that was made, each in one transaction. Needs all partitions of the group
  // for itself, and waits for that at most so long; members that ended are forgotten after their
  // session. Errors: kUnavailable (engines are at work, or the log has moved since), kFenced, kIo.
  base::Status Apply(base::Duration max_wait);

 private:
  struct Work;
  Repair();
  base::Status CatchUpWithCases(Work* work);
  base::Status ReadInputAgain(Work* work);
  base::Status CompareTold(Work* work);
  base::Status Describe(Work* work);
  base::Status CommitOne(Work* work, log::Producer* producer, const log::GroupToken& token);

  Shared shared_;
  std::unique_ptr<CheckpointWriter> checkpoints_;
  std::vector<std::unique_ptr<Work>> works_;
};

}  // namespace caseclock::runtime
