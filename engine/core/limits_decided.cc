#include "engine/core/limits_decided.h"

#include "engine/base/check.h"
#include "engine/core/cycles.h"
#include "engine/core/extensions.h"
#include "engine/core/limit_moves.h"

namespace caseclock::core {
namespace {

using base::Atom;

// The rule that an event means by the name of a clock: that of the live cycle, or of one that
// waits, whatever version it runs under; else the one that a next cycle would begin by, or the
// case's own. nullptr: there is none.
const model::ClockRule* ClockNamed(const Application& a, Atom clock) {
  const model::ClockState* kept = FindKept(&a.view, clock);
  const bool lives = kept != nullptr && kept == FindCycle(&a.view, clock);
  if (lives || (kept != nullptr && IsWaiting(*kept))) {
    return BasisOf(a.policies, a.view, *kept).rule;
  }
  const model::WorkflowVersion* begun = VersionToBegin(a.policies, a.view, a.now());
  const model::ClockRule* rule = model::FindClock(*begun, clock);
  return rule != nullptr ? rule : model::FindClock(a.version, clock);
}

}  // namespace

Refusal FixInterval(const Application& a, const model::IntervalSet& fixed) {
  const model::ClockRule* rule = ClockNamed(a, fixed.clock);
  if (rule == nullptr) return Refusal::kUnknownClock;
  if (!rule->extensions.empty()) return Refusal::kLimitByAuthority;
  if (!FitsDeadline(fixed.interval, rule->deadline)) return Refusal::kUnfitInterval;
  auto& intervals = a.view.intervals;
  std::erase_if(intervals,
                [&](const model::IntervalOverride& other) { return other.clock == fixed.clock; });
  intervals.push_back({fixed.clock, fixed.interval, fixed.authority, model::RefOf(a.event),
                       std::string(a.event.actor)});
  SetCycleInterval(a.policies, fixed, a.event, a.arrival, &a.view);
  return Refusal::kNone;
}

Refusal ExtendLimit(const Application& a, const model::Extended& extension) {
  if (ClockNamed(a, extension.clock) == nullptr) return Refusal::kUnknownClock;
  model::ClockState* state = FindKept(&a.view, extension.clock);
  if (state == nullptr) return Refusal::kNoSuchCycle;
  const ClockBasis basis = BasisOf(a.policies, a.view, *state);
  CHECK(basis.rule != nullptr);
  const Change change = ChangeOf(a.event, *state);
  const Refusal refusal =
      JudgeExtension(basis, *state, extension.authority, extension.until, change.at);
  if (refusal != Refusal::kNone) return refusal;
  const bool lives = FindCycle(&a.view, extension.clock) == state;
  ExtendClock(basis, extension.until, extension.authority, change, state);
  if (!lives) state->next_rung_at = base::kNever;
  state->change_cause = a.arrival;
  return Refusal::kNone;
}

}  // namespace caseclock::core
