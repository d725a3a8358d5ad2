#pragma once

// The backend of `run`, and of commands on a directory that no process holds: an engine and its
// log.

#include <functional>
#include <memory>
#include <mutex>

#include "consumers/http/backend.h"

namespace caseclock::http {

class EngineBackend : public Backend {
 public:
  // Both must outlive the backend. `now`: the wall clock. `log_time`: the engine's clock is the
  // log's own, and so is the present of every answer.
  EngineBackend(log::Log* log, runtime::Engine* engine, runtime::TopicNames topics,
                std::function<base::Instant()> now, bool log_time);
  ~EngineBackend() override;

  // Called with 0 … 1 while BacklogsAt scans; set before the backend is shared.
  void set_progress(std::function<void(double)> progress) { progress_ = std::move(progress); }

  base::Instant Now() override;
  runtime::EngineStats Stats() override;
  base::Status Health() override;
  std::shared_ptr<const model::PolicySet> Policies() override;
  base::Result<std::vector<model::Backlog>> Backlogs() override;
  base::Result<std::vector<model::Backlog>> BacklogsAt(const PastQuestion& question) override;
  std::vector<model::SourceStatus> Sources() override;
  base::Result<std::vector<runtime::CaseSummary>> Cases(const std::string& queue, size_t limit,
                                                        size_t* total) override;
  bool IsWithAnother(const std::string& case_id) override;
  base::Result<std::string> CaseJson(const std::string& case_id) override;
  base::Result<std::string> CaseRecordJson(const std::string& case_id) override;
  base::Result<std::vector<model::Alert>> Alerts(const runtime::AlertFilter& filter,
                                                 size_t* total) override;
  base::Result<std::optional<model::Alert>> AlertById(const base::Hash128& id) override;
  base::Result<std::vector<RejectSummary>> Rejects(size_t limit, size_t* total) override;
  base::Result<std::vector<log::Appended>> Append(std::span<const CheckedEvent> events,
                                                  bool occurred) override;
  base::Result<model::ActivationRecord> Activate(const std::vector<model::PolicyText>& files,
                                                 const std::string& by) override;
  int Subscribe(runtime::Engine::Subscriber subscriber) override;
  void Unsubscribe(int id) override;

 private:
  log::Log* log_;
  runtime::Engine* engine_;
  runtime::TopicNames topics_;
  std::function<base::Instant()> now_;
  bool log_time_;
  std::function<void(double)> progress_;
  std::mutex mutex_;  // of appender_'s making
  std::unique_ptr<log::Appender> appender_;
};

// Reads every reject still held, oldest first. Errors: of the log; kNotFound without the topic.
base::Status ForEachReject(log::Log* log, const std::string& topic,
                           const std::function<void(const model::Reject&)>& visit);

}  // namespace caseclock::http
