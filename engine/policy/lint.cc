#include "engine/policy/lint.h"

#include <algorithm>

#include "engine/policy/lint_parts.h"

namespace caseclock::policy {
namespace {

using base::Atom;
using model::ClockRule;
using model::WorkflowVersion;

// The last stage whose rule takes an event is entered; an earlier one with the same events waits in
// vain. Where other stages are led to by events, one that none leads to may have been forgotten.
void LintStages(const std::string& path, const WorkflowVersion& version, Findings* findings) {
  const auto led_to = [](const model::StageRule& stage) { return !stage.enters_on.empty(); };
  const bool by_events = std::any_of(version.stages.begin(), version.stages.end(), led_to);
  model::EventMatches later;
  for (auto stage = version.stages.rbegin(); stage != version.stages.rend(); ++stage) {
    const std::string at = path + "/stage/" + stage->name.str();
    const bool first = stage + 1 == version.stages.rend();
    if (led_to(*stage) && AllCovered(stage->enters_on, later)) {
      findings->Warn(at, "",
                     "Expected events that lead to stage " + stage->name.str() +
                         ", but each of its enters_on leads to a later stage: give it an event of "
                         "its own, or order the stages as cases go through them");
    } else if (!led_to(*stage) && !first && by_events) {
      findings->Warn(at, "",
                     "Expected events that lead to stage " + stage->name.str() +
                         ", but it has no enters_on, so only a staged event that names it does: "
                         "add enters_on, or say so with enters_on: {staged: " +
                         stage->name.str() + "}");
    }
    later.insert(later.end(), stage->enters_on.begin(), stage->enters_on.end());
  }
}

// A clock for what cannot come about.
void LintLacks(const model::Workflow& workflow, const WorkflowVersion& version,
               Findings* findings) {
  if (!version.qualifications.empty()) return;
  for (const ClockRule& clock : version.clocks) {
    if (clock.runs_while != std::vector{model::Lack::kUnqualified}) continue;
    findings->Fail(ClockPath(workflow, version, clock.name), "runs_while",
                   "Expected a clock that can start, but this version asks for no qualifications, "
                   "so nobody is unqualified: add qualifications, or leave the clock out");
  }
}

void LintQueueOrder(const std::vector<model::QueueBinding>& queues, Findings* findings) {
  for (size_t i = 0; i < queues.size(); ++i) {
    for (size_t earlier = 0; earlier < i; ++earlier) {
      const std::string& pattern = queues[earlier].pattern;
      if (!pattern.ends_with('*') ||
          !queues[i].pattern.starts_with(pattern.substr(0, pattern.size() - 1)))
        continue;
      findings->Fail("queue/" + queues[i].pattern, "",
                     "Expected a queue that cases can reach, but \"" + pattern +
                         "\" above takes them all (the first match wins): move it up");
      break;
    }
  }
}

void LintClassUse(const std::string& path, const WorkflowVersion& version, Findings* findings) {
  for (const model::ClassRule& rule : version.classes) {
    const auto goes_by = [&](const ClockRule& clock) { return clock.limits_by == rule.name; };
    if (std::any_of(version.clocks.begin(), version.clocks.end(), goes_by)) continue;
    findings->Warn(path + "/class/" + rule.name.str(), "",
                   "Expected a clock whose limits go by class " + rule.name.str() +
                       ", but none does: name it in limits_by, or leave the class out");
  }
}

// Qualifications without a clock are counted, but nobody is told.
void LintQualified(const std::string& path, const WorkflowVersion& version, Findings* findings) {
  if (version.qualifications.empty()) return;
  const auto watches = [](const ClockRule& clock) {
    const auto& lacks = clock.runs_while;
    return std::find(lacks.begin(), lacks.end(), model::Lack::kUnqualified) != lacks.end();
  };
  if (std::any_of(version.clocks.begin(), version.clocks.end(), watches)) return;
  findings->Warn(path, "qualifications",
                 "Expected a clock that tells of handlers who lack a qualification, but none has "
                 "runs_while: unqualified: add one");
}

}  // namespace

// A grade or value that falls to a default of none, while others have a limit, runs undated without
// anybody having said so.
void LintTargets(const model::Workflow& workflow, const WorkflowVersion& version,
                 Findings* findings) {
  for (const ClockRule& clock : version.clocks) {
    const auto* by = &version.risks;
    for (const model::ClassRule& rule : version.classes) {
      if (rule.name == clock.limits_by) by = &rule.values;
    }
    const auto own = [&](Atom key) {
      return std::any_of(clock.targets.begin(), clock.targets.end(),
                         [&](const model::Target& t) { return t.risk == key; });
    };
    const auto dated = [](const model::Target& t) { return !t.risk.empty() && t.limit; };
    if (std::none_of(clock.targets.begin(), clock.targets.end(), dated)) continue;
    if (clock.targets.back().limit.has_value()) continue;
    std::string missing;
    for (const Atom key : *by) {
      if (!own(key)) missing += (missing.empty() ? "" : ", ") + key.str();
    }
    if (missing.empty()) continue;
    findings->Warn(ClockPath(workflow, version, clock.name), "limits",
                   "Expected a limit for each of them, but " + missing +
                       " falls to a default of none and has none: give it a limit, or say none "
                       "by name");
  }
  for (const model::ClassRule& rule : version.classes) {
    const std::string at =
        "workflow/" + workflow.name.str() + "/" + version.version.str() + "/class/";
    if (rule.set_by.empty()) {
      findings->Fail(at + rule.name.str(), "",
                     "Expected an event that sets class " + rule.name.str() +
                         ", but set_by has none: name one, like {performed: needs_assessment}");
    }
  }
}

Problems Lint(const model::PolicySet& set, const Places& places) {
  Findings findings(places);
  for (const model::Workflow& workflow : set.workflows) {
    for (const WorkflowVersion& version : workflow.versions) {
      LintStages("workflow/" + workflow.name.str() + "/" + version.version.str(), version,
                 &findings);
      LintTargets(workflow, version, &findings);
      LintLacks(workflow, version, &findings);
      LintConditions(workflow, version, &findings);
      for (const ClockRule& clock : version.clocks)
        LintClock(ClockPath(workflow, version, clock.name), clock, &findings);
    }
  }
  LintQueueOrder(set.queues, &findings);
  for (const model::QueueBinding& queue : set.queues) LintQueue(set, queue, &findings);
  for (const model::SourceRule& rule : set.sources) LintSource(set, rule, &findings);
  return findings.Take();
}

Problems LintUse(const model::PolicySet& set, const Places& places) {
  Findings findings(places);
  for (const model::Workflow& workflow : set.workflows) {
    const std::string path = "workflow/" + workflow.name.str();
    for (const WorkflowVersion& version : workflow.versions) {
      LintClassUse(path + "/" + version.version.str(), version, &findings);
      LintQualified(path + "/" + version.version.str(), version, &findings);
    }
    const auto runs = [&](const model::QueueBinding& q) { return q.workflow == workflow.name; };
    // Single files are checked without queues.
    if (set.queues.empty() || std::any_of(set.queues.begin(), set.queues.end(), runs)) continue;
    findings.Warn(path, "",
                  "Expected a queue that workflow " + workflow.name.str() +
                      " runs, but there is none: add one to the queues");
  }
  for (const model::QueueBinding& queue : set.queues) LintOwner(set, queue, &findings);
  return findings.Take();
}

}  // namespace caseclock::policy
