#include "engine/runtime/source_watch.h"

#include <algorithm>
#include <string>

#include "engine/base/time_text.h"
#include "engine/codec/output_codec.h"
#include "engine/core/silence.h"
#include "engine/host/log.h"
#include "engine/log/read_all.h"
#include "engine/runtime/alert_scan.h"
#include "engine/runtime/output_headers.h"
#include "engine/runtime/partition.h"

namespace caseclock::runtime {
namespace {

using base::Instant;
using base::Status;

// The topic of backlogs has one partition.
constexpr int32_t kPlace = 0;
// How far was judged is told at leisure where nothing else is.
constexpr base::Duration kTellEvery = base::Seconds(10);

// What all partitions know of sources, and up to where.
struct Known {
  std::vector<model::HeardSources> heard;
  Instant to = base::kNever;
  bool whole = false;
};

Known Gather(const Shared& shared) {
  Known known;
  const auto view = shared.table.Look();
  for (const auto& [number, partition] : view.map()) {
    const std::lock_guard lock(partition->figures_mutex);
    known.heard.push_back(partition->shown_heard);
    known.to = std::min(known.to, partition->heard_to);
  }
  if (shared.others != nullptr) {
    const auto others = shared.others->Look();
    for (const auto& [number, other] : others.map()) {
      if (view.map().contains(number)) continue;
      known.heard.push_back(other.share.heard);
      known.to = std::min(known.to, other.share.heard_to);
    }
  }
  known.whole = known.heard.size() == static_cast<size_t>(shared.partitions);
  return known;
}

core::Judgement JudgeKnown(const Shared& shared, const Known& known,
                           const model::SourcesRecord& before) {
  const auto timeline = shared.policies.load();
  std::vector<const model::HeardSources*> heard;
  for (const model::HeardSources& of_partition : known.heard) heard.push_back(&of_partition);
  const bool historical = shared.options.wall_clock() - known.to > kLiveLag;
  return core::Judge(*timeline->At(known.to), timeline->ExpectedSources(known.to), heard, known.to,
                     historical, before);
}

bool NamesSources(const PolicyTimeline& timeline) {
  return std::any_of(
      timeline.periods().begin(), timeline.periods().end(),
      [](const model::PolicyPeriod& period) { return !period.set->sources.empty(); });
}

}  // namespace

std::vector<model::SourceStatus> EvaluateSources(const Shared& shared) {
  if (!NamesSources(*shared.policies.load())) return {};
  const Known known = Gather(shared);
  if (!known.whole || known.to == base::kLongAgo) return {};
  return JudgeKnown(shared, known, {}).record.sources;
}

Status SourceWatch::Work(bool teller, bool last) {
  if (!NamesSources(*shared_->policies.load())) return {};
  if (!teller) producer_.reset();
  if (auto status = ReadRecord(); !status.ok()) return status;
  if (!teller) return {};
  const Known known = Gather(*shared_);
  if (!known.whole || known.to == base::kLongAgo) return {};
  if (producer_ == nullptr) {
    if (auto status = TakeOver(); !status.ok()) return status;
  }
  const model::SourcesRecord before = record_.value_or(model::SourcesRecord());
  if (known.to <= before.judged) return {};
  const core::Judgement judgement = JudgeKnown(*shared_, known, before);
  const auto silent = [](const model::SourcesRecord& record) {
    return std::count_if(record.sources.begin(), record.sources.end(),
                         [](const model::SourceStatus& source) { return source.silent; });
  };
  const bool urgent = !judgement.told.empty() || !record_ ||
                      silent(judgement.record) != silent(before) ||
                      judgement.record.sources.size() != before.sources.size();
  const base::Duration time = shared_->options.monotonic();
  if (!urgent && !last && time - written_at_ < kTellEvery) return {};
  written_at_ = time;
  return Tell(judgement.told, judgement.record);
}

Status SourceWatch::ReadRecord() {
  if (reader_ == nullptr) {
    auto reader = shared_->log->Open({shared_->options.topics.backlog, kPlace}, 0);
    if (!reader.ok()) return reader.status();
    reader_ = std::move(reader).value();
  }
  const Status read = log::ReadAll(reader_.get(), 1024, [&](const log::RecordBatch& batch) {
    for (const log::RecordView& record : batch.records()) {
      if (!record.key || *record.key != model::kSourcesKey || !record.value) continue;
      const Status status = codec::DecodeSources(*record.value, &record_.emplace());
      if (!status.ok()) return status;
    }
    return Status();
  });
  if (!read.ok()) {
    reader_.reset();  // it may have stopped in the middle
    return read;
  }
  if (record_) shared_->silences_judged = record_->judged;
  return {};
}

// Whoever told before can tell no more from here on, so what was read after that is the last.
Status SourceWatch::TakeOver() {
  auto producer = shared_->log->OpenProducer(shared_->options.group + "-sources");
  if (!producer.ok()) return producer.status();
  Status status = ReadRecord();
  if (status.ok() && !record_) status = AdoptStanding();
  if (status.ok()) producer_ = std::move(producer).value();
  return status;
}

// Without a record, but perhaps with alerts: those were carried here from another log.
Status SourceWatch::AdoptStanding() {
  AlertFilter filter;
  filter.standing_only = true;
  filter.limit = SIZE_MAX;
  auto standing = AlertScan(shared_).Find(filter);
  if (!standing.ok()) return standing.status();
  std::erase_if(standing.value(), [](const model::Alert& alert) { return alert.source.empty(); });
  if (!standing.value().empty()) record_.emplace().standing = std::move(standing).value();
  return {};
}

Status SourceWatch::Tell(const std::vector<model::Alert>& alerts,
                         const model::SourcesRecord& record) {
  Status status = Produce(alerts, record);
  if (!status.ok()) {
    // What became of it the log knows: it is read again before anything more is told.
    producer_.reset();
    if (status.error().kind != base::ErrorKind::kFenced) return status;
    host::LogInfo("another engine tells about silent sources", {});
    return {};
  }
  record_ = record;
  shared_->silences_judged = record.judged;
  shared_->counters.alerts_told.fetch_add(alerts.size(), std::memory_order_relaxed);
  if (!shared_->subscribers.any()) return {};
  for (const model::Alert& alert : alerts) {
    EngineEvent event;
    event.kind = EngineEvent::Kind::kAlert;
    event.alert = std::make_shared<const model::Alert>(alert);
    shared_->subscribers.Tell(event);
  }
  return {};
}

Status SourceWatch::Produce(const std::vector<model::Alert>& alerts,
                            const model::SourcesRecord& record) {
  if (auto status = producer_->Begin(); !status.ok()) return status;
  for (const model::Alert& alert : alerts) {
    if (auto status = ProduceAlert(alert); !status.ok()) return status;
  }
  std::string bytes;
  codec::EncodeSources(record, &bytes);
  log::NewRecord made;
  made.key = model::kSourcesKey;
  made.value = bytes;
  if (auto status = producer_->Produce(shared_->options.topics.backlog, kPlace, made);
      !status.ok()) {
    return status;
  }
  const auto outcome = producer_->Commit();
  if (!outcome.ok()) return outcome.status();
  if (outcome.value() == log::CommitOutcome::kCommitted) return {};
  return base::Error{base::ErrorKind::kUnavailable,
                     "The log did not say that it took alerts about silent sources"};
}

Status SourceWatch::ProduceAlert(const model::Alert& alert) {
  const bool json = shared_->options.json_outputs;
  std::string bytes;
  if (json) {
    bytes = codec::AlertToJson(alert);
  } else {
    codec::EncodeAlert(alert, &bytes);
  }
  const std::string key = base::ToHex(alert.id);
  OutputHeaders headers(json);
  log::NewRecord record;
  record.key = key;
  record.value = bytes;
  record.headers = headers.OfAlert(key, alert.revision, alert.transitions.size(), alert.state,
                                   alert.transitions.back().at, alert.source.view());
  // All that is told of one alert lies in order in one partition.
  return producer_->Produce(shared_->options.topics.alerts,
                            log::PartitionOf(alert.source.view(), shared_->partitions), record);
}

}  // namespace caseclock::runtime
