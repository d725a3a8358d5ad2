#include "engine/policy/lint.h"

#include <algorithm>
#include <optional>

#include "engine/policy/load_parts.h"

namespace caseclock::policy {
namespace {

using base::Atom;
using model::ClockRule;
using model::EventMatch;
using model::EventMatches;
using model::EventType;

// Every event that `match` takes is taken by one of `others`. One that asks for a look-back covers
// only what asks for the same.
bool Covered(const EventMatch& match, const EventMatches& others) {
  const auto takes = [&others, &match](std::optional<Atom> code) {
    return std::any_of(others.begin(), others.end(), [&](const EventMatch& other) {
      if (other.type != match.type) return false;
      if (!other.when.empty() && !(other.when == match.when)) return false;
      if (!other.unless.empty() && !(other.unless == match.unless)) return false;
      return other.codes.empty() ||
             (code.has_value() &&
              std::find(other.codes.begin(), other.codes.end(), *code) != other.codes.end());
    });
  };
  if (match.codes.empty()) return takes(std::nullopt);
  return std::all_of(match.codes.begin(), match.codes.end(), takes);
}

bool AllCovered(const EventMatches& matches, const EventMatches& others) {
  return std::all_of(matches.begin(), matches.end(),
                     [&](const EventMatch& match) { return Covered(match, others); });
}

// What an event of this type does, it does to the ledger or to alerts; no clock of a case sees it.
bool NeverSeenByClocks(EventType type) {
  return type == EventType::kVoided || type == EventType::kPolicyMoved;
}

// The least time a limit can last. Months count as 28 days.
base::Duration ShortestLimit(const base::Period& limit, const model::DeadlineRule& rule) {
  int extra = 0;
  if (std::holds_alternative<model::WorkingDays>(rule)) extra = 1;
  if (const auto* days = std::get_if<model::WholeDays>(&rule)) {
    extra = days->counts_trigger_day ? -1 : 0;
  }
  return base::Days(28LL * limit.months + limit.days + extra) + limit.time;
}

class Linter {
 public:
  Linter(const Places& places, Problems* problems) : places_(places), problems_(problems) {}

  void Clock(const std::string& path, const ClockRule& clock) {
    path_ = path;
    Starts(clock);
    Stops(clock);
    Pauses(clock);
    Warnings(clock);
  }

  // The last stage whose rule takes an event is entered; an earlier one with the same events waits
  // in vain.
  void Stages(const std::string& path, const model::WorkflowVersion& version) {
    path_ = path;
    EventMatches later;
    for (auto stage = version.stages.rbegin(); stage != version.stages.rend(); ++stage) {
      if (!stage->enters_on.empty() && AllCovered(stage->enters_on, later))
        Warn("Expected events that lead to stage " + stage->name.str() +
             ", but each of its enters_on leads to a later stage");
      later.insert(later.end(), stage->enters_on.begin(), stage->enters_on.end());
    }
  }

  void Queues(const std::vector<model::QueueBinding>& queues) {
    for (size_t i = 0; i < queues.size(); ++i) {
      for (size_t earlier = 0; earlier < i; ++earlier) {
        const std::string& pattern = queues[earlier].pattern;
        if (!pattern.ends_with('*') ||
            !queues[i].pattern.starts_with(pattern.substr(0, pattern.size() - 1)))
          continue;
        path_ = "queue/" + queues[i].pattern;
        Fail("Expected a queue that cases can reach, but \"" + pattern +
             "\" above takes them all (the first match wins)");
        break;
      }
    }
  }

  // A clock that runs to a meeting needs a calendar that has such meetings, in each of its queues.
  void Meetings(const model::PolicySet& set, const model::QueueBinding& queue) {
    const model::Workflow* workflow = model::FindWorkflow(set, queue.workflow);
    if (workflow == nullptr) return;
    for (const model::WorkflowVersion& version : workflow->versions) {
      for (const ClockRule& clock : version.clocks) {
        const auto* rule = std::get_if<model::AtMeeting>(&clock.deadline);
        if (rule == nullptr) continue;
        const Atom name = clock.calendar.empty() ? queue.calendar : clock.calendar;
        const model::Calendar* calendar = model::FindCalendar(set, name);
        if (calendar == nullptr || calendar->meetings.contains(rule->meeting)) continue;
        path_ = ClockPath(*workflow, version, clock.name);
        Fail("Expected meetings of the kind " + rule->meeting.str() + " in calendar " + name.str() +
             " of queue " + queue.pattern + ", but it has none: add them under meetings");
      }
    }
  }

 private:
  void Starts(const ClockRule& clock) {
    if (clock.starts_on.empty() && clock.accumulates) return;
    if (clock.starts_on.empty())
      return Fail("Expected an event that starts the clock, but starts_on has none");
    if (std::all_of(clock.starts_on.begin(), clock.starts_on.end(),
                    [](const EventMatch& m) { return NeverSeenByClocks(m.type); }))
      return Fail("Expected an event that starts the clock, but no clock sees those of starts_on");
    if (AllCovered(clock.starts_on, clock.stops_on))
      Fail(
          "Expected starts_on and stops_on to differ, but every event that starts the clock also "
          "stops it");
    const auto closes = [](const EventMatch& m) { return m.type == EventType::kClosed; };
    if (clock.stops_at_close && std::all_of(clock.starts_on.begin(), clock.starts_on.end(), closes))
      Fail("Expected an event that starts the clock, but closing stops it (stops_at_close)");
  }

  void Stops(const ClockRule& clock) {
    if (clock.stops_on.empty() && clock.resets_on.empty() && !clock.stops_at_close)
      Fail(
          "Expected something that stops the clock, but there is no stops_on, no resets_on and "
          "closing does not stop it");
    if (!clock.resets_on.empty() && AllCovered(clock.resets_on, clock.stops_on))
      Warn(
          "Expected resets_on to differ from stops_on, but stopping comes first, so the clock is "
          "never reset");
  }

  // Stop and reset are tried before pause.
  void Pauses(const ClockRule& clock) {
    for (const model::Exclusion& exclusion : clock.exclusions) {
      const auto& reasons = std::visit(
          [](const auto& rule) -> const std::vector<Atom>& { return rule.reasons; }, exclusion);
      const bool pauses = std::holds_alternative<model::Disregard>(exclusion);
      if (reasons.empty()) {
        Warn(std::string("Expected reasons in ") + (pauses ? "pauses_for" : "extends_for") +
             ", but there is none");
      }
      for (const Atom reason : reasons) {
        const EventMatch pause{EventType::kPaused, {reason}};
        if (Covered(pause, clock.stops_on) || Covered(pause, clock.resets_on))
          Fail("Expected a clock that can pause for " + reason.str() +
               ", but that pause stops or resets it first");
      }
    }
  }

  void Warnings(const ClockRule& clock) {
    const std::string clock_path = path_;
    path_ += "/ladder";
    for (const model::Rung& rung : clock.ladder) {
      if (!rung.before.has_value()) continue;
      size_t dated = 0;
      size_t too_short = 0;
      for (const model::Target& target : clock.targets) {
        if (!target.limit.has_value()) continue;
        ++dated;
        too_short += *rung.before >= ShortestLimit(*target.limit, clock.deadline) ? 1 : 0;
      }
      const std::string message = "Expected a warning within the limit, but " +
                                  base::FormatDuration(*rung.before) +
                                  " before is at or ahead of "
                                  "the start for ";
      if (too_short == 0) continue;
      too_short == dated ? Fail(message + "every limit") : Warn(message + "some limits");
    }
    path_ = clock_path;
  }

  void Fail(std::string message) { Report(std::move(message), Severity::kError); }
  void Warn(std::string message) { Report(std::move(message), Severity::kWarning); }
  void Report(std::string message, Severity severity) {
    const auto place = places_.find(path_);
    const Place at = place == places_.end() ? Place{} : place->second;
    problems_->push_back({at.file, at.line, std::move(message), severity});
  }

  const Places& places_;
  Problems* problems_;
  std::string path_;
};

}  // namespace

Problems Lint(const model::PolicySet& set, const Places& places) {
  Problems problems;
  Linter linter(places, &problems);
  for (const model::Workflow& workflow : set.workflows) {
    for (const model::WorkflowVersion& version : workflow.versions) {
      linter.Stages("workflow/" + workflow.name.str() + "/" + version.version.str(), version);
      for (const ClockRule& clock : version.clocks)
        linter.Clock(ClockPath(workflow, version, clock.name), clock);
    }
  }
  linter.Queues(set.queues);
  for (const model::QueueBinding& queue : set.queues) linter.Meetings(set, queue);
  return problems;
}

}  // namespace caseclock::policy
