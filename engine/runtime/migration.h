#pragma once

// `migrate`: carries a log to another one, with as many partitions as wanted: every case with its
// ledger, each alert as it was told last, the rejects, and the policies in force. What can be
// worked out from these (figures, timers, backlogs) is left to the first engine that starts there.
// The input itself is not carried: what it said is in the ledgers.
//
// Each step is one transaction of the target, with a note of how far that is; so a run that was
// killed is gone on with by the next, and nothing is written twice. Until the last step, which
// brings the policies, no engine starts on the target.
//
// One thread. Both logs must outlive it; nobody may work on either meanwhile.

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include "engine/base/result.h"
#include "engine/log/log.h"
#include "engine/model/records.h"
#include "engine/runtime/engine.h"
#include "engine/runtime/migration_source.h"
#include "engine/runtime/migration_target.h"

namespace caseclock::runtime {

// What there is to carry.
struct MigrationPlan {
  model::MigrationRecord all;  // its counts; not commits
  struct Share {
    int64_t cases = 0;
    int64_t bytes = 0;  // of its cases and pages, and of what is known of handlers
  };
  std::vector<Share> partitions;  // of the target
};

class Migration {
 public:
  // `options`: as for MigrationSource. Errors: as there.
  static base::Result<std::unique_ptr<Migration>> Open(log::Log* source,
                                                       const EngineOptions& options);

  [[nodiscard]] MigrationSource& source() { return *source_; }
  // Goes over everything, writes nothing. `go_on`: called with the items seen so far now and then;
  // false: give up with kUnavailable. May be null. Errors: as MigrationSource::CheckIdle, kCorrupt.
  using Watch = std::function<bool(const model::MigrationRecord& so_far)>;
  base::Result<MigrationPlan> Plan(int32_t partitions, const Watch& go_on);

  // What is in the target of a migration from where this source stands; absent: it is empty.
  // Errors: as MigrationTarget::Look, and kConfig (it is of another source, or of this one before
  // it went on).
  base::Result<std::optional<model::MigrationRecord>> Found(const MigrationTarget& target) const;
  // Carries all that is not yet there; what it has carried at the end, earlier runs included. One
  // that is done is left alone. `step_bytes`: of one transaction, about. `go_on` is called after
  // each; false: kUnavailable, to be gone on with. Errors: as Found and MigrationTarget.
  base::Result<model::MigrationRecord> Run(MigrationTarget* target, size_t step_bytes,
                                           const Watch& go_on);

 private:
  Migration() = default;
  [[nodiscard]] base::Status CheckSame(const model::MigrationRecord& record) const;
  base::Status Carry(MigrationTarget* target, size_t step_bytes, const Watch& go_on,
                     model::MigrationRecord* record);
  base::Status Finish(MigrationTarget* target, model::MigrationRecord* record);

  std::function<base::Instant()> wall_clock_;
  std::unique_ptr<MigrationSource> source_;
};

}  // namespace caseclock::runtime
