#pragma once

// A backend without an engine: holds a few figures and remembers what it was asked.

#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "consumers/http/backend.h"

namespace caseclock::http {

class FakeBackend : public Backend {
 public:
  base::Instant Now() override { return now; }
  runtime::EngineStats Stats() override {
    const std::lock_guard lock(mutex);
    return stats;
  }
  base::Status Health() override { return health; }
  std::shared_ptr<const model::PolicySet> Policies() override { return nullptr; }
  base::Result<std::vector<model::Backlog>> Backlogs() override {
    if (!figures.ok()) return figures.error();
    return backlogs;
  }
  base::Result<std::vector<model::Backlog>> BacklogsAt(const PastQuestion& question) override {
    asked = question;
    return backlogs;
  }
  std::vector<model::SourceStatus> Sources() override { return sources; }
  base::Result<std::vector<runtime::CaseSummary>> Cases(const std::string& queue, size_t limit,
                                                        size_t* total) override {
    cases_queue = queue;
    cases_limit = limit;
    *total = listed;
    return std::vector<runtime::CaseSummary>();
  }
  base::Status Answers() override { return answers; }
  bool IsWithAnother(const std::string&) override { return with_another; }
  base::Result<std::string> CaseJson(const std::string& case_id) override {
    if (case_id == "C-1") return std::string("{\"case_id\":\"C-1\"}");
    if (!case_error.ok()) return case_error.error();
    return base::Error{base::ErrorKind::kNotFound, "Expected a case, but there is none"};
  }
  base::Result<std::string> CaseRecordJson(const std::string& case_id) override {
    if (case_id == "C-1") return std::string("{\"record\":{\"case_id\":\"C-1\"},\"pages\":[]}");
    return base::Error{base::ErrorKind::kNotFound, "Expected a case, but there is none"};
  }
  base::Result<std::vector<model::Alert>> Alerts(const runtime::AlertFilter& filter,
                                                 size_t* total) override {
    asked_alerts = filter;
    *total = listed;
    return alerts;
  }
  base::Result<std::optional<model::Alert>> AlertById(const base::Hash128& id) override {
    for (const model::Alert& alert : alerts) {
      if (alert.id == id) return std::optional(alert);
    }
    return std::optional<model::Alert>();
  }
  base::Result<std::vector<RejectSummary>> Rejects(size_t, size_t* total) override {
    *total = listed;
    return std::vector<RejectSummary>();
  }
  base::Result<std::vector<log::Appended>> Append(std::span<const CheckedEvent> events,
                                                  bool occurred) override {
    std::vector<log::Appended> places;
    for (const CheckedEvent& event : events) {
      places.push_back({1, static_cast<int64_t>(appended.size())});
      appended.push_back(event);
    }
    appended_occurred = occurred;
    return places;
  }
  base::Result<model::ActivationRecord> Activate(const std::vector<model::PolicyText>& files,
                                                 const std::string&) override {
    activated = files.size();
    return model::ActivationRecord{"abc", now + base::Seconds(10), now, ""};
  }
  int Subscribe(runtime::Engine::Subscriber given) override {
    const std::lock_guard lock(mutex);
    subscriber = std::move(given);
    return 1;
  }
  void Unsubscribe(int) override {
    const std::lock_guard lock(mutex);
    subscriber = nullptr;
  }

  // As an engine at work would: any thread, also while the server's comes and goes.
  void Tell(const runtime::EngineEvent& event) {
    const std::lock_guard lock(mutex);
    if (subscriber) subscriber(event);
  }
  [[nodiscard]] bool heard() {
    const std::lock_guard lock(mutex);
    return subscriber != nullptr;
  }
  void Stand(bool caught_up, std::optional<base::Duration> lag) {
    const std::lock_guard lock(mutex);
    stats.caught_up = caught_up;
    stats.lag = lag;
  }

  std::mutex mutex;  // of stats and subscriber
  base::Instant now = base::Instant::FromSeconds(1'000'000);
  runtime::EngineStats stats;
  base::Status health;
  base::Status answers;
  base::Status case_error;  // of all but C-1
  bool with_another = false;
  base::Status figures;  // whether Backlogs can read them
  std::vector<model::Backlog> backlogs;
  std::vector<model::Alert> alerts;
  size_t listed = 0;  // what lists say that there is in all
  std::vector<model::SourceStatus> sources;
  std::vector<CheckedEvent> appended;
  bool appended_occurred = false;
  size_t activated = 0;
  std::optional<PastQuestion> asked;
  runtime::AlertFilter asked_alerts;
  std::string cases_queue;
  size_t cases_limit = 0;
  runtime::Engine::Subscriber subscriber;
};

inline model::Backlog BacklogOf(const std::string& queue, int64_t open) {
  model::Backlog backlog;
  backlog.queue = queue;
  backlog.open = open;
  return backlog;
}

inline model::Alert AlertOf(const std::string& case_id, bool historical) {
  model::Alert alert;
  alert.id = base::Hash(case_id);
  alert.case_id = case_id;
  alert.queue = base::Atom::Intern("wmp/rso");
  alert.clock = base::Atom::Intern("home_visit");
  alert.transitions.push_back({model::AlertState::kRaised, 1, {}, std::nullopt, historical});
  return alert;
}

}  // namespace caseclock::http
