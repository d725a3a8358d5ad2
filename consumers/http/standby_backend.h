#pragma once

// The backend of a standby: it says where it stands, and that it answers no questions about cases.

#include <functional>
#include <utility>

#include "consumers/http/backend.h"
#include "engine/runtime/standby.h"

namespace caseclock::http {

class StandbyBackend : public Backend {
 public:
  // `standby` must outlive the server of the backend. `now`: the wall clock.
  StandbyBackend(const runtime::Standby* standby, std::function<base::Instant()> now)
      : standby_(standby), now_(std::move(now)) {}

  base::Instant Now() override { return now_(); }
  runtime::EngineStats Stats() override { return standby_->stats(); }
  base::Status Health() override { return standby_->health(); }
  base::Status Answers() override { return Refusal(); }
  std::shared_ptr<const model::PolicySet> Policies() override { return nullptr; }
  base::Result<std::vector<model::Backlog>> Backlogs() override { return Refusal(); }
  base::Result<std::vector<model::Backlog>> BacklogsAt(const PastQuestion&) override {
    return Refusal();
  }
  base::Result<std::vector<runtime::CaseSummary>> Cases(const std::string&, size_t,
                                                        size_t*) override {
    return Refusal();
  }
  base::Result<std::string> CaseJson(const std::string&) override { return Refusal(); }
  base::Result<std::string> CaseRecordJson(const std::string&) override { return Refusal(); }
  base::Result<std::vector<model::Alert>> Alerts(const runtime::AlertFilter&, size_t*) override {
    return Refusal();
  }
  base::Result<std::optional<model::Alert>> AlertById(const base::Hash128&) override {
    return Refusal();
  }
  base::Result<std::vector<RejectSummary>> Rejects(size_t, size_t*) override { return Refusal(); }
  base::Result<std::vector<log::Appended>> Append(std::span<const CheckedEvent>, bool) override {
    return Refusal();
  }
  base::Result<model::ActivationRecord> Activate(const std::vector<model::PolicyText>&,
                                                 const std::string&) override {
    return Refusal();
  }
  // Nothing changes here that anybody could be told.
  int Subscribe(runtime::Engine::Subscriber) override { return 0; }
  void Unsubscribe(int) override {}

 private:
  static base::Error Refusal() {
    return {base::ErrorKind::kUnavailable,
            "Expected an engine at work, but this is a standby: ask the one that it stands by for, "
            "or another of the group"};
  }

  const runtime::Standby* const standby_;
  const std::function<base::Instant()> now_;
};

}  // namespace caseclock::http
