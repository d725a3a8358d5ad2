#pragma once

// What each kind of event says of a case, put into its view. Pure.

#include <span>

#include "engine/core/fold.h"

namespace caseclock::core {

// One event on its way into the view; what everything here needs.
struct Application {
  const model::PolicySet& policies;
  const model::Event& event;
  const model::Arrival& arrival;
  const model::WorkflowVersion& version;   // that the case stands under
  const model::WorkflowVersion& in_force;  // of the same workflow, at the event
  model::CaseView& view;
  FoldEffects& effects;
  // Conditions that hold: before the event is in the view those of the version in force, afterwards
  // those of the case's.
  std::span<const base::Atom> holding = {};

  // When it takes effect on the case: one that happened before the referral, at that.
  [[nodiscard]] base::Instant now() const { return EffectiveAt(event, view); }
  void Fact(model::FigureKind kind, base::Instant at, base::Atom label1 = {},
            base::Atom label2 = {}) const {
    effects.facts.push_back({{view.queue, kind, label1, label2}, at.Seconds(), 0, 1});
  }
};

// The case begins: its queue, risk and the version it lives under. Refused: nothing is changed.
Refusal Refer(const model::PolicySet& policies, const model::Event& event, model::CaseView* view);

// What the body says of a case that is referred. Refused: nothing is changed.
Refusal ChangeView(const Application& application);

// The stage that an event enters by itself, as the workflow says; of several the last.
void EnterMatchingStage(const Application& application);

}  // namespace caseclock::core
