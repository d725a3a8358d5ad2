#include "engine/runtime/migration_source.h"

#include <algorithm>

#include "engine/base/time_text.h"
#include "engine/codec/case_codec.h"
#include "engine/codec/output_codec.h"
#include "engine/log/read_all.h"
#include "engine/runtime/restore.h"
#include "engine/runtime/shared_parts.h"

namespace caseclock::runtime {
namespace {

using base::Error;
using base::ErrorKind;
using base::Status;

constexpr size_t kReadAtOnce = 8192;

Status ReadFrom(log::Log* log, const log::TopicPartition& partition, int64_t from,
                const std::function<Status(const log::RecordView&)>& visit) {
  auto bounds = log->Bounds(partition);
  if (!bounds.ok()) return bounds.status();
  auto reader = log->Open(partition, std::max(from, bounds.value().first));
  if (!reader.ok()) return reader.status();
  return log::ReadAll(reader.value().get(), kReadAtOnce, [&](const log::RecordBatch& batch) {
    for (const log::RecordView& record : batch.records()) {
      if (auto status = visit(record); !status.ok()) return status;
    }
    return Status();
  });
}

log::NewRecord Again(const log::RecordView& record) {
  log::NewRecord made;
  made.key = record.key;
  made.value = record.value;
  made.timestamp = record.timestamp;  // when it was told
  made.headers = record.headers;
  return made;
}

// The case of an alert: where it belongs. In a header, so that the value may be in JSON as well.
base::Result<std::string> CaseOfAlert(const log::RecordView& record) {
  for (const log::HeaderView& header : record.headers) {
    if (header.key == "ce_subject" && !header.value.empty()) return std::string(header.value);
  }
  model::Alert alert;
  if (auto status = codec::DecodeAlert(*record.value, &alert); !status.ok()) return status.error();
  return alert.case_id;
}

}  // namespace

int64_t MigrationItem::bytes() const {
  size_t bytes = 0;
  for (const log::NewRecord& record : records) {
    bytes += record.key.value_or("").size() + record.value.value_or("").size();
  }
  return static_cast<int64_t>(bytes);
}

MigrationSource::MigrationSource() = default;
MigrationSource::~MigrationSource() = default;

base::Result<std::unique_ptr<MigrationSource>> MigrationSource::Open(log::Log* log,
                                                                     const EngineOptions& options) {
  std::unique_ptr<MigrationSource> source(new MigrationSource);
  Shared& shared = source->shared_;
  shared.log = log;
  shared.options = options;
  shared.options.read_only = true;
  shared.options.make_topics = false;
  for (const std::string* topic : {&options.topics.events, &options.topics.cases}) {
    auto there = log->Partitions(*topic);
    if (!there.ok()) {
      if (there.error().kind != ErrorKind::kNotFound) return there.error();
      return Error{ErrorKind::kUnavailable,
                   "Expected a source on which an engine has worked, but " + *topic +
                       " is not there: caseclock run --until-idle, and migrate then"};
    }
    shared.partitions = there.value();
  }
  if (auto status = ReadActivatedPolicies(&shared); !status.ok()) return status.error();
  ShareResources(&shared);
  source->checkpoints_ = std::make_unique<CheckpointWriter>(nullptr, options.driven);
  std::string identity;
  for (int32_t number = 0; number < shared.partitions; ++number) {
    if (auto status = source->Restore(number); !status.ok()) return status.error();
    const store::Position& stands = source->tasks_.back()->partition().position;
    identity += std::to_string(stands.sequence) + " " + base::ToHex(stands.commit) + "\n";
  }
  auto activations = log->Bounds({options.topics.policies, 0});
  if (!activations.ok()) return activations.error();
  identity += std::to_string(activations.value().end);
  source->identity_ = base::Hash(identity);
  source->policy_hash_ = shared.policies.load()->At(source->clock_)->hash;
  return source;
}

Status MigrationSource::Restore(int32_t number) {
  auto task = std::make_unique<Task>(&shared_, number);
  runtime::Restore restore(&shared_, task.get(), checkpoints_.get());
  if (auto status = restore.Run(); !status.ok()) return status;
  clock_ = std::max(clock_, task->partition().clock);
  tasks_.push_back(std::move(task));
  return {};
}

Status MigrationSource::CountUnread(int32_t number, int64_t* unread) const {
  const log::TopicPartition events{shared_.options.topics.events, number};
  const int64_t from = tasks_[static_cast<size_t>(number)]->partition().position.input_offset;
  return ReadFrom(shared_.log, events, from, [&](const log::RecordView&) {
    ++*unread;
    return Status();
  });
}

Status MigrationSource::CheckIdle() {
  int64_t unread = 0;
  bool due = false;
  for (int32_t number = 0; number < shared_.partitions; ++number) {
    if (auto status = CountUnread(number, &unread); !status.ok()) return status;
    due |= tasks_[static_cast<size_t>(number)]->NextTimer() <= clock_;
  }
  if (unread == 0 && !due) return {};
  const std::string left =
      unread > 0
          ? std::to_string(unread) + " records of " + shared_.options.topics.events + " are not"
          : "what fell due by " + base::FormatInstant(clock_) + " is not yet told";
  return Error{ErrorKind::kUnavailable,
               "Expected a source whose input is all processed, but " + left +
                   ". Stop whoever sends to it, let it finish with caseclock run --until-idle "
                   "(and --clock log, if its time is that of its records), and migrate then"};
}

Status MigrationSource::ForEach(const model::MigrationRecord& from, const Visit& visit) {
  using model::MigrationStage;
  for (const auto stage :
       {MigrationStage::kCases, MigrationStage::kAlerts, MigrationStage::kRejects}) {
    if (stage < from.stage) continue;
    for (int32_t number = 0; number < shared_.partitions; ++number) {
      const bool begun = stage == from.stage && number == from.partition;
      if (stage == from.stage && number < from.partition) continue;
      const int64_t offset = begun ? from.next_offset : 0;
      Status status;
      if (stage == MigrationStage::kCases) {
        status = ForEachCase(&tasks_[static_cast<size_t>(number)]->partition(),
                             begun ? from.after_case : std::string(), visit);
      } else if (stage == MigrationStage::kAlerts) {
        status = ForEachAlert(number, offset, visit);
      } else {
        status = ForEachReject(number, offset, visit);
      }
      if (!status.ok()) return status;
    }
  }
  return {};
}

Status MigrationSource::ForEachCase(Partition* partition, const std::string& after,
                                    const Visit& visit) {
  Status failed;
  const Status scanned =
      partition->ForEachCaseAfter(after, [&](const CachedCase& entry, std::string_view bytes) {
        failed = VisitCase(partition, entry, bytes, visit);
        return failed.ok();
      });
  return failed.ok() ? scanned : failed;
}

Status MigrationSource::VisitCase(Partition* partition, const CachedCase& entry,
                                  std::string_view bytes, const Visit& visit) {
  // Each partition knows the same of every handler, once its input is processed.
  if (model::IsRegister(entry.id) && partition->number() != 0) return {};
  model::CaseState state;
  if (auto status = codec::DecodeCase(bytes, &state); !status.ok()) {
    return Error{status.error().kind, "Case " + entry.id + ": " + status.error().message};
  }
  pages_.clear();
  for (uint32_t index = 0; index < state.page.index; ++index) {
    auto page = partition->Page(entry, index);
    if (!page.ok()) return page.status();
    pages_.push_back(codec::PageKey(entry.id, index));
    codec::EncodePage(entry.id, page.value(), &pages_.emplace_back());
  }
  std::vector<log::NewRecord> records(pages_.size() / 2 + 1);
  for (size_t i = 0; i < pages_.size(); i += 2) {
    records[i / 2].key = pages_[i];
    records[i / 2].value = pages_[i + 1];
  }
  records.back().key = entry.id;
  records.back().value = bytes;
  MigrationItem item;
  item.stage = model::MigrationStage::kCases;
  item.partition = partition->number();
  item.home = item.case_id = entry.id;
  item.everywhere = model::IsRegister(entry.id);
  item.records = records;
  return visit(item);
}

base::Result<std::vector<int64_t>> MigrationSource::LastTellings(int32_t number) const {
  std::vector<std::pair<base::Hash128, int64_t>> tellings;
  const auto take = [&](const log::RecordView& record) {
    base::Hash128 id;
    if (record.key && base::FromHex(*record.key, &id)) tellings.emplace_back(id, record.offset);
    return Status();
  };
  auto read = ReadFrom(shared_.log, {shared_.options.topics.alerts, number}, 0, take);
  if (!read.ok()) return read.error();
  std::sort(tellings.begin(), tellings.end());
  std::vector<int64_t> last;
  for (size_t i = 0; i < tellings.size(); ++i) {
    const bool repeated = i + 1 < tellings.size() && tellings[i].first == tellings[i + 1].first;
    if (!repeated) last.push_back(tellings[i].second);
  }
  std::sort(last.begin(), last.end());
  return last;
}

Status MigrationSource::ForEachAlert(int32_t number, int64_t from, const Visit& visit) const {
  auto last = LastTellings(number);
  if (!last.ok()) return last.status();
  const log::TopicPartition alerts{shared_.options.topics.alerts, number};
  return ReadFrom(shared_.log, alerts, from, [&](const log::RecordView& record) -> Status {
    const std::vector<int64_t>& kept = last.value();
    if (!record.value || !std::binary_search(kept.begin(), kept.end(), record.offset)) return {};
    auto home = CaseOfAlert(record);
    if (!home.ok()) return home.status();
    const log::NewRecord made = Again(record);
    MigrationItem item;
    item.stage = model::MigrationStage::kAlerts;
    item.partition = number;
    item.home = home.value();
    item.next_offset = record.offset + 1;
    item.records = {&made, 1};
    return visit(item);
  });
}

Status MigrationSource::ForEachReject(int32_t number, int64_t from, const Visit& visit) const {
  const log::TopicPartition rejects{shared_.options.topics.rejects, number};
  return ReadFrom(shared_.log, rejects, from, [&](const log::RecordView& record) {
    const log::NewRecord made = Again(record);
    MigrationItem item;
    item.stage = model::MigrationStage::kRejects;
    item.partition = number;
    item.home = record.key.value_or("");
    item.next_offset = record.offset + 1;
    item.records = {&made, 1};
    return visit(item);
  });
}

Status MigrationSource::ForEachPolicy(
    const std::function<Status(const log::RecordView&)>& visit) const {
  return ReadFrom(shared_.log, {shared_.options.topics.policies, 0}, 0,
                  [&](const log::RecordView& record) {
                    if (record.key == model::kMigrationKey) return Status();
                    return visit(record);
                  });
}

}  // namespace caseclock::runtime
