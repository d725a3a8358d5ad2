// The part of an evaluation that is about clocks.

#include <algorithm>

#include "engine/core/figures_evaluation.h"

namespace caseclock::core {
namespace {

using model::FigureKind;

constexpr int64_t kTargetDays = 28;
enum { kCohort = 0, kPeriod = 1 };

std::string RiskName(base::Atom risk) {
  return risk.empty() ? "ungraded" : risk.str();
}

model::ClockFigures EmptyClock(const model::WorkflowVersion* workflow) {
  model::ClockFigures clock;
  if (workflow != nullptr) {
    for (const base::Atom risk : workflow->risks) clock.overdue_by_risk[risk.str()];
  }
  clock.within_target = {{"cohort", "P28D", 0, 0}, {"period", "P28D", 0, 0}};
  return clock;
}

}  // namespace

void Evaluation::Clocks(model::Backlog* backlog) const {
  const model::ClockFigures empty = EmptyClock(workflow_);
  if (workflow_ != nullptr) {
    for (const model::ClockRule& rule : workflow_->clocks) {
      backlog->clocks.try_emplace(rule.name.str(), empty);
    }
  }
  for (const FigureKind kind :
       {FigureKind::kClockRunning, FigureKind::kClockPaused, FigureKind::kClockUndated,
        FigureKind::kClockMet, FigureKind::kClockMissed}) {
    for (const SeriesView& view : Of(kind)) {
      const auto at = backlog->clocks.try_emplace(view.series->key.label1.str(), empty).first;
      Clock(view, &at->second);
    }
  }
}

void Evaluation::Clock(SeriesView view, model::ClockFigures* clock) const {
  model::WithinTarget& cohort = clock->within_target[kCohort];
  model::WithinTarget& period = clock->within_target[kPeriod];
  // What is due at T is missed a second later, in the window that begins with T.
  const SecondRange missed_window{now_ - kTargetDays * kDaySeconds, now_ - 1};
  switch (view.series->key.kind) {
    case FigureKind::kClockRunning:
      Running(view, clock);
      cohort.missed += CountFacts(view, Before(now_), Window(kTargetDays));
      period.missed += CountFacts(view, missed_window, UpTo(now_));
      return;
    case FigureKind::kClockPaused:
      clock->paused += CountFacts(view, UpTo(now_));
      return;
    case FigureKind::kClockUndated:
      clock->undated += CountFacts(view, UpTo(now_));
      return;
    case FigureKind::kClockMet:
      cohort.met += CountFacts(view, UpTo(now_), Window(kTargetDays));
      period.met += CountFacts(view, Window(kTargetDays));
      return;
    case FigureKind::kClockMissed:
      cohort.missed += CountFacts(view, Before(now_), Window(kTargetDays));
      period.missed += CountFacts(view, missed_window);
      return;
    case FigureKind::kOpen:
    case FigureKind::kUnassigned:
    case FigureKind::kUngraded:
    case FigureKind::kPaused:
    case FigureKind::kNetRunning:
    case FigureKind::kNetFrozen:
    case FigureKind::kClosed:
    case FigureKind::kOutcome:
    case FigureKind::kOpenedCohort:
    case FigureKind::kUnqualified:
    case FigureKind::kHandled:
    case FigureKind::kFlowIn:
    case FigureKind::kFlowOut:
    case FigureKind::kScreenedIn:
    case FigureKind::kScreenedOut:
    case FigureKind::kScreenedReturned:
    case FigureKind::kScreeningDeviation:
      return;  // of cases, not of clocks
  }
}

void Evaluation::Running(SeriesView view, model::ClockFigures* clock) const {
  const SecondRange begun = UpTo(now_);
  clock->running += CountFacts(view, {}, begun);
  clock->due_24h += CountFacts(view, {now_, now_ + kDaySeconds}, begun);
  clock->due_7d += CountFacts(view, {now_, now_ + 7 * kDaySeconds}, begun);
  if (const auto next = EarliestSecond(view, {.first = now_}, begun)) {
    clock->next_due_at = std::min(clock->next_due_at, base::Instant::FromSeconds(*next));
  }
  const int64_t overdue = CountFacts(view, Before(now_), begun);
  if (overdue == 0) return;
  clock->overdue += overdue;
  clock->overdue_by_risk[RiskName(view.series->key.label2)] += overdue;
  const int64_t first_due = EarliestSecond(view, Before(now_), begun).value_or(now_);
  clock->overdue_seconds_max = std::max(clock->overdue_seconds_max, now_ - first_due);
}

}  // namespace caseclock::core
