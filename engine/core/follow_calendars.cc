#include "engine/core/follow_calendars.h"

#include <algorithm>

#include "engine/core/cycle_life.h"
#include "engine/core/limit_moves.h"
#include "engine/core/rules_in_force.h"

namespace caseclock::core {
namespace {

using base::Instant;
using model::CaseView;
using model::ClockState;
using model::PolicyPeriod;
using model::PolicySet;

bool SameCalendar(const model::Calendar* a, const model::Calendar* b) {
  if (a == nullptr || b == nullptr) return a == b;
  return a->id == b->id && a->version == b->version;
}

bool SameBindings(const PolicySet& a, const PolicySet& b) {
  return std::equal(a.queues.begin(), a.queues.end(), b.queues.begin(), b.queues.end(),
                    [](const model::QueueBinding& one, const model::QueueBinding& other) {
                      return one.pattern == other.pattern && one.calendar == other.calendar;
                    });
}

bool Lived(const CaseView& view, Instant t) {
  const auto lived = [&](const ClockState& clock) { return clock.started_at < t; };
  return std::any_of(view.clocks.begin(), view.clocks.end(), lived) ||
         std::any_of(view.stopped.begin(), view.stopped.end(),
                     [&](const ClockState& left) { return IsWaiting(left) && lived(left); });
}

void Follow(const PolicySet& before, const PolicySet& after, Instant t, CaseView* view) {
  view->calendars_of = t;
  ForEachCycle(view, [&](ClockState& clock) {
    if (clock.started_at >= t) return;  // by the new days already
    const ClockBasis now = BasisOf(after, *view, clock);
    if (now.rule == nullptr) return;  // begun under rules that only came later
    ClockBasis then = BasisOf(before, *view, clock);
    if (then.rule == nullptr) then = now;
    if (!SameCalendar(then.calendar, now.calendar)) RecalendarClock(then, now, {t}, &clock);
  });
}

// Calls visit(period before, period) for each that the view has yet to follow, until it returns
// false. Nothing lived before the case did.
template <typename Visit>
void ForEachToFollow(const StepContext& context, const CaseView& view, Instant until,
                     const Visit& visit) {
  if (context.timeline.size() < 2 || (view.clocks.empty() && view.stopped.empty())) return;
  const Instant known = std::max(view.calendars_of, view.opened_at);
  const auto begin = context.timeline.begin();
  auto at = context.timeline.end();
  while (at - 1 != begin && (at - 1)->effective_from > known) --at;
  for (; at != context.timeline.end() && at->effective_from <= until; ++at) {
    if (!CorrectsCalendars(*(at - 1)->set, *at->set) || !Lived(view, at->effective_from)) continue;
    if (!visit(*(at - 1), *at)) return;
  }
}

}  // namespace

Instant FollowCalendars(const StepContext& context, Instant until, CaseView* view) {
  Instant first = base::kNever;
  ForEachToFollow(context, *view, until, [&](const PolicyPeriod& before, const PolicyPeriod& now) {
    first = std::min(first, now.effective_from);
    Follow(*before.set, *now.set, now.effective_from, view);
    return true;
  });
  return first;
}

bool HasToFollow(const StepContext& context, const CaseView& view, Instant until) {
  bool has = false;
  ForEachToFollow(context, view, until, [&](const PolicyPeriod&, const PolicyPeriod&) {
    has = true;
    return false;
  });
  return has;
}

Instant LatestToFollow(const StepContext& context, const CaseView& view, Instant until) {
  Instant latest = base::kLongAgo;
  ForEachToFollow(context, view, until, [&](const PolicyPeriod&, const PolicyPeriod& now) {
    latest = now.effective_from;
    return true;
  });
  return latest;
}

// Every calendar of `before` is in `after` as well: an activation that loses one is refused.
bool CorrectsCalendars(const PolicySet& before, const PolicySet& after) {
  if (!SameBindings(before, after)) return true;
  return std::any_of(before.calendars.begin(), before.calendars.end(),
                     [&](const model::Calendar& calendar) {
                       const auto* now = model::FindCalendar(after, calendar.id);
                       return !SameCalendar(&calendar, now);
                     });
}

}  // namespace caseclock::core
