#pragma once

// From cases to facts (model/figures.h). Pure.

#include <span>
#include <vector>

#include "engine/core/step.h"
#include "engine/model/case_state.h"
#include "engine/model/figures.h"

namespace caseclock::core {

// Appends the standing facts of a view, each with count +1. `policies`: any set that has the
// version which the view stands under; as a version stays what it is, all of them give the same.
void StandingFacts(const model::PolicySet& policies, const model::CaseView& view,
                   std::vector<model::FigureDelta>* facts);

// Appends all facts of a case, standing and event facts, each with count +1, by folding its ledger
// from `pages` (closed ones, ascending, starting where the fold is to start: its `before` is taken
// as given, and facts of earlier pages are left out) through the newest page as of `context.now`.
void CaseFacts(const StepContext& context, std::span<const model::ClosedPage> pages,
               const model::CaseState& state, std::vector<model::FigureDelta>* facts);

// A case as of an instant, for past figures. `arrived_by`: only entries that had arrived by then
// (`--known then`); base::kNever: all (`--known now`). `pages` must be all closed pages from 0.
struct PastCase {
  model::CaseView view;
  std::vector<model::FigureDelta> facts;
};
PastCase CaseAt(const StepContext& context, std::span<const model::ClosedPage> pages,
                const model::CaseState& state, base::Instant arrived_by);

// Sorts, adds up equal facts and drops those that come to zero.
void Coalesce(std::vector<model::FigureDelta>* facts);

}  // namespace caseclock::core
