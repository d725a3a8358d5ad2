#pragma once

// Queue figures: facts counted in chunks by day, merged over partitions, evaluated at any instant.
// Pure. Exact: every figure is what a scan over all cases would give (tests do that scan).

#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "engine/model/figures.h"
#include "engine/model/policy.h"
#include "engine/model/records.h"

namespace caseclock::core {

// The figures of one partition (or of one scan). Memory is what matters: a count at rest takes a
// few bytes, packed; a chunk is unpacked only while it is being changed or looked into. Not
// thread-safe; the owner locks.
class Figures {
 public:
  Figures();
  ~Figures();
  Figures(Figures&&) noexcept;
  Figures& operator=(Figures&&) noexcept;

  // Adds up; counts may be negative. CHECKs that no count falls below zero, at the latest when the
  // chunk is next merged or read: within one call, a fact may be taken back before it is added.
  void Apply(std::span<const model::FigureDelta> deltas);
  // Replaces a whole chunk (restore, merge by overwrite); empty removes it. Not a change to
  // TakeChanged: what is put was read from where changes are written to.
  void Put(const model::FigureKey& key, int32_t day, const model::FigureChunk& chunk);

  // Every chunk in order of (key, day), e.g. to write them to a store or compare two tables.
  void ForEach(const std::function<void(const model::FigureKey&, int32_t day,
                                        const model::FigureChunk&)>& visit) const;
  // The chunks changed since the last call, each once, with their content now (empty: gone).
  void TakeChanged(const std::function<void(const model::FigureKey&, int32_t day,
                                            const model::FigureChunk&)>& visit);

  [[nodiscard]] std::vector<base::Atom> Queues() const;  // by text
  [[nodiscard]] size_t MemoryBytes() const;

 private:
  friend class Evaluation;
  struct Table;
  std::unique_ptr<Table> table_;
};

// Names the extreme cases of a queue; figures are counts and know none. May be empty.
struct ExtremeCases {
  std::string oldest_case;
  std::vector<std::pair<base::Atom, std::string>> most_overdue_by_clock;
};

// The backlog of `queue` over the given partitions at `as_of` (rounded down to the second). Fills
// everything of model::Backlog but offsets and watermark. `workflow`: for stages, risks and outcome
// definitions (may be null). Windows and bands are those of interface.md.
model::Backlog Evaluate(std::span<const Figures* const> partitions, base::Atom queue,
                        base::Instant as_of, const model::WorkflowVersion* workflow,
                        const ExtremeCases& extremes);

// Adds figures of several queues into one (roll-up by prefix). Percentiles cannot be added, so they
// are evaluated over the union instead: give all queues at once. `extremes`: over all of them.
model::Backlog EvaluateUnion(std::span<const Figures* const> partitions,
                             std::span<const base::Atom> queues, const std::string& name,
                             base::Instant as_of, const model::WorkflowVersion* workflow,
                             const ExtremeCases& extremes);

}  // namespace caseclock::core
