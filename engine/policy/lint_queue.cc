// What only shows when a workflow, its queue and its calendar are seen together: hours that a clock
// needs and the calendar has not, meetings, who answers for it, and how far the calendar reaches.

#include <algorithm>

#include "engine/policy/lint.h"
#include "engine/policy/lint_parts.h"

namespace caseclock::policy {
namespace {

using base::Atom;
using model::Calendar;
using model::ClockRule;

bool CountsWorkingTime(const ClockRule& clock) {
  return std::holds_alternative<model::WorkingTime>(clock.deadline) ||
         std::holds_alternative<model::WorkingDays>(clock.deadline);
}

bool HasHours(const Calendar& calendar) {
  const auto some = [](const auto& spans) { return !spans.empty(); };
  return std::any_of(calendar.week.begin(), calendar.week.end(), some) ||
         std::any_of(calendar.special.begin(), calendar.special.end(),
                     [&](const auto& day) { return some(day.second); });
}

// Each clock that a queue runs, with the calendar it goes by there (nullptr: not in the set).
template <typename Visit>
void ForEachClock(const model::PolicySet& set, const model::QueueBinding& queue,
                  const Visit& visit) {
  const model::Workflow* workflow = model::FindWorkflow(set, queue.workflow);
  if (workflow == nullptr) return;
  for (const model::WorkflowVersion& version : workflow->versions) {
    for (const ClockRule& clock : version.clocks) {
      const Atom name = clock.calendar.empty() ? queue.calendar : clock.calendar;
      visit(ClockPath(*workflow, version, clock.name), clock, model::FindCalendar(set, name));
    }
  }
}

std::string In(const Calendar& calendar, const model::QueueBinding& queue) {
  return " calendar " + calendar.id.str() + " of queue " + queue.pattern;
}

void LintMeeting(const std::string& path, const ClockRule& clock, const Calendar& calendar,
                 const model::QueueBinding& queue, Findings* findings) {
  const auto* rule = std::get_if<model::AtMeeting>(&clock.deadline);
  if (rule == nullptr || calendar.meetings.contains(rule->meeting)) return;
  findings->Fail(path, "deadline",
                 "Expected meetings of the kind " + rule->meeting.str() + " in" +
                     In(calendar, queue) + ", but it has none: add them under meetings");
}

base::Instant DayAfter(int32_t day) {
  return base::Instant{} + base::Days(int64_t{day} + 1);
}

// Looks how far calendars reach from `now` on.
class HorizonLinter {
 public:
  HorizonLinter(base::Instant now, Findings* findings) : now_(now), findings_(findings) {}

  // Bank holidays are published two years ahead, so there is time to add them.
  void Coverage(const Calendar& calendar, base::Duration longest) {
    constexpr base::Duration kNotice = base::Days(90);
    const base::Instant end = DayAfter(calendar.last_day);
    const std::string path = "calendar/" + calendar.id.str();
    const std::string covered =
        calendar.id.str() + " covers days up to " + base::FormatDay(calendar.last_day);
    if (end <= now_) {
      findings_->Fail(path, "covers",
                      "Expected a calendar that covers today, but " + covered +
                          ", and every result beyond is flagged: add the bank holidays published "
                          "since and set covers.to");
    } else if (end <= now_ + longest + kNotice) {
      findings_->Warn(path, "covers",
                      "Expected a calendar that covers the longest limit it is needed for and 90 "
                      "days more, but " +
                          covered +
                          ", so deadlines that fall later are flagged: add the bank "
                          "holidays published since and set covers.to");
    }
  }

  void Meetings(const Calendar& calendar, Atom kind) {
    const auto found = calendar.meetings.find(kind);
    if (found == calendar.meetings.end()) return;  // told by LintQueue
    const auto open = std::count_if(found->second.begin(), found->second.end(),
                                    [&](const model::Meeting& m) { return m.cutoff >= now_; });
    const std::string path = "calendar/" + calendar.id.str();
    if (open == 0) {
      findings_->Fail(path, "meetings",
                      "Expected a meeting of the kind " + kind.str() + " in " + calendar.id.str() +
                          " whose agenda is open, but the last one is closed: add the next ones");
    } else if (open == 1) {
      findings_->Warn(path, "meetings",
                      "Expected more than one meeting of the kind " + kind.str() + " in " +
                          calendar.id.str() +
                          " whose agenda is open, but there is one: add the next ones");
    }
  }

 private:
  base::Instant now_;
  Findings* findings_;
};

}  // namespace

void LintQueue(const model::PolicySet& set, const model::QueueBinding& queue, Findings* findings) {
  ForEachClock(set, queue,
               [&](const std::string& path, const ClockRule& clock, const Calendar* calendar) {
                 if (calendar == nullptr) return;
                 LintMeeting(path, clock, *calendar, queue, findings);
                 if (CountsWorkingTime(clock) && !HasHours(*calendar)) {
                   findings->Fail(
                       path, "deadline",
                       "Expected working hours in" + In(*calendar, queue) +
                           ", but it has none, so the limit never passes: give its week hours, or "
                           "let the clock count elapsed time");
                 }
               });
}

void LintSource(const model::PolicySet& set, const model::SourceRule& rule, Findings* findings) {
  const Calendar* calendar = model::FindCalendar(set, rule.calendar);
  if (rule.calendar.empty() || calendar == nullptr || HasHours(*calendar)) return;
  findings->Fail("source/" + rule.source.str(), "calendar",
                 "Expected working hours in calendar " + calendar->id.str() + " of source " +
                     rule.source.str() +
                     ", but it has none, so the source is never silent: give its week hours, or "
                     "take the calendar away, so that all time counts");
}

void LintOwner(const model::PolicySet& set, const model::QueueBinding& queue, Findings* findings) {
  if (!queue.team.empty()) return;
  bool told = false;
  ForEachClock(set, queue, [&](const std::string&, const ClockRule& clock, const Calendar*) {
    if (!clock.owner.empty() || told) return;
    told = true;  // once a queue: the team mends it for all
    findings->Warn("queue/" + queue.pattern, "",
                   "Expected somebody who answers for clock " + clock.name.str() + " in queue " +
                       queue.pattern +
                       ", but neither has the clock an owner nor the queue a team: add team here, "
                       "or owner to the clock or its version");
  });
}

Problems LintHorizon(const model::PolicySet& set, const Places& places, base::Instant now) {
  Findings findings(places);
  HorizonLinter linter(now, &findings);
  for (const Calendar& calendar : set.calendars) {
    std::optional<base::Duration> longest;  // of the limits that need its holidays
    std::vector<Atom> meetings;
    for (const model::QueueBinding& queue : set.queues) {
      ForEachClock(
          set, queue, [&](const std::string&, const ClockRule& clock, const Calendar* used) {
            if (used != &calendar) return;
            if (const auto* rule = std::get_if<model::AtMeeting>(&clock.deadline)) {
              if (std::find(meetings.begin(), meetings.end(), rule->meeting) == meetings.end())
                meetings.push_back(rule->meeting);
            }
            if (!CountsWorkingTime(clock)) return;
            for (const model::Target& target : clock.targets) {
              if (!target.limit.has_value()) continue;
              const base::Duration limit = LongestLimit(*target.limit, clock.deadline);
              longest = std::max(longest.value_or(base::Duration{}), limit);
            }
          });
    }
    const bool has_days = !calendar.holidays.empty() || !calendar.special.empty();
    if (longest.has_value() || has_days)
      linter.Coverage(calendar, longest.value_or(base::Duration{}));
    for (const Atom kind : meetings) linter.Meetings(calendar, kind);
  }
  return findings.Take();
}

}  // namespace caseclock::policy
