#include "engine/core/lookback.h"

#include <algorithm>

#include "engine/core/calendar.h"
#include "engine/core/queue_calendar.h"

namespace caseclock::core {
namespace {

using base::Atom;
using base::Instant;

auto FindSeen(auto& seen, Atom lookback) {
  return std::find_if(seen.begin(), seen.end(),
                      [&](const model::LastSeen& last) { return last.lookback == lookback; });
}

}  // namespace

std::vector<Atom> HoldingLookbacks(const model::PolicySet& policies,
                                   const model::WorkflowVersion& version,
                                   const model::CaseView& view, Instant t) {
  std::vector<Atom> holding;
  if (version.lookbacks.empty() || view.lookbacks.empty()) return holding;
  const model::TimeZone& zone = ZoneOf(QueueCalendar(policies, view.queue));
  for (const model::LookbackRule& rule : version.lookbacks) {
    const auto last = FindSeen(view.lookbacks, rule.name);
    if (last == view.lookbacks.end()) continue;
    const Instant before = last->at < t ? last->at : last->before;
    if (before == Instant{}) continue;
    if (t <= AddPeriod(zone, before, rule.within)) holding.push_back(rule.name);
  }
  return holding;
}

void NoteForLookbacks(const model::WorkflowVersion& version, const model::Event& event,
                      std::span<const Atom> holding, model::CaseView* view) {
  for (const model::LookbackRule& rule : version.lookbacks) {
    if (!model::Matches(rule.of, event, holding)) continue;
    const auto last = FindSeen(view->lookbacks, rule.name);
    if (last == view->lookbacks.end()) {
      view->lookbacks.push_back({rule.name, event.occurred_at});
    } else if (last->at != event.occurred_at) {
      last->before = last->at;
      last->at = event.occurred_at;
    }
  }
}

}  // namespace caseclock::core
