#pragma once

// The log that is migrated to: takes what is carried in ordinary commits, whose chain begins in
// each partition at 1 and whose input offsets stay at 0, and keeps beside them how far it has come.
//
// One thread. The log must outlive it.

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "engine/base/result.h"
#include "engine/log/log.h"
#include "engine/model/records.h"
#include "engine/runtime/chain.h"
#include "engine/runtime/engine.h"
#include "engine/runtime/migration_source.h"

namespace caseclock::runtime {

struct MigrationTargetOptions {
  TopicNames topics;
  std::string group = "caseclock";                   // of the engines that will work there
  base::Duration max_wait = base::Seconds(60);       // for the group; see TakeAllPartitions
  base::Duration decision_wait = base::Seconds(30);  // for a transaction of an earlier run
  std::function<base::Duration()> monotonic;         // REQUIRED
};

class MigrationTarget {
 public:
  // The topics must be there, all as many partitions as `events`. Errors: kNotFound, kConfig.
  static base::Result<std::unique_ptr<MigrationTarget>> Open(log::Log* log,
                                                             const MigrationTargetOptions& options);

  [[nodiscard]] int32_t partitions() const { return partitions_; }
  // What an earlier run has carried; absent: none was here, and all topics are empty. Reads only.
  // Errors: kConfig (there are other records, or the group has been at work), kUnavailable.
  base::Result<std::optional<model::MigrationRecord>> Look() const;

  // Puts an end to other runs, takes the group for itself and reads where the chains stand; what
  // Look says then stays so. Errors: as Look, and kUnavailable (engines are at work), kCorrupt
  // (what is there is not what an earlier run has left).
  base::Result<std::optional<model::MigrationRecord>> Begin();
  // Of the commits to come. REQUIRES: Begin, and nothing added.
  void SetCommit(base::Instant clock, const std::string& policy_hash);
  // Adds to the transaction in hand, which is begun where there is none.
  base::Status Add(const MigrationItem& item);
  base::Status AddPolicy(const log::RecordView& record);
  // A commit for each partition that has none, so that each has its clock.
  base::Status AddEmptyCommits();
  // Commits what was added, with `record`, whose number of commits it sets. After an error nobody
  // knows whether that counts; a new object finds out. Errors: kUnavailable, kFenced, kIo.
  base::Status Commit(model::MigrationRecord* record);
  // Reads all partitions of `cases`: the chains are whole, and hold as many records as that.
  base::Status Check(const model::MigrationRecord& record) const;

 private:
  base::Status AddTo(int32_t partition, const MigrationItem& item);
  // Where the chain of a partition stands, and what is known of its next commit record.
  struct Link {
    int64_t sequence = 0;
    base::Hash128 hash;
    model::CommitRecord next;
  };
  MigrationTarget(log::Log* log, MigrationTargetOptions options)
      : log_(log), options_(std::move(options)) {}
  using Take = std::function<base::Status(const log::RecordView&)>;
  base::Status ReadWhole(const log::TopicPartition& partition, const Take& take) const;
  base::Result<bool> HasRecords(const std::string& topic) const;
  base::Result<std::optional<model::MigrationRecord>> ReadRecord(bool* others) const;
  base::Result<Chain> ReadCases(int32_t partition, int64_t* records) const;
  base::Status ReadLinks(const std::optional<model::MigrationRecord>& record);
  base::Status Start();
  base::Result<Link*> Enter(int32_t partition, bool with_cases);
  base::Status Produce(const std::string& topic, int32_t partition, const log::NewRecord& record);
  base::Status ProduceLinks();
  base::Status CheckGroup();

  log::Log* const log_;
  const MigrationTargetOptions options_;
  int32_t partitions_ = 0;
  base::Instant clock_;
  std::string policy_hash_;
  std::unique_ptr<log::Consumer> member_;
  std::unique_ptr<log::Producer> producer_;
  std::vector<Link> links_;    // by partition
  std::set<int32_t> entered_;  // by the transaction in hand
  bool open_ = false;
};

}  // namespace caseclock::runtime
