#pragma once

// A checkpoint on its way to the store: everything that changed since the last one, and the
// position it belongs to. Built by the thread that owns the partition; handed over whole, so that
// another thread may write it (CaseStore::Write). Shares the records of cases and pages with
// whoever made it, so that building it copies none of them; holds everything else itself.

#include <cstdint>
#include <functional>
#include <memory>
#include <memory_resource>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/shared_bytes.h"
#include "engine/store/derived.h"
#include "engine/store/position.h"

namespace caseclock::store {

class Checkpoint {
 public:
  void PutCase(std::string_view case_id, base::SharedBytes bytes);
  // Of a case or a page, by its key in the `cases` topic.
  void PutRecord(std::string_view key, bool is_page, std::string_view bytes);
  void PutPage(std::string_view case_id, uint32_t page, base::SharedBytes bytes);
  void PutEvent(std::string_view case_id, uint64_t fingerprint, uint32_t page);
  void DeleteEvent(std::string_view case_id, uint64_t fingerprint);
  // `key` and `bytes` as codec::FigureChunkKey and EncodeChunk give them; empty bytes delete.
  void PutFigure(std::string_view key, std::string_view bytes);
  // The keys of all chunks whose newest content the `partials` topic may lack.
  void PutUntold(const std::set<std::string>& keys);
  // Turns the derived entries that are stored for a case into those of `next`; once it is written:
  // whoever makes a checkpoint has others waiting.
  void Rederive(std::string_view case_id, SharedDerived stored, SharedDerived next);
  // The part of it that finds the cases of a handler.
  void RederiveHandlers(std::string_view case_id, const Derived& stored, const Derived& next);
  // That part is there for every case; a position says so as well.
  void MarkHandlersWhole();
  // Without a position the store keeps the one it has: for what is written ahead of a first
  // position, while a store is being rebuilt.
  // `fold`: the number of that by which what is derived of the ledgers was worked out.
  void SetPosition(const Position& position, uint32_t fold);
  // Room for so many cases, where the caller knows: growing would copy what is there.
  void Reserve(size_t cases);
  // ForEach passes over every key that `newer` has, too. From then on nothing may be added to that
  // one, and it must not be visited meanwhile.
  void LeaveOut(std::shared_ptr<Checkpoint> newer) { newer_ = std::move(newer); }
  // Makes the entries of what was to be rederived. Before it they are not in the sums below, nor
  // does ForEach visit them.
  void Derive();
  [[nodiscard]] size_t bytes() const { return bytes_; }
  [[nodiscard]] size_t entries() const { return entries_.size(); }

  // Every key once, in order, with what was last done to it; an absent value deletes. Until `visit`
  // returns false.
  using EntryVisit =
      std::function<bool(std::string_view key, std::optional<std::string_view> value)>;
  void ForEach(const EntryVisit& visit);

 private:
  struct Entry {
    const char* key = nullptr;
    const char* value = nullptr;  // nullptr: deletes
    uint32_t key_size = 0;
    uint32_t value_size = 0;
    uint64_t head = 0;  // see Sort
    [[nodiscard]] std::string_view key_view() const { return {key, key_size}; }
  };
  struct Rederived {
    std::string_view case_id;  // in `keys_`
    SharedDerived stored, next;
  };
  std::string_view KeepKey(char table, std::string_view rest);
  void Put(std::string_view key, std::string_view value);
  void Delete(std::string_view key);
  // REQUIRES: they are kept until the checkpoint goes.
  void PutKept(std::string_view key, std::string_view value);
  void Share(std::string_view kept_key, base::SharedBytes value);
  void Sort();
  void Rederive(std::string_view case_id, const Derived& stored, const Derived& next);

  // Keys lie together, for the sake of sorting them. What grows stays where it is.
  std::pmr::monotonic_buffer_resource keys_, values_;
  std::vector<base::SharedBytes> shared_;
  std::vector<Entry> entries_;
  std::vector<Rederived> rederived_;
  std::shared_ptr<Checkpoint> newer_;
  size_t bytes_ = 0;
  bool sorted_ = false;
};

}  // namespace caseclock::store
