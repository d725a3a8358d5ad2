#pragma once

// Runs .case files: scripts of events and the passing of time, with what must then be true, one
// line each. tests/scenarios/README.md says how they read. Every script is also run with its events
// in other orders, twice over and in one go, and must come to the same end.

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "engine/core/step.h"
#include "engine/model/backlog.h"
#include "engine/model/case_state.h"
#include "engine/model/policy.h"
#include "tests/scenarios/script_policies.h"

namespace caseclock::tests {

// The case of a script: what a partition would hold of it.
class CaseRunner {
 public:
  // The case follows corrected calendars as soon as they come into force, or else (`follows` is
  // false) only with its events and timers, until Follow.
  explicit CaseRunner(ScriptTimeline policies, bool follows = true);

  // Lets time pass to `t`, firing timers in order on the way.
  void AdvanceTo(base::Instant t);
  void Follow();
  // Puts an event (canonical bytes) in; `now` does not move.
  core::Disposition Put(const std::string& event_bytes);

  [[nodiscard]] const model::CaseState& state() const { return case_.state; }
  [[nodiscard]] const core::StepOutcome& last() const { return outcome_; }
  [[nodiscard]] base::Instant now() const { return now_; }
  std::vector<model::Alert> TakeTold();
  // The figures of the case's queue, as of now, from the deltas told so far.
  [[nodiscard]] model::Backlog Backlog() const;
  // In whose caseload the figures count the case: "QUEUE HANDLER", one more for each time.
  [[nodiscard]] std::vector<std::string> Caseloads() const;
  // What must not depend on the order of arrival: view, standing alerts with the queue that they
  // were told in, and facts, as text. REQUIRES: nothing was taken by TakeTold.
  [[nodiscard]] std::string Essence() const;
  // Facts summed up from every step's deltas must be what a fresh fold gives; empty if they are.
  [[nodiscard]] std::string FactsMismatch() const;

 private:
  // A ledger: the case's, or that of what is known of a handler.
  struct Ledger {
    model::CaseState state;
    std::vector<model::ClosedPage> pages;
  };
  [[nodiscard]] core::StepContext Context() const;
  // In which queue the alert was told last.
  [[nodiscard]] std::string QueueToldOf(const base::Hash128& alert) const;
  void PutInto(const model::Event& event, const model::Arrival& arrival, Ledger* ledger);
  void PutFact(model::Event event, const model::Arrival& arrival);
  void TakeKnownFacts(base::Atom handler, base::Instant since);
  void Take(Ledger* ledger);
  void StepUntilLoaded(const core::EventInput* input, Ledger* ledger);
  [[nodiscard]] base::Instant NextCorrection() const;

  const ScriptTimeline policies_;
  const bool follows_;
  Ledger case_;
  std::map<base::Atom, Ledger> handlers_;
  core::StepOutcome outcome_;
  core::Disposition disposition_ = core::Disposition::kTick;  // of what was put last
  std::vector<model::FigureDelta> facts_;
  std::vector<model::Alert> told_;
  base::Instant now_ = base::kLongAgo;
  int64_t offset_ = 0;
};

// Every difference between the script and what happened, as "file:line: Expected …, but …".
std::vector<std::string> RunScript(const Script& script, const ScriptTimeline& policies);

// Runs the script's events in an order shuffled by `seed`, some twice, and compares the end.
std::vector<std::string> RunShuffled(const Script& script, const ScriptTimeline& policies,
                                     uint64_t seed);

}  // namespace caseclock::tests
