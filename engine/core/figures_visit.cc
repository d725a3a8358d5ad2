// Reading a FigureTable: chunk by chunk, and all of it in order.

#include <algorithm>
#include <limits>
#include <numeric>

#include "engine/core/figures_table.h"

namespace caseclock::core {
namespace {

// Fills `chunk` with facts of a day.
void Fill(std::span<const KeyCount> facts, int32_t day, model::FigureChunk* chunk) {
  chunk->entries.clear();
  for (const KeyCount& fact : facts) {
    chunk->entries.push_back(
        {day * kDaySeconds + SecondOfKey(fact.key), OtherOfKey(fact.key), fact.count});
  }
}

}  // namespace

std::span<const uint32_t> FigureTable::SeriesOf(base::Atom queue) const {
  const auto at = by_queue_.find(queue);
  if (at == by_queue_.end()) return {};
  return at->second;
}

int64_t FigureTable::Total(const DayChunk& chunk) const {
  return chunk.total + (chunk.buffer == 0 ? 0 : buffers_[chunk.buffer - 1].sum);
}

ValueRange FigureTable::Others(const DayChunk& chunk) const {
  ValueRange range = PackedOthers(chunk.packed.bytes(), chunk.day * kDaySeconds);
  if (chunk.buffer == 0) return range;
  for (const KeyCount& change : buffers_[chunk.buffer - 1].changes) {
    range.Include(OtherOfKey(change.key));
  }
  return range;
}

void FigureTable::Unpack(const FigureSeries& series, DayChunk* chunk,
                         std::vector<KeyCount>* facts) {
  if (BringBack(series, chunk)) AppendFacts(*chunk, facts);
}

// REQUIRES: it is not away.
void FigureTable::AppendFacts(const DayChunk& chunk, std::vector<KeyCount>* facts) const {
  std::vector<KeyCount> changes;
  if (chunk.buffer != 0) changes = buffers_[chunk.buffer - 1].changes;
  SortCounts(&changes);
  MergeUnpacked(chunk.packed.bytes(), chunk.day * kDaySeconds, changes, facts);
}

std::vector<uint32_t> FigureTable::ByText() const {
  std::vector<uint32_t> order(series_.size());
  std::iota(order.begin(), order.end(), 0);
  std::sort(order.begin(), order.end(),
            [&](uint32_t a, uint32_t b) { return series_[a].key < series_[b].key; });
  return order;
}

base::Status FigureTable::ForEach(const Visit& visit) const {
  std::vector<KeyCount> facts;
  model::FigureChunk chunk;
  for (const uint32_t number : ByText()) {
    const FigureSeries& series = series_[number];
    for (const DayChunk& day : series.days) {
      facts.clear();
      if (auto status = FactsOf(series, day, &facts); !status.ok()) return status;
      if (facts.empty()) continue;
      Fill(facts, day.day, &chunk);
      visit(series.key, day.day, chunk);
    }
  }
  return status_;
}

// The same as Unpack, but what is away stays there.
base::Status FigureTable::FactsOf(const FigureSeries& series, const DayChunk& chunk,
                                  std::vector<KeyCount>* facts) const {
  if (chunk.away == 0) {
    AppendFacts(chunk, facts);
    return {};
  }
  if (auto status = ReadAway(series, chunk, facts); !status.ok()) return status;
  if (chunk.buffer == 0) return {};
  const std::vector<KeyCount>& changes = buffers_[chunk.buffer - 1].changes;
  facts->insert(facts->end(), changes.begin(), changes.end());
  SortCounts(facts);
  return {};
}

void FigureTable::RankSeries() {
  if (rank_.size() == series_.size()) return;
  const std::vector<uint32_t> order = ByText();
  rank_.resize(order.size());
  for (uint32_t i = 0; i < order.size(); ++i) rank_[order[i]] = i;
}

void FigureTable::SortByText(std::vector<Changed>* places) {
  RankSeries();
  std::sort(places->begin(), places->end(), [&](const Changed& a, const Changed& b) {
    return a.series != b.series ? rank_[a.series] < rank_[b.series] : a.day < b.day;
  });
}

base::Status FigureTable::TakeChanged(const Visit& visit) {
  return VisitChanged(true, visit);
}

base::Status FigureTable::TakeToStore(const Visit& visit) {
  return VisitChanged(false, visit);
}

base::Status FigureTable::TakeUntold(const Visit& visit) {
  std::vector<Changed> untold;
  untold.swap(untold_);
  SortByText(&untold);
  std::vector<KeyCount> facts;
  model::FigureChunk content;
  for (const Changed& c : untold) {
    facts.clear();
    if (DayChunk* const chunk = FindDay(c)) {
      if (chunk->untold == 0) continue;  // it was told since, or named twice
      chunk->untold = 0;
      if (auto status = FactsOf(series_[c.series], *chunk, &facts); !status.ok()) return status;
    }
    Fill(facts, c.day, &content);
    visit(series_[c.series].key, c.day, content);
  }
  return status_;
}

void FigureTable::NoteUntold(const model::FigureKey& key, int32_t day) {
  const Changed place{SeriesNumber(key), day};
  if (DayChunk* const chunk = FindDay(place)) chunk->untold = 1;
  untold_.push_back(place);
}

void FigureTable::NoteTold() {
  for (const Changed& c : untold_) {
    if (DayChunk* const chunk = FindDay(c)) chunk->untold = 0;
  }
  untold_.clear();
}

void FigureTable::ForEachUntold(const Figures::PlaceVisit& visit) const {
  for (const Changed& c : untold_) visit(series_[c.series].key, c.day);
}

base::Status FigureTable::VisitChanged(bool tell, const Visit& visit) {
  std::vector<Changed> changed;
  changed.swap(changed_);
  SortByText(&changed);
  std::vector<KeyCount> facts;
  model::FigureChunk content;
  for (const Changed& c : changed) {
    DayChunk& chunk = DayOf(c.series, c.day);
    Settle(&chunk);
    facts.clear();
    Unpack(series_[c.series], &chunk, &facts);
    if (!status_.ok()) return status_;
    Fill(facts, c.day, &content);
    chunk.reported = 0;
    NoteUnstored(c.series, &chunk);
    if (!tell && chunk.untold == 0) untold_.push_back(c);
    chunk.untold = tell ? 0 : 1;
    if (chunk.buffer != 0) buffers_[chunk.buffer - 1].reported = false;
    DropIfGone(&series_[c.series], &chunk);
    visit(series_[c.series].key, c.day, content);
  }
  return status_;
}

std::vector<base::Atom> FigureTable::Queues() const {
  std::vector<base::Atom> queues;
  for (const auto& [queue, numbers] : by_queue_) {
    const bool any = std::any_of(numbers.begin(), numbers.end(), [&](uint32_t number) {
      const std::vector<DayChunk>& days = series_[number].days;
      return std::any_of(days.begin(), days.end(),
                         [&](const DayChunk& day) { return Total(day) > 0; });
    });
    if (any) queues.push_back(queue);
  }
  return queues;
}

size_t FigureTable::MemoryBytes() const {
  // A map's node: the value, three links and a colour, and the allocator's word.
  constexpr size_t kNode = sizeof(base::Atom) + sizeof(std::vector<uint32_t>) + 5 * sizeof(void*);
  size_t bytes =
      sizeof(*this) + heap_bytes_ + buffers_.MemoryBytes() + numbers_.MemoryBytes() +
      scratch_.heads.capacity() + scratch_.gaps.capacity() +
      (changed_.capacity() + untold_.capacity() + unstored_.capacity() + storing_.capacity()) *
          sizeof(Changed) +
      rank_.capacity() * sizeof(uint32_t) + series_.capacity() * sizeof(FigureSeries);
  for (const FigureSeries& series : series_) bytes += series.days.capacity() * sizeof(DayChunk);
  for (const auto& [queue, numbers] : by_queue_) {
    bytes += kNode + numbers.capacity() * sizeof(uint32_t);
  }
  return bytes;
}

}  // namespace caseclock::core
