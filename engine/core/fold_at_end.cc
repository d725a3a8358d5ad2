#include "engine/core/fold_at_end.h"

#include <algorithm>

#include "engine/core/facts.h"
#include "engine/core/follow_calendars.h"
#include "engine/core/reconcile.h"

namespace caseclock::core {
namespace {

using model::CaseState;
using model::Event;

// Cancels what is in both lists and appends the rest to `figures`.
void DiffFacts(StepOutcome* outcome) {
  for (model::FigureDelta& before : outcome->facts_before) {
    for (model::FigureDelta& after : outcome->facts_after) {
      if (after.count == 0 || !after.SameFact(before)) continue;
      before.count = after.count = 0;
      break;
    }
    if (before.count == 0) continue;
    before.count = -before.count;
    outcome->figures.push_back(before);
  }
  for (const model::FigureDelta& after : outcome->facts_after) {
    if (after.count != 0) outcome->figures.push_back(after);
  }
}

// These move the due instant of a cycle that lives on.
bool MovesDueInstants(model::EventType type) {
  return type == model::EventType::kExtended || type == model::EventType::kIntervalSet ||
         type == model::EventType::kAssessed || type == model::EventType::kTransferred ||
         type == model::EventType::kScheduled || type == model::EventType::kPaused ||
         type == model::EventType::kResumed || type == model::EventType::kPolicyMoved;
}

}  // namespace

FoldAtEnd::FoldAtEnd(const StepContext& context, CaseState* state, StepOutcome* outcome)
    : context_(context), state_(*state), outcome_(*outcome) {
  StandingFacts(*context_.policies, state_.view, &outcome_.facts_before);
}

Refusal FoldAtEnd::Apply(const Event& event, const model::Arrival& arrival,
                         std::string_view entry) {
  if (MayTakeBack(event)) KeepClocks();
  Follow(event.occurred_at);
  const model::PolicySet& policies = PoliciesFor(context_, state_.view, event);
  return ApplyEvent({policies, context_.decode, event, arrival, entry, state_.page.index},
                    &state_.view, &effects_);
}

void FoldAtEnd::Follow(base::Instant until) {
  if (!HasToFollow(context_, state_.view, until)) return;
  if (!state_.told.empty()) KeepClocks();
  followed_from_ = std::min(followed_from_, FollowCalendars(context_, until, &state_.view));
}

void FoldAtEnd::Finish(std::optional<model::Arrival> cause, base::Instant changed_from,
                       bool ahead) {
  Follow(context_.now);
  changed_from = std::min(changed_from, followed_from_);
  StandingFacts(*context_.policies, state_.view, &outcome_.facts_after);
  DiffFacts(&outcome_);
  outcome_.figures.insert(outcome_.figures.end(), effects_.facts.begin(), effects_.facts.end());
  std::vector<WantedAlert> wanted;
  CollectWanted(*context_.policies, state_.case_id, state_.view, effects_.ended, context_.now,
                &wanted);
  if (!wanted.empty() || !state_.told.empty()) {
    std::vector<WantedAlert> wanted_before;
    CollectWanted(*context_.policies, state_.case_id, before_, {}, context_.now, &wanted_before);
    const ReconcileInput input{&context_, state_.case_id, &state_.view, cause,
                               ahead,     changed_from,   false,        wanted_before};
    Reconcile(input, wanted, &state_.told, &outcome_.alerts);
  }
  outcome_.changed = true;
}

// Whether something told may turn out not to be so: it fell due after the event, or another
// schedule has no place for it.
bool FoldAtEnd::MayTakeBack(const Event& event) const {
  if (state_.told.empty()) return false;
  if (MovesDueInstants(event.type())) return true;
  // What was performed may say another class.
  if (event.type() == model::EventType::kPerformed) {
    const model::Workflow* workflow = model::FindWorkflow(*context_.policies, state_.view.workflow);
    const auto has_classes = [](const auto& version) { return !version.classes.empty(); };
    if (workflow != nullptr &&
        std::any_of(workflow->versions.begin(), workflow->versions.end(), has_classes)) {
      return true;
    }
  }
  return std::any_of(state_.told.begin(), state_.told.end(), [&](const model::ToldAlert& told) {
    return told.due_at >= event.occurred_at;
  });
}

// As they were before the first such event: for the proof of what is taken back.
void FoldAtEnd::KeepClocks() {
  if (!before_.clocks.empty()) return;
  before_.queue = state_.view.queue;
  before_.workflow = state_.view.workflow;
  before_.clocks = state_.view.clocks;
}

}  // namespace caseclock::core
