#pragma once

// The case store of one input partition: a RocksDB directory with one column family (keys.h). It
// holds the state after exactly one commit and moves on by whole checkpoints, each one write; it
// lags the log and never leads it. What a crash loses of it, the `cases`
// topic replays. Large checkpoints become files of their own at once; small ones go through a log
// that is not fsynced.
//
// Threads: reads from any thread; one Write at a time. Errors: kUnavailable (another process or
// engine holds the directory), kIo, kCorrupt.

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>

#include "engine/base/result.h"
#include "engine/store/checkpoint.h"
#include "engine/store/position.h"
#include "engine/store/resources.h"

namespace caseclock::store {

class CaseStore {
 public:
  static base::Result<std::unique_ptr<CaseStore>> Open(const std::string& directory,
                                                       std::shared_ptr<Resources> resources);
  // Writes nothing to `directory` and takes no lock. If there is no store, or one
  // without a position, an empty one somewhere else that goes with this object. Write is for that
  // one only.
  static base::Result<std::unique_ptr<CaseStore>> OpenToRead(const std::string& directory,
                                                             std::shared_ptr<Resources> resources);
  ~CaseStore();

  // From now on sorted runs are merged when they are many. Until then a store that was just opened
  // leaves the processor to who restores from it. Does nothing to one that is only read, nor again.
  base::Status BeginCompaction();

  // Removes everything: for a store whose rebuild never got as far as a position.
  base::Status Clear();

  // Absent: nothing has ever been written, or only in a rebuild that was cut off.
  base::Result<std::optional<Position>> ReadPosition() const;

  // As SetPosition was told; 0: by a build that had no number for it.
  [[nodiscard]] base::Result<uint32_t> ReadFold() const;

  // All at once; `found` is called with the number of the id and the bytes of each case there is.
  base::Status GetCases(std::span<const std::string_view> case_ids,
                        const std::function<void(size_t, std::string_view)>& found) const;
  base::Result<std::optional<std::string>> GetPage(std::string_view case_id, uint32_t page) const;
  // The closed page that holds an event of this fingerprint.
  base::Result<std::optional<uint32_t>> FindEvent(std::string_view case_id,
                                                  uint64_t fingerprint) const;

  // As PutUntold was told.
  [[nodiscard]] base::Result<std::set<std::string>> ReadUntold() const;

  // In order; until `visit` returns false.
  using CaseVisit = std::function<bool(std::string_view case_id, std::string_view bytes)>;
  // Only those whose id begins with `prefix`.
  base::Status ForEachCase(const CaseVisit& visit, std::string_view prefix = {}) const;
  // Only those whose id is greater than `after`.
  base::Status ForEachCaseAfter(std::string_view after, const CaseVisit& visit) const;
  // One chunk of figures by its key; absent: none there.
  base::Result<std::optional<std::string>> GetFigure(std::string_view key) const;
  using FigureVisit = std::function<bool(std::string_view key, std::string_view bytes)>;
  base::Status ForEachFigure(const FigureVisit& visit) const;
  // Entries at or after the one of `from` and `from_id`, in order.
  using InstantVisit = std::function<bool(base::Instant, std::string_view case_id)>;
  base::Status ForEachTimer(base::Instant from, std::string_view from_id,
                            const InstantVisit& visit) const;
  base::Status ForEachIndexed(base::Atom queue, base::Atom kind, base::Instant from,
                              std::string_view from_id, const InstantVisit& visit) const;
  // The queues and kinds that have index entries; seeks from one to the next.
  base::Status ForEachIndexKind(
      const std::function<void(std::string_view queue, std::string_view kind)>& visit) const;
  // Every index entry there is, for verification.
  using IndexVisit = std::function<bool(std::string_view queue, std::string_view kind,
                                        base::Instant, std::string_view case_id)>;
  base::Status ForEachIndexEntry(const IndexVisit& visit) const;

  // The cases whose ledger has named a handler. REQUIRES: HandlersWhole.
  using HandlerVisit = std::function<bool(std::string_view case_id)>;
  base::Status ForEachOfHandler(base::Atom handler, const HandlerVisit& visit) const;
  // Every handler and case of that table, for verification.
  base::Status ForEachHandlerEntry(
      const std::function<bool(std::string_view handler, std::string_view case_id)>& visit) const;
  // False: the store was written before there was such a table.
  base::Result<bool> HandlersWhole() const;

  // The cases and their pages as they are now, whatever is written later. Any thread; must go
  // before the store does, and keeps files until then that merging would free.
  class Snapshot {
   public:
    ~Snapshot();
    Snapshot(const Snapshot&) = delete;
    Snapshot& operator=(const Snapshot&) = delete;
    // As those of the store.
    base::Status ForEachCase(const CaseVisit& visit) const;
    [[nodiscard]] base::Result<std::optional<std::string>> GetPage(std::string_view case_id,
                                                                   uint32_t page) const;

   private:
    friend CaseStore;
    struct Version;
    explicit Snapshot(std::unique_ptr<Version> version);
    std::unique_ptr<Version> version_;
  };
  [[nodiscard]] std::unique_ptr<Snapshot> TakeSnapshot() const;

  // All of it or nothing. Sorts the checkpoint's entries.
  base::Status Write(Checkpoint* checkpoint);

 private:
  struct Database;
  explicit CaseStore(std::unique_ptr<Database> database);
  using Entry = std::function<bool(std::string_view key, std::string_view value)>;
  base::Status Scan(std::string_view prefix, std::string_view from, const Entry& visit) const;
  std::unique_ptr<Database> db_;
};

}  // namespace caseclock::store
