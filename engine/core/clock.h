#pragma once

// The clock algebra: what happens to one cycle of one clock, and which rungs of its ladder are
// reached; when it is due is deadline.h. A cycle stores budget, consumed and running-since; the due
// instant is derived, and there is none while it is paused, but for one that the pause came
// after. Pure.
//
//            begin                pause        resume                        due
//   ───────────┼─────counted────────┼──excluded──┼─────────counted────────────┼──▶
//        measured_from                       running_since
//
// Consumed time is measured as the rule says: elapsed, or only the calendar's working hours.

#include <span>
#include <string_view>

#include "engine/base/instant.h"
#include "engine/core/deadline.h"
#include "engine/model/case_state.h"
#include "engine/model/policy.h"

namespace caseclock::core {

// Begins a cycle at `started`, counted from `origin`, which may lie before it or after. `state`
// comes with clock, version, cycle, ordinal, interval, class and appointed instant set.
void BeginCycle(const ClockBasis& basis, base::Instant started, base::Instant origin,
                base::Atom risk, model::ClockState* state);
// What happens to a cycle, not before its last change: when, by which event, and who recorded that.
struct Change {
  base::Instant at;
  model::EventRef by = {};      // empty: by none
  std::string_view actor = {};  // outlives the call
};
inline Change ChangeBy(const model::Event& event) {
  return {event.occurred_at, model::RefOf(event), event.actor};
}

// What a cycle that stops for `reason` leaves for one that takes it up: paused from there on. What
// holds its limit holds it until then.
model::ClockState LeaveOff(const ClockBasis& basis, const model::ClockState& state,
                           base::Atom reason, const Change& stop);
// What it left is paused for another reason from here on.
void LeaveOffFor(const ClockBasis& basis, base::Atom reason, const Change& change,
                 model::ClockState* left);
// A cycle just begun goes on where `left` was, which may have run under another version, with the
// interval that holds by now. What that warned of (`reached`, as the ladder of `basis` numbers it)
// is not warned of again; a breach is told anew. `pause`: what pauses it from its start on;
// nullptr: nothing. `held`: what holds its limit still does.
void TakeUpCycle(const ClockBasis& basis, const model::ClockState& left,
                 const model::ActivePause* pause, bool held, const Change& start,
                 model::ClockState* state);

void PauseClock(const ClockBasis& basis, base::Atom reason, const Change& change,
                model::ClockState* state);
void ResumeClock(const ClockBasis& basis, const Change& change, model::ClockState* state);
// From here to the release its limit may not pass, though time counts on. One that begins as
// another ends goes on with that, for the reason it had.
void HoldClock(const ClockBasis& basis, base::Atom reason, const Change& change,
               model::ClockState* state);
void ReleaseClock(const ClockBasis& basis, const Change& change, model::ClockState* state);
// The pauses of a case, those that last with `to` kNever.
using PausesOfCase = std::span<const model::ExcludedSpan>;
// A cycle that counts from `from`, before or after `t`, takes on what it would have seen of pauses
// by then, each where it was.
void RetracePauses(const ClockBasis& basis, PausesOfCase pauses, base::Instant from,
                   base::Instant t, model::ClockState* state);
// What it has consumed by `t`, in the rule's measure. REQUIRES: its last change is not after `t`.
base::Duration ConsumedAt(const ClockBasis& basis, const model::ClockState& state, base::Instant t);
// Enters the rungs reached by `t` into `reached`; what a stop does last.
void SettleClock(const ClockBasis& basis, base::Instant t, model::ClockState* state);
// A cycle that begins at `t` has reached what lies before: of that only the highest rung is told,
// and none of `warned`, which another one has told.
void BeginLate(const ClockBasis& basis, base::Instant t,
               const std::vector<model::ReachedRung>& warned, model::ClockState* state);

// When a rung falls due in the current schedule; kNever while there is no due instant, and of
// reminders while it is paused.
base::Instant RungDue(const ClockBasis& basis, const model::ClockState& state, size_t rung,
                      uint32_t repeat);
// Which reminder of an overdue rung comes after the `n`th; 0: none does while it is paused. Each
// has its number by its instant. There are none inside a pause, and of those before the last one
// that was reached only the ones that were.
uint32_t ReminderAfter(const ClockBasis& basis, const model::ClockState& state, size_t rung,
                       uint32_t n);
// When it is reached: a warning at its instant; breach and overdue strictly after theirs, because
// what is done at the due instant is in time.
base::Instant RungReached(const model::Rung& rung, base::Instant due);

// The rung in `reached`; nullptr: it is not in there.
const model::ReachedRung* FindReached(const model::ClockState& state, size_t rung, uint32_t repeat);

// Calls visit(n, known) for the reminders of an overdue rung in order while that returns true, as
// far as its cap reaches, which counts what is told; `known`: as FindReached says.
template <typename Visit>
void ForEachReminder(const ClockBasis& basis, const model::ClockState& state, size_t rung,
                     const Visit& visit);

// Calls visit(const ReachedRung&) for each rung reached by `t`, in ladder order; the second for
// those of one rung.
template <typename Visit>
void ForEachReached(const ClockBasis& basis, const model::ClockState& state, base::Instant t,
                    const Visit& visit);
template <typename Visit>
void ForEachReachedOf(const ClockBasis& basis, const model::ClockState& state, size_t rung,
                      base::Instant t, const Visit& visit);

// The first instant after `t` at which a rung is reached; kNever if none will be.
base::Instant NextRung(const ClockBasis& basis, const model::ClockState& state, base::Instant t);

// Counted and excluded stretches of the cycle up to `t`, for proofs. `ended_by`: what ended it
// there, if anything did.
std::vector<model::Segment> Segments(const model::ClockState& state, base::Instant t,
                                     const model::EventRef& ended_by = {});

template <typename Visit>
void ForEachReminder(const ClockBasis& basis, const model::ClockState& state, size_t rung,
                     const Visit& visit) {
  uint32_t n = 0;
  for (int32_t told = 0; told < basis.rule->ladder[rung].cap;) {
    n = ReminderAfter(basis, state, rung, n);
    if (n == 0) return;
    const model::ReachedRung* known = FindReached(state, rung, n);
    if (!visit(n, known)) return;
    if (known == nullptr || !known->skipped) ++told;
  }
}

template <typename Visit>
void ForEachReachedOf(const ClockBasis& basis, const model::ClockState& state, size_t rung,
                      base::Instant t, const Visit& visit) {
  const model::Rung& rule = basis.rule->ladder[rung];
  auto reached = [&](uint32_t n, const model::ReachedRung* known) {
    if (known != nullptr) {
      visit(*known);
      return true;
    }
    const base::Instant due = RungDue(basis, state, rung, n);
    if (due == base::kNever || RungReached(rule, due) > t) return false;
    visit(model::ReachedRung{static_cast<uint16_t>(rung), static_cast<uint16_t>(n), due, false});
    return true;
  };
  if (rule.kind == model::RungKind::kOverdue) {
    ForEachReminder(basis, state, rung, reached);
  } else {
    reached(0, FindReached(state, rung, 0));
  }
}

template <typename Visit>
void ForEachReached(const ClockBasis& basis, const model::ClockState& state, base::Instant t,
                    const Visit& visit) {
  for (size_t i = 0; i < basis.rule->ladder.size(); ++i) {
    ForEachReachedOf(basis, state, i, t, visit);
  }
}

}  // namespace caseclock::core
