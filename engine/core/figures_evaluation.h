#pragma once

// From counts to the figures of a queue at an instant. These are the definitions that
// model::kDefinitionsVersion names: figures are compared over years, so a change of any of them
// needs a new version there.
//
// T is the instant, rounded down to a whole second, as are all facts. A window P<n>D is the n ×
// 86400 seconds that end with T: T itself belongs to it, T − n × 86400 does not. So windows that
// follow each other count everything once. What lies after T is not counted:
//
//   open            cases opened at or before T; by_stage, by_risk: the same by label. Stages
//                   and risks of the workflow are listed even at zero; no grade is "ungraded".
//   unassigned, ungraded, unqualified, paused
//                   states begun at or before T; age: T − begin, the greatest; paused: by reason
//   caseload        where there is a limit; as things stand, whatever T: open cases by
//   their
//                   handler, over all queues of the union. handlers: with one case and more; over:
//                   with strictly more than the limit
//   age             T − opened. max; p50 and p90 by nearest rank: the smallest age a such that
//                   at least p % of the open cases have an age ≤ a (0 without open cases)
//   net_age_max     T − (opened + paused time) while the case is not paused; while it is, its
//                   age when the pause began less earlier pauses; the greatest
//   older_than      open cases with an age strictly greater than n × 86400
//   clocks          every clock of the workflow, and every other that has facts
//     running       cycles with a limit, not paused, begun at or before T
//     paused        cycles whose pause began at or before T; undated: without a limit, begun by T
//     due_24h, _7d  running, with T ≤ due ≤ T + window: what is overdue is not due any more
//     next_due      the least due of those running with T ≤ due
//     overdue       running, with due < T strictly, and so late; by_risk likewise, by the grade
//                   that the case has, whichever its limit is that of, risks of the workflow even
//                   at zero; seconds_max: the greatest T − due
//     within_target met: stopped in time. missed: stopped late, or still running and overdue.
//                   A cycle is missed from the second after its due instant.
//       cohort      cycles begun in the window, and met or missed by T (the others are undecided)
//       period      cycles met in the window, by their stop; missed in it, by the second after due:
//                   T − window ≤ due < T
//   flow            cases that came in and went out in the window
//   screening       decisions made in the window, by the guidance that was followed and the role of
//                   who decided ("none": not said): in, out, returned incomplete; deviations:
//                   those in and out that contradict the guidance in force. Rows of zeros are
//                   left out
//   outcomes_by_code  latest outcome of each case, recorded at or before T
//   closed          cases closed at or before T; by outcome, "none" when there is no outcome
//   outcomes        of: cases opened in the window, open or not
//     cohort        positive: those of them whose latest outcome is a positive one, recorded by T
//     period        positive: positive outcomes recorded in the window, whenever the case
//                   was opened (so the ratio may exceed 1)

#include <array>
#include <span>
#include <string>
#include <vector>

#include "engine/core/figures.h"
#include "engine/core/figures_count.h"

namespace caseclock::core {

// The series of some queues over partitions, at an instant. Reads the tables, whose counts must
// stay as they are while it lives.
class Evaluation {
 public:
  Evaluation(std::span<const Figures* const> partitions, std::span<const base::Atom> queues,
             base::Instant as_of, const Definitions& definitions);

  [[nodiscard]] model::Backlog Run() const;
  // Of the tables: without success what was run means nothing.
  [[nodiscard]] base::Status status() const;

 private:
  using Views = std::vector<SeriesView>;

  [[nodiscard]] const Views& Of(model::FigureKind kind) const {
    return views_[static_cast<size_t>(kind)];
  }
  // All facts of a kind up to T, and as one count with the age of the oldest.
  [[nodiscard]] int64_t CountUpToNow(model::FigureKind kind) const;
  [[nodiscard]] model::CountAge AgesOf(model::FigureKind kind) const;
  // Adds the facts of a kind up to T to `counts` by label1, or by `unnamed` where that is empty.
  void CountByLabel(model::FigureKind kind, const char* unnamed,
                    std::map<std::string, int64_t>* counts) const;

  void Standing(model::Backlog* backlog) const;
  void Caseloads(model::Backlog* backlog) const;
  void Ages(model::Backlog* backlog) const;
  void NetAge(model::Backlog* backlog) const;
  void Flows(model::Backlog* backlog) const;
  void Screenings(model::Backlog* backlog) const;
  void Outcomes(model::Backlog* backlog) const;
  [[nodiscard]] int64_t PositiveOutcomes(const model::OutcomeDefinition& definition,
                                         SecondRange recorded, SecondRange opened) const;
  void Clocks(model::Backlog* backlog) const;
  void Clock(SeriesView view, model::ClockFigures* clock) const;
  void Running(SeriesView view, model::ClockFigures* clock) const;
  [[nodiscard]] SecondRange Window(int64_t days) const;

  int64_t now_ = 0;
  const model::WorkflowVersion* workflow_ = nullptr;
  const model::CaseloadRule* caseload_ = nullptr;
  std::vector<FigureTable*> tables_;
  std::array<Views, 32> views_;  // by FigureKind
};

}  // namespace caseclock::core
