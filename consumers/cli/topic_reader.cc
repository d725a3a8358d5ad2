#include "consumers/cli/topic_reader.h"

#include <stdlib.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <map>
#include <utility>

#include "consumers/http/activation.h"
#include "consumers/http/routes.h"
#include "engine/codec/output_codec.h"
#include "engine/host/clock.h"
#include "engine/log/read_all.h"

namespace caseclock::cli {

using base::Error;
using base::ErrorKind;
using base::Status;
using Partitions = std::optional<std::vector<int32_t>>;

base::Result<std::unique_ptr<TemporaryDirectory>> TemporaryDirectory::Make() {
  std::error_code code;
  std::string name = (std::filesystem::temp_directory_path(code) / "caseclock-XXXXXX").string();
  if (code || mkdtemp(name.data()) == nullptr) {
    return Error{ErrorKind::kIo, "Expected to make a temporary directory " + name +
                                     ", but: " + (code ? code.message() : std::strerror(errno))};
  }
  return std::unique_ptr<TemporaryDirectory>(new TemporaryDirectory(name));
}

TemporaryDirectory::~TemporaryDirectory() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

base::Result<std::unique_ptr<Snapshot>> Snapshot::Open(
    log::Log* log, const runtime::TopicNames& topics, const std::string& group,
    const Partitions& partitions, const std::function<void(double)>& progress) {
  std::unique_ptr<Snapshot> snapshot(new Snapshot);
  auto directory = TemporaryDirectory::Make();
  if (!directory.ok()) return directory.error();
  snapshot->directory_ = std::move(directory).value();
  runtime::EngineOptions options;
  options.state_dir = snapshot->directory_->path();
  options.topics = topics;
  options.group = group;
  options.snapshot = true;
  options.only_partitions = partitions;
  options.while_opening = [&](double share, uint64_t) {
    if (progress) progress(share);
    return true;
  };
  options.wall_clock = host::WallClock;
  options.monotonic = host::Monotonic;
  auto engine = runtime::Engine::Open(log, options);
  if (!engine.ok()) return engine.error();
  snapshot->engine_ = std::move(engine).value();
  return snapshot;
}

base::Result<std::unique_ptr<TopicReader>> TopicReader::Open(const BrokerSettings& settings) {
  auto log = OpenBrokers(settings);
  if (!log.ok()) return log.error();
  std::unique_ptr<TopicReader> reader(new TopicReader);
  reader->topics_ = TopicsOf(settings);
  auto partitions = log.value()->Partitions(reader->topics_.events);
  if (!partitions.ok()) return partitions.error();
  reader->partitions_ = partitions.value();
  reader->log_ = std::move(log).value();
  if (auto read = reader->ReadBacklogs(); !read.ok()) return read.error();
  return reader;
}

// The last record of each queue.
Status TopicReader::ReadBacklogs() {
  auto reader = log_->Open({topics_.backlog, 0}, 0);
  if (!reader.ok()) return reader.status();
  std::map<std::string, model::Backlog> last;
  const Status read = log::ReadAll(reader.value().get(), 4096, [&](const log::RecordBatch& batch) {
    for (const log::RecordView& record : batch.records()) {
      if (!record.key || !record.value) continue;
      if (*record.key == model::kSourcesKey) {
        model::SourcesRecord sources;
        if (auto s = codec::DecodeSources(*record.value, &sources); !s.ok()) return s;
        sources_ = std::move(sources.sources);
        continue;
      }
      model::Backlog backlog;
      if (auto s = codec::DecodeBacklog(*record.value, &backlog); !s.ok()) return s;
      last[std::string(*record.key)] = std::move(backlog);
    }
    return Status();
  });
  for (auto& [queue, backlog] : last) backlogs_.push_back(std::move(backlog));
  return read;
}

base::Result<http::EngineBackend*> TopicReader::With(const Partitions& partitions) {
  if (backend_ != nullptr && snapshot_of_ == partitions) return backend_.get();
  backend_.reset();
  snapshot_.reset();
  auto snapshot = Snapshot::Open(log_.get(), topics_, "", partitions, progress_);
  if (!snapshot.ok()) return snapshot.error();
  snapshot_ = std::move(snapshot).value();
  snapshot_of_ = partitions;
  backend_ = std::make_unique<http::EngineBackend>(log_.get(), snapshot_->engine(), topics_,
                                                   host::WallClock, false);
  backend_->set_progress(progress_);
  return backend_.get();
}

base::Instant TopicReader::Now() {
  base::Instant latest = host::WallClock();
  for (const model::Backlog& backlog : backlogs_) latest = std::max(latest, backlog.as_of);
  return latest;
}

std::shared_ptr<const model::PolicySet> TopicReader::Policies() {
  auto backend = With(std::vector<int32_t>{});
  return backend.ok() ? backend.value()->Policies() : nullptr;
}

base::Result<std::vector<model::Backlog>> TopicReader::Backlogs() {
  if (!backlogs_.empty() || told_none_) return backlogs_;
  // No figures is not the same as no cases: after a migration none have been told.
  for (int32_t partition = 0; partition < partitions_; ++partition) {
    auto cases = HasCases(partition);
    if (!cases.ok()) return cases.error();
    if (!cases.value()) continue;
    std::fprintf(
        stderr,
        "caseclock: There are cases, but no figures in %s yet: the first engine that works "
        "there tells them, a second or two after its start. `caseclock backlog --at now` "
        "counts them from %s\n",
        topics_.backlog.c_str(), topics_.cases.c_str());
    told_none_ = true;
    break;
  }
  return backlogs_;
}

base::Result<bool> TopicReader::HasCases(int32_t partition) const {
  const log::TopicPartition cases{topics_.cases, partition};
  const auto bounds = log_->Bounds(cases);
  if (!bounds.ok()) return bounds.error();
  auto reader = log_->Open(cases, bounds.value().first);
  if (!reader.ok()) return reader.error();
  do {
    auto batch = reader.value()->Read({}, 1024);
    if (!batch.ok()) return batch.error();
    if (batch.value() == nullptr) continue;
    for (const log::RecordView& record : batch.value()->records()) {
      // Commits and what is known of handlers have keys that no case can have.
      if (record.value && !record.key.value_or("").starts_with(model::kCommitKey[0])) return true;
    }
  } while (!reader.value()->at_end());
  return false;
}

base::Result<std::vector<model::Backlog>> TopicReader::BacklogsAt(
    const http::PastQuestion& question) {
  http::PastQuestion asked = question;
  base::Instant watermark = base::kNever;
  if (!asked.at) {
    // Of the latest instant that the queues have been told of; they are told one after the other.
    for (const model::Backlog& backlog : backlogs_) {
      if (!runtime::QueueMatches(backlog.queue, asked.queue)) continue;
      asked.at = std::max(asked.at.value_or(base::kLongAgo), backlog.as_of);
      watermark = std::min(watermark, backlog.watermark);
    }
  }
  auto backend = With(std::nullopt);
  if (!backend.ok()) return backend.error();
  auto answer = backend.value()->BacklogsAt(asked);
  if (answer.ok() && !question.at) {
    for (model::Backlog& backlog : answer.value()) {
      backlog.watermark = std::min(backlog.watermark, watermark);
    }
  }
  return answer;
}

base::Result<std::vector<runtime::CaseSummary>> TopicReader::Cases(const std::string& queue,
                                                                   size_t limit, size_t* total) {
  auto backend = With(std::nullopt);
  if (!backend.ok()) return backend.error();
  return backend.value()->Cases(queue, limit, total);
}

base::Result<std::string> TopicReader::CaseJson(const std::string& case_id) {
  auto backend = With(std::vector<int32_t>{log::PartitionOf(case_id, partitions_)});
  if (!backend.ok()) return backend.error();
  return backend.value()->CaseJson(case_id);
}

base::Result<std::string> TopicReader::CaseRecordJson(const std::string& case_id) {
  auto backend = With(std::vector<int32_t>{log::PartitionOf(case_id, partitions_)});
  if (!backend.ok()) return backend.error();
  return backend.value()->CaseRecordJson(case_id);
}

base::Result<std::vector<model::Alert>> TopicReader::Alerts(const runtime::AlertFilter& filter,
                                                            size_t* total) {
  auto backend = With(std::vector<int32_t>{});
  if (!backend.ok()) return backend.error();
  return backend.value()->Alerts(filter, total);
}

base::Result<std::optional<model::Alert>> TopicReader::AlertById(const base::Hash128& id) {
  auto backend = With(std::vector<int32_t>{});
  if (!backend.ok()) return backend.error();
  return backend.value()->AlertById(id);
}

base::Result<std::vector<http::RejectSummary>> TopicReader::Rejects(size_t limit, size_t* total) {
  auto backend = With(std::vector<int32_t>{});
  if (!backend.ok()) return backend.error();
  return backend.value()->Rejects(limit, total);
}

base::Result<std::vector<log::Appended>> TopicReader::Append(
    std::span<const http::CheckedEvent> events, bool occurred) {
  auto backend = With(std::vector<int32_t>{});
  if (!backend.ok()) return backend.error();
  return backend.value()->Append(events, occurred);
}

base::Result<model::ActivationRecord> TopicReader::Activate(
    const std::vector<model::PolicyText>& files, const std::string& by) {
  return http::Activate(log_.get(), topics_, files, host::WallClock, by, runtime::kActivationLead);
}

}  // namespace caseclock::cli
