// Which chunks are in memory. Of one that is away, memory keeps the header of its packed bytes: how
// many entries there are, and the bounds of `other`. With its total that tells a count over whole
// days, which is most of an evaluation, without it.

#include "engine/core/figures_table.h"

namespace caseclock::core {

void FigureTable::SetReader(const ChunkReader* reader) {
  CHECK(series_.empty());
  reader_ = reader;
}

void FigureTable::NoteUnstored(uint32_t series, DayChunk* chunk) {
  if (reader_ == nullptr || chunk->unstored != 0) return;
  chunk->unstored = 1;
  unstored_.push_back({series, chunk->day});
}

// nullptr: it has gone since it was named.
DayChunk* FigureTable::FindDay(const Changed& place) {
  std::vector<DayChunk>& days = series_[place.series].days;
  const auto at = PlaceOfDay(&days, place.day);
  return at == days.end() || at->day != place.day ? nullptr : &*at;
}

void FigureTable::BeginStoring() {
  CHECK(storing_.empty());
  storing_.swap(unstored_);
  for (const Changed& place : storing_) {
    DayChunk* const chunk = FindDay(place);
    if (chunk == nullptr) continue;
    chunk->unstored = 0;
    chunk->storing = 1;
  }
}

void FigureTable::EndStoring() {
  for (const Changed& place : storing_) {
    if (DayChunk* const chunk = FindDay(place)) chunk->storing = 0;
  }
  storing_.clear();
}

bool FigureTable::CanGo(const DayChunk& chunk) {
  return chunk.reported == 0 && chunk.unstored == 0 && chunk.storing == 0 && chunk.away == 0 &&
         chunk.packed.HeapBytes() > 0;
}

// Clock replacement: a chunk that was used since the hand last passed has one more round.
void FigureTable::Trim(size_t bytes) {
  if (reader_ == nullptr || heap_bytes_ <= bytes) return;
  const size_t enough = bytes - bytes / 8;  // so that the next one is not due at once
  for (size_t passed = 0; passed < 2 * series_.size() && heap_bytes_ > enough; ++passed) {
    if (next_to_trim_ >= series_.size()) next_to_trim_ = 0;
    for (DayChunk& chunk : series_[next_to_trim_++].days) {
      if (CanGo(chunk) && chunk.used == 0) LetGo(&chunk);
      chunk.used = 0;
    }
  }
}

void FigureTable::LetGo(DayChunk* chunk) {
  const std::span<const uint8_t> packed = chunk->packed.bytes();
  const size_t size = PackHeader(packed).size;
  PackedBytes header(size);
  if (header.HeapBytes() > 0) return;  // the widest of bounds
  std::memcpy(header.data(), packed.data(), size);
  heap_bytes_ -= chunk->packed.HeapBytes();
  chunk->packed = std::move(header);
  chunk->away = 1;
}

// False if it cannot be read; it is still away then.
bool FigureTable::BringBack(const FigureSeries& series, DayChunk* chunk) {
  chunk->used = 1;
  if (chunk->away == 0) return true;
  std::vector<KeyCount> counts;
  if (auto status = ReadAway(series, *chunk, &counts); !status.ok()) {
    if (status_.ok()) status_ = status;
    return false;
  }
  MergePacked({}, chunk->day * kDaySeconds, counts, &scratch_, &chunk->packed);
  chunk->away = 0;
  heap_bytes_ += chunk->packed.HeapBytes();
  return true;
}

// Appends what is packed of a chunk that is away; sees that it is what was let go of.
base::Status FigureTable::ReadAway(const FigureSeries& series, const DayChunk& chunk,
                                   std::vector<KeyCount>* counts) const {
  model::FigureChunk content;
  if (auto status = reader_->Read(series.key, chunk.day, &content); !status.ok()) return status;
  int64_t total = 0;
  for (const model::FigureChunk::Entry& entry : content.entries) {
    if (model::ChunkDay(entry.second) != chunk.day) break;
    counts->push_back({ToKey(entry.second - chunk.day * kDaySeconds, entry.other), entry.count});
    total += entry.count;
  }
  if (total == chunk.total) return {};
  return base::Error{base::ErrorKind::kCorrupt, "Expected a day of figures of queue " +
                                                    series.key.queue.str() + " in the store with " +
                                                    std::to_string(chunk.total) +
                                                    " counts, but found " + std::to_string(total)};
}

}  // namespace caseclock::core
