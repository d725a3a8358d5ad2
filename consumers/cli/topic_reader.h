#pragma once

// Answers from the topics of a cluster: figures from `backlog`, alerts from `alerts`,
// rejects from `rejects`; cases from `cases`, one partition for one case, by an engine that
// restores what is asked for into a temporary directory and goes away. One thread.

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "consumers/cli/brokers.h"
#include "consumers/http/engine_backend.h"
#include "engine/base/result.h"
#include "engine/log/log.h"
#include "engine/runtime/engine.h"

namespace caseclock::cli {

// Goes with all that is in it.
class TemporaryDirectory {
 public:
  static base::Result<std::unique_ptr<TemporaryDirectory>> Make();
  ~TemporaryDirectory();
  [[nodiscard]] const std::string& path() const { return path_; }

 private:
  explicit TemporaryDirectory(std::string path) : path_(std::move(path)) {}
  const std::string path_;
};

// An engine over the topics of a log that reads only, and its directory.
class Snapshot {
 public:
  // `group` empty: what the group has committed is not looked at. `partitions` absent: all.
  static base::Result<std::unique_ptr<Snapshot>> Open(
      log::Log* log, const runtime::TopicNames& topics, const std::string& group,
      const std::optional<std::vector<int32_t>>& partitions,
      const std::function<void(double)>& progress);
  [[nodiscard]] runtime::Engine* engine() { return engine_.get(); }

 private:
  Snapshot() = default;
  std::unique_ptr<TemporaryDirectory> directory_;  // outlives the engine
  std::unique_ptr<runtime::Engine> engine_;
};

class TopicReader : public http::Backend {
 public:
  // Errors: kUnavailable, kConfig, kNotFound (no topics).
  static base::Result<std::unique_ptr<TopicReader>> Open(const BrokerSettings& settings);

  [[nodiscard]] http::Backend* backend() { return this; }
  // Called with 0 … 1 while much is read.
  void set_progress(std::function<void(double)> progress) { progress_ = std::move(progress); }

  base::Instant Now() override;
  runtime::EngineStats Stats() override { return {}; }
  base::Status Health() override { return {}; }
  std::shared_ptr<const model::PolicySet> Policies() override;
  base::Result<std::vector<model::Backlog>> Backlogs() override;
  base::Result<std::vector<model::Backlog>> BacklogsAt(const http::PastQuestion& question) override;
  std::vector<model::SourceStatus> Sources() override { return sources_; }
  base::Result<std::vector<runtime::CaseSummary>> Cases(const std::string& queue, size_t limit,
                                                        size_t* total) override;
  base::Result<std::string> CaseJson(const std::string& case_id) override;
  base::Result<std::string> CaseRecordJson(const std::string& case_id) override;
  base::Result<std::vector<model::Alert>> Alerts(const runtime::AlertFilter& filter,
                                                 size_t* total) override;
  base::Result<std::optional<model::Alert>> AlertById(const base::Hash128& id) override;
  base::Result<std::vector<http::RejectSummary>> Rejects(size_t limit, size_t* total) override;
  base::Result<std::vector<log::Appended>> Append(std::span<const http::CheckedEvent> events,
                                                  bool occurred) override;
  base::Result<model::ActivationRecord> Activate(const std::vector<model::PolicyText>& files,
                                                 const std::string& by) override;
  int Subscribe(runtime::Engine::Subscriber) override { return 0; }
  void Unsubscribe(int) override {}

 private:
  TopicReader() = default;
  // The backend of an engine with these partitions (absent: all), made when it is first asked for.
  base::Result<http::EngineBackend*> With(const std::optional<std::vector<int32_t>>& partitions);
  base::Status ReadBacklogs();
  [[nodiscard]] base::Result<bool> HasCases(int32_t partition) const;

  runtime::TopicNames topics_;
  std::unique_ptr<log::Log> log_;
  int32_t partitions_ = 0;
  std::function<void(double)> progress_;
  std::vector<model::Backlog> backlogs_;
  bool told_none_ = false;  // that nobody has told any, though there are cases
  std::vector<model::SourceStatus> sources_;
  std::unique_ptr<Snapshot> snapshot_;
  std::optional<std::vector<int32_t>> snapshot_of_;
  std::unique_ptr<http::EngineBackend> backend_;
};

}  // namespace caseclock::cli
