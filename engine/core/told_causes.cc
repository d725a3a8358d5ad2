#include "engine/core/told_causes.h"

#include <algorithm>
#include <tuple>

namespace caseclock::core {
namespace {

using model::AlertState;
using model::AlertTransition;
using model::Arrival;

// By the time of the record, too: a log that was migrated has places of both logs.
auto Place(const Arrival& arrival) {
  return std::tuple(arrival.partition, arrival.offset, arrival.time.us);
}

bool TakesBack(const AlertTransition& transition) {
  return transition.state == AlertState::kResolved || transition.state == AlertState::kRetracted;
}

}  // namespace

std::string_view CauseKindName(CauseKind kind) {
  switch (kind) {
    case CauseKind::kTime:
      return "time";
    case CauseKind::kEvent:
      return "event";
    case CauseKind::kCalendar:
      return "calendar";
  }
  return "";
}

void EventsByRecord::Add(const Arrival& arrival, const model::Event& event) {
  events_.emplace_back(arrival, model::RefOf(event));
}

void EventsByRecord::Sort() {
  std::stable_sort(events_.begin(), events_.end(),
                   [](const auto& a, const auto& b) { return Place(a.first) < Place(b.first); });
}

model::EventRef EventsByRecord::Find(const Arrival& arrival) const {
  const auto at = std::lower_bound(
      events_.begin(), events_.end(), arrival,
      [](const auto& event, const Arrival& wanted) { return Place(event.first) < Place(wanted); });
  const bool found = at != events_.end() && Place(at->first) == Place(arrival);
  return found ? at->second : model::EventRef();
}

// Time by itself only raises: what it takes back, other days have.
std::vector<ToldCause> CausesOf(std::span<const AlertTransition> transitions,
                                const EventsByRecord& events) {
  std::vector<ToldCause> causes;
  for (size_t i = 0; i < transitions.size(); ++i) {
    const AlertTransition& transition = transitions[i];
    ToldCause& cause = causes.emplace_back();
    if (transition.cause) {
      cause = {CauseKind::kEvent, events.Find(*transition.cause)};
      continue;
    }
    const bool moved = i > 0 && causes[i - 1].kind == CauseKind::kCalendar &&
                       transitions[i - 1].state == AlertState::kRetracted &&
                       transitions[i - 1].at == transition.at;
    if (TakesBack(transition) || moved) cause.kind = CauseKind::kCalendar;
  }
  return causes;
}

}  // namespace caseclock::core
