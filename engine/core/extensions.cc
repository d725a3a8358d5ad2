#include "engine/core/extensions.h"

#include <algorithm>

namespace caseclock::core {
namespace {

using base::Atom;
using base::Instant;
using model::ClockState;
using model::ExtensionStep;
using model::GivenExtension;

// The step of an authority in the chain; nullptr: the rule does not know it.
const ExtensionStep* StepOf(const model::ClockRule& rule, Atom authority) {
  for (const ExtensionStep& step : rule.extensions) {
    if (step.authority == authority) return &step;
  }
  return nullptr;
}

// The last extension that has effect; nullptr: none has.
const GivenExtension* LastExtension(const ClockState& state) {
  const auto last = std::find_if(state.extensions.rbegin(), state.extensions.rend(),
                                 [](const GivenExtension& given) { return given.lapsed.empty(); });
  return last == state.extensions.rend() ? nullptr : &*last;
}

// Why it is not the turn of an authority of a chain at `t`; kNone: it is. Each extends before the
// limit has passed, and after the one below (PACE 1984 s.47ZD to 47ZF, of bail), or within the time
// that its step grants it.
Refusal JudgeTurn(const ClockBasis& basis, const ClockState& state, const ExtensionStep& own,
                  Instant t) {
  if (own.granted_within && t <= FromItsBeginning(basis, state, *own.granted_within)) {
    return Refusal::kNone;
  }
  if (t > state.due_at) return Refusal::kLimitPassed;
  const ExtensionStep* first = basis.rule->extensions.data();
  const GivenExtension* last = LastExtension(state);
  if (last == nullptr) return &own == first ? Refusal::kNone : Refusal::kAuthoritySkipped;
  const ExtensionStep* before = StepOf(*basis.rule, last->authority);
  // One of the chain of another version comes before none of this.
  const bool skips = before != nullptr && &own - before > 1;
  return skips ? Refusal::kAuthoritySkipped : Refusal::kNone;
}

// Where anybody may extend it, the limit that it has now may yet become a shorter one.
bool Lengthens(const ClockBasis& basis, const ClockState& state, Instant until) {
  const bool by_chain = !basis.rule->extensions.empty() && state.due_at != base::kNever;
  if (by_chain && until <= state.due_at) return false;
  return !state.extended_until || until > *state.extended_until;
}

// Where an extension reaches, now that its cycle counts from `state.measured_from`.
Instant ReachOf(const ClockBasis& basis, const ClockState& state, const ExtensionStep& step,
                const GivenExtension& given) {
  ClockState then = state;
  then.measured_from = given.counted_from;
  const Instant most = FromItsBeginning(basis, state, step.until);
  if (given.until == FromItsBeginning(basis, then, step.until)) return most;
  return std::min(most, given.until + (state.measured_from - given.counted_from));
}

// Judges the next one of those that `state` was extended by, which has those before it.
void JudgeAgain(const ClockBasis& basis, GivenExtension* given, ClockState* state) {
  const ExtensionStep* step = StepOf(*basis.rule, given->authority);
  // One of the chain of another version stays where it is.
  const Instant until = step == nullptr ? given->until : ReachOf(basis, *state, *step, *given);
  const Refusal refusal =
      step == nullptr ? Refusal::kNone : JudgeTurn(basis, *state, *step, given->at);
  given->lapsed = refusal == Refusal::kNone ? Atom() : Atom::Intern(RefusalName(refusal));
  state->extensions.push_back(*given);
  if (refusal != Refusal::kNone) return;
  state->extended_until = std::max(until, state->extended_until.value_or(until));
  DeriveDue(basis, state);
}

}  // namespace

Refusal JudgeExtension(const ClockBasis& basis, const ClockState& state, Atom authority,
                       Instant until, Instant t) {
  if (!basis.rule->extensions.empty()) {
    const ExtensionStep* step = StepOf(*basis.rule, authority);
    if (step == nullptr) return Refusal::kUnknownAuthority;
    if (until > FromItsBeginning(basis, state, step->until)) return Refusal::kBeyondAuthority;
    const Refusal turn = JudgeTurn(basis, state, *step, t);
    if (turn != Refusal::kNone) return turn;
  }
  return Lengthens(basis, state, until) ? Refusal::kNone : Refusal::kNotLonger;
}

void PutExtension(const Change& change, Instant until, Atom authority, ClockState* state) {
  state->extended_until = until;
  GivenExtension given{change.by, std::string(change.actor), authority, change.at,
                       until,     state->measured_from};
  auto& extensions = state->extensions;
  if (extensions.size() >= model::kExtensionsKept) {
    // Of two that came one after the other the later one is kept, as if given when the earlier was.
    given.at = extensions.back().at;
    extensions.pop_back();
  }
  extensions.push_back(given);
  PutGrant({model::GrantKind::kExtension, given.by, given.actor, authority}, &state->grants);
}

void JudgeExtensionsAgain(const ClockBasis& basis, PausesOfCase pauses, Instant t,
                          ClockState* state) {
  if (basis.rule->extensions.empty() || state->extensions.empty()) return;
  ClockState judged = *state;
  judged.extended_until.reset();
  judged.extensions.clear();
  DeriveDue(basis, &judged);
  RetracePauses(basis, pauses, judged.measured_from, t, &judged);
  for (GivenExtension& given : state->extensions) JudgeAgain(basis, &given, &judged);
  state->extended_until = judged.extended_until;
  std::erase_if(state->grants, [](const model::Grant& grant) {
    return grant.kind == model::GrantKind::kExtension;
  });
  const GivenExtension* last = LastExtension(*state);
  if (last == nullptr) return;
  PutGrant({model::GrantKind::kExtension, last->by, last->actor, last->authority}, &state->grants);
}

void PutGrant(model::Grant grant, std::vector<model::Grant>* grants) {
  std::erase_if(*grants, [&](const model::Grant& other) { return other.kind == grant.kind; });
  grants->push_back(std::move(grant));
}

}  // namespace caseclock::core
