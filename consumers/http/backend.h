#pragma once

// What the HTTP face needs from behind it: a running engine, a read-only one, or a fake in tests.
// Any thread, several at once.

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "consumers/http/event_body.h"
#include "engine/base/result.h"
#include "engine/log/log.h"
#include "engine/runtime/engine.h"

namespace caseclock::http {

// A reject without its bytes, which may be anything.
struct RejectSummary {
  int32_t partition = 0;  // where the record stood
  int64_t offset = 0;
  base::Instant timestamp;
  std::string topic;
  std::string reason;
  std::string message;
  uint64_t value_size = 0;
};

struct PastQuestion {
  std::optional<base::Instant> at;  // absent: now
  bool known_then = true;
  std::string queue;  // exact, or a prefix ending in '*'; empty: all
  bool rollup = false;
};

class Backend {
 public:
  virtual ~Backend() = default;

  // When what is sent now happens; nothing is known yet of any later instant.
  virtual base::Instant Now() = 0;
  virtual runtime::EngineStats Stats() = 0;
  virtual base::Status Health() = 0;
  // Whether it answers questions at all; kUnavailable with whom to ask instead.
  virtual base::Status Answers() { return {}; }
  virtual std::shared_ptr<const model::PolicySet> Policies() = 0;

  virtual base::Result<std::vector<model::Backlog>> Backlogs() = 0;
  virtual base::Result<std::vector<model::Backlog>> BacklogsAt(const PastQuestion& question) = 0;
  // How the sources that policies name stand; empty: they name none.
  virtual std::vector<model::SourceStatus> Sources() { return {}; }
  // `total`, of each list: how many there are without the limit.
  virtual base::Result<std::vector<runtime::CaseSummary>> Cases(const std::string& queue,
                                                                size_t limit, size_t* total) = 0;
  // Whether another engine of the group has the case, so that it is in vain to ask here again.
  virtual bool IsWithAnother(const std::string& /*case_id*/) { return false; }
  // The case with its ledger, clocks and their arithmetic, as JSON; kNotFound.
  virtual base::Result<std::string> CaseJson(const std::string& case_id) = 0;
  // The stored record of a case and its closed ledger pages, as JSON; kNotFound.
  virtual base::Result<std::string> CaseRecordJson(const std::string& case_id) = 0;
  virtual base::Result<std::vector<model::Alert>> Alerts(const runtime::AlertFilter& filter,
                                                         size_t* total) = 0;
  virtual base::Result<std::optional<model::Alert>> AlertById(const base::Hash128& id) = 0;
  // The newest `limit`, newest first.
  virtual base::Result<std::vector<RejectSummary>> Rejects(size_t limit, size_t* total) = 0;

  // Appends all or none; `occurred`: with the events' own times as timestamps.
  virtual base::Result<std::vector<log::Appended>> Append(std::span<const CheckedEvent> events,
                                                          bool occurred) = 0;
  virtual base::Result<model::ActivationRecord> Activate(
      const std::vector<model::PolicyText>& files, const std::string& by) = 0;

  // As runtime::Engine has it.
  virtual int Subscribe(runtime::Engine::Subscriber subscriber) = 0;
  virtual void Unsubscribe(int id) = 0;
};

}  // namespace caseclock::http
