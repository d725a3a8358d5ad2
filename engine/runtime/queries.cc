// Engine: questions about cases and alerts.

#include <algorithm>
#include <tuple>

#include "engine/codec/case_codec.h"
#include "engine/core/handler_facts.h"
#include "engine/runtime/engine_impl.h"
#include "engine/runtime/other_partitions.h"

namespace caseclock::runtime {
namespace {

using base::Error;
using base::ErrorKind;
using base::Status;

CaseSummary Summarise(const model::CaseState& state, base::Instant now) {
  CaseSummary summary;
  const model::CaseView& view = state.view;
  summary.case_id = state.case_id;
  summary.queue = view.queue;
  summary.stage = view.stage;
  summary.risk = view.risk;
  summary.handler = view.handler;
  summary.opened_at = view.opened_at;
  summary.due_at = base::kNever;
  summary.next_due_at = base::kNever;
  summary.conflicts = state.conflicts;
  summary.paused = !view.pauses.empty();
  summary.unqualified = view.unqualified_since != base::kNever;
  summary.handler_away = core::IsAway(view);
  for (const model::ClockState& clock : view.clocks) {
    if (clock.due_at < now) {
      ++summary.overdue;
    } else if (clock.due_at < summary.next_due_at) {
      summary.next_due_at = clock.due_at;
      summary.next_due_clock = clock.clock;
    }
    if (clock.due_at >= summary.due_at) continue;
    summary.due_at = clock.due_at;
    summary.due_clock = clock.clock;
  }
  return summary;
}

Error Moving(int32_t partition) {
  return Error{ErrorKind::kUnavailable,
               "Expected partition " + std::to_string(partition) +
                   " to be with this engine, but it is being handed over or restored; try again"};
}

}  // namespace

bool MoreUrgent(const CaseSummary& a, const CaseSummary& b) {
  return std::tie(a.due_at, a.opened_at, a.case_id) < std::tie(b.due_at, b.opened_at, b.case_id);
}

bool QueueMatches(std::string_view queue, std::string_view filter) {
  if (filter.empty()) return true;
  if (filter.ends_with('*')) return queue.starts_with(filter.substr(0, filter.size() - 1));
  return queue == filter;
}

Status Engine::Impl::ForEachPartition(const std::function<Status(Partition*)>& visit) {
  const auto view = shared.table.Look();
  for (const auto& [number, partition] : view.map()) {
    const Gate::Visit inside(&partition->gate);
    if (partition->dead) return Moving(number);
    if (auto status = visit(partition.get()); !status.ok()) return status;
  }
  return {};
}

bool Engine::Impl::OthersHave(int32_t partition) const {
  return shared.others != nullptr && shared.others->Look().map().contains(partition);
}

Error Engine::Impl::NotHere(const std::string& case_id, int32_t partition) const {
  if (!OthersHave(partition)) return Moving(partition);
  return Error{ErrorKind::kUnavailable,
               "Expected case " + case_id + " to be with this engine, but partition " +
                   std::to_string(partition) + " of " + std::to_string(shared.partitions) +
                   ", where it belongs, is with another engine of the group: ask that one, or the "
                   "topics (`caseclock explain " +
                   case_id + " --brokers …`)"};
}

Status Engine::Impl::WithPartitionOf(const std::string& case_id,
                                     const std::function<Status(Partition*)>& visit) {
  const int32_t number = log::PartitionOf(case_id, shared.partitions);
  const auto view = shared.table.Look();
  const auto found = view.map().find(number);
  if (found == view.map().end()) return NotHere(case_id, number);
  const Gate::Visit inside(&found->second->gate);
  if (found->second->dead) return Moving(number);
  return visit(found->second.get());
}

Status ForEachCaseState(
    Partition* partition,
    const std::function<Status(const CachedCase&, const model::CaseState&)>& visit) {
  Status failed;
  model::CaseState state;
  const Status scanned =
      partition->store().ForEachCase([&](std::string_view id, std::string_view bytes) {
        const CachedCase* newer = partition->FindCached(id, CaseCache::HashOf(id));
        if (newer != nullptr && !newer->clean()) return true;  // comes below
        CachedCase stored;
        stored.id = id;
        failed = codec::DecodeCase(bytes, &state);
        if (failed.ok()) failed = visit(stored, state);
        return failed.ok();
      });
  if (!failed.ok()) return failed;
  if (!scanned.ok()) return scanned;
  partition->ForEachNewer([&](const CachedCase& entry) {
    if (!failed.ok()) return;
    failed = Partition::Decode(entry, &state);
    if (failed.ok()) failed = visit(entry, state);
  });
  return failed;
}

base::Result<std::vector<CaseSummary>> Engine::Cases(const std::string& queue, size_t limit) {
  std::vector<CaseSummary> best;  // a heap, the least urgent on top
  const Status status = impl_->ForEachPartition([&](Partition* partition) -> Status {
    std::vector<std::string> ids;
    auto listed = partition->OpenCases(base::Atom::Intern(queue), &ids);
    if (!listed.ok()) return listed;
    model::CaseState state;
    for (const std::string& id : ids) {
      auto found = partition->Find(id);
      if (!found.ok()) return found.status();
      if (found.value() == nullptr) continue;
      if (auto decoded = Partition::Decode(*found.value(), &state); !decoded.ok()) return decoded;
      best.push_back(Summarise(state, partition->clock));
      std::push_heap(best.begin(), best.end(), MoreUrgent);
      if (best.size() > limit) {
        std::pop_heap(best.begin(), best.end(), MoreUrgent);
        best.pop_back();
      }
    }
    partition->TrimCache();
    return {};
  });
  if (!status.ok()) return status.error();
  std::sort_heap(best.begin(), best.end(), MoreUrgent);
  return best;
}

base::Result<model::CaseState> Engine::CaseById(const std::string& case_id) {
  model::CaseState state;
  const Status status = impl_->WithPartitionOf(case_id, [&](Partition* partition) -> Status {
    auto found = partition->Find(case_id);
    if (!found.ok()) return found.status();
    if (found.value() == nullptr) {
      return Error{ErrorKind::kNotFound, "Expected a case " + case_id + ", but there is none"};
    }
    return Partition::Decode(*found.value(), &state);
  });
  if (!status.ok()) return status.error();
  return state;
}

bool Engine::IsWithAnother(const std::string& case_id) const {
  const int32_t number = log::PartitionOf(case_id, impl_->shared.partitions);
  const auto view = impl_->shared.table.Look();
  return !view.map().contains(number) && impl_->OthersHave(number);
}

const std::optional<model::MigrationRecord>& Engine::migration() const {
  return impl_->migration;
}

base::Result<base::Instant> Engine::ClockOf(const std::string& case_id) {
  base::Instant clock;
  const Status status = impl_->WithPartitionOf(case_id, [&](Partition* partition) -> Status {
    clock = partition->clock;
    return {};
  });
  if (!status.ok()) return status.error();
  return clock;
}

base::Result<std::vector<model::ClosedPage>> Engine::PagesOf(const std::string& case_id) {
  std::vector<model::ClosedPage> pages;
  const Status status = impl_->WithPartitionOf(case_id, [&](Partition* partition) -> Status {
    auto found = partition->Find(case_id);
    if (!found.ok()) return found.status();
    if (found.value() == nullptr) {
      return Error{ErrorKind::kNotFound, "Expected a case " + case_id + ", but there is none"};
    }
    model::CaseState state;
    if (auto decoded = Partition::Decode(*found.value(), &state); !decoded.ok()) return decoded;
    for (uint32_t index = 0; index < state.page.index; ++index) {
      auto page = partition->Page(*found.value(), index);
      if (!page.ok()) return page.status();
      pages.push_back(std::move(page).value());
    }
    return {};
  });
  if (!status.ok()) return status.error();
  return pages;
}

base::Result<std::vector<model::Alert>> Engine::Alerts(const AlertFilter& filter) {
  return impl_->alerts->Find(filter);
}

base::Result<std::optional<model::Alert>> Engine::AlertById(const base::Hash128& id) {
  return impl_->alerts->ById(id);
}

}  // namespace caseclock::runtime
