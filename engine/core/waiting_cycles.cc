#include "engine/core/waiting_cycles.h"

#include <algorithm>

#include "engine/core/advance_notice.h"
#include "engine/core/limit_moves.h"

namespace caseclock::core {
namespace {

using base::Atom;
using base::Instant;
using model::CaseView;
using model::ClockRule;
using model::ClockState;

// The same obligation goes on in a further cycle.
void GoOn(const Occurrence& o, const ClockBasis& basis, const ClockState& left) {
  const ClockRule& rule = *basis.rule;
  // The case has by now what it lacked.
  if (rule.is_absence && !left.budget) return SettleWaiting(left, o.view.queue, &o.effects);
  ClockState state = NewCycle(o, rule, std::max(o.at(), left.measured_from));
  state.policy_version = left.policy_version;
  state.appointed = left.appointed;
  state.risk = left.risk;
  state.limit_class = left.limit_class;
  GoOnFrom(o, basis, left, std::move(state));
}

// What a cycle that waits has seen of pauses: those until its case was closed, and then that. What
// held its limit then holds it on.
std::vector<model::ExcludedSpan> PausesOfWaiting(const CaseView& view, const ClockRule& rule) {
  std::vector<model::ExcludedSpan> pauses = PausesOf(view);
  std::erase_if(pauses, [&](const auto& pause) { return pause.from >= view.closed_at; });
  for (model::ExcludedSpan& pause : pauses) {
    if (pause.to <= view.closed_at) continue;
    const bool holds = ExtendsFor(rule, pause.reason) && !Disregards(rule, pause.reason);
    pause.to = holds ? base::kNever : view.closed_at;
  }
  pauses.push_back({Closed(), view.closed_at, base::kNever, view.closed_by});
  return pauses;
}

// One begins and waits at once. False: it is an absence that is none.
bool BeginAndWait(const Occurrence& o, const ClockRule& next, Instant origin, ClockState* state) {
  const ClockBasis basis{&next, CalendarFor(o.policies, next, o.view.queue)};
  *state = NewCycle(o, next, origin);
  if (next.is_absence && !state->budget) return false;
  RetracePauses(basis, PausesOfWaiting(o.view, next), state->measured_from, o.at(), state);
  state->reached.clear();  // nothing of it was told
  state->next_rung_at = base::kNever;
  return true;
}

void AppointWaiting(const Occurrence& o, const ClockBasis& basis, ClockState* left) {
  AppointClock(basis, std::get<model::Scheduled>(o.event.body).at,
               PausesOfWaiting(o.view, *basis.rule), ChangeBy(o.event), left);
  left->next_rung_at = base::kNever;
}

// It is cancelled, or done: over, or stopped until a start takes it up. Whether it is kept.
bool EndWaiting(const Occurrence& o, const ClockBasis& basis, bool cancelled, ClockState* left) {
  SettleWaiting(*left, o.view.queue, &o.effects);
  SpendStays(*basis.rule, &o.view);
  if (cancelled || basis.rule->after_stop != model::AfterStop::kResume) return false;
  LeaveOffFor(basis, Atom::Intern("stopped"), ChangeBy(o.event), left);
  return true;
}

// The event meets a cycle that waits, by its own rule. Whether it is kept.
bool MeetWaiting(const Occurrence& o, const ClockBasis& basis, ClockState* left,
                 std::vector<Atom>* renewed) {
  const ClockRule& rule = *basis.rule;
  if (o.Ends(rule)) return EndWaiting(o, basis, o.Cancels(rule), left);
  if (o.Resets(rule)) {
    SettleWaiting(*left, o.view.queue, &o.effects);
    SpendStays(rule, &o.view);
    const ClockRule* next = model::FindClock(o.version, left->clock);
    if (!Renews(rule, next)) return false;
    if (next->stops_at_close) return BeginAndWait(o, *next, OriginOf(o, *next), left);
    renewed->push_back(left->clock);
    return false;
  }
  if (Appoints(o, rule)) AppointWaiting(o, basis, left);
  return true;
}

// What becomes of a cycle that waits, at the reopening.
enum class Fate : uint8_t {
  kGoesOn,
  kIsOver,
  kIsCancelled,
  kIsReset,
  kIsStarted,  // anew, by the start that the event is
  kIsTakenUp,  // by that start, which goes on where it was
};

Fate FateOf(const Occurrence& o, const ClockState& left) {
  const OwnConditions own(o, left);
  const Occurrence seen = own.Seen(o);
  if (seen.Cancels(*own.rule)) return Fate::kIsCancelled;
  if (seen.Forestalls(*own.rule)) return Fate::kIsOver;
  if (seen.Resets(*own.rule)) return Fate::kIsReset;
  const ClockRule* now = model::FindClock(o.version, left.clock);
  if (now == nullptr || !o.Starts(*now) || !MayBegin(*now, o.view)) return Fate::kGoesOn;
  const bool resumes = now->after_stop == model::AfterStop::kResume && !o.Forestalls(*now);
  return resumes ? Fate::kIsTakenUp : Fate::kIsStarted;
}

}  // namespace

std::vector<Atom> TakeUpFromClosing(const Occurrence& o) {
  std::vector<Atom> renewed;
  std::vector<ClockState> waiting;
  std::vector<ClockState> others;
  for (ClockState& state : o.view.stopped) {
    (IsWaiting(state) ? waiting : others).push_back(std::move(state));
  }
  o.view.stopped = std::move(others);
  for (ClockState& left : waiting) {
    const ClockBasis basis = BasisOf(o.policies, o.view, left);
    const Fate fate = FateOf(o, left);
    switch (fate) {
      case Fate::kGoesOn:
        GoOn(o, basis, left);
        break;
      case Fate::kIsTakenUp:
        o.view.stopped.push_back(left);
        break;
      case Fate::kIsReset:
        SpendStays(*basis.rule, &o.view);
        if (Renews(*basis.rule, model::FindClock(o.version, left.clock))) {
          renewed.push_back(left.clock);
        }
        SettleWaiting(left, o.view.queue, &o.effects);
        break;
      case Fate::kIsOver:
      case Fate::kIsCancelled: {
        const bool cancelled = fate == Fate::kIsCancelled;
        if (EndWaiting(o, basis, cancelled, &left)) o.view.stopped.push_back(std::move(left));
        break;
      }
      case Fate::kIsStarted:
        SettleWaiting(left, o.view.queue, &o.effects);
        break;
    }
  }
  return renewed;
}

std::vector<Atom> TriggerWaiting(const Occurrence& o) {
  std::vector<Atom> renewed;
  auto& stopped = o.view.stopped;
  for (size_t i = stopped.size(); i-- > 0;) {
    ClockState& left = stopped[i];
    if (!IsWaiting(left)) continue;
    const OwnConditions own(o, left);
    const ClockBasis basis = BasisOf(o.policies, o.view, left);
    if (!MeetWaiting(own.Seen(o), basis, &left, &renewed)) {
      stopped.erase(stopped.begin() + static_cast<ptrdiff_t>(i));
    }
  }
  return renewed;
}

void ForgetWaiting(const Occurrence& o) {
  SettleWaiting(&o.view, &o.effects);
  std::erase_if(o.view.stopped, IsWaiting);
}

void BeginWaiting(const Occurrence& o, const ClockRule& next, Instant origin) {
  ClockState state;
  if (BeginAndWait(o, next, origin, &state)) {
    o.view.stopped.push_back(std::move(state));
  }
}

void CancelWaiting(const Occurrence& o, Atom clock) {
  auto& stopped = o.view.stopped;
  const auto left = std::find_if(stopped.begin(), stopped.end(), [&](const ClockState& other) {
    return other.clock == clock && IsWaiting(other);
  });
  if (left == stopped.end()) return;
  SettleWaiting(*left, o.view.queue, &o.effects);
  stopped.erase(left);
}

bool Appoints(const Occurrence& o, const ClockRule& rule) {
  const bool by_schedule =
      rule.from_scheduled || std::holds_alternative<model::AtScheduled>(rule.deadline);
  return by_schedule && std::holds_alternative<model::Scheduled>(o.event.body) &&
         o.Is(rule.starts_on) && !AwaitsEarlier(o, rule);
}

bool Renews(const ClockRule& rule, const ClockRule* next) {
  return next != nullptr && next->runs_while.empty() && (rule.accumulates || !next->accumulates);
}

}  // namespace caseclock::core
