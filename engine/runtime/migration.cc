#include "engine/runtime/migration.h"

#include "engine/base/check.h"

namespace caseclock::runtime {
namespace {

using base::Error;
using base::ErrorKind;
using base::Status;
using model::MigrationRecord;
using model::MigrationStage;

constexpr int64_t kWatchEvery = 1024;  // items

// `record` stands behind `item` now.
void Pass(const MigrationItem& item, MigrationRecord* record) {
  record->stage = item.stage;
  record->partition = item.partition;
  record->after_case = item.case_id;
  record->next_offset = item.next_offset;
  record->bytes += item.bytes();
  switch (item.stage) {
    case MigrationStage::kCases: {
      const auto records = static_cast<int64_t>(item.records.size());
      if (item.everywhere) {
        ++record->handlers;
        record->handler_records += records * record->partitions;
      } else {
        ++record->cases;
        record->pages += records - 1;
      }
      return;
    }
    case MigrationStage::kAlerts:
      ++record->alerts;
      return;
    case MigrationStage::kRejects:
      ++record->rejects;
      return;
    case MigrationStage::kDone:
      CHECK(false);
  }
}

int64_t SizeOf(const log::RecordView& record) {
  return static_cast<int64_t>(record.key.value_or("").size() + record.value.value_or("").size());
}

Error Stopped() {
  return {ErrorKind::kUnavailable,
          "Stopped before all was carried; with the same command it goes on from there"};
}

}  // namespace

base::Result<std::unique_ptr<Migration>> Migration::Open(log::Log* source,
                                                         const EngineOptions& options) {
  std::unique_ptr<Migration> migration(new Migration);
  auto opened = MigrationSource::Open(source, options);
  if (!opened.ok()) return opened.error();
  migration->source_ = std::move(opened).value();
  migration->wall_clock_ = options.wall_clock;
  return migration;
}

base::Result<MigrationPlan> Migration::Plan(int32_t partitions, const Watch& go_on) {
  if (auto idle = source_->CheckIdle(); !idle.ok()) return idle.error();
  MigrationPlan plan;
  plan.partitions.resize(static_cast<size_t>(partitions));
  MigrationRecord& all = plan.all;
  all.partitions = partitions;
  int64_t items = 0;
  const Status seen = source_->ForEach(MigrationRecord(), [&](const MigrationItem& item) -> Status {
    Pass(item, &all);
    if (item.stage == MigrationStage::kCases) {
      const auto home = static_cast<size_t>(log::PartitionOf(item.home, partitions));
      for (size_t number = 0; number < plan.partitions.size(); ++number) {
        if (number != home && !item.everywhere) continue;
        if (!item.everywhere) ++plan.partitions[number].cases;
        plan.partitions[number].bytes += item.bytes();
      }
    }
    if (go_on && ++items % kWatchEvery == 0 && !go_on(all)) return Stopped();
    return {};
  });
  if (!seen.ok()) return seen.error();
  const Status policies = source_->ForEachPolicy([&](const log::RecordView& record) {
    ++all.policies;
    all.bytes += SizeOf(record);
    return Status();
  });
  if (!policies.ok()) return policies.error();
  all.source = source_->identity();
  all.source_partitions = source_->partitions();
  all.clock = source_->clock();
  return plan;
}

Status Migration::CheckSame(const MigrationRecord& record) const {
  if (record.source == source_->identity() && record.source_partitions == source_->partitions()) {
    return {};
  }
  return Error{ErrorKind::kConfig,
               std::string("Expected a target that is empty or holds the ") +
                   (record.done() ? "result" : "beginning") +
                   " of a migration from where this source stands, but it is of another source, or "
                   "of this one before it went on. Migrate to topics of another prefix, or to "
                   "another directory"};
}

base::Result<std::optional<MigrationRecord>> Migration::Found(const MigrationTarget& target) const {
  auto found = target.Look();
  if (!found.ok() || !found.value()) return found;
  if (auto same = CheckSame(*found.value()); !same.ok()) return same.error();
  return found;
}

base::Result<MigrationRecord> Migration::Run(MigrationTarget* target, size_t step_bytes,
                                             const Watch& go_on) {
  if (auto idle = source_->CheckIdle(); !idle.ok()) return idle.error();
  auto found = Found(*target);
  if (!found.ok()) return found.error();
  if (found.value() && found.value()->done()) return *found.value();  // engines may be at work
  found = target->Begin();
  if (!found.ok()) return found.error();
  MigrationRecord record;
  if (found.value()) {
    record = *found.value();
    if (auto same = CheckSame(record); !same.ok()) return same.error();
  } else {
    record.source = source_->identity();
    record.source_partitions = source_->partitions();
    record.partitions = target->partitions();
    record.clock = source_->clock();
    record.started_at = wall_clock_();
    // Before anything else, so that from here on no engine starts there.
    if (auto noted = target->Commit(&record); !noted.ok()) return noted.error();
  }
  target->SetCommit(record.clock, source_->policy_hash());
  if (auto status = Carry(target, step_bytes, go_on, &record); !status.ok()) return status.error();
  if (auto whole = target->Check(record); !whole.ok()) return whole.error();
  if (auto status = Finish(target, &record); !status.ok()) return status.error();
  return record;
}

Status Migration::Carry(MigrationTarget* target, size_t step_bytes, const Watch& go_on,
                        MigrationRecord* record) {
  int64_t committed = record->bytes;
  const auto commit = [&]() -> Status {
    if (auto status = target->Commit(record); !status.ok()) return status;
    committed = record->bytes;
    return !go_on || go_on(*record) ? Status() : Status(Stopped());
  };
  const MigrationRecord from = *record;
  const Status carried = source_->ForEach(from, [&](const MigrationItem& item) -> Status {
    if (auto status = target->Add(item); !status.ok()) return status;
    Pass(item, record);
    return record->bytes - committed < static_cast<int64_t>(step_bytes) ? Status() : commit();
  });
  if (!carried.ok() || record->bytes == committed) return carried;
  return commit();
}

// All at once, and last: the policies open the log to engines.
Status Migration::Finish(MigrationTarget* target, MigrationRecord* record) {
  if (auto status = target->AddEmptyCommits(); !status.ok()) return status;
  const Status policies = source_->ForEachPolicy([&](const log::RecordView& one) {
    ++record->policies;
    record->bytes += SizeOf(one);
    return target->AddPolicy(one);
  });
  if (!policies.ok()) return policies;
  record->stage = MigrationStage::kDone;
  record->partition = 0;
  record->after_case.clear();
  record->next_offset = 0;
  record->finished_at = wall_clock_();
  return target->Commit(record);
}

}  // namespace caseclock::runtime
