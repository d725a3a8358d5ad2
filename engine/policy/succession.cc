#include "engine/policy/succession.h"

#include <algorithm>
#include <cstdlib>
#include <iterator>
#include <utility>

#include "engine/policy/load_parts.h"

namespace caseclock::policy {
namespace {

using model::ClockRule;
using model::Workflow;
using model::WorkflowVersion;

// A day that is gone counts as moved where a new one is so near.
constexpr int32_t kMovedWithinDays = 14;

// The parts in which two values differ, for people: "limits, ladder".
class Differences {
 public:
  template <typename T>
  Differences& Compare(const char* part, const T& a, const T& b) {
    if (!(a == b)) parts_ += (parts_.empty() ? "" : ", ") + std::string(part);
    return *this;
  }
  [[nodiscard]] const std::string& parts() const { return parts_; }

 private:
  std::string parts_;
};

// The exclusions of one kind.
template <typename Operator>
std::vector<Operator> Of(const ClockRule& clock) {
  std::vector<Operator> found;
  for (const model::Exclusion& exclusion : clock.exclusions) {
    if (const auto* one = std::get_if<Operator>(&exclusion)) found.push_back(*one);
  }
  return found;
}

std::string DifferencesOf(const ClockRule& a, const ClockRule& b) {
  return Differences()
      .Compare("starts_on", a.starts_on, b.starts_on)
      .Compare("stops_on", a.stops_on, b.stops_on)
      .Compare("cancels_on", a.cancels_on, b.cancels_on)
      .Compare("resets_on", a.resets_on, b.resets_on)
      .Compare("from_referral", a.from_referral, b.from_referral)
      .Compare("from_scheduled", a.from_scheduled, b.from_scheduled)
      .Compare("restarts or resumes", a.after_stop, b.after_stop)
      .Compare("runs_while", a.runs_while, b.runs_while)
      .Compare("accumulates", a.accumulates, b.accumulates)
      .Compare("advance", a.advance, b.advance)
      .Compare("stops_at_close", a.stops_at_close, b.stops_at_close)
      .Compare("absence", a.is_absence, b.is_absence)
      .Compare("deadline", a.deadline, b.deadline)
      .Compare("calendar", a.calendar, b.calendar)
      .Compare("limits_by", a.limits_by, b.limits_by)
      .Compare("limits", a.targets, b.targets)
      .Compare("pauses_for", Of<model::Disregard>(a), Of<model::Disregard>(b))
      .Compare("extends_for", Of<model::ExtendTo>(a), Of<model::ExtendTo>(b))
      .Compare("extensions", a.extensions, b.extensions)
      .Compare("regrade", a.regrade, b.regrade)
      .Compare("ladder", a.ladder, b.ladder)
      .parts();
}

// Where the limit comes from may be said in other words.
int32_t CaseloadLimitOf(const WorkflowVersion& version) {
  return version.caseload ? version.caseload->limit : 0;
}

std::string DifferencesOf(const WorkflowVersion& a, const WorkflowVersion& b) {
  return Differences()
      .Compare("effective_from", a.effective_from, b.effective_from)
      .Compare("stages", a.stages, b.stages)
      .Compare("risks", a.risks, b.risks)
      .Compare("screening", a.screening, b.screening)
      .Compare("classes", a.classes, b.classes)
      .Compare("lookbacks", a.lookbacks, b.lookbacks)
      .Compare("outcome_codes", a.outcome_codes, b.outcome_codes)
      .Compare("outcomes", a.outcomes, b.outcomes)
      .Compare("qualifications", a.qualifications, b.qualifications)
      .Compare("caseload", CaseloadLimitOf(a), CaseloadLimitOf(b))
      .parts();
}

// Meetings may be added to; those that were there may not be moved silently either.
bool SameMeetings(const model::Calendar& a, const model::Calendar& b) {
  const auto same = [](const model::Meeting& x, const model::Meeting& y) {
    return x.at == y.at && x.cutoff == y.cutoff;
  };
  return std::equal(a.meetings.begin(), a.meetings.end(), b.meetings.begin(), b.meetings.end(),
                    [&](const auto& x, const auto& y) {
                      return x.first == y.first &&
                             std::equal(x.second.begin(), x.second.end(), y.second.begin(),
                                        y.second.end(), same);
                    });
}

std::string DifferencesOf(const model::Calendar& a, const model::Calendar& b) {
  return Differences()
      .Compare("zone", a.zone.name, b.zone.name)
      .Compare("week", a.week, b.week)
      .Compare("holidays", a.holidays, b.holidays)
      .Compare("special", a.special, b.special)
      .Compare("meetings", true, SameMeetings(a, b))
      .Compare("covers", std::pair(a.first_day, a.last_day), std::pair(b.first_day, b.last_day))
      .parts();
}

class Succession {
 public:
  explicit Succession(const LoadResult& next) : next_(next) {}

  void Check(const Workflow& workflow) {
    const std::string path = "workflow/" + workflow.name.str();
    const Workflow* kept = model::FindWorkflow(*next_.set, workflow.name);
    for (const WorkflowVersion& version : workflow.versions) {
      const WorkflowVersion* same =
          kept == nullptr ? nullptr : model::FindVersion(*kept, version.version);
      const std::string name =
          "version " + version.version.str() + " of workflow " + workflow.name.str();
      if (same == nullptr) {
        Say(path,
            "Expected " + name + " to stay, because cases may stand under it, but it is gone");
      } else {
        Check(workflow, version, *same, name);
      }
    }
  }

  // What results name is the version, so other days need another one.
  void Check(const model::Calendar& calendar) {
    const model::Calendar* kept = model::FindCalendar(*next_.set, calendar.id);
    if (kept == nullptr) return;
    if (kept->version != calendar.version) return Lost(calendar, *kept);
    const std::string parts = DifferencesOf(calendar, *kept);
    if (parts.empty()) return;
    Say("calendar/" + calendar.id.str(),
        "Expected version " + calendar.version + " of calendar " + calendar.id.str() +
            " to stay as it is, because results name it, but what differs is " + parts +
            ": give the corrected days a version of their own");
  }

  Problems problems;

 private:
  // A newer version keeps what is known of the past: lists are kept and extended. One day or
  // meeting that is gone from their midst may be a correction, and so is a day that was moved.
  void Lost(const model::Calendar& calendar, const model::Calendar& next) {
    const std::string place = "calendar/" + calendar.id.str();
    const std::string name = "version " + next.version + " of calendar " + calendar.id.str() +
                             " to keep what version " + calendar.version;
    if (next.first_day > calendar.first_day || next.last_day < calendar.last_day) {
      return Say(place, "Expected " + name +
                            " covers, because cases were reckoned by it, but it covers less: keep "
                            "the days of before and add to them");
    }
    for (const auto& [kind, meetings] : calendar.meetings) {
      const auto kept = next.meetings.find(kind);
      if (meetings.empty()) continue;
      if (kept != next.meetings.end() && !kept->second.empty() &&
          kept->second.front().at <= meetings.front().at) {
        continue;
      }
      Say(place, "Expected " + name + " has of the meetings of the kind " + kind.str() +
                     ", because cases were due at them, but the first ones are gone: keep the "
                     "meetings of before and add to them");
    }
    LostDays(place, name, calendar, next);
  }

  void LostDays(const std::string& place, const std::string& name, const model::Calendar& calendar,
                const model::Calendar& next) {
    const auto has = [](const std::vector<int32_t>& days, int32_t day) {
      return std::binary_search(days.begin(), days.end(), day);
    };
    std::vector<int32_t> added;
    std::copy_if(next.holidays.begin(), next.holidays.end(), std::back_inserter(added),
                 [&](int32_t day) { return !has(calendar.holidays, day); });
    std::vector<int32_t> gone;
    for (const int32_t day : calendar.holidays) {
      if (has(next.holidays, day)) continue;
      const auto moved = std::find_if(added.begin(), added.end(), [&](int32_t other) {
        return std::abs(other - day) <= kMovedWithinDays;
      });
      if (moved == added.end()) {
        gone.push_back(day);
      } else {
        added.erase(moved);
      }
    }
    if (gone.size() < 2)
      return;  // one day taken out is a correction, more are a list that was overwritten
    Say(place, "Expected " + name + " has as holidays, but " + std::to_string(gone.size()) +
                   " are gone and no day near them is new, " + base::FormatDay(gone.front()) +
                   " and " + base::FormatDay(gone[1]) + (gone.size() > 2 ? " first" : "") +
                   ": keep the days of before and add to them");
  }

  void Check(const Workflow& workflow, const WorkflowVersion& version, const WorkflowVersion& same,
             const std::string& name) {
    const std::string place = "workflow/" + workflow.name.str() + "/" + version.version.str();
    WantSame(place, name, DifferencesOf(version, same));
    for (const ClockRule& clock : version.clocks) {
      const std::string clock_name = "the clock " + clock.name.str() + " in " + name;
      const ClockRule* kept = model::FindClock(same, clock.name);
      if (kept == nullptr) {
        Say(place, "Expected " + clock_name +
                       " to stay, because cases may stand under it, but it is gone");
      } else {
        WantSame(ClockPath(workflow, version, clock.name), clock_name, DifferencesOf(clock, *kept));
      }
    }
    for (const ClockRule& clock : same.clocks) {
      if (model::FindClock(version, clock.name) != nullptr) continue;
      Say(ClockPath(workflow, version, clock.name),
          "Expected no other clocks in " + name +
              " than before, because cases may stand under it, "
              "but " +
              clock.name.str() + " is new: give the new rules a version of their own");
    }
  }

  void WantSame(const std::string& place, const std::string& name, const std::string& parts) {
    if (parts.empty()) return;
    Say(place, "Expected " + name +
                   " to stay as it is, because cases may stand under it, but what differs is " +
                   parts + ": give the new rules a version of their own");
  }

  void Say(const std::string& path, const std::string& message) {
    const auto place = next_.places.find(path);
    const Place at = place == next_.places.end() ? Place{"policies", 0} : place->second;
    problems.push_back({at.file, at.line, message, Severity::kError});
  }

  const LoadResult& next_;
};

}  // namespace

Problems CheckSuccession(const model::PolicySet& active, const LoadResult& next) {
  Succession succession(next);
  for (const Workflow& workflow : active.workflows) succession.Check(workflow);
  for (const model::Calendar& calendar : active.calendars) succession.Check(calendar);
  return std::move(succession.problems);
}

}  // namespace caseclock::policy
