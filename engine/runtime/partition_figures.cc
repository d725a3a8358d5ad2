// Partition: its figures.

#include <algorithm>

#include "engine/codec/output_codec.h"
#include "engine/runtime/partition.h"

namespace caseclock::runtime {
namespace {

// Of the memory budget, for figures: one in so many bytes.
constexpr size_t kShareOfFigures = 5;
// Of a change besides its bytes: a node of the map, with two strings.
constexpr size_t kChangeOverhead = 112;

}  // namespace

base::Status Partition::StoredChunks::Read(const model::FigureKey& key, int32_t day,
                                           model::FigureChunk* chunk) const {
  const std::string name = codec::FigureChunkKey({key, day, partition_->number_});
  auto bytes = partition_->store_->GetFigure(name);
  if (!bytes.ok()) return bytes.status();
  if (!bytes.value()) return {};
  codec::ChunkKey found;
  if (auto status = codec::DecodeChunk(*bytes.value(), &found, chunk); !status.ok()) return status;
  if (found.figure == key && found.day == day) return codec::CheckChunk(found, *chunk);
  return base::Error{base::ErrorKind::kCorrupt,
                     "Expected figures of queue " + key.queue.str() +
                         " in the store under their key, but they are of queue " +
                         found.figure.queue.str() + ", of another day or of another kind"};
}

void Partition::TrimFigures() {
  figures.Trim(shared_->options.memory_bytes / kShareOfFigures /
               static_cast<size_t>(std::max(1, shared_->partitions)));
}

void Partition::PutFigureChange(std::string name, std::string bytes) {
  size_t more = bytes.size();
  const auto [at, added] = figure_changes_.try_emplace(std::move(name));
  if (added) more += kChangeOverhead + at->first.size();
  changes_bytes_ += more - at->second.size();
  at->second = std::move(bytes);
}

// Empty: the chunk is gone.
std::pair<std::string, std::string> Partition::Encoded(const model::FigureKey& key, int32_t day,
                                                       const model::FigureChunk& chunk) const {
  const codec::ChunkKey full{key, day, number_};
  std::pair<std::string, std::string> encoded(codec::FigureChunkKey(full), std::string());
  if (!chunk.entries.empty()) codec::EncodeChunk(full, chunk, &encoded.second);
  return encoded;
}

base::Status Partition::TellFigures(
    const std::function<void(std::string_view key, std::string_view bytes)>& visit) {
  auto status = figures.TakeChanged(
      [&](const model::FigureKey& key, int32_t day, const model::FigureChunk& chunk) {
        auto [name, bytes] = Encoded(key, day, chunk);
        visit(name, bytes);
        PutFigureChange(std::move(name), std::move(bytes));
      });
  if (!status.ok()) return status;
  status = figures.TakeUntold(
      [&](const model::FigureKey& key, int32_t day, const model::FigureChunk& chunk) {
        const auto [name, bytes] = Encoded(key, day, chunk);
        visit(name, bytes);
      });
  if (status.ok()) figures_changed = false;
  return status;
}

base::Status Partition::StoreFigures(store::Checkpoint* checkpoint) {
  const std::lock_guard lock(figures_mutex);
  auto status = figures.TakeToStore(
      [&](const model::FigureKey& key, int32_t day, const model::FigureChunk& chunk) {
        auto [name, bytes] = Encoded(key, day, chunk);
        PutFigureChange(std::move(name), std::move(bytes));
      });
  if (!status.ok()) return status;
  for (const auto& [key, bytes] : figure_changes_) checkpoint->PutFigure(key, bytes);
  figure_changes_.clear();
  changes_bytes_ = 0;
  // Or what is not told before a restart would be told by nobody.
  std::set<std::string> untold;
  figures.ForEachUntold([&](const model::FigureKey& key, int32_t day) {
    untold.insert(codec::FigureChunkKey({key, day, number_}));
  });
  checkpoint->PutUntold(untold);
  figures.BeginStoring();
  return {};
}

base::Status Partition::NoteUntold(const std::set<std::string>& keys) {
  for (const std::string& name : keys) {
    const auto key = codec::ParseFigureChunkKey(name);
    if (!key.ok()) return key.status();
    figures.NoteUntold(key.value().figure, key.value().day);
  }
  figures_changed |= !keys.empty();
  return {};
}

}  // namespace caseclock::runtime
