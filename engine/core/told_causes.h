#pragma once

// What brought each telling of an alert about: an event, time itself, or a corrected calendar.
// Pure.

#include <span>
#include <vector>

#include "engine/model/alert.h"
#include "engine/model/event.h"

namespace caseclock::core {

enum class CauseKind : uint8_t { kTime, kEvent, kCalendar };
// "time", "event", "calendar".
std::string_view CauseKindName(CauseKind kind);

struct ToldCause {
  CauseKind kind = CauseKind::kTime;
  model::EventRef event;  // empty: none, or one that another event of its id has replaced since
};

// The events of a case by the records that they came in.
class EventsByRecord {
 public:
  void Add(const model::Arrival& arrival, const model::Event& event);
  // Once, when all are in.
  void Sort();
  [[nodiscard]] model::EventRef Find(const model::Arrival& arrival) const;

 private:
  std::vector<std::pair<model::Arrival, model::EventRef>> events_;
};

// One for each transition.
std::vector<ToldCause> CausesOf(std::span<const model::AlertTransition> transitions,
                                const EventsByRecord& events);

}  // namespace caseclock::core
