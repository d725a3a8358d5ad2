#include "engine/core/lookback.h"

#include <algorithm>

#include "engine/base/check.h"
#include "engine/core/calendar.h"
#include "engine/core/queue_calendar.h"
#include "engine/core/rules_in_force.h"
#include "engine/core/screening.h"
#include "engine/model/conditions.h"

namespace caseclock::core {
namespace {

using base::Atom;
using base::Instant;

auto FindSeen(auto& seen, Atom lookback) {
  return std::find_if(seen.begin(), seen.end(),
                      [&](const model::LastSeen& last) { return last.lookback == lookback; });
}

// What is noted for a look-back is kept under its name; with the version behind it,
// where one before means other events by that name.
Atom NotedAs(const model::Workflow& workflow, const model::LookbackRule& rule) {
  bool first = true;
  for (const model::WorkflowVersion& version : workflow.versions) {
    for (const model::LookbackRule& other : version.lookbacks) {
      if (!(other.name == rule.name)) continue;
      if (other.of == rule.of && first) return rule.name;
      if (other.of == rule.of) return Atom::Intern(rule.name.str() + "@" + version.version.str());
      first = false;
    }
  }
  return rule.name;
}

// Whether `t` lies within the period from `before` on. Of one in days, months or years the last
// day counts to its end (Dodds v Walker [1981] 1 WLR 1027); one that says hours ends at its
// instant.
bool LiesWithin(const model::TimeZone& zone, const base::Period& period, Instant before,
                Instant t) {
  if (period.time.us != 0) return t <= AddPeriod(zone, before, period);
  return t < EndOfWholeDays(zone, LocalDay(zone, before), period, false);
}

void Note(Atom seen, Instant t, model::CaseView* view) {
  const auto last = FindSeen(view->lookbacks, seen);
  if (last == view->lookbacks.end()) {
    view->lookbacks.push_back({seen, t});
  } else if (last->at < t) {
    last->before = last->at;
    last->at = t;
  } else if (t < last->at) {  // before the referral, in a case that came under these rules at it
    last->before = std::max(last->before, t);
  }
}

}  // namespace

std::vector<Atom> HoldingLookbacks(const model::PolicySet& policies,
                                   const model::WorkflowVersion& version,
                                   const model::CaseView& view, Instant t) {
  std::vector<Atom> holding;
  if (version.lookbacks.empty() || view.lookbacks.empty()) return holding;
  const model::Workflow* workflow = model::FindWorkflow(policies, view.workflow);
  CHECK(workflow != nullptr);
  const model::TimeZone& zone = ZoneOf(QueueCalendar(policies, view.queue));
  for (const model::LookbackRule& rule : version.lookbacks) {
    const auto last = FindSeen(view.lookbacks, NotedAs(*workflow, rule));
    if (last == view.lookbacks.end()) continue;
    const Instant before = last->at < t ? last->at : last->before;
    if (before == Instant{}) continue;
    if (LiesWithin(zone, rule.within, before, t)) holding.push_back(rule.name);
  }
  return holding;
}

std::vector<Atom> HoldingConditions(const model::PolicySet& policies,
                                    const model::WorkflowVersion& version,
                                    const model::Event& event, const model::CaseView& view) {
  std::vector<Atom> holding = HoldingLookbacks(policies, version, view, event.occurred_at);
  if (event.type() != model::EventType::kScreened) return holding;
  const model::WorkflowVersion* in_force = VersionInForce(policies, view, event.occurred_at);
  CHECK(in_force != nullptr);
  if (!view.deviations.empty()) holding.push_back(Atom::Intern(model::kDeviationCondition));
  if (IsSampled(in_force->screening, event)) {
    holding.push_back(Atom::Intern(model::kSampleCondition));
  }
  return holding;
}

void NoteForLookbacks(const model::PolicySet& policies, const model::Event& event,
                      model::CaseView* view) {
  const model::Workflow* workflow = model::FindWorkflow(policies, view->workflow);
  CHECK(workflow != nullptr);
  std::vector<Atom> seen;  // noted when all are judged: what is noted no longer says what was
  for (const model::WorkflowVersion& version : workflow->versions) {
    if (version.lookbacks.empty()) continue;
    const std::vector<Atom> holding = HoldingConditions(policies, version, event, *view);
    for (const model::LookbackRule& rule : version.lookbacks) {
      if (model::Matches(rule.of, event, holding)) seen.push_back(NotedAs(*workflow, rule));
    }
  }
  for (const Atom noted : seen) Note(noted, event.occurred_at, view);
}

}  // namespace caseclock::core
