#include "engine/core/limit_moves.h"

#include "engine/core/extensions.h"
#include "engine/core/rungs.h"

namespace caseclock::core {
namespace {

using base::Duration;
using base::Instant;
using model::ClockState;
using model::MoveKind;
using model::ReachedRung;

// Where the limit of a cycle stood before it moved.
class LimitBefore {
 public:
  explicit LimitBefore(const ClockState& state) : due_at_(state.due_at), budget_(state.budget) {}

  // A move that changed nothing is none, but for a restart and a limit that was kept.
  void Note(MoveKind kind, const Change& change, ClockState* state) const {
    const bool moved = state->due_at != due_at_ || state->budget != budget_;
    if (!moved && kind != MoveKind::kRestarted && kind != MoveKind::kKept) return;
    if (state->moves.size() >= model::kMovesKept) state->moves.erase(state->moves.begin());
    state->moves.push_back(
        {kind, change.by, std::string(change.actor), change.at, due_at_, state->due_at});
  }

 private:
  Instant due_at_;
  std::optional<Duration> budget_;
};

// What the due instant of a running cycle goes by is another from `t` on.
void MoveDue(const ClockBasis& basis, Instant t, ClockState* state) {
  DeriveDue(basis, state);
  MoveRungs(basis, t, state);
  DeriveNext(basis, t, state);
}

// The same, where that is its limit.
void MoveLimit(const ClockBasis& basis, Instant t, ClockState* state) {
  ResolveBudget(basis, state);
  MoveDue(basis, t, state);
}

// The cycle counts from the change, as if nothing of it had been.
void RestartAt(const Change& change, ClockState* state) {
  const bool paused = !state->running_since.has_value();
  model::ExcludedSpan pause;
  if (paused) pause = std::move(state->excluded.back());
  pause.from = change.at;
  state->measured_from = change.at;
  state->origin = change.by;
  state->consumed = Duration{0};
  state->excluded.clear();
  state->reached.clear();
  if (paused) {
    state->excluded.push_back(std::move(pause));
  } else {
    state->running_since = change.at;
  }
}

// What the limit is chosen by is another grade, or another value of its class.
void Rechoose(const ClockBasis& basis, base::Atom ClockState::*key, base::Atom now,
              const Change& change, ClockState* state) {
  const LimitBefore before(*state);
  if (basis.rule->regrade == model::RegradeRule::kKeep) {
    ClockState other = *state;
    other.*key = now;
    if (LimitOf(basis, other) != LimitOf(basis, *state)) {
      before.Note(MoveKind::kKept, change, state);
    }
    return;
  }
  SettleClock(basis, change.at, state);
  state->*key = now;
  const bool restarts = basis.rule->regrade == model::RegradeRule::kRestart;
  if (restarts) RestartAt(change, state);
  MoveLimit(basis, change.at, state);
  before.Note(restarts ? MoveKind::kRestarted : MoveKind::kRebased, change, state);
}

// An appointment that comes too near is overdue from when the time before it ran out. No time of
// such a cycle is excluded.
void CountFromIfLate(const ClockBasis& basis, const model::AtScheduled& rule, ClockState* state) {
  const Instant due = DueForAppointment(basis, rule, *state->appointed);
  if (due >= state->measured_from) return;
  state->measured_from = due;
  if (state->running_since) state->running_since = due;
}

}  // namespace

void RegradeClock(const ClockBasis& basis, base::Atom risk, const Change& change,
                  ClockState* state) {
  if (basis.rule->limits_by.empty()) {
    Rechoose(basis, &ClockState::risk, risk, change, state);
  } else if (basis.rule->regrade != model::RegradeRule::kKeep) {
    state->risk = risk;  // a label; its limit is chosen by something else
  }
}

void ReclassClock(const ClockBasis& basis, base::Atom value, const Change& change,
                  ClockState* state) {
  Rechoose(basis, &ClockState::limit_class, value, change, state);
}

void SetClockInterval(const ClockBasis& basis, const base::Period& interval, base::Atom authority,
                      const Change& change, ClockState* state) {
  const LimitBefore before(*state);
  SettleClock(basis, change.at, state);
  state->interval = interval;
  PutGrant({model::GrantKind::kInterval, change.by, std::string(change.actor), authority},
           &state->grants);
  MoveLimit(basis, change.at, state);
  before.Note(MoveKind::kRebased, change, state);
}

void AppointClock(const ClockBasis& basis, Instant at, PausesOfCase pauses, const Change& change,
                  ClockState* state) {
  const LimitBefore before(*state);
  SettleClock(basis, change.at, state);
  if (!basis.rule->from_scheduled) {
    state->appointed = at;
    const auto& rule = std::get<model::AtScheduled>(basis.rule->deadline);
    if (!rule.before.IsZero()) CountFromIfLate(basis, rule, state);
    MoveLimit(basis, change.at, state);
    before.Note(MoveKind::kAppointed, change, state);
    return;
  }
  std::vector<ReachedRung> reached;
  reached.swap(state->reached);
  state->measured_from = at;
  state->origin = change.by;
  state->consumed = Duration{0};
  state->excluded.clear();
  state->held.clear();
  state->running_since = at;
  ResolveBudget(basis, state);
  JudgeExtensionsAgain(basis, pauses, change.at, state);
  DeriveDue(basis, state);
  RetracePauses(basis, pauses, at, change.at, state);
  JudgeRungs(basis, change.at, reached, false, state);
  DeriveNext(basis, change.at, state);
  before.Note(MoveKind::kAppointed, change, state);
}

void ExtendClock(const ClockBasis& basis, Instant until, base::Atom authority, const Change& change,
                 ClockState* state) {
  const LimitBefore before(*state);
  SettleClock(basis, change.at, state);
  PutExtension(change, until, authority, state);
  MoveDue(basis, change.at, state);
  before.Note(MoveKind::kExtended, change, state);
}

void RecalendarClock(const ClockBasis& before, const ClockBasis& basis, const Change& change,
                     ClockState* state) {
  const LimitBefore limit_before(*state);
  SettleClock(before, change.at, state);
  Remeasure(basis, state);
  // None is looked for where there was none: a grade may have got one only since.
  if (state->budget) ResolveBudget(basis, state);
  MoveDue(basis, change.at, state);
  limit_before.Note(MoveKind::kCalendar, change, state);
}

void RebaseClock(const ClockBasis& before, const ClockBasis& basis, const Change& change,
                 ClockState* state) {
  const LimitBefore limit_before(*state);
  SettleClock(before, change.at, state);
  state->reached = Renumbered(state->reached, before.rule->ladder, basis.rule->ladder);
  Remeasure(basis, state);
  state->beyond_horizon = false;
  if (!std::holds_alternative<model::AtScheduled>(basis.rule->deadline)) state->appointed.reset();
  MoveLimit(basis, change.at, state);
  limit_before.Note(MoveKind::kRebased, change, state);
}

}  // namespace caseclock::core
