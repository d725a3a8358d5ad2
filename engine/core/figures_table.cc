#include "engine/core/figures_table.h"

#include <algorithm>

namespace caseclock::core {
namespace {

// Changes may take half of what they change, within these bounds: a merge then reads at most some
// sixteen packed counts per change, however large the table, and a small table stays small.
constexpr size_t kLeastBufferBytes = size_t{1} << 20;
constexpr size_t kMostBufferBytes = size_t{16} << 20;

// A merged buffer keeps its memory up to this many changes.
constexpr size_t kKeptCapacity = 128;

size_t LimitFor(size_t entries) {
  return 64 + entries / 8;
}

auto DayAt(std::vector<DayChunk>* days, int32_t day) {
  // History is read in order: most new days come last.
  if (days->empty() || days->back().day < day) return days->end();
  return std::lower_bound(days->begin(), days->end(), day,
                          [](const DayChunk& chunk, int32_t d) { return chunk.day < d; });
}

}  // namespace

void FigureTable::Apply(std::span<const model::FigureDelta> deltas) {
  for (const model::FigureDelta& delta : deltas) Add(delta);
  // Only now: within one call a fact may be taken back before it is added.
  for (const ChangeBuffers::Id id : overfull_) Settle(&buffers_[id]);
  overfull_.clear();
  while (buffers_.size() > 0 && BufferBytes() > BufferBudget()) EvictOldest();
}

void FigureTable::Add(const model::FigureDelta& delta) {
  if (delta.count == 0) return;
  CHECK(delta.other > -kOtherBias && delta.other < kOtherBias);
  const int32_t day = model::ChunkDay(delta.second);
  const ChangeBuffers::Id id = BufferOf(delta.key, day);
  ChangeBuffer& buffer = buffers_[id];
  if (!buffer.reported) Report(&buffer);
  buffer.changes.push_back({ToKey(delta.second - day * kDaySeconds, delta.other), delta.count});
  buffer.sum += delta.count;
  ++buffered_;
  if (buffer.changes.size() == buffer.limit) overfull_.push_back(id);
}

ChangeBuffers::Id FigureTable::BufferOf(const model::FigureKey& key, int32_t day) {
  const uint64_t hash = ChangeBuffers::HashOf(key, day);
  if (const auto known = buffers_.Find(key, day, hash)) return *known;
  const uint32_t series = SeriesNumber(key);
  const ChangeBuffers::Id id = buffers_.Add(key, day, hash, series);
  DayChunk& chunk = FindOrAddDay(series, day);
  chunk.buffer = id + 1;
  buffers_[id].reported = chunk.reported != 0;
  buffers_[id].limit = LimitFor(chunk.packed.bytes().size() / 2);
  return id;
}

uint32_t FigureTable::SeriesNumber(const model::FigureKey& key) {
  const auto [at, is_new] = numbers_.try_emplace(key, static_cast<uint32_t>(series_.size()));
  if (is_new) {
    series_.push_back({key, {}});
    by_queue_[key.queue].push_back(at->second);
  }
  return at->second;
}

DayChunk& FigureTable::FindOrAddDay(uint32_t series, int32_t day) {
  std::vector<DayChunk>& days = series_[series].days;
  auto at = DayAt(&days, day);
  if (at == days.end() || at->day != day) {
    at = days.emplace(at);
    at->day = day;
  }
  return *at;
}

void FigureTable::Report(ChangeBuffer* buffer) {
  buffer->reported = true;
  FindOrAddDay(buffer->series, buffer->day).reported = 1;
  changed_.push_back({buffer->series, buffer->day});
}

// Merges a buffer into its chunk and leaves it empty.
void FigureTable::Settle(ChangeBuffer* buffer) {
  if (buffer->changes.empty()) return;
  buffered_ -= buffer->changes.size();
  SortCounts(&buffer->changes);
  DayChunk& chunk = FindOrAddDay(buffer->series, buffer->day);
  buffer->limit = LimitFor(Merge(&chunk, buffer->changes));
  chunk.total += buffer->sum;
  buffer->sum = 0;
  buffer->changes.clear();
  if (buffer->changes.capacity() > kKeptCapacity) buffer->changes.shrink_to_fit();
}

size_t FigureTable::Merge(DayChunk* chunk, std::span<const KeyCount> changes) {
  heap_bytes_ -= chunk->packed.HeapBytes();
  const size_t entries = MergePacked(chunk->packed.bytes(), chunk->day * kDaySeconds, changes,
                                     &scratch_, &chunk->packed);
  heap_bytes_ += chunk->packed.HeapBytes();
  return entries;
}

void FigureTable::EvictOldest() {
  ChangeBuffer& buffer = buffers_[buffers_.Oldest()];
  Settle(&buffer);
  const uint32_t series = buffer.series;
  const int32_t day = buffer.day;
  buffers_.RemoveOldest();
  FindOrAddDay(series, day).buffer = 0;
  DropIfGone(series, day);
}

size_t FigureTable::BufferBytes() const {
  return buffers_.size() * sizeof(ChangeBuffer) + buffered_ * sizeof(KeyCount);
}

size_t FigureTable::BufferBudget() const {
  return std::clamp(heap_bytes_ / 2, kLeastBufferBytes, kMostBufferBytes);
}

void FigureTable::Put(const model::FigureKey& key, int32_t day, const model::FigureChunk& chunk) {
  const uint32_t series = SeriesNumber(key);
  DayChunk& held = FindOrAddDay(series, day);
  if (held.buffer != 0) {
    ChangeBuffer& buffer = buffers_[held.buffer - 1];
    buffered_ -= buffer.changes.size();
    buffer.changes.clear();
    buffer.sum = 0;
  }
  heap_bytes_ -= held.packed.HeapBytes();
  held.packed = PackedBytes();
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
  DropIfGone(series, day);
}

void FigureTable::DropIfGone(uint32_t series, int32_t day) {
  std::vector<DayChunk>& days = series_[series].days;
  const auto at = DayAt(&days, day);
  if (at->packed.empty() && at->buffer == 0 && at->reported == 0) days.erase(at);
}

}  // namespace caseclock::core
