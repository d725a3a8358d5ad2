#include "engine/core/advance_notice.h"

#include <algorithm>

#include "engine/core/calendar.h"
#include "engine/core/queue_calendar.h"
#include "engine/core/waiting_cycles.h"

namespace caseclock::core {
namespace {

using model::Announcement;

void Announce(const Occurrence& o, const model::ClockRule& rule) {
  const auto* scheduled = std::get_if<model::Scheduled>(&o.event.body);
  if (scheduled == nullptr) return;  // the loader takes no others
  auto& all = o.view.announcements;
  std::erase_if(all, [&](const Announcement& known) {
    return known.clock == rule.name && known.activity == scheduled->activity;
  });
  all.push_back({rule.name, scheduled->activity, scheduled->at});
}

// Whether it says that what was announced will not be, or was not.
bool IsWithdrawn(const Occurrence& o, const model::AdvanceNotice& notice) {
  const model::WorkflowVersion* version = VersionOf(o.policies, o.view);
  const model::ClockRule* failed =
      version == nullptr ? nullptr : model::FindClock(*version, notice.failed);
  return failed != nullptr && o.Stops(*failed);
}

void Withdraw(const Occurrence& o, const model::ClockRule& rule) {
  std::erase_if(o.view.announcements,
                [&](const Announcement& announced) { return announced.clock == rule.name; });
}

}  // namespace

bool CoveredByNotice(const Occurrence& o, const model::ClockRule& rule) {
  const model::AdvanceNotice& notice = *rule.advance;
  if (o.Is(notice.notice)) Announce(o, rule);
  if (!o.Is(rule.starts_on)) {
    if (IsWithdrawn(o, notice)) Withdraw(o, rule);
    return false;
  }
  auto& all = o.view.announcements;
  const auto known = std::find_if(all.begin(), all.end(), [&](const Announcement& announced) {
    return announced.clock == rule.name && announced.activity == model::PrincipalCode(o.event);
  });
  if (known == all.end()) return false;
  const model::TimeZone& zone = ZoneOf(CalendarFor(o.policies, rule, o.view.queue));
  const int32_t days_after = LocalDay(zone, o.at()) - LocalDay(zone, known->at);
  all.erase(known);
  if (days_after >= notice.late) return false;  // it had failed before
  model::ClockState* waiting = FindCycle(&o.view, notice.failed);
  if (waiting != nullptr) EndCycle(o, waiting, End::kCancelled);
  CancelWaiting(o, notice.failed);
  return days_after >= -notice.early;
}

}  // namespace caseclock::core
