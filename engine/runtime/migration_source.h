#pragma once

// The log that is migrated: its partitions restored for reading, and all that is carried from it,
// in an order that is the same each time, so that a migration can go on where it stopped. Nothing
// is written to it.
//
// One thread. The log must outlive it, and nobody may work on it meanwhile.

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/base/hash.h"
#include "engine/base/result.h"
#include "engine/log/log.h"
#include "engine/runtime/checkpoint_writer.h"
#include "engine/runtime/engine.h"
#include "engine/runtime/shared.h"
#include "engine/runtime/task.h"

namespace caseclock::runtime {

// What goes over as one: a case with its closed pages, an alert as it was told last, or a reject.
struct MigrationItem {
  model::MigrationStage stage = model::MigrationStage::kCases;
  int32_t partition = 0;     // of the source
  std::string_view home;     // the key whose partition it belongs to; empty: that of its own number
  std::string_view case_id;  // kCases
  bool everywhere = false;   // what is known of a handler: to every partition
  int64_t next_offset = 0;   // kAlerts, kRejects
  std::span<const log::NewRecord> records;  // kCases: pages in order, the case last; else one

  [[nodiscard]] int64_t bytes() const;
};

class MigrationSource {
 public:
  // `options`: topics, group, state_dir and clocks of the source. Errors: kNotFound (no topics),
  // kConfig (no policies; itself the target of a migration that is not done), kCorrupt (see
  // Restore), kUnavailable, kIo.
  static base::Result<std::unique_ptr<MigrationSource>> Open(log::Log* log,
                                                             const EngineOptions& options);
  ~MigrationSource();

  // Ok when everything that has come in was taken, and everything due by clock() was told; else
  // kUnavailable, saying how much is left and what to do.
  base::Status CheckIdle();

  [[nodiscard]] int32_t partitions() const { return shared_.partitions; }
  // The latest of the partitions' clocks.
  [[nodiscard]] base::Instant clock() const { return clock_; }
  // Of all that would be carried, as far as the chains of commits and the activations say it.
  [[nodiscard]] base::Hash128 identity() const { return identity_; }
  // The set in force at clock().
  [[nodiscard]] const std::string& policy_hash() const { return policy_hash_; }

  // Every item behind where `from` stands, stage by stage and partition by partition. Ends with the
  // first error, of the log or of `visit`. Views last until `visit` returns.
  using Visit = std::function<base::Status(const MigrationItem&)>;
  base::Status ForEach(const model::MigrationRecord& from, const Visit& visit);
  // The records of the policies topic, in order, but the one of a migration.
  base::Status ForEachPolicy(
      const std::function<base::Status(const log::RecordView&)>& visit) const;

 private:
  MigrationSource();
  base::Status Restore(int32_t number);
  base::Status CountUnread(int32_t number, int64_t* unread) const;
  base::Status ForEachCase(Partition* partition, const std::string& after, const Visit& visit);
  base::Status VisitCase(Partition* partition, const CachedCase& entry, std::string_view bytes,
                         const Visit& visit);
  base::Status ForEachAlert(int32_t number, int64_t from, const Visit& visit) const;
  base::Status ForEachReject(int32_t number, int64_t from, const Visit& visit) const;
  // The offset of the last record of every alert, sorted.
  base::Result<std::vector<int64_t>> LastTellings(int32_t number) const;

  Shared shared_;
  std::unique_ptr<CheckpointWriter> checkpoints_;
  std::vector<std::unique_ptr<Task>> tasks_;
  base::Instant clock_ = base::kLongAgo;
  base::Hash128 identity_;
  std::string policy_hash_;
  std::vector<std::string> pages_;  // of the case in hand: key, bytes, …
};

}  // namespace caseclock::runtime
