// Conditions, sums and notices that never come about; ladders that are not in the order in which
// their rungs are reached.

#include <algorithm>
#include <optional>

#include "engine/model/conditions.h"
#include "engine/policy/lint_parts.h"

namespace caseclock::policy {
namespace {

using base::Atom;
using base::Duration;
using model::ClockRule;
using model::EventMatch;
using model::EventMatches;
using model::EventType;
using model::WorkflowVersion;

bool IsOfScreening(Atom condition) {
  return condition.view() == model::kDeviationCondition ||
         condition.view() == model::kSampleCondition;
}

// Why an event never meets its conditions; empty: it may.
std::string NeverHolds(const EventMatch& match) {
  if (match.when.empty()) return {};
  if (match.when == match.unless) return "it asks for " + match.when.str() + " and for its absence";
  if (IsOfScreening(match.when)) {
    return match.type == EventType::kScreened
               ? std::string()
               : match.when.str() + " holds of screened events alone";
  }
  return match.type == EventType::kReferred
             ? "nothing has happened before a case is referred, so " + match.when.str() +
                   " does not hold"
             : std::string();
}

class ConditionLinter {
 public:
  ConditionLinter(Findings* findings, std::string path)
      : findings_(findings), path_(std::move(path)) {}

  void Matches(const char* key, const EventMatches& matches) {
    for (const EventMatch& match : matches) {
      const std::string why = NeverHolds(match);
      if (why.empty()) continue;
      Fail(key, "Expected an event that can happen in " + std::string(key) + ", but " +
                    MatchText(match) + " never matches, because " + why +
                    ": take the condition out");
    }
  }

  void Clock(const ClockRule& clock) {
    Matches("starts_on", clock.starts_on);
    Matches("stops_on", clock.stops_on);
    Matches("cancels_on", clock.cancels_on);
    Matches("resets_on", clock.resets_on);
    if (clock.accumulates) Sum(*clock.accumulates);
    if (clock.advance) Notice(clock, *clock.advance);
    Grades(clock);
    Ladder(clock);
  }

 private:
  void Sum(const model::Accumulation& sum) {
    if (sum.total > LongestLimit(sum.within, model::ElapsedTime{})) {
      Fail("accumulates", "Expected a total that stays can come to, but " +
                              base::FormatDuration(sum.total) + " do not lie within " +
                              base::FormatPeriod(sum.within) + ": ask for less, or within more");
    }
    if (AllCovered(sum.from, sum.to)) {
      Fail("accumulates",
           "Expected from and to to differ, but every event that begins a stay also ends one: name "
           "what ends it in to");
    }
  }

  void Notice(const ClockRule& clock, const model::AdvanceNotice& advance) {
    for (const EventMatch& notice : advance.notice) {
      for (const Atom activity : notice.codes) {
        const auto begins = [&](const EventMatch& start) {
          return start.codes.empty() ||
                 std::find(start.codes.begin(), start.codes.end(), activity) != start.codes.end();
        };
        if (std::any_of(clock.starts_on.begin(), clock.starts_on.end(), begins)) continue;
        Fail("advance", "Expected notices of what starts the clock, but " + activity.str() +
                            " is not in starts_on: add {performed: " + activity.str() +
                            "} there, or take it out of notice");
      }
    }
  }

  void Grades(const ClockRule& clock) {
    if (clock.regrade != model::RegradeRule::kKeep || !clock.limits_by.empty()) return;
    if (clock.targets.size() < 2 || !clock.targets.front().risk.empty()) return;
    if (clock.targets.front().limit) return;
    Warn("regrade",
         "Expected a limit for what is graded later, but an ungraded case has none and keep leaves "
         "it at that: give ungraded a limit, or rebase");
  }

  // Where a rung lies at the least and at the most, of a limit that long.
  static std::optional<Duration> After(const model::Rung& rung, Duration limit) {
    if (rung.percent) return Duration{limit.us / 100 * *rung.percent};
    if (rung.before) return limit - *rung.before;
    return std::nullopt;
  }

  void Ladder(const ClockRule& clock) {
    for (size_t i = 1; i < clock.ladder.size(); ++i) {
      const auto reversed = [&](const model::Target& target) {
        if (!target.limit) return false;
        const auto later = [&](Duration limit) {
          const auto first = After(clock.ladder[i - 1], limit);
          const auto second = After(clock.ladder[i], limit);
          return first && second && *first > *second;
        };
        return later(ShortestLimit(*target.limit, clock.deadline)) &&
               later(LongestLimit(*target.limit, clock.deadline));
      };
      if (std::none_of(clock.targets.begin(), clock.targets.end(), reversed)) continue;
      Warn("ladder", "Expected warnings in the order in which they are reached, but " +
                         clock.ladder[i - 1].name.str() + " comes after " +
                         clock.ladder[i].name.str() + ": put it behind");
    }
  }

  void Fail(const char* key, std::string message) {
    findings_->Fail(path_, key, std::move(message));
  }
  void Warn(const char* key, std::string message) {
    findings_->Warn(path_, key, std::move(message));
  }

  Findings* findings_;
  std::string path_;
};

void LintLookbacks(const std::string& path, const WorkflowVersion& version, Findings* findings) {
  for (const model::LookbackRule& rule : version.lookbacks) {
    const auto itself = [&](const EventMatch& match) { return match.when == rule.name; };
    if (rule.of.empty() || !std::all_of(rule.of.begin(), rule.of.end(), itself)) continue;
    findings->Fail(path, "lookbacks",
                   "Expected a look-back that can hold, but " + rule.name.str() +
                       " asks for itself in every event of of: name one without it");
  }
}

void LintClassSetters(const std::string& path, const WorkflowVersion& version, Findings* findings) {
  EventMatches earlier;
  for (const model::ClassRule& rule : version.classes) {
    if (!rule.set_by.empty() && AllCovered(rule.set_by, earlier)) {
      findings->Fail(path + "/class/" + rule.name.str(), "",
                     "Expected an event that sets class " + rule.name.str() +
                         ", but each of its set_by sets a class above, which takes it: give it an "
                         "event of its own");
    }
    earlier.insert(earlier.end(), rule.set_by.begin(), rule.set_by.end());
  }
}

void LintGuidance(const std::string& path, const WorkflowVersion& version, Findings* findings) {
  const auto& guidance = version.screening.guidance;
  if (guidance.empty() || version.effective_from == base::kLongAgo) return;
  if (guidance.front().effective_from <= version.effective_from) return;
  findings->Warn(path, "screening",
                 "Expected guidance from the day the version takes effect, but the first, " +
                     guidance.front().version.str() + ", comes into force only at " +
                     base::FormatInstant(guidance.front().effective_from) +
                     ", and every decision until then deviates: add what held before");
}

// An assessment that sets a class leaves the risk alone, and yet is one of any tool.
void LintAssessments(const std::string& path, const WorkflowVersion& version,
                     const ClockRule& clock, Findings* findings) {
  const auto any_tool = [](const EventMatch& match) {
    return match.type == EventType::kAssessed && match.codes.empty();
  };
  if (std::none_of(clock.stops_on.begin(), clock.stops_on.end(), any_tool)) return;
  for (const model::ClassRule& rule : version.classes) {
    for (const EventMatch& match : rule.set_by) {
      if (match.type != EventType::kAssessed || match.codes.empty()) continue;
      findings->Warn(
          path, "stops_on",
          "Expected the tools whose grades stop the clock, but assessed names none, so " +
              MatchText(match) + " stops it as well, which sets class " + rule.name.str() +
              " and no grade: name the tools");
      return;
    }
  }
}

}  // namespace

void LintConditions(const model::Workflow& workflow, const WorkflowVersion& version,
                    Findings* findings) {
  const std::string path = "workflow/" + workflow.name.str() + "/" + version.version.str();
  for (const model::StageRule& stage : version.stages) {
    ConditionLinter(findings, path + "/stage/" + stage.name.str())
        .Matches("enters_on", stage.enters_on);
  }
  LintLookbacks(path, version, findings);
  LintClassSetters(path, version, findings);
  LintGuidance(path, version, findings);
  for (const ClockRule& clock : version.clocks) {
    const std::string clock_path = ClockPath(workflow, version, clock.name);
    ConditionLinter(findings, clock_path).Clock(clock);
    LintAssessments(clock_path, version, clock, findings);
  }
}

}  // namespace caseclock::policy
