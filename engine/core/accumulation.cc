#include "engine/core/accumulation.h"

#include <algorithm>

#include "engine/base/check.h"
#include "engine/core/calendar.h"
#include "engine/core/queue_calendar.h"
#include "engine/core/waiting_cycles.h"

namespace caseclock::core {
namespace {

using base::Duration;
using base::Instant;
using model::Stay;

// What of a stay that is over lies in the window that ends at `t`.
Duration Within(const Stay& stay, Instant leaves_at, Instant t) {
  const Duration length = stay.to - stay.from;
  return std::clamp(leaves_at - t, Duration{0}, length);
}

// The stays of one clock, taken out of the view and put back.
std::vector<Stay> TakeStays(base::Atom clock, model::CaseView* view) {
  std::vector<Stay> own;
  std::vector<Stay> others;
  for (const Stay& stay : view->stays) (stay.clock == clock ? own : others).push_back(stay);
  view->stays = std::move(others);
  return own;
}

void PutStays(std::vector<Stay> own, model::CaseView* view) {
  view->stays.insert(view->stays.end(), own.begin(), own.end());
  std::stable_sort(view->stays.begin(), view->stays.end(),
                   [](const Stay& a, const Stay& b) { return a.from < b.from; });
}

// Those that have left the window are dropped. Of too many, the oldest two become one as long as
// both that ends with the later: it stays in the window longer, so nothing is begun too late.
void Bound(const model::Accumulation& rule, const model::TimeZone& zone, std::vector<Stay>* stays) {
  const Instant now = stays->back().from;
  std::erase_if(*stays, [&](const Stay& stay) {
    return stay.to != base::kNever && AddPeriod(zone, stay.to, rule.within) <= now;
  });
  if (stays->size() <= model::kExcludedKept) return;
  (*stays)[1].from = (*stays)[1].from - ((*stays)[0].to - (*stays)[0].from);
  (*stays)[1].began = (*stays)[0].began;
  stays->erase(stays->begin());
}

Instant InstantOfSum(const model::Accumulation& rule, const model::TimeZone& zone,
                     std::vector<Stay> stays) {
  stays.back().to = base::kNever;
  return InstantOfTotal(rule, zone, stays);
}

// A stay is over that came to the total while the case was closed: what it asks for is asked when
// the case is opened.
void WaitForSum(const Occurrence& o, const model::ClockRule& rule, const std::vector<Stay>& stays) {
  if (!rule.stops_at_close || FindKept(&o.view, rule.name) != nullptr) return;
  if (!MayBeginOpen(rule, o.view)) return;
  const model::TimeZone& zone = ZoneOf(CalendarFor(o.policies, rule, o.view.queue));
  const Instant origin = InstantOfSum(*rule.accumulates, zone, stays);
  if (origin <= o.at()) BeginWaiting(o, rule, origin);
}

}  // namespace

Instant InstantOfTotal(const model::Accumulation& rule, const model::TimeZone& zone,
                       std::span<const Stay> stays) {
  CHECK(!stays.empty() && stays.back().to == base::kNever);
  const Instant begun = stays.back().from;
  const auto over = stays.first(stays.size() - 1);
  std::vector<Instant> leaves_at;
  std::vector<Instant> turns = {begun};  // between two of these the sum rises steadily or rests
  for (const Stay& stay : over) {
    leaves_at.push_back(AddPeriod(zone, stay.to, rule.within));
    turns.push_back(leaves_at.back());
    turns.push_back(leaves_at.back() - (stay.to - stay.from));
  }
  std::erase_if(turns, [&](Instant turn) { return turn < begun; });
  std::sort(turns.begin(), turns.end());
  const auto sum = [&](Instant t) {
    Duration all = t - begun;
    for (size_t i = 0; i < over.size(); ++i) all = all + Within(over[i], leaves_at[i], t);
    return all;
  };
  Instant last = turns.front();
  for (const Instant turn : turns) {
    if (sum(turn) >= rule.total) {
      const Duration missing = rule.total - sum(last);
      return missing <= Duration{0} ? last : last + missing;
    }
    last = turn;
  }
  return last + (rule.total - sum(last));
}

void AddUpStays(const Occurrence& o, const model::ClockRule& rule) {
  const model::Accumulation& sum = *rule.accumulates;
  const bool begins = model::Matches(sum.from, o.event);
  // A stay that went on while the case was closed may come to the total after all.
  const bool opens = o.event.type() == model::EventType::kReopened;
  if (!begins && !opens && !model::Matches(sum.to, o.event)) return;
  std::vector<Stay> stays = TakeStays(rule.name, &o.view);
  const bool lasts = !stays.empty() && stays.back().to == base::kNever;
  if (opens ? lasts : begins && !lasts) {
    const model::TimeZone& zone = ZoneOf(CalendarFor(o.policies, rule, o.view.queue));
    if (!opens) stays.push_back({rule.name, o.at(), base::kNever, model::RefOf(o.event)});
    Bound(sum, zone, &stays);
    const Instant origin = InstantOfTotal(sum, zone, stays);
    if (FindCycle(&o.view, rule.name) == nullptr && MayBegin(rule, o.view)) {
      BeginFrom(o, rule, origin);
    }
  } else if (!begins && !opens && lasts) {
    stays.back().to = o.at();
    stays.back().ended = model::RefOf(o.event);
    model::ClockState* live = FindCycle(&o.view, rule.name);
    if (live != nullptr && o.at() < live->measured_from) ForgetCycle(live, &o.view);
    if (o.view.closed) WaitForSum(o, rule, stays);
  }
  PutStays(std::move(stays), &o.view);
}

}  // namespace caseclock::core
