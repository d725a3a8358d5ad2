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

base::Status Partition::TakeFigureChanges(
    const std::function<void(std::string_view key, std::string_view bytes)>& visit) {
  return figures.TakeChanged(
      [&](const model::FigureKey& key, int32_t day, const model::FigureChunk& chunk) {
        const codec::ChunkKey full{key, day, number_};
        std::string name = codec::FigureChunkKey(full);
        std::string bytes;
        if (!chunk.entries.empty()) codec::EncodeChunk(full, chunk, &bytes);
        visit(name, bytes);
        PutFigureChange(std::move(name), std::move(bytes));
      });
}

base::Status Partition::TellFigures(
    const std::function<void(std::string_view key, std::string_view bytes)>& visit) {
  for (const std::string& name : untold_) {
    const auto key = codec::ParseFigureChunkKey(name);
    if (!key.ok()) return key.status();
    figures.Touch(key.value().figure, key.value().day);
  }
  if (auto status = TakeFigureChanges(visit); !status.ok()) return status;
  untold_.clear();
  figures_changed = false;
  return {};
}

void Partition::NoteUntold(std::set<std::string> keys) {
  figures_changed |= !keys.empty();
  untold_.merge(keys);
}

}  // namespace caseclock::runtime
