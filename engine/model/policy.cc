#include "engine/model/policy.h"

#include <algorithm>

namespace caseclock::model {
namespace {

template <typename T, typename Holds>
const T* FirstThat(const std::vector<T>& items, const Holds& holds) {
  const auto found = std::find_if(items.begin(), items.end(), holds);
  return found == items.end() ? nullptr : &*found;
}

bool PatternCovers(std::string_view pattern, std::string_view queue) {
  if (!pattern.ends_with('*')) return pattern == queue;
  return queue.starts_with(pattern.substr(0, pattern.size() - 1));
}

}  // namespace

std::string_view DeadlineName(const DeadlineRule& rule) {
  struct Namer {
    std::string_view operator()(const ElapsedTime&) const { return "elapsed"; }
    std::string_view operator()(const WorkingTime&) const { return "working_time"; }
    std::string_view operator()(const WorkingDays&) const { return "working_days"; }
    std::string_view operator()(const AtMeeting&) const { return "next_meeting"; }
    std::string_view operator()(const AtScheduled& at) const {
      return at.before.IsZero() ? "scheduled" : "before_scheduled";
    }
    std::string_view operator()(const WholeDays& days) const {
      return days.counts_trigger_day ? "days_counting_trigger_day" : "days_after_trigger_day";
    }
  };
  return std::visit(Namer{}, rule);
}

std::string_view LackName(Lack lack) {
  switch (lack) {
    case Lack::kUnqualified:
      return "unqualified";
    case Lack::kAway:
      return "away";
  }
  return "";
}

const QueueBinding* FindQueue(const PolicySet& set, std::string_view queue) {
  return FirstThat(set.queues,
                   [&](const QueueBinding& b) { return PatternCovers(b.pattern, queue); });
}

const Workflow* FindWorkflow(const PolicySet& set, Atom name) {
  return FirstThat(set.workflows, [&](const Workflow& w) { return w.name == name; });
}

const Calendar* FindCalendar(const PolicySet& set, Atom id) {
  return FirstThat(set.calendars, [&](const Calendar& c) { return c.id == id; });
}

const WorkflowVersion* VersionAt(const Workflow& workflow, base::Instant t) {
  const WorkflowVersion* best = workflow.versions.empty() ? nullptr : &workflow.versions.front();
  for (const WorkflowVersion& version : workflow.versions) {
    if (version.effective_from <= t) best = &version;
  }
  return best;
}

const WorkflowVersion* FindVersion(const Workflow& workflow, Atom version) {
  return FirstThat(workflow.versions,
                   [&](const WorkflowVersion& v) { return v.version == version; });
}

const ClockRule* FindClock(const WorkflowVersion& version, Atom name) {
  return FirstThat(version.clocks, [&](const ClockRule& c) { return c.name == name; });
}

namespace {

bool HasOneOf(const std::vector<Atom>& codes, const Event& event) {
  const auto listed = [&](Atom code) {
    return std::find(codes.begin(), codes.end(), code) != codes.end();
  };
  const auto* resumed = std::get_if<Resumed>(&event.body);
  if (resumed != nullptr && resumed->reason.empty()) {
    return std::any_of(resumed->ended.begin(), resumed->ended.end(), listed);
  }
  return listed(PrincipalCode(event));
}

}  // namespace

bool Matches(const EventMatches& matches, const Event& event, std::span<const Atom> holding) {
  const EventType type = event.type();
  const auto holds = [&](Atom lookback) {
    return std::find(holding.begin(), holding.end(), lookback) != holding.end();
  };
  for (const EventMatch& match : matches) {
    if (match.type != type) continue;
    if (!match.when.empty() && !holds(match.when)) continue;
    if (!match.unless.empty() && holds(match.unless)) continue;
    if (match.codes.empty() || HasOneOf(match.codes, event)) return true;
  }
  return false;
}

}  // namespace caseclock::model
