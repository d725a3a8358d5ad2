#include "engine/core/facts.h"

#include <algorithm>

#include "engine/core/cycle_life.h"
#include "engine/core/follow_calendars.h"
#include "engine/core/region.h"
#include "engine/core/rules_in_force.h"

namespace caseclock::core {
namespace {

using base::Atom;
using model::CaseView;
using model::ClockState;
using model::FigureDelta;
using model::FigureKind;

class FactWriter {
 public:
  FactWriter(Atom queue, std::vector<FigureDelta>* facts) : queue_(queue), facts_(facts) {}
  void operator()(FigureKind kind, Atom label1, Atom label2, int64_t second,
                  int64_t other = 0) const {
    facts_->push_back({{queue_, kind, label1, label2}, second, other, 1});
  }

 private:
  Atom queue_;
  std::vector<FigureDelta>* facts_;
};

// By the grade that the case has, as all that stands: its limit may be that of an earlier one.
void ClockFact(const ClockState& state, Atom risk, const FactWriter& fact) {
  const int64_t started = state.started_at.Seconds();
  if (!state.running_since && state.due_at == base::kNever) {
    fact(FigureKind::kClockPaused, state.clock, risk, state.excluded.back().from.Seconds(),
         started);
  } else if (state.due_at == base::kNever && state.is_held()) {
    fact(FigureKind::kClockPaused, state.clock, risk, state.held.back().from.Seconds(), started);
  } else if (state.due_at == base::kNever) {
    fact(FigureKind::kClockUndated, state.clock, risk, started);
  } else {
    fact(FigureKind::kClockRunning, state.clock, risk, state.due_at.Seconds(), started);
  }
}

bool CaseloadIsLimited(const model::PolicySet& policies, const CaseView& view) {
  const model::WorkflowVersion* version = VersionOf(policies, view);
  return version != nullptr && version->caseload.has_value();
}

void OpenFacts(const model::PolicySet& policies, const CaseView& view, const FactWriter& fact) {
  fact(FigureKind::kOpen, view.stage, view.risk, view.opened_at.Seconds());
  if (view.handler.empty()) {
    fact(FigureKind::kUnassigned, view.risk, Atom(), view.unassigned_since.Seconds());
  } else if (CaseloadIsLimited(policies, view)) {
    // All at one second, so that a handler's cases are one number in one chunk.
    fact(FigureKind::kHandled, view.handler, Atom(), 0);
  }
  if (view.risk.empty()) {
    fact(FigureKind::kUngraded, Atom(), Atom(), view.ungraded_since.Seconds());
  }
  if (view.unqualified_since != base::kNever) {
    fact(FigureKind::kUnqualified, view.risk, Atom(), view.unqualified_since.Seconds());
  }
  for (const model::ActivePause& pause : view.pauses) {
    const base::Instant since = std::max(pause.since, view.opened_at);
    fact(FigureKind::kPaused, pause.reason, Atom(), since.Seconds());
  }
  if (view.pauses.empty()) {
    fact(FigureKind::kNetRunning, Atom(), Atom(), (view.opened_at + view.paused_total).Seconds());
  } else {
    const base::Duration net = view.paused_since - view.opened_at - view.paused_total;
    fact(FigureKind::kNetFrozen, Atom(), Atom(), 0, net.us / 1'000'000);
  }
}

bool SortsBefore(const FigureDelta& a, const FigureDelta& b) {
  if (!(a.key == b.key)) return a.key < b.key;
  if (a.second != b.second) return a.second < b.second;
  return a.other < b.other;
}

std::vector<const model::LedgerPage*> PagesFor(std::span<const model::ClosedPage> closed,
                                               const model::CaseState& state) {
  std::vector<const model::LedgerPage*> pages;
  pages.reserve(closed.size() + 1);
  for (const model::ClosedPage& page : closed) pages.push_back(&page.page);
  pages.push_back(&state.page);
  return pages;
}

}  // namespace

void StandingFacts(const model::PolicySet& policies, const CaseView& view,
                   std::vector<FigureDelta>* facts) {
  if (!view.referred) return;
  const FactWriter fact(view.queue, facts);
  if (!view.closed) OpenFacts(policies, view, fact);
  if (view.closed) fact(FigureKind::kClosed, view.outcome, Atom(), view.closed_since().Seconds());
  for (const ClockState& state : view.clocks) ClockFact(state, view.risk, fact);
  for (const ClockState& state : view.stopped) {
    if (!WasMissed(state)) continue;
    fact(FigureKind::kClockMissed, state.clock, state.risk, state.due_at.Seconds(),
         state.started_at.Seconds());
  }
  if (!view.outcome.empty()) {
    fact(FigureKind::kOutcome, view.outcome, Atom(), view.outcome_at.Seconds(),
         view.opened_at.Seconds());
  }
  fact(FigureKind::kOpenedCohort, Atom(), Atom(), view.opened_at.Seconds());
}

void CaseFacts(const StepContext& context, std::span<const model::ClosedPage> pages,
               const model::CaseState& state, std::vector<FigureDelta>* facts) {
  CaseView start;
  if (!pages.empty()) {
    start = pages.front().before;
  } else if (state.before != nullptr) {
    start = *state.before;
  }
  RegionOptions options;
  options.now = context.now;
  const RegionFold fold =
      FoldRegion(context, state.case_id, std::move(start), PagesFor(pages, state), options);
  StandingFacts(*context.policies, state.view, facts);
  facts->insert(facts->end(), fold.effects.facts.begin(), fold.effects.facts.end());
}

PastCase CaseAt(const StepContext& context, std::span<const model::ClosedPage> pages,
                const model::CaseState& state, base::Instant arrived_by) {
  RegionOptions options;
  options.now = context.now;
  options.arrived_by = arrived_by;
  options.voids_by_arrival = true;
  RegionFold fold = FoldRegion(context, state.case_id, CaseView(), PagesFor(pages, state), options);
  PastCase past;
  past.view = std::move(fold.view);
  FollowCalendars(context, context.now, &past.view);
  StandingFacts(*context.policies, past.view, &past.facts);
  past.facts.insert(past.facts.end(), fold.effects.facts.begin(), fold.effects.facts.end());
  return past;
}

void Coalesce(std::vector<FigureDelta>* facts) {
  std::sort(facts->begin(), facts->end(), SortsBefore);
  size_t kept = 0;
  for (size_t i = 0; i < facts->size();) {
    FigureDelta sum = (*facts)[i];
    for (++i; i < facts->size() && sum.SameFact((*facts)[i]); ++i) sum.count += (*facts)[i].count;
    if (sum.count != 0) (*facts)[kept++] = sum;
  }
  facts->resize(kept);
}

}  // namespace caseclock::core
