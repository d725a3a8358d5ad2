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
#include "engine/core/handler_facts.h"
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
  [[nodiscard]] size_t size() const { return periods_.size(); }
  // Of the first `known`: the last one whose time has come, else the first. REQUIRES: 0 < known.
  [[nodiscard]] const model::PolicySet& At(base::Instant t, size_t known) const;
  // The first `known`. REQUIRES: so many were added.
  [[nodiscard]] std::span<const model::PolicyPeriod> First(size_t known) const;

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

  // What follows is that step of a commit: the clock as it was then, the policies known then.
  // REQUIRES: so many activations are in the timeline.
  void Begin(const model::CommitStep& step);
  // Time runs on to that of the record, but not beyond the step's limit; then the record is taken.
  void Take(const OwnRecord& record);
  // Time runs on to the step's limit, or until the step's timers have fired.
  void RunOn();
  // Instead: the step's cases follow corrected calendars.
  void Follow();
  // What has come about since the last commit, made at that instant.
  Told Commit(base::Instant clock);

  [[nodiscard]] base::Instant clock() const { return clock_; }
  [[nodiscard]] const std::map<std::string, Case>& cases() const { return cases_; }
  [[nodiscard]] const core::Figures& figures() const { return figures_; }
  // All facts of all cases, by folding every ledger from its beginning: what figures() must hold.
  [[nodiscard]] core::Figures FiguresOfLedgers() const;

 private:
  // At most `most`.
  void FireTimers(base::Instant until, int64_t most);
  void FireTimer(Case* one, base::Instant until);
  void SetNow(base::Instant now);
  bool IsReferable(const OwnRecord& record, const model::Event& event,
                   const model::Referred& referred);
  void TakeFact(const OwnRecord& record, base::Atom handler, model::Event* event);
  void TakeKnownFacts(const Case& handler, const core::FactTaker& taker);
  void PutEvent(const model::Event& event, const model::Arrival& arrival);
  void TakeOutcome(Case* one, base::Instant timer_before);
  void Refuse(const OwnRecord& record, model::RejectReason reason, std::string message);
  void SendHome(const OwnRecord& record, const model::Event& event, int32_t home);
  // The record on its way to another partition.
  [[nodiscard]] OwnRecord Moved(const OwnRecord& record, std::string_view key) const;
  [[nodiscard]] model::Arrival ArrivalOf(const OwnRecord& record) const;
  Case* Touch(std::string_view case_id);

  const std::string topic_;
  const int32_t number_;
  const int32_t partitions_;
  const Timeline* const timeline_;
  model::CommitStep step_;
  bool live_ = false;  // that step took its records live
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
