// Partition: its figures and what goes with them, the first cases of each queue.

#include <algorithm>

#include "engine/codec/output_codec.h"
#include "engine/runtime/partition.h"

namespace caseclock::runtime {
namespace {

using base::Instant;

constexpr size_t kIndexWindow = 64;
// Of the memory budget, for figures: one in so many bytes.
constexpr size_t kShareOfFigures = 5;

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

base::Status Partition::TakeFigureChanges(
    const std::function<void(std::string_view key, std::string_view bytes)>& visit) {
  base::Status status = figures.TakeChanged(
      [&](const model::FigureKey& key, int32_t day, const model::FigureChunk& chunk) {
        const codec::ChunkKey full{key, day, number_};
        std::string name = codec::FigureChunkKey(full);
        std::string bytes;
        if (!chunk.entries.empty()) codec::EncodeChunk(full, chunk, &bytes);
        visit(name, bytes);
        told_before.erase(name);
        figure_changes_[std::move(name)] = std::move(bytes);
      });
  if (!status.ok()) return status;
  // All there are have changed since a rebuild, so what is left of the old ones is gone.
  for (const std::string& name : told_before) {
    visit(name, {});
    figure_changes_[name].clear();
  }
  told_before.clear();
  figures_changed = false;
  return {};
}

HeadWindow& Partition::Index(base::Atom queue, base::Atom kind) {
  return index_.try_emplace(IndexKey{queue, kind}, kIndexWindow).first->second;
}

void Partition::MoveIndex(std::string_view case_id, const store::Derived& from,
                          const store::Derived& to) {
  if (from.queue == to.queue && from.opened_at == to.opened_at && from.due == to.due) return;
  const std::lock_guard lock(figures_mutex);
  if (from.opened_at != base::kNever) Index(from.queue, {}).Erase(from.opened_at, case_id);
  for (const auto& [clock_name, t] : from.due) Index(from.queue, clock_name).Erase(t, case_id);
  if (to.opened_at != base::kNever) Index(to.queue, {}).Insert(to.opened_at, case_id);
  for (const auto& [clock_name, t] : to.due) Index(to.queue, clock_name).Insert(t, case_id);
}

base::Status Partition::LoadIndex() {
  const base::Status status =
      store_->ForEachIndexKind([&](std::string_view queue, std::string_view kind) {
        Index(base::Atom::Intern(queue), base::Atom::Intern(kind));
      });
  if (!status.ok()) return status;
  return RefillIndex();
}

base::Status Partition::RefillIndex() {
  for (auto& [key, window] : index_) {
    if (!window.NeedsRefill()) continue;
    const auto indexed = [&, k = key](Instant from, const HeadWindow::Visit& visit) {
      return store_->ForEachIndexed(k.queue, k.kind, from, [&](Instant t, std::string_view id) {
        const CachedCase* entry = cache_.Find(id, CaseCache::HashOf(id));
        if (entry != nullptr && !entry->clean()) return true;
        return visit(t, id);
      });
    };
    const auto newer = [&, k = key](Instant, const HeadWindow::Visit& visit) -> base::Status {
      ForEachNewer([&](const CachedCase& entry) {
        const store::Derived& live = entry.Live();
        if (!(live.queue == k.queue)) return;
        if (k.kind.empty()) {
          visit(live.opened_at, entry.id);
          return;
        }
        for (const auto& [clock_name, t] : live.due) {
          if (clock_name == k.kind) visit(t, entry.id);
        }
      });
      return {};
    };
    const std::lock_guard lock(figures_mutex);
    if (auto status = window.Refill(indexed, newer); !status.ok()) return status;
  }
  return {};
}

std::vector<Partition::Extreme> Partition::Extremes(base::Atom queue) const {
  std::vector<Extreme> extremes;
  for (auto at = index_.lower_bound(IndexKey{queue, {}});
       at != index_.end() && at->first.queue == queue; ++at) {
    if (at->second.empty()) continue;
    const HeadWindow::Entry& first = at->second.front();
    extremes.push_back({at->first.kind, first.at, first.case_id});
  }
  return extremes;
}

}  // namespace caseclock::runtime
