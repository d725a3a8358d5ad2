// Partition: its open cases by queue, and the first of each queue and clock.

#include "engine/runtime/partition.h"

namespace caseclock::runtime {
namespace {

using base::Instant;

constexpr size_t kIndexWindow = 64;

}  // namespace

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
    const auto indexed = [&, k = key](const HeadWindow::Entry& from,
                                      const HeadWindow::Visit& visit) {
      return store_->ForEachIndexed(
          k.queue, k.kind, from.at, from.case_id, [&](Instant t, std::string_view id) {
            const CachedCase* entry = cache_.Find(id, CaseCache::HashOf(id));
            if (entry != nullptr && !entry->clean()) return true;
            return visit(t, id);
          });
    };
    const auto newer = [&, k = key](const HeadWindow::Entry&,
                                    const HeadWindow::Visit& visit) -> base::Status {
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

base::Status Partition::OpenCases(base::Atom queue, std::vector<std::string>* case_ids) const {
  const base::Status status =
      store_->ForEachIndexed(queue, {}, base::kLongAgo, {}, [&](Instant, std::string_view id) {
        const CachedCase* entry = cache_.Find(id, CaseCache::HashOf(id));
        if (entry == nullptr || entry->clean()) case_ids->emplace_back(id);
        return true;
      });
  ForEachNewer([&](const CachedCase& entry) {
    const bool open = entry.Live().opened_at != base::kNever;
    if (open && entry.Live().queue == queue) case_ids->push_back(entry.id);
  });
  return status;
}

}  // namespace caseclock::runtime
