#pragma once

// The linter's parts. Private to engine/policy.

#include <string>
#include <string_view>
#include <utility>

#include "engine/policy/load_parts.h"

namespace caseclock::policy {

// Collects what the linter says. Each message reads "Expected …, but …: what mends it". It stands
// at the line of `key` in the part of the set named by `path` (see Places), else of that part.
class Findings {
 public:
  explicit Findings(const Places& places) : places_(places) {}
  // A rule that cannot work.
  void Fail(const std::string& path, std::string_view key, std::string message);
  // One that works and is hardly what was meant.
  void Warn(const std::string& path, std::string_view key, std::string message);
  [[nodiscard]] Problems Take() { return std::move(problems_); }

 private:
  void Report(const std::string& path, std::string_view key, std::string message,
              Severity severity);
  const Places& places_;
  Problems problems_;
};

// Whether every event that `match` takes is taken by one of `others`; one that asks for a look-back
// covers only what asks for the same.
bool Covered(const model::EventMatch& match, const model::EventMatches& others);
bool AllCovered(const model::EventMatches& matches, const model::EventMatches& others);
// What an event of this type does, it does to the ledger or to alerts; no clock of a case sees it.
bool NeverSeenByClocks(model::EventType type);
// "screened: in", "referred": as the file has it.
std::string MatchText(const model::EventMatch& match);

// The least and the most time that a limit can last. Months count as 28 and 31 days, working days
// as single days and as a week each.
base::Duration ShortestLimit(const base::Period& limit, const model::DeadlineRule& rule);
base::Duration LongestLimit(const base::Period& limit, const model::DeadlineRule& rule);

// One clock by itself; `path` is that of ClockPath.
void LintClock(const std::string& path, const model::ClockRule& clock, Findings* findings);
// Grades and values without a limit, classes that nothing sets.
void LintTargets(const model::Workflow& workflow, const model::WorkflowVersion& version,
                 Findings* findings);
// Conditions that never hold, sums and notices that never come about, order.
void LintConditions(const model::Workflow& workflow, const model::WorkflowVersion& version,
                    Findings* findings);
// What a queue puts together: its clocks and its calendar.
void LintQueue(const model::PolicySet& set, const model::QueueBinding& queue, Findings* findings);
// A source whose silence is measured by a calendar without hours.
void LintSource(const model::PolicySet& set, const model::SourceRule& rule, Findings* findings);
// A clock of the queue that nobody answers for.
void LintOwner(const model::PolicySet& set, const model::QueueBinding& queue, Findings* findings);

}  // namespace caseclock::policy
