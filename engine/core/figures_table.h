#pragma once

// The counts of one `Figures`: per key a list of days, per day packed counts, their total, and the
// changes that are not merged yet. A day that is stored may be away: of its packed bytes only the
// header stays (figures_residence.cc).

#include <cstdint>
#include <functional>
#include <map>
#include <span>
#include <vector>

#include "engine/core/figures.h"
#include "engine/core/figures_buffer.h"
#include "engine/core/figures_index.h"
#include "engine/core/figures_pack.h"

namespace caseclock::core {

// One day of one key. Present while it has counts, or changes, or is to be reported as gone.
struct DayChunk {
  int32_t day = 0;
  uint32_t reported : 1 = 0;  // in the list of changed ones
  uint32_t unstored : 1 = 0;  // in the list of those to be stored
  uint32_t storing : 1 = 0;   // in the list of those on their way
  uint32_t away : 1 = 0;      // `packed` is a header alone
  uint32_t used : 1 = 0;      // since the last Trim
  uint32_t untold : 1 = 0;    // in the list of untold ones
  uint32_t buffer : 26 = 0;   // id + 1 of its ChangeBuffer; 0: none
  int64_t total = 0;          // of all that is packed; the buffer's sum comes on top
  PackedBytes packed;
};

struct FigureSeries {
  model::FigureKey key;
  std::vector<DayChunk> days;  // ascending
  int32_t first_day = 0;       // of days.front(), to save looking at it

  // Where `day` is if no day is missing before it; some chunk or none if one is.
  [[nodiscard]] DayChunk* Guess(int32_t day) {
    const auto place = static_cast<uint64_t>(int64_t{day} - first_day);
    return place < days.size() ? &days[place] : nullptr;
  }
};

class FigureTable {
 public:
  using Visit = Figures::Visit;

  void Apply(std::span<const model::FigureDelta> deltas);
  void Put(const model::FigureKey& key, int32_t day, const model::FigureChunk& chunk);
  base::Status ForEach(const Visit& visit) const;
  base::Status TakeChanged(const Visit& visit);
  base::Status TakeToStore(const Visit& visit);
  base::Status TakeUntold(const Visit& visit);
  void NoteUntold(const model::FigureKey& key, int32_t day);
  void NoteTold();
  [[nodiscard]] size_t untold() const { return untold_.size(); }
  void ForEachUntold(const Figures::PlaceVisit& visit) const;
  void SetReader(const ChunkReader* reader);
  void BeginStoring();
  void EndStoring();
  void Trim(size_t bytes);
  // The first thing that could not be read.
  [[nodiscard]] const base::Status& status() const { return status_; }
  [[nodiscard]] std::vector<base::Atom> Queues() const;
  [[nodiscard]] size_t MemoryBytes() const;

  // Numbers of the series of a queue, in no order that means anything.
  [[nodiscard]] std::span<const uint32_t> SeriesOf(base::Atom queue) const;
  [[nodiscard]] FigureSeries& series(uint32_t number) { return series_[number]; }
  [[nodiscard]] int64_t Total(const DayChunk& chunk) const;
  // Bounds of `other` in a chunk, perhaps wider.
  [[nodiscard]] ValueRange Others(const DayChunk& chunk) const;
  // visit(second, other, count) for counts that add up to a chunk of `series`: in no order, a fact
  // perhaps more than once, counts perhaps negative. Brings it back first, as Unpack does; without
  // success there is nothing to visit, and status() says why.
  template <typename V>
  void Scan(const FigureSeries& series, DayChunk* chunk, const V& visit);
  // The facts of a chunk in order, each once; appends.
  void Unpack(const FigureSeries& series, DayChunk* chunk, std::vector<KeyCount>* facts);

 private:
  struct Changed {
    uint32_t series;
    int32_t day;
  };

  void AddGroup(std::span<const model::FigureDelta> deltas);
  void Add(const model::FigureDelta& delta, ChangeBuffers::Id id);
  ChangeBuffers::Id BufferOf(uint32_t series, int32_t day);
  ChangeBuffers::Id BeginBuffer(uint32_t series, DayChunk* chunk);
  uint32_t SeriesNumber(const model::FigureKey& key);
  static std::vector<DayChunk>::iterator PlaceOfDay(std::vector<DayChunk>* days, int32_t day);
  DayChunk& DayOf(uint32_t series, int32_t day);
  void Report(uint32_t series, DayChunk* chunk);
  void Settle(DayChunk* chunk);
  base::Status VisitChanged(bool tell, const Visit& visit);
  void NoteUnstored(uint32_t series, DayChunk* chunk);
  DayChunk* FindDay(const Changed& place);
  bool BringBack(const FigureSeries& series, DayChunk* chunk);
  base::Status ReadAway(const FigureSeries& series, const DayChunk& chunk,
                        std::vector<KeyCount>* counts) const;
  static bool CanGo(const DayChunk& chunk);
  void LetGo(DayChunk* chunk);
  void AppendFacts(const DayChunk& chunk, std::vector<KeyCount>* facts) const;
  base::Status FactsOf(const FigureSeries& series, const DayChunk& chunk,
                       std::vector<KeyCount>* facts) const;
  size_t Merge(DayChunk* chunk, std::span<const KeyCount> changes);  // answers its entries
  bool EvictOldest();
  void DropIfGone(FigureSeries* series, const DayChunk* chunk);
  [[nodiscard]] size_t BufferBytes() const;
  [[nodiscard]] size_t BufferBudget() const;
  [[nodiscard]] std::vector<uint32_t> ByText() const;
  void RankSeries();
  void SortByText(std::vector<Changed>* places);

  std::vector<FigureSeries> series_;
  FigureKeyIndex numbers_;
  std::map<base::Atom, std::vector<uint32_t>> by_queue_;

  ChangeBuffers buffers_;
  size_t buffered_ = 0;  // changes in all of them
  std::vector<ChangeBuffers::Id> overfull_;
  std::vector<Changed> changed_;
  std::vector<Changed> untold_;
  std::vector<uint32_t> rank_;  // of the series, by text; as of the last TakeChanged
  size_t heap_bytes_ = 0;       // of all packed bytes
  PackScratch scratch_;

  const ChunkReader* reader_ = nullptr;
  std::vector<Changed> unstored_;
  std::vector<Changed> storing_;
  size_t next_to_trim_ = 0;  // a series
  base::Status status_;
};

struct Figures::Table : FigureTable {};

template <typename V>
void FigureTable::Scan(const FigureSeries& series, DayChunk* chunk, const V& visit) {
  if (!BringBack(series, chunk)) return;
  const int64_t start = chunk->day * kDaySeconds;
  PackReader reader(chunk->packed.bytes(), start);
  while (reader.Next()) visit(start + reader.second(), reader.other(), reader.count());
  if (chunk->buffer == 0) return;
  for (const KeyCount& change : buffers_[chunk->buffer - 1].changes) {
    visit(start + SecondOfKey(change.key), OtherOfKey(change.key), change.count);
  }
}

}  // namespace caseclock::core
