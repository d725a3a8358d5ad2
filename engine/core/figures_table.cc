#include "engine/core/figures_table.h"

#include <algorithm>
#include <array>

namespace caseclock::core {
namespace {

// Deltas taken together.
constexpr size_t kGroup = 16;

// Changes may take three quarters of what they change, within these bounds: a merge then passes
// some ten packed counts per change, however large the table, and a small table stays small.
constexpr size_t kLeastBufferBytes = size_t{1} << 19;
constexpr size_t kMostBufferBytes = size_t{2} << 20;

// A merged buffer keeps its memory up to this many changes: there are as many buffers as days that
// changed lately, so what each keeps counts.
constexpr size_t kKeptCapacity = 8;

uint32_t LimitFor(size_t entries) {
  return static_cast<uint32_t>(64 + entries / 8);
}

}  // namespace

void FigureTable::Apply(std::span<const model::FigureDelta> deltas) {
  while (!deltas.empty()) {
    const size_t n = std::min(deltas.size(), kGroup);
    AddGroup(deltas.first(n));
    deltas = deltas.subspan(n);
  }
  // Only now: within one call a fact may be taken back before it is added.
  for (const ChangeBuffers::Id id : overfull_) {
    Settle(&DayOf(buffers_[id].series, buffers_[id].day));
  }
  overfull_.clear();
  while (buffers_.size() > 0 && BufferBytes() > BufferBudget()) {
    if (!EvictOldest()) break;
  }
}

// Each delta needs three places in memory, one after the other: a day, a buffer, its end. They are
// fetched for the whole group at once, so that the waits overlap.
void FigureTable::AddGroup(std::span<const model::FigureDelta> deltas) {
  std::array<uint32_t, kGroup> series;
  std::array<ChangeBuffers::Id, kGroup> ids;
  for (size_t i = 0; i < deltas.size(); ++i) {
    series[i] = SeriesNumber(deltas[i].key);
    __builtin_prefetch(series_[series[i]].Guess(model::ChunkDay(deltas[i].second)));
  }
  for (size_t i = 0; i < deltas.size(); ++i) {
    ids[i] = BufferOf(series[i], model::ChunkDay(deltas[i].second));
    __builtin_prefetch(&buffers_[ids[i]], 1);
  }
  for (size_t i = 0; i < deltas.size(); ++i) {
    const std::vector<KeyCount>& changes = buffers_[ids[i]].changes;
    __builtin_prefetch(changes.data() + changes.size(), 1);
  }
  for (size_t i = 0; i < deltas.size(); ++i) Add(deltas[i], ids[i]);
}

void FigureTable::Add(const model::FigureDelta& delta, ChangeBuffers::Id id) {
  if (delta.count == 0) return;
  CHECK(delta.other > -kOtherBias && delta.other < kOtherBias);
  ChangeBuffer& buffer = buffers_[id];
  if (!buffer.reported) Report(buffer.series, &DayOf(buffer.series, buffer.day));
  buffer.changes.push_back(
      {ToKey(delta.second - buffer.day * kDaySeconds, delta.other), delta.count});
  buffer.sum += delta.count;
  ++buffered_;
  if (buffer.changes.size() == buffer.limit) overfull_.push_back(id);
}

uint32_t FigureTable::SeriesNumber(const model::FigureKey& key) {
  const uint32_t number = numbers_.NumberOf(key);
  if (number == series_.size()) {
    series_.push_back({key, {}, 0});
    by_queue_[key.queue].push_back(number);
  }
  return number;
}

ChangeBuffers::Id FigureTable::BufferOf(uint32_t series, int32_t day) {
  DayChunk& chunk = DayOf(series, day);
  return chunk.buffer != 0 ? chunk.buffer - 1 : BeginBuffer(series, &chunk);
}

ChangeBuffers::Id FigureTable::BeginBuffer(uint32_t series, DayChunk* chunk) {
  const ChangeBuffers::Id id = buffers_.Begin(series, chunk->day);
  chunk->buffer = id + 1;
  buffers_[id].reported = chunk->reported != 0;
  buffers_[id].limit = LimitFor(PackHeader(chunk->packed.bytes()).entries);
  return id;
}

// The first chunk not before `day`. Most days of a series follow each other, so its place is known
// within a little: no further than days since the first one, and no nearer than days to the last.
std::vector<DayChunk>::iterator FigureTable::PlaceOfDay(std::vector<DayChunk>* days, int32_t day) {
  const auto size = static_cast<int64_t>(days->size());
  if (size == 0 || days->back().day < day) return days->end();
  const int64_t first = std::max<int64_t>(0, size - 1 - (int64_t{days->back().day} - day));
  const int64_t last = std::clamp<int64_t>(int64_t{day} - days->front().day, 0, size - 1);
  return std::lower_bound(days->begin() + first, days->begin() + last, day,
                          [](const DayChunk& chunk, int32_t d) { return chunk.day < d; });
}

DayChunk& FigureTable::DayOf(uint32_t number, int32_t day) {
  FigureSeries& series = series_[number];
  DayChunk* const guess = series.Guess(day);
  if (guess != nullptr && guess->day == day) return *guess;
  auto at = PlaceOfDay(&series.days, day);
  if (at == series.days.end() || at->day != day) {
    at = series.days.emplace(at);
    at->day = day;
    series.first_day = series.days.front().day;
  }
  return *at;
}

void FigureTable::Report(uint32_t series, DayChunk* chunk) {
  if (chunk->reported != 0) return;
  chunk->reported = 1;
  if (chunk->buffer != 0) buffers_[chunk->buffer - 1].reported = true;
  changed_.push_back({series, chunk->day});
}

// Merges the buffer of a chunk into it and leaves it empty; leaves all as it is if the chunk does
// not come back.
void FigureTable::Settle(DayChunk* chunk) {
  if (chunk->buffer == 0) return;
  ChangeBuffer& buffer = buffers_[chunk->buffer - 1];
  if (buffer.changes.empty() || !BringBack(series_[buffer.series], chunk)) return;
  buffered_ -= buffer.changes.size();
  SortCounts(&buffer.changes);
  buffer.limit = LimitFor(Merge(chunk, buffer.changes));
  chunk->total += buffer.sum;
  buffer.sum = 0;
  buffer.changes.clear();
  if (buffer.changes.capacity() > kKeptCapacity) buffer.changes.shrink_to_fit();
}

size_t FigureTable::Merge(DayChunk* chunk, std::span<const KeyCount> changes) {
  heap_bytes_ -= chunk->packed.HeapBytes();
  const size_t entries = MergePacked(chunk->packed.bytes(), chunk->day * kDaySeconds, changes,
                                     &scratch_, &chunk->packed);
  heap_bytes_ += chunk->packed.HeapBytes();
  return entries;
}

// False: its changes cannot be merged.
bool FigureTable::EvictOldest() {
  const ChangeBuffer& buffer = buffers_[buffers_.Oldest()];
  FigureSeries& series = series_[buffer.series];
  DayChunk& chunk = DayOf(buffer.series, buffer.day);
  Settle(&chunk);
  if (!buffer.changes.empty()) return false;
  buffers_.EndOldest();
  chunk.buffer = 0;
  DropIfGone(&series, &chunk);
  return true;
}

size_t FigureTable::BufferBytes() const {
  return buffers_.size() * sizeof(ChangeBuffer) + buffered_ * sizeof(KeyCount);
}

size_t FigureTable::BufferBudget() const {
  return std::clamp(heap_bytes_ / 4 * 3, kLeastBufferBytes, kMostBufferBytes);
}

void FigureTable::DropIfGone(FigureSeries* series, const DayChunk* chunk) {
  if (!chunk->packed.empty() || chunk->buffer != 0 || chunk->reported != 0) return;
  series->days.erase(series->days.begin() + (chunk - series->days.data()));
  if (!series->days.empty()) series->first_day = series->days.front().day;
}

void FigureTable::Put(const model::FigureKey& key, int32_t day, const model::FigureChunk& chunk) {
  const uint32_t series = SeriesNumber(key);
  DayChunk& held = DayOf(series, day);
  if (held.buffer != 0) {
    ChangeBuffer& buffer = buffers_[held.buffer - 1];
    buffered_ -= buffer.changes.size();
    buffer.changes.clear();
    buffer.sum = 0;
  }
  heap_bytes_ -= held.packed.HeapBytes();
  held.packed = PackedBytes();
  held.away = 0;
  held.total = 0;
  std::vector<KeyCount> counts;
  counts.reserve(chunk.entries.size());
  for (const model::FigureChunk::Entry& entry : chunk.entries) {
    CHECK(entry.count > 0 && model::ChunkDay(entry.second) == day);
    CHECK(entry.other > -kOtherBias && entry.other < kOtherBias);
    counts.push_back({ToKey(entry.second - day * kDaySeconds, entry.other), entry.count});
    CHECK(counts.size() == 1 || counts[counts.size() - 2].key < counts.back().key);
    held.total += entry.count;
  }
  Merge(&held, counts);
  DropIfGone(&series_[series], &held);
}

}  // namespace caseclock::core
