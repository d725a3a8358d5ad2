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

base::Status Figures::ForEach(const Visit& visit) const {
  return table_->ForEach(visit);
}

base::Status Figures::TakeChanged(const Visit& visit) {
  return table_->TakeChanged(visit);
}

base::Status Figures::TakeToStore(const Visit& visit) {
  return table_->TakeToStore(visit);
}

base::Status Figures::TakeUntold(const Visit& visit) {
  return table_->TakeUntold(visit);
}

void Figures::NoteUntold(const model::FigureKey& key, int32_t day) {
  table_->NoteUntold(key, day);
}

void Figures::NoteTold() {
  table_->NoteTold();
}

size_t Figures::untold() const {
  return table_->untold();
}

void Figures::ForEachUntold(const PlaceVisit& visit) const {
  table_->ForEachUntold(visit);
}

void Figures::SetReader(const ChunkReader* reader) {
  table_->SetReader(reader);
}

void Figures::BeginStoring() {
  table_->BeginStoring();
}

void Figures::EndStoring() {
  table_->EndStoring();
}

void Figures::Trim(size_t bytes) {
  table_->Trim(bytes);
}

std::vector<base::Atom> Figures::Queues() const {
  return table_->Queues();
}

size_t Figures::MemoryBytes() const {
  return sizeof(*this) + table_->MemoryBytes();
}

base::Result<model::Backlog> Evaluate(std::span<const Figures* const> partitions, base::Atom queue,
                                      base::Instant as_of, const model::WorkflowVersion* workflow,
                                      const ExtremeCases& extremes) {
  const bool limits = workflow != nullptr && workflow->caseload;
  const Definitions definitions{workflow, limits ? &*workflow->caseload : nullptr};
  return EvaluateUnion(partitions, {&queue, 1}, queue.str(), as_of, definitions, extremes);
}

base::Result<model::Backlog> EvaluateUnion(std::span<const Figures* const> partitions,
                                           std::span<const base::Atom> queues,
                                           const std::string& name, base::Instant as_of,
                                           const Definitions& definitions,
                                           const ExtremeCases& extremes) {
  const Evaluation evaluation(partitions, queues, as_of, definitions);
  model::Backlog backlog = evaluation.Run();
  if (auto status = evaluation.status(); !status.ok()) return status.error();
  backlog.queue = name;
  backlog.oldest_case = extremes.oldest_case;
  for (const auto& [clock, case_id] : extremes.most_overdue_by_clock) {
    const auto at = backlog.clocks.find(clock.str());
    if (at != backlog.clocks.end()) at->second.most_overdue_case = case_id;
  }
  return backlog;
}

}  // namespace caseclock::core
