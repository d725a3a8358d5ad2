#include "engine/core/queue_calendar.h"

namespace caseclock::core {

const model::Calendar* QueueCalendar(const model::PolicySet& policies, base::Atom queue) {
  const model::QueueBinding* binding = model::FindQueue(policies, queue.view());
  return binding == nullptr ? nullptr : model::FindCalendar(policies, binding->calendar);
}

const model::TimeZone& ZoneOf(const model::Calendar* calendar) {
  static const model::TimeZone kUtc;
  return calendar == nullptr ? kUtc : calendar->zone;
}

}  // namespace caseclock::core
