#pragma once

// One input partition in memory: its store, its cached cases, its figures, its timers, its clock
// and its place in the chain of commits. Everything that changes here between two commits is in the
// log after the second; if that commit fails, the whole object is dropped and restored.
//
// Threads: the owning worker; others under `gate` (see Gate), and to the figures alone under
// `figures_mutex`.

#include <atomic>
#include <chrono>
#include <deque>
#include <future>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "engine/core/figures.h"
#include "engine/core/step.h"
#include "engine/runtime/case_cache.h"
#include "engine/runtime/checkpoint_writer.h"
#include "engine/runtime/gate.h"
#include "engine/runtime/head_window.h"
#include "engine/runtime/shared.h"
#include "engine/store/case_store.h"

namespace caseclock::runtime {

class Partition {
 public:
  Partition(Shared* shared, int32_t number) : shared_(shared), number_(number) {
    figures.SetReader(&stored_chunks_);
  }

  [[nodiscard]] int32_t number() const { return number_; }
  Gate gate;
  // Its worker gave it up; what is in memory is not to be believed. Read under the gate, or with
  // the lock of the figures for these.
  std::atomic<bool> dead{false};

  // Cases.

  // Brings those that the store has into the cache, all at once.
  base::Status Load(std::span<const std::string_view> case_ids);
  // Those there are, as last committed, for a query, which may take the state away: what is not in
  // the cache stays out of it. REQUIRES: none is touched.
  using StateVisit = std::function<base::Status(const CachedCase&, model::CaseState&)>;
  base::Status Look(std::span<const std::string_view> case_ids, const StateVisit& visit) const;
  // The case if there is one, from cache or store; nullptr: there is none.
  base::Result<CachedCase*> Find(std::string_view case_id);
  // The same without looking into the store: for what Load has brought.
  [[nodiscard]] CachedCase* FindCached(std::string_view case_id, uint64_t hash) const {
    return cache_.Find(case_id, hash);
  }
  // Decodes a case for the commit in hand; `entry` null: a new case.
  base::Result<CachedCase*> Touch(CachedCase* entry, std::string_view case_id, uint64_t hash);
  // The state of a case as last committed. REQUIRES: not touched.
  static base::Status Decode(const CachedCase& entry, model::CaseState* state);
  // A closed page as of now; kCorrupt if it is missing.
  base::Result<model::ClosedPage> Page(const CachedCase& entry, uint32_t index);
  // Which closed page of the case holds an event.
  base::Result<std::optional<uint32_t>> ClosedPageOf(const CachedCase& entry, uint64_t fingerprint,
                                                     uint32_t closed_pages);
  void PutPage(CachedCase* entry, const model::ClosedPage& page);
  // After every step: keeps the timers right.
  void TimerMoved(const CachedCase& entry, base::Instant from, base::Instant to);

  // Handlers.

  // Whether anything is known of him here: his ledger is a case under model::RegisterId.
  [[nodiscard]] bool KnowsHandler(base::Atom handler) const { return handlers_.contains(handler); }
  void NoteHandler(base::Atom handler) { handlers_.insert(handler); }
  // The cases whose ledgers have named him, the commit in hand included; by id. Looks at every case
  // that is newer than the store.
  base::Status CasesOfHandler(base::Atom handler, std::vector<std::string>* case_ids) const;
  // After a restore: whose ledgers there are.
  base::Status LoadHandlers();
  // Makes the table of a store that was written before there was one. Decodes every case, once.
  base::Status IndexHandlers();

  // Commits.

  [[nodiscard]] const std::vector<CachedCase*>& touched() const { return touched_; }
  // A touched case as it is now, encoded, which is how the commit in hand writes it if nothing more
  // happens to it: its decoded state is let go. Touch decodes it again.
  void Pack(CachedCase* entry);
  // Packs those that were decoded first until at most `most` are decoded. A commit holds thousands
  // of cases, and decoded they take several times as much memory.
  void PackAllBut(size_t most);
  // The commit is in the log: touched cases are dirty now. REQUIRES: the changed ones are packed.
  base::Status Settle();
  // For a restore. Remembers what the store has for a clean case; `state` is that of its bytes.
  void Learn(CachedCase* entry, const model::CaseState& state) const;
  CachedCase* Insert(std::string_view case_id, uint64_t hash) {
    return cache_.Insert(case_id, hash);
  }
  // As if the case had just been committed with these bytes, and the pages that were put.
  void Adopt(CachedCase* entry, std::string_view bytes, const model::CaseState& state);

  // Figures.

  mutable std::mutex figures_mutex;
  core::Figures figures;  // as of `shown_offset` and `shown_clock`, all under figures_mutex
  int64_t shown_offset = 0;
  // Markers of transactions lie between `shown_offset` and here; any thread.
  std::atomic<int64_t> nothing_before{0};
  // In an engine that only reads: nothing of its input waits. Then its clock, which is that of its
  // last commit, holds nobody up.
  bool all_read = false;
  // Sources, as of the last commit; and up to where on the partition's clock nothing else was
  // heard.
  model::HeardSources shown_heard;
  base::Instant heard_to = base::kLongAgo;
  base::Instant shown_clock = base::kLongAgo;
  // For who holds no lock of the figures.
  [[nodiscard]] base::Instant ShownClock() const {
    const std::lock_guard lock(figures_mutex);
    return shown_clock;
  }
  // The oldest open case of a queue (clock empty), and the first due of each of its clocks.
  struct Extreme {
    base::Atom clock;
    base::Instant at;
    std::string case_id;
  };
  [[nodiscard]] std::vector<Extreme> Extremes(base::Atom queue) const;
  // Chunks that have changed or are untold go to `visit` encoded, and the former into the next
  // checkpoint. REQUIRES: figures_mutex
  base::Status TellFigures(
      const std::function<void(std::string_view key, std::string_view bytes)>& visit);
  bool figures_changed = false;  // since TellFigures
  // The `partials` topic may lack what these chunks are now, if they are at all. kCorrupt: one of
  // them is no key of a chunk.
  base::Status NoteUntold(const std::set<std::string>& keys);
  // Lets go of chunks that the store has, to keep within this partition's part of memory.
  void TrimFigures();
  // What they take in memory, with the changes that no checkpoint has. REQUIRES: figures_mutex
  [[nodiscard]] size_t FiguresBytes() const { return figures.MemoryBytes() + changes_bytes_; }

  // Time.

  HeadWindow timers{1 << 15};
  base::Instant clock = base::kLongAgo;
  model::HeardSources heard;  // of the sources that policies name, with what is not committed yet
  base::Status RefillTimers();

  // Store.

  [[nodiscard]] std::string Directory() const;
  base::Status Open();
  // Closes the store and renames its directory, so that Open makes a new one: for a store that does
  // not fit the log. Nothing is deleted. The new name.
  base::Result<std::string> SetStoreAside();
  base::Status ClearStore() { return store_->Clear(); }
  // Does nothing when it has begun.
  base::Status BeginCompaction() { return store_->BeginCompaction(); }
  [[nodiscard]] const store::CaseStore& store() const { return *store_; }
  // Of the last commit; its cases_offset is only right in a checkpoint.
  store::Position position;
  // The partition's `cases` end here at the earliest, with what was committed; markers not counted.
  int64_t cases_end_least = 0;
  uint64_t records_since_checkpoint = 0;
  // The last commit that the store has, or will have when the checkpoint under way is written; and
  // when that began, by the monotonic clock, or the restore ended.
  int64_t stored_sequence = 0;
  base::Duration stored_at;
  [[nodiscard]] size_t dirty_cases() const { return dirty_.size(); }
  [[nodiscard]] size_t dirty_bytes() const { return dirty_bytes_; }
  // False while a store is being rebuilt from nothing.
  bool has_position = false;
  // Starts a checkpoint of all that is dirty, as it is now: gathered by WorkOnCheckpoint a part at
  // a time, then written elsewhere. Waits if the last one is still being written. REQUIRES: nothing
  // touched.
  base::Status StartCheckpoint(CheckpointWriter* writer, int64_t cases_offset);
  // Gathers at most so many cases for it and hands it over after the last; or, when it has been
  // written, takes note of that for at most so many. Waits for nothing.
  base::Status WorkOnCheckpoint(size_t most);
  // False: there is nothing to do for one, or it is being written.
  [[nodiscard]] bool checkpoint_waits() const { return gathering_ != nullptr || written(); }
  // In a rebuild: writes without a position, so that a store that is cut off is begun anew.
  std::shared_future<base::Status> WriteAhead(CheckpointWriter* writer,
                                              std::shared_ptr<store::Checkpoint> part);
  base::Status WriteHere(const CheckpointWriter& writer, store::Checkpoint* part);
  // All of that at once, for a checkpoint under way; waits until it is written.
  base::Status FinishCheckpoint();
  [[nodiscard]] bool checkpoint_running() const {
    return gathering_ != nullptr || written_.valid();
  }
  [[nodiscard]] bool checkpoint_gathers() const { return gathering_ != nullptr; }
  // Waits until the store is what memory takes it for; for who holds the gate, and not while its
  // worker gathers. The error of the checkpoint, if it failed: then it is not.
  base::Status AwaitCheckpoint();
  // Every case that is newer than the store.
  void ForEachNewer(const std::function<void(const CachedCase&)>& visit) const;
  // Every case whose id is greater than `after`, by id, from memory where that is newer than the
  // store; until `visit` returns false. `bytes`: as last committed.
  using CaseVisit = std::function<bool(const CachedCase& entry, std::string_view bytes)>;
  base::Status ForEachCaseAfter(std::string_view after, const CaseVisit& visit) const;

  // The open cases of a queue, in no order.
  base::Status OpenCases(base::Atom queue, std::vector<std::string>* case_ids) const;
  void TrimCache();
  // Cached cases and timers, as of the last TrimCache; any thread.
  std::atomic<size_t> memory_shown{0};
  std::atomic<size_t> timers_shown{0};

  base::Status RefillIndex();
  // The same for every queue in the store: after a restore, before anything is touched.
  base::Status LoadIndex();

 private:
  // Chunks of figures as the store has them.
  class StoredChunks : public core::ChunkReader {
   public:
    explicit StoredChunks(const Partition* partition) : partition_(partition) {}
    base::Status Read(const model::FigureKey& key, int32_t day,
                      model::FigureChunk* chunk) const override;

   private:
    const Partition* const partition_;
  };
  struct IndexKey {
    base::Atom queue;
    base::Atom kind;  // empty: opened
    bool operator<(const IndexKey& o) const {
      return queue == o.queue ? kind < o.kind : queue < o.queue;
    }
  };
  std::pair<std::string, std::string> Encoded(const model::FigureKey& key, int32_t day,
                                              const model::FigureChunk& chunk) const;
  // With which of them are untold.
  base::Status StoreFigures(store::Checkpoint* checkpoint);
  // Into the next checkpoint.
  void PutFigureChange(std::string name, std::string bytes);
  CachedCase* InsertStored(std::string_view case_id, uint64_t hash, std::string_view bytes);
  static void Forget(CachedCase* entry);
  HeadWindow& Index(base::Atom queue, base::Atom kind);
  void MoveIndex(std::string_view case_id, const store::Derived& from, const store::Derived& to);
  // REQUIRES: nothing touched, and no checkpoint under way.
  void BeginGathering(CheckpointWriter* writer, std::unique_ptr<store::Checkpoint> checkpoint);
  // The case is dirty, for the checkpoint that is being gathered, and not in it yet.
  [[nodiscard]] bool IsAwaited(const CachedCase& entry) const {
    return gathering_ != nullptr && entry.dirty && entry.dirty_for != checkpoint_number_;
  }
  void MarkDirty(CachedCase* entry);
  base::Status Gather(CachedCase* entry);
  base::Status GatherSome(size_t most);
  base::Status SettleSome(size_t most);
  [[nodiscard]] bool written() const {
    return written_.valid() &&
           written_.wait_for(std::chrono::seconds(0)) == std::future_status::ready;
  }
  void PutPages(CachedCase* entry, store::Checkpoint* checkpoint) const;
  base::Status DropMovedEvents(const CachedCase& entry, store::Checkpoint* checkpoint) const;

  Shared* const shared_;
  const int32_t number_;
  const StoredChunks stored_chunks_{this};
  std::unique_ptr<store::CaseStore> store_;
  CaseCache cache_;
  std::vector<CachedCase*> touched_;
  std::deque<CachedCase*> decoded_;  // of these, by when
  std::vector<CachedCase*> dirty_;   // for the next checkpoint
  size_t dirty_bytes_ = 0;
  uint32_t checkpoint_number_ = 0;  // of that one
  // The one under way: first gathered, then written. What is touched meanwhile is gathered before.
  std::unique_ptr<store::Checkpoint> gathering_;       // null once it is handed over
  CheckpointWriter* writer_ = nullptr;                 // of it
  std::vector<CachedCase*> awaited_;                   // were dirty for it; until all are gathered
  size_t looked_at_ = 0;                               // of awaited_
  std::vector<CachedCase*> writing_;                   // gathered
  size_t settled_ = 0;                                 // of writing_, once it is written
  std::shared_future<base::Status> written_;           // valid: until its owner has taken note
  std::map<std::string, std::string> figure_changes_;  // since the last checkpoint
  std::atomic<size_t> changes_bytes_{0};               // of them; written by the worker
  std::map<IndexKey, HeadWindow> index_;
  std::set<base::Atom> handlers_;  // of whom something is known
  std::string scratch_;
};

}  // namespace caseclock::runtime
