#include "consumers/http/engine_backend.h"

#include <algorithm>
#include <tuple>
#include <utility>

#include "consumers/http/activation.h"
#include "consumers/http/case_json.h"
#include "consumers/http/routes.h"
#include "engine/codec/case_codec.h"
#include "engine/codec/output_codec.h"
#include "engine/core/explain.h"
#include "engine/log/read_all.h"
#include "engine/runtime/policy_timeline.h"

namespace caseclock::http {
namespace {
constexpr size_t kReadRecords = 1000;
}  // namespace

EngineBackend::EngineBackend(log::Log* log, runtime::Engine* engine, runtime::TopicNames topics,
                             std::function<base::Instant()> now, bool log_time)
    : log_(log),
      engine_(engine),
      topics_(std::move(topics)),
      now_(std::move(now)),
      log_time_(log_time) {}

EngineBackend::~EngineBackend() = default;

base::Instant EngineBackend::Now() {
  // A history may also lie ahead of us.
  return log_time_ ? std::max(now_(), engine_->stats().latest) : now_();
}
runtime::EngineStats EngineBackend::Stats() {
  return engine_->stats();
}
base::Status EngineBackend::Health() {
  return engine_->health();
}
std::shared_ptr<const model::PolicySet> EngineBackend::Policies() {
  return engine_->policies();
}
base::Result<std::vector<model::Backlog>> EngineBackend::Backlogs() {
  return engine_->Backlogs();
}

std::vector<model::SourceStatus> EngineBackend::Sources() {
  return engine_->Sources();
}

base::Result<std::vector<model::Backlog>> EngineBackend::BacklogsAt(const PastQuestion& question) {
  // Of now: by the same figures, and so of the same instant, as each queue by itself.
  if (!question.at && question.rollup) {
    auto rollup = engine_->Rollup(question.queue);
    if (!rollup.ok()) return rollup.error();
    return std::vector{std::move(rollup).value()};
  }
  return engine_->BacklogsAt(question.at.value_or(Now()), question.known_then, question.queue,
                             question.rollup, progress_);
}

base::Result<std::vector<runtime::CaseSummary>> EngineBackend::Cases(const std::string& queue,
                                                                     size_t limit, size_t* total) {
  if (!queue.empty() && !queue.ends_with('*')) return engine_->Cases(queue, limit, total);
  const auto backlogs = engine_->Backlogs();
  if (!backlogs.ok()) return backlogs.error();
  std::vector<runtime::CaseSummary> all;
  *total = 0;
  for (const model::Backlog& backlog : backlogs.value()) {
    if (!runtime::QueueMatches(backlog.queue, queue)) continue;
    size_t of_queue = 0;
    auto some = engine_->Cases(backlog.queue, limit, &of_queue);
    if (!some.ok()) return some.error();
    *total += of_queue;
    all.insert(all.end(), some.value().begin(), some.value().end());
  }
  std::sort(all.begin(), all.end(), runtime::MoreUrgent);
  if (all.size() > limit) all.resize(limit);
  return all;
}

bool EngineBackend::IsWithAnother(const std::string& case_id) {
  return engine_->IsWithAnother(case_id);
}

base::Result<std::string> EngineBackend::CaseJson(const std::string& case_id) {
  auto state = engine_->CaseById(case_id);
  if (!state.ok()) return state.error();
  auto pages = engine_->PagesOf(case_id);
  if (!pages.ok()) return pages.error();
  base::Instant now = now_();
  if (log_time_) {
    auto clock = engine_->ClockOf(case_id);
    if (!clock.ok()) return clock.error();
    now = clock.value();
  }
  const auto timeline = engine_->timeline();
  const core::StepContext context = timeline->ContextAt(now);
  const core::Explanation explanation = core::Explain(context, pages.value(), state.value());
  return ExplanationToJson(state.value(), explanation, context.now, engine_->migration());
}

base::Result<std::string> EngineBackend::CaseRecordJson(const std::string& case_id) {
  auto state = engine_->CaseById(case_id);
  if (!state.ok()) return state.error();
  auto pages = engine_->PagesOf(case_id);
  if (!pages.ok()) return pages.error();
  std::string bytes;
  codec::EncodeCase(state.value(), &bytes);
  auto record = codec::CaseToJson(bytes);
  if (!record.ok()) return record.error();
  std::string out = "{\"record\":" + record.value() + ",\"pages\":[";
  for (const model::ClosedPage& page : pages.value()) {
    bytes.clear();
    codec::EncodePage(case_id, page, &bytes);
    auto json = codec::CaseToJson(bytes);
    if (!json.ok()) return json.error();
    if (&page != &pages.value().front()) out += ',';
    out += json.value();
  }
  return out + "]}";
}

base::Result<std::vector<model::Alert>> EngineBackend::Alerts(const runtime::AlertFilter& filter,
                                                              size_t* total) {
  return engine_->Alerts(filter, total);
}

base::Result<std::optional<model::Alert>> EngineBackend::AlertById(const base::Hash128& id) {
  return engine_->AlertById(id);
}

base::Status ForEachReject(log::Log* log, const std::string& topic,
                           const std::function<void(const model::Reject&)>& visit) {
  const auto config = log->Describe(topic);
  if (!config.ok()) return config.error();
  for (int32_t partition = 0; partition < config.value().partitions; ++partition) {
    const auto bounds = log->Bounds({topic, partition});
    if (!bounds.ok()) return bounds.error();
    auto reader = log->Open({topic, partition}, bounds.value().first);
    if (!reader.ok()) return reader.error();
    const auto take = [&](const log::RecordBatch& batch) {
      for (const log::RecordView& record : batch.records()) {
        model::Reject reject;
        if (!record.value) continue;
        if (auto read = codec::DecodeReject(*record.value, &reject); !read.ok()) return read;
        visit(reject);
      }
      return base::Status();
    };
    if (auto read = log::ReadAll(reader.value().get(), kReadRecords, take); !read.ok()) return read;
  }
  return {};
}

base::Result<std::vector<RejectSummary>> EngineBackend::Rejects(size_t limit, size_t* total) {
  std::vector<RejectSummary> rejects;
  const base::Status read = ForEachReject(log_, topics_.rejects, [&](const model::Reject& reject) {
    rejects.push_back({reject.partition, reject.offset, reject.timestamp, reject.topic,
                       std::string(codec::RejectReasonName(reject.reason)), reject.message,
                       reject.value_size});
  });
  if (!read.ok() && read.error().kind != base::ErrorKind::kNotFound) return read.error();
  // Many arrive in one millisecond.
  std::stable_sort(rejects.begin(), rejects.end(), [](const auto& a, const auto& b) {
    return std::tie(a.timestamp, a.offset) > std::tie(b.timestamp, b.offset);
  });
  *total = rejects.size();
  if (rejects.size() > limit) rejects.resize(limit);
  return rejects;
}

base::Result<std::vector<log::Appended>> EngineBackend::Append(std::span<const CheckedEvent> events,
                                                               bool occurred) {
  log::Appender* appender = nullptr;
  {
    const std::lock_guard lock(mutex_);
    if (!appender_) {
      auto opened = log_->OpenAppender();
      if (!opened.ok()) return opened.error();
      appender_ = std::move(opened).value();
    }
    appender = appender_.get();
  }
  std::vector<log::NewRecord> records;
  records.reserve(events.size());
  for (const CheckedEvent& event : events) {
    log::NewRecord record;
    // An unchecked event may have neither.
    if (!event.case_id.empty()) record.key = event.case_id;
    record.value = event.bytes;
    if (occurred && event.occurred_at != base::Instant{}) record.timestamp = event.occurred_at;
    records.push_back(record);
  }
  return appender->Append(topics_.events, records);
}

base::Result<model::ActivationRecord> EngineBackend::Activate(
    const std::vector<model::PolicyText>& files, const std::string& by) {
  return http::Activate(log_, topics_, files, now_, by, runtime::kActivationLead);
}

int EngineBackend::Subscribe(runtime::Engine::Subscriber subscriber) {
  return engine_->Subscribe(std::move(subscriber));
}

void EngineBackend::Unsubscribe(int id) {
  engine_->Unsubscribe(id);
}

}  // namespace caseclock::http
