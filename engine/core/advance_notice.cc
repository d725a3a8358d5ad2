#include "engine/core/advance_notice.h"

#include <algorithm>

#include "engine/base/check.h"
#include "engine/core/calendar.h"
#include "engine/core/queue_calendar.h"
#include "engine/core/waiting_cycles.h"

namespace caseclock::core {
namespace {

using base::Atom;
using model::Announcement;
using model::ClockRule;

const model::TimeZone& ZoneFor(const Occurrence& o, const ClockRule& rule) {
  return ZoneOf(CalendarFor(o.policies, rule, o.view.queue));
}

// The clock that counts for the failure of a notice, by the version that a cycle begins under; by
// another one, where that takes no such notice. Empty: none.
Atom FailedOf(const Occurrence& o, const Announcement& announced) {
  const auto failed = [&](const model::WorkflowVersion& version) {
    const ClockRule* rule = model::FindClock(version, announced.clock);
    return rule == nullptr || !rule->advance ? Atom() : rule->advance->failed;
  };
  const Atom begun = failed(o.version);
  if (!begun.empty()) return begun;
  const model::Workflow* workflow = model::FindWorkflow(o.policies, o.view.workflow);
  CHECK(workflow != nullptr);
  for (auto it = workflow->versions.rbegin(); it != workflow->versions.rend(); ++it) {
    const Atom other = failed(*it);
    if (!other.empty()) return other;
  }
  return Atom();
}

// The notice, of those that are meant, whose day comes first; the end of the list: there is none.
auto Earliest(std::vector<Announcement>& all, const auto& is_meant) {
  auto first = all.end();
  for (auto it = all.begin(); it != all.end(); ++it) {
    if (is_meant(*it) && (first == all.end() || it->at < first->at)) first = it;
  }
  return first;
}

// The same of those that wait for what a clock asks for.
auto FirstOf(std::vector<Announcement>& all, Atom clock) {
  return Earliest(all, [&](const Announcement& announced) { return announced.clock == clock; });
}

// Notices of several days stand side by side: what is announced a second time may be another move.
void Announce(const Occurrence& o, const ClockRule& rule) {
  const auto* scheduled = std::get_if<model::Scheduled>(&o.event.body);
  if (scheduled == nullptr) return;  // the loader takes no others
  const model::TimeZone& zone = ZoneFor(o, rule);
  auto& all = o.view.announcements;
  std::erase_if(all, [&](const Announcement& known) {
    return known.clock == rule.name && known.activity == scheduled->activity &&
           LocalDay(zone, known.at) == LocalDay(zone, scheduled->at);
  });
  if (all.size() >= model::kAnnouncementsKept) all.erase(all.begin());
  all.push_back({rule.name, scheduled->activity, scheduled->at});
}

// Whether it says that what was announced will not be, or was not.
bool IsWithdrawn(const Occurrence& o, const model::AdvanceNotice& notice) {
  const model::WorkflowVersion* version = VersionOf(o.policies, o.view);
  const ClockRule* failed =
      version == nullptr ? nullptr : model::FindClock(*version, notice.failed);
  return failed != nullptr && o.Ends(*failed);
}

// What is said is said of the notice that its clock counts for.
void Withdraw(const Occurrence& o, const ClockRule& rule) {
  auto& all = o.view.announcements;
  const auto first = FirstOf(all, rule.name);
  if (first != all.end()) all.erase(first);
}

// The event has come about. Whether a notice covers it: all that do are done with. Too early for
// any, it makes the first one void whose day is still to come.
bool Judge(const Occurrence& o, const ClockRule& rule) {
  const model::TimeZone& zone = ZoneFor(o, rule);
  const int32_t today = LocalDay(zone, o.at());
  const Atom activity = model::PrincipalCode(o.event);
  auto& all = o.view.announcements;
  const auto days_after = [&](const Announcement& announced) {
    return today - LocalDay(zone, announced.at);
  };
  const auto is_meant = [&](const Announcement& announced) {
    return announced.clock == rule.name && announced.activity == activity;
  };
  const auto covering = std::erase_if(all, [&](const Announcement& announced) {
    const int32_t days = days_after(announced);
    return is_meant(announced) && days >= -rule.advance->early && days < rule.advance->late;
  });
  if (covering > 0) return true;
  const auto early = Earliest(all, [&](const Announcement& announced) {
    return is_meant(announced) && days_after(announced) < 0;
  });
  if (early != all.end()) all.erase(early);
  return false;
}

}  // namespace

bool CoveredByNotice(const Occurrence& o, const ClockRule& rule) {
  const model::AdvanceNotice& notice = *rule.advance;
  auto& all = o.view.announcements;
  if (o.Is(notice.notice)) Announce(o, rule);
  const auto first = FirstOf(all, rule.name);
  if (first == all.end()) return false;
  if (!o.Is(rule.starts_on)) {
    if (IsWithdrawn(o, notice)) Withdraw(o, rule);
    return false;
  }
  const Announcement before = *first;
  const bool covered = Judge(o, rule);
  const auto next = FirstOf(all, rule.name);
  if (next != all.end() && *next == before) return covered;  // which had failed, or is not meant
  model::ClockState* waiting = FindCycle(&o.view, notice.failed);
  if (waiting != nullptr) EndCycle(o, waiting, End::kCancelled);
  CancelWaiting(o, notice.failed);
  return covered;
}

bool AwaitsEarlier(const Occurrence& o, const ClockRule& rule) {
  const auto* scheduled = std::get_if<model::Scheduled>(&o.event.body);
  if (scheduled == nullptr) return false;
  const model::TimeZone& zone = ZoneFor(o, rule);
  const int32_t day = LocalDay(zone, scheduled->at);
  const auto& all = o.view.announcements;
  return std::any_of(all.begin(), all.end(), [&](const Announcement& announced) {
    return LocalDay(zone, announced.at) < day && FailedOf(o, announced) == rule.name;
  });
}

std::vector<Atom> AwaitedNotices(const Occurrence& o) {
  std::vector<Atom> awaited;
  for (const Announcement& announced : o.view.announcements) {
    const Atom failed = FailedOf(o, announced);
    if (!failed.empty() && FindKept(&o.view, failed) != nullptr) awaited.push_back(failed);
  }
  return awaited;
}

void AwaitNext(const Occurrence& o, std::span<const Atom> awaited) {
  for (const Atom failed : awaited) {
    if (FindKept(&o.view, failed) != nullptr) continue;
    const ClockRule* rule = model::FindClock(o.version, failed);
    if (rule == nullptr) continue;
    const auto next = Earliest(o.view.announcements, [&](const Announcement& announced) {
      return FailedOf(o, announced) == failed;
    });
    if (next == o.view.announcements.end() || !MayBeginOpen(*rule, o.view)) continue;
    // As the notice would begin it now.
    model::Event notice = o.event;
    notice.body = model::Scheduled{next->activity, next->at, {}};
    const Occurrence given = o.Of(notice);
    if (MayBegin(*rule, o.view)) {
      Begin(given, *rule);
    } else {
      BeginWaiting(given, *rule, OriginOf(given, *rule));
    }
    model::ClockState* begun = FindKept(&o.view, failed);
    if (begun != nullptr) begun->origin = model::RefOf(o.event);
  }
}

}  // namespace caseclock::core
