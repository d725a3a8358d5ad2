#pragma once

// How a cycle of a case's clock begins and ends, with what belongs to it: its number, what it takes
// over from the case, what is counted of it. Which event does that is cycles.h. Pure.

#include <span>

#include "engine/core/fold.h"

namespace caseclock::core {

// Whether it is an assessment that came to no grade: recorded, but no grading.
inline bool IsUngraded(const model::Event& event) {
  const auto* assessed = std::get_if<model::Assessed>(&event.body);
  return assessed != nullptr && assessed->grade.empty();
}

// An event on its way to the clocks of its case.
struct Occurrence {
  const model::PolicySet& policies;
  const model::Event& event;
  const model::Arrival& arrival;
  const model::WorkflowVersion& version;  // that a cycle begins under
  std::span<const base::Atom> holding;    // its conditions that hold
  model::CaseView& view;
  FoldEffects& effects;
  // What the event is for clocks besides: a case that a transfer takes to another workflow is as
  // referred there; who has it, has it there, and when it is opened again. nullptr: no such thing.
  const model::Event* as_referral = nullptr;
  const model::Event* as_assignment = nullptr;

  [[nodiscard]] base::Instant at() const { return event.occurred_at; }
  // The same by another event, which outlives it.
  [[nodiscard]] Occurrence Of(const model::Event& other) const {
    return {policies, other, arrival, version, holding, view, effects, as_referral, as_assignment};
  }
  [[nodiscard]] bool Is(const model::EventMatches& matches) const {
    return model::Matches(matches, event, holding);
  }
  // Whether it meets `starts_on`.
  [[nodiscard]] bool Starts(const model::ClockRule& rule) const {
    return Is(rule.starts_on) ||
           (as_referral != nullptr &&
            (IsAlso(rule.starts_on, as_referral) || IsAlso(rule.starts_on, as_assignment)));
  }
  // Whether what would stop a cycle is so already as it begins.
  [[nodiscard]] bool Forestalls(const model::ClockRule& rule) const {
    return Ends(rule) || EndsAlso(rule, as_referral) || EndsAlso(rule, as_assignment);
  }
  // Whether it meets `stops_on`.
  [[nodiscard]] bool Stops(const model::ClockRule& rule) const {
    return Is(rule.stops_on) && !IsUngraded(event);
  }
  // Whether it meets `cancels_on`, and does not fulfil the cycle.
  [[nodiscard]] bool Cancels(const model::ClockRule& rule) const {
    return Is(rule.cancels_on) && !IsUngraded(event) && !Stops(rule);
  }
  [[nodiscard]] bool Ends(const model::ClockRule& rule) const {
    return Stops(rule) || Cancels(rule);
  }
  // Whether it meets `resets_on`. That it was recorded ends the lack of any record.
  [[nodiscard]] bool Resets(const model::ClockRule& rule) const {
    return Is(rule.resets_on) && (rule.is_absence || !IsUngraded(event));
  }

 private:
  [[nodiscard]] bool IsAlso(const model::EventMatches& matches, const model::Event* other) const {
    return other != nullptr && model::Matches(matches, *other, holding);
  }
  [[nodiscard]] bool EndsAlso(const model::ClockRule& rule, const model::Event* other) const {
    return IsAlso(rule.stops_on, other) || IsAlso(rule.cancels_on, other);
  }
};

// A cycle meets an event by the rule and the conditions of the version that it runs under.
// REQUIRES: the policies have that, as activation sees to.
struct OwnConditions {
  OwnConditions(const Occurrence& o, const model::ClockState& cycle);
  // The event as the cycle sees it. This outlives it.
  [[nodiscard]] Occurrence Seen(const Occurrence& o) const;

  const model::WorkflowVersion* version = nullptr;
  const model::ClockRule* rule = nullptr;
  std::vector<base::Atom> holding;
};

// Whether there is something to be met, also while nobody knows when it is due.
bool HasLimit(const model::ClockRule& rule, const model::ClockState& state);

// The pauses of a case that are over, and then those that last.
std::vector<model::ExcludedSpan> PausesOf(const model::CaseView& view);
// The first pause that holds and that the rule takes so; nullptr: there is none.
const model::ActivePause* FirstPause(const model::CaseView& view, const model::ClockRule& rule,
                                     bool (*takes)(const model::ClockRule&, base::Atom));

// What the cycle had warned of before it was taken up, as far as that is noted.
std::vector<model::ReachedRung> WarnedOf(std::span<const WarnedBefore> warned,
                                         const model::ClockState& state);

// What the event does to a cycle. No cycle meets it before it began: one of the referral meets at
// that what had happened before.
inline Change ChangeOf(const model::Event& event, const model::ClockState& state) {
  Change change = ChangeBy(event);
  change.at = std::max(change.at, state.started_at);
  return change;
}

// The clock's live cycle; nullptr: there is none.
model::ClockState* FindCycle(model::CaseView* view, base::Atom clock);

// The stays of the case that the clock adds up.
std::vector<model::Stay> StaysOf(const model::CaseView& view, base::Atom clock);

// Whether a start may begin one, when none lives.
bool MayBegin(const model::ClockRule& rule, const model::CaseView& view);
// The same if the case were open.
bool MayBeginOpen(const model::ClockRule& rule, const model::CaseView& view);

// Begins one at the event, counted from where the rule says, which is one of `o.version`; an
// absence that is none, because it has no limit here, does not begin. The second counts from
// `origin` instead.
void Begin(const Occurrence& o, const model::ClockRule& rule);
void BeginFrom(const Occurrence& o, const model::ClockRule& rule, base::Instant origin);
// One that the event begins, with what the case knows already that bears on it; in no view yet.
model::ClockState NewCycle(const Occurrence& o, const model::ClockRule& rule, base::Instant origin);
// The instant from which a cycle that begins at the event counts.
base::Instant OriginOf(const Occurrence& o, const model::ClockRule& rule);
// A cycle that `left` goes on in becomes live.
void GoOnFrom(const Occurrence& o, const ClockBasis& basis, const model::ClockState& left,
              model::ClockState state);

enum class End {
  kFulfilled,
  kRenewed,    // fulfilled by a reset: nothing is left to be taken up
  kCancelled,  // nothing is left to be taken up either
  kWithCase,   // cancelled because the case is closed: it waits to be taken up
};

// Ends the live cycle at the event.
void EndCycle(const Occurrence& o, model::ClockState* live, End end);
// Ends it because the case moves to other work.
void CancelCycle(const model::PolicySet& policies, model::ClockState* live,
                 const model::Event& event, const model::Arrival& cause, model::CaseView* view,
                 FoldEffects* effects);
// The mark of a cycle that waits for its case to be opened again: the reason of its open span.
base::Atom Closed();
// Whether a stopped cycle waits for its case to be opened again.
bool IsWaiting(const model::ClockState& stopped);
// Whether it waits, and had missed its limit by the close. Nothing is counted of that while it
// waits: it goes on where it was, and is missed once.
bool WasMissed(const model::ClockState& waiting);
// One that waits, and all of them, will not be taken up: what was missed is counted.
void SettleWaiting(const model::ClockState& left, base::Atom queue, FoldEffects* effects);
void SettleWaiting(model::CaseView* view, FoldEffects* effects);
// What led to what the clock asked for is spent.
void SpendStays(const model::ClockRule& rule, model::CaseView* view);
// It never was: nothing of it was told or counted.
void ForgetCycle(model::ClockState* live, model::CaseView* view);

// The clock's live cycle, or the one that is stopped; nullptr: there is neither.
model::ClockState* FindKept(model::CaseView* view, base::Atom clock);
// Calls visit(ClockState&) for the live cycles, and for those that wait: what moves the one moves
// the other.
template <typename Visit>
void ForEachCycle(model::CaseView* view, const Visit& visit) {
  for (model::ClockState& state : view->clocks) visit(state);
  for (model::ClockState& left : view->stopped) {
    if (!IsWaiting(left)) continue;
    visit(left);
    left.next_rung_at = base::kNever;  // it reaches nothing while it waits
  }
}

}  // namespace caseclock::core
