#pragma once

// Queue figures: facts counted in chunks by day, merged over partitions, evaluated at any instant.
// Pure. Exact: every figure is what a scan over all cases would give (tests do that scan).

#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "engine/base/result.h"
#include "engine/model/backlog.h"
#include "engine/model/figures.h"
#include "engine/model/policy.h"

namespace caseclock::core {

// Where chunks can be read again that memory let go of. The core knows no store.
class ChunkReader {
 public:
  virtual ~ChunkReader() = default;
  // Fills `chunk` with what was stored last under that name.
  virtual base::Status Read(const model::FigureKey& key, int32_t day,
                            model::FigureChunk* chunk) const = 0;
};

// The figures of one partition (or of one scan). Memory is what matters: a count at rest takes a
// few bytes, packed; a chunk is unpacked only while it is being changed or looked into. With a
// reader, chunks that are stored and not used leave memory; of those their total and bounds stay,
// which most of an evaluation goes by. Not thread-safe, nor are const members, which bring chunks
// back; the owner locks. What cannot be read is not
// changed; the next TakeChanged, ForEach or evaluation says so, and so does every one after it.
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

  using Visit =
      std::function<void(const model::FigureKey&, int32_t day, const model::FigureChunk&)>;
  // Every chunk in order of (key, day), e.g. to write them to a store or compare two tables.
  base::Status ForEach(const Visit& visit) const;
  // The chunks changed since the last call, each once, with their content now (empty: gone). They
  // go to a store, and to who is told of figures.
  base::Status TakeChanged(const Visit& visit);
  // The same for a store alone: they are untold from now on.
  base::Status TakeToStore(const Visit& visit);
  // The chunks that are untold, with their content now; one that is gone perhaps twice. They need
  // not be stored again.
  base::Status TakeUntold(const Visit& visit);
  // Takes a chunk for untold, also where there is none.
  void NoteUntold(const model::FigureKey& key, int32_t day);
  // Takes none for untold.
  void NoteTold();
  [[nodiscard]] size_t untold() const;  // chunks; some perhaps more than once
  using PlaceVisit = std::function<void(const model::FigureKey&, int32_t day)>;
  void ForEachUntold(const PlaceVisit& visit) const;

  // From now on chunks may be let go of. `reader` outlives this. REQUIRES: nothing is in here yet.
  void SetReader(const ChunkReader* reader);
  // All that TakeChanged or TakeToStore has visited is on its way to where the reader reads, and
  // later: has got there. What has changed in between is not taken for stored.
  void BeginStoring();
  void EndStoring();
  // Lets go of stored chunks, those first that have not been used since the last time, until what
  // is packed takes at most `bytes`, or no more can go.
  void Trim(size_t bytes);

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
// definitions (may be null). Windows and bands: figures_evaluation.cc.
// Errors: those of readers.
base::Result<model::Backlog> Evaluate(std::span<const Figures* const> partitions, base::Atom queue,
                                      base::Instant as_of, const model::WorkflowVersion* workflow,
                                      const ExtremeCases& extremes);

// Whose definitions a union goes by; all may be null. Queues without a limit of caseloads count
// none, so the one of another queue holds where the first has none.
struct Definitions {
  const model::WorkflowVersion* workflow = nullptr;  // of the first queue
  const model::CaseloadRule* caseload = nullptr;     // of the first queue that has one
};

// Adds figures of several queues into one (roll-up by prefix). Percentiles cannot be added, so they
// are evaluated over the union instead: give all queues at once. `extremes`: over all of them.
base::Result<model::Backlog> EvaluateUnion(std::span<const Figures* const> partitions,
                                           std::span<const base::Atom> queues,
                                           const std::string& name, base::Instant as_of,
                                           const Definitions& definitions,
                                           const ExtremeCases& extremes);

}  // namespace caseclock::core
