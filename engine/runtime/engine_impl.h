#pragma once

// Inside the engine: what Engine's member functions, spread over several files, work on.

#include <memory>
#include <vector>

#include "engine/runtime/alert_scan.h"
#include "engine/runtime/checkpoint_writer.h"
#include "engine/runtime/engine.h"
#include "engine/runtime/partition.h"
#include "engine/runtime/policy_watch.h"
#include "engine/runtime/publisher.h"
#include "engine/runtime/shared.h"
#include "engine/runtime/standstill_watch.h"
#include "engine/runtime/task.h"
#include "engine/runtime/worker.h"

namespace caseclock::runtime {

// Members are destroyed from the last to the first: threads before what they use.
struct Engine::Impl {
  Shared shared;
  std::unique_ptr<PolicyWatch> policies;
  std::unique_ptr<CheckpointWriter> checkpoints;
  std::vector<std::unique_ptr<Task>> read_only_tasks;
  std::unique_ptr<AlertScan> alerts;
  std::unique_ptr<Publisher> publisher;
  std::unique_ptr<StandstillWatch> watch;  // also while workers end
  std::vector<std::unique_ptr<Worker>> workers;
  bool stopped = false;
  std::optional<model::MigrationRecord> migration;  // that filled the log; set by Open

  ~Impl();
  base::Status Open(log::Log* log, const EngineOptions& options);
  base::Status OpenToRead();
  base::Status EnsureTopics();
  base::Status StartWorkers();
  base::Status Stop();
  void Turn(Part part);
  // All workers found nothing more to do, at one moment; false: cancelled or failed.
  bool AwaitQuiet(const std::atomic<bool>& cancelled);

  // Whether another engine of the group has told figures of the partition.
  [[nodiscard]] bool OthersHave(int32_t partition) const;
  // Why a case cannot be looked at whose partition is not here.
  [[nodiscard]] base::Error NotHere(const std::string& case_id, int32_t partition) const;
  // Calls `visit` between two commits of the partition. kUnavailable if its worker gave it up.
  static base::Status Visit(Partition* partition, const std::function<base::Status()>& visit);
  // Calls `visit` with every partition, in order, between two commits.
  base::Status ForEachPartition(const std::function<base::Status(Partition*)>& visit);
  // The same for the partition of a case. kUnavailable if another engine has it.
  base::Status WithPartitionOf(const std::string& case_id,
                               const std::function<base::Status(Partition*)>& visit);
  // The same with the case as last committed; kNotFound.
  base::Status LookAt(
      const std::string& case_id,
      const std::function<base::Status(Partition*, const CachedCase&, model::CaseState&)>& visit);
};

// Every case of a partition, newest first in memory, else from its store. REQUIRES: gate held.
base::Status ForEachCaseState(
    Partition* partition,
    const std::function<base::Status(const CachedCase&, const model::CaseState&)>& visit);

}  // namespace caseclock::runtime
