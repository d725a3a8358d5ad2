#include "engine/core/figures.h"

#include <utility>

#include "engine/core/figures_evaluation.h"
#include "engine/core/figures_table.h"

namespace caseclock::core {

Figures::Figures() : table_(std::make_unique<Table>()) {}
Figures::~Figures() = default;
Figures::Figures(Figures&&) noexcept = default;
Figures& Figures::operator=(Figures&&) noexcept = default;

void Figures::Apply(std::span<const model::FigureDelta> deltas) {
  table_->Apply(deltas);
}

void Figures::Put(const model::FigureKey& key, int32_t day, const model::FigureChunk& chunk) {
  table_->Put(key, day, chunk);
}

void Figures::ForEach(const FigureTable::Visit& visit) const {
  table_->ForEach(visit);
}

void Figures::TakeChanged(const FigureTable::Visit& visit) {
  table_->TakeChanged(visit);
}

std::vector<base::Atom> Figures::Queues() const {
  return table_->Queues();
}

size_t Figures::MemoryBytes() const {
  return sizeof(*this) + table_->MemoryBytes();
}

model::Backlog Evaluate(std::span<const Figures* const> partitions, base::Atom queue,
                        base::Instant as_of, const model::WorkflowVersion* workflow,
                        const ExtremeCases& extremes) {
  return EvaluateUnion(partitions, {&queue, 1}, queue.str(), as_of, workflow, extremes);
}

model::Backlog EvaluateUnion(std::span<const Figures* const> partitions,
                             std::span<const base::Atom> queues, const std::string& name,
                             base::Instant as_of, const model::WorkflowVersion* workflow,
                             const ExtremeCases& extremes) {
  model::Backlog backlog = Evaluation(partitions, queues, as_of, workflow).Run();
  backlog.queue = name;
  backlog.oldest_case = extremes.oldest_case;
  for (const auto& [clock, case_id] : extremes.most_overdue_by_clock) {
    const auto at = backlog.clocks.find(clock.str());
    if (at != backlog.clocks.end()) at->second.most_overdue_case = case_id;
  }
  return backlog;
}

}  // namespace caseclock::core
