#pragma once

// One input partition, worked out again: what its cases come to and what is told, from the records
// of the partition and the clock alone, by core::Step and the codec. It shares nothing with
// engine/runtime, and keeps every case in memory as the core left it: nothing is stored, cached or
// restored. Driven by an Auditor, commit by commit.

#include <deque>
#include <map>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "engine/codec/event_codec.h"
#include "engine/core/figures.h"
#include "engine/core/step.h"
#include "engine/log/log.h"
#include "engine/model/records.h"

namespace caseclock::tests {

// A record of any topic, with its own bytes.
struct OwnRecord {
  int64_t offset = 0;
  base::Instant timestamp;
  std::optional<std::string> key;
  std::optional<std::string> value;
  std::vector<std::pair<std::string, std::string>> headers;

  // Everything that whoever writes a record decides.
  [[nodiscard]] bool SameContent(const OwnRecord& other) const {
    return key == other.key && value == other.value && headers == other.headers;
  }
};

// The policy sets of a log in the order of their activation. Owns the sets.
class Timeline {
 public:
  void Add(base::Instant effective_from, model::PolicySet set);
  // The last one whose time has come, else the first. REQUIRES: one was added.
  [[nodiscard]] const model::PolicySet& At(base::Instant t) const;
  [[nodiscard]] std::span<const model::PolicyPeriod> periods() const { return periods_; }

 private:
  std::deque<model::PolicySet> sets_;
  std::vector<model::PolicyPeriod> periods_;
};

// What one commit makes known.
struct Told {
  std::vector<OwnRecord> cases;    // pages before their case; the commit record is not among them
  std::vector<OwnRecord> alerts;   // in the order of telling
  std::vector<OwnRecord> rejects;  // by offset
  std::map<int32_t, std::vector<OwnRecord>> rerouted;  // by the partition they go to
};

class Replica {
 public:
  struct Case {
    model::CaseState state;
    std::map<uint32_t, model::ClosedPage> pages;
    std::map<uint32_t, std::string> new_pages;  // encoded when they were put; not told yet
    bool touched = false;                       // since the last commit
    bool changed = false;
  };

  // `topic`: of the input, named by rejects. `timeline` outlives it.
  Replica(std::string topic, int32_t number, int32_t partitions, const Timeline* timeline);

  // Of what follows, whether it is told after the fact: then what fell due is told as of its own
  // instant, else as of when it was noticed.
  void SetHistorical(bool historical) { context_.historical = historical; }
  // Time runs on to that of the record, but not beyond `limit`; then the record is taken.
  void Take(const OwnRecord& record, base::Instant limit);
  // Time runs on to `t`.
  void AdvanceTo(base::Instant t);
  // What has come about since the last commit.
  Told Commit();

  [[nodiscard]] base::Instant clock() const { return clock_; }
  [[nodiscard]] const std::map<std::string, Case>& cases() const { return cases_; }
  [[nodiscard]] const core::Figures& figures() const { return figures_; }
  // All facts of all cases, by folding every ledger from its beginning: what figures() must hold.
  [[nodiscard]] core::Figures FiguresOfLedgers() const;

 private:
  void FireTimers(base::Instant until);
  void SetNow(base::Instant now);
  bool IsReferable(const OwnRecord& record, const model::Event& event,
                   const model::Referred& referred);
  void StepEvent(const OwnRecord& record, const model::Event& event);
  void TakeOutcome(Case* one, base::Instant timer_before);
  void Refuse(const OwnRecord& record, model::RejectReason reason, std::string message);
  void SendHome(const OwnRecord& record, const model::Event& event, int32_t home);
  [[nodiscard]] model::Arrival ArrivalOf(const OwnRecord& record) const;
  Case* Touch(std::string_view case_id);

  const std::string topic_;
  const int32_t number_;
  const int32_t partitions_;
  const Timeline* const timeline_;
  base::Instant clock_ = base::kLongAgo;
  core::StepContext context_;
  core::StepOutcome outcome_;
  codec::DecodeScratch scratch_;
  std::map<std::string, Case> cases_;
  std::set<std::pair<base::Instant, std::string>> timers_;
  core::Figures figures_;
  std::vector<Case*> touched_;
  std::vector<model::Alert> alerts_;
  std::vector<model::Reject> rejects_;
  std::map<int32_t, std::vector<OwnRecord>> rerouted_;
  std::vector<model::FigureDelta> facts_;
};

}  // namespace caseclock::tests
