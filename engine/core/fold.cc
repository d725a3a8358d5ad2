#include "engine/core/fold.h"

#include <optional>

#include "engine/base/check.h"
#include "engine/core/cycles.h"
#include "engine/core/handler_facts.h"
#include "engine/core/lookback.h"
#include "engine/core/view_change.h"

namespace caseclock::core {
namespace {

using base::Atom;
using model::CaseView;
using model::Event;
using model::FigureKind;

// What stands of a case that comes under other rules, or is opened again, as the events that would
// say so now.
struct Standing {
  std::optional<Event> referral;
  std::optional<Event> assignment;
};

Standing StandingAt(const Event& event, Atom workflow_before, CaseView* view) {
  const bool opens = event.type() == model::EventType::kReopened;
  const bool moves = !(view->workflow == workflow_before);
  Standing standing;
  if (!opens && !moves) return standing;
  if (!view->handler.empty()) {
    standing.assignment = event;
    standing.assignment->body = model::Assigned{view->handler, view->role};
  }
  if (opens && !view->moved_while_closed) return standing;
  if (opens) {
    view->moved_while_closed = false;
    view->in_workflow_since = EffectiveAt(event, *view);
    view->referred_by = model::RefOf(event);
  }
  standing.referral = event;
  standing.referral->occurred_at = EffectiveAt(event, *view);
  model::Referred referred;
  referred.queue = view->queue;
  referred.risk = view->risk;
  referred.origin = view->origin;
  standing.referral->body = referred;
  return standing;
}

// Who has a case has it from its referral on, also if that was said before.
void FollowHandlerFrom(const Occurrence& o) {
  if (o.at() >= o.view.opened_at) return FollowHandler(o);
  Event known = o.event;
  known.occurred_at = o.view.opened_at;
  FollowHandler(o.Of(known));
}

// A `resumed` event without a reason is the end of each pause that lasts. nullopt: it is none.
std::optional<Event> ResumedFromAll(const Event& event, const CaseView& view) {
  const auto* resumed = std::get_if<model::Resumed>(&event.body);
  if (resumed == nullptr || !resumed->reason.empty()) return std::nullopt;
  model::Resumed all;
  for (const model::ActivePause& pause : view.pauses) all.ended.push_back(pause.reason);
  Event met = event;
  met.body = std::move(all);
  return met;
}

// The case is referred: what the event says of it, and of its clocks.
Refusal ApplyToCase(const model::PolicySet& policies, const Event& recorded,
                    const model::Arrival& arrival, CaseView* view, FoldEffects* effects) {
  const std::optional<Event> from_all = ResumedFromAll(recorded, *view);
  const Event& event = from_all ? *from_all : recorded;
  const model::WorkflowVersion* version = VersionOf(policies, *view);
  CHECK(version != nullptr);  // activation keeps every version a case may live under
  const Atom workflow = view->workflow;
  const model::WorkflowVersion* in_force = VersionInForce(policies, *view, event.occurred_at);
  CHECK(in_force != nullptr);
  std::vector<Atom> holding = HoldingLookbacks(policies, *in_force, *view, event.occurred_at);
  const Refusal refusal =
      ChangeView({policies, event, arrival, *version, *in_force, *view, *effects, holding});
  if (refusal != Refusal::kNone) {
    ++view->refused;
    return refusal;
  }
  const model::WorkflowVersion* after = VersionOf(policies, *view);
  CHECK(after != nullptr);
  in_force = VersionInForce(policies, *view, event.occurred_at);
  CHECK(in_force != nullptr);
  holding = HoldingConditions(policies, *after, event, *view);
  EnterMatchingStage({policies, event, arrival, *after, *in_force, *view, *effects, holding});
  const model::WorkflowVersion* begun = VersionToBegin(policies, *view, event.occurred_at);
  if (begun != after) holding = HoldingConditions(policies, *begun, event, *view);
  const Standing standing = StandingAt(event, workflow, view);
  const Occurrence occurrence{policies,
                              event,
                              arrival,
                              *begun,
                              holding,
                              *view,
                              *effects,
                              standing.referral ? &*standing.referral : nullptr,
                              standing.assignment ? &*standing.assignment : nullptr};
  TriggerCycles(occurrence);
  FollowHandlerFrom(occurrence);
  NoteForLookbacks(policies, event, view);
  if (standing.referral) NoteForLookbacks(policies, *standing.referral, view);
  return refusal;
}

// Events dated before the case began: they take effect when it begins. Clocks that they begin count
// from when they happened.
void TakeInWaiting(const FoldInput& input, CaseView* view, FoldEffects* effects) {
  const std::string waiting = std::move(view->waiting);
  view->waiting.clear();
  LedgerEntry entry;
  for (size_t at = 0; at < waiting.size(); at += entry.size) {
    input.decode(std::string_view(waiting).substr(at), &entry);
    entry.event.case_id = input.event.case_id;
    ApplyToCase(input.policies, entry.event, entry.arrival, view, effects);
  }
  // Nothing of what was reached by then was told.
  if (!waiting.empty()) BeginLateCycles(input.policies, view->opened_at, effects->warned, view);
  effects->warned.clear();
}

Refusal ApplyReferral(const FoldInput& input, CaseView* view, FoldEffects* effects) {
  const Refusal refusal = Refer(input.policies, input.event, view);
  if (refusal != Refusal::kNone) {
    ++view->refused;
    return refusal;
  }
  const model::WorkflowVersion* version = VersionOf(input.policies, *view);
  CHECK(version != nullptr);
  const Application a{input.policies, input.event, input.arrival, *version,
                      *version,       *view,       *effects};
  a.Fact(FigureKind::kFlowIn, input.event.occurred_at);
  EnterMatchingStage(a);
  TriggerCycles({input.policies, input.event, input.arrival, *version, {}, *view, *effects});
  TakeInWaiting(input, view, effects);
  NoteForLookbacks(input.policies, input.event, view);  // after what had happened before
  return Refusal::kNone;
}

// In its own ledger a fact about a handler changes nothing; in that of a case, what is held of him.
Refusal ApplyFactEntry(const FoldInput& input, CaseView* view, FoldEffects* effects) {
  if (model::IsRegister(input.event.case_id) || input.event.type() == model::EventType::kVoided) {
    return Refusal::kNone;
  }
  HoldFact(input.event, view);
  if (!view->referred) return Refusal::kNone;
  const model::WorkflowVersion* begun =
      VersionToBegin(input.policies, *view, input.event.occurred_at);
  CHECK(begun != nullptr);
  FollowHandler({input.policies, input.event, input.arrival, *begun, {}, *view, *effects});
  return Refusal::kNone;
}

Refusal ApplyToView(const FoldInput& input, CaseView* view, FoldEffects* effects) {
  if (!model::HandlerOf(input.event).empty()) return ApplyFactEntry(input, view, effects);
  ++view->events;
  if (view->referred) {
    return ApplyToCase(input.policies, input.event, input.arrival, view, effects);
  }
  if (input.event.type() == model::EventType::kReferred) {
    return ApplyReferral(input, view, effects);
  }
  ++view->orphans;
  // By their number alone, which is the same in whichever order they came in.
  if (view->orphans > model::kMostWaiting) {
    ++view->refused;
    return Refusal::kTooManyWaiting;
  }
  view->waiting.append(input.entry);
  return Refusal::kNotReferred;
}

}  // namespace

Refusal ApplyEvent(const FoldInput& input, CaseView* view, FoldEffects* effects) {
  const size_t ended_before = effects->ended.size();
  const Refusal refusal = ApplyToView(input, view, effects);
  for (size_t i = ended_before; i < effects->ended.size(); ++i) effects->ended[i].page = input.page;
  return refusal;
}

}  // namespace caseclock::core
