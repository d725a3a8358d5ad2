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

// The partition's worker waits for no more of them at once.
constexpr size_t kCasesInAVisit = 512;

bool IsOpen(const model::CaseState& state) {
  return state.view.referred && !state.view.closed;
}

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

Status Engine::Impl::Visit(Partition* partition, const std::function<Status()>& visit) {
  const Gate::Visit inside(&partition->gate);
  return partition->dead ? Status(Moving(partition->number())) : visit();
}

Status Engine::Impl::ForEachPartition(const std::function<Status(Partition*)>& visit) {
  const auto view = shared.table.Look();
  for (const auto& [number, held] : view.map()) {
    Partition* partition = held.get();
    const Status status = Visit(partition, [&] { return visit(partition); });
    if (!status.ok()) return status;
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
  return Visit(found->second.get(), [&] { return visit(found->second.get()); });
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

base::Result<std::vector<CaseSummary>> Engine::Cases(const std::string& queue, size_t limit,
                                                     size_t* total) {
  const base::Atom name = base::Atom::Intern(queue);
  std::vector<CaseSummary> best;  // a heap, the least urgent on top
  size_t seen = 0;
  const auto view = impl_->shared.table.Look();
  for (const auto& [number, held] : view.map()) {
    Partition* partition = held.get();
    const base::Instant clock = partition->ShownClock();
    const auto offer = [&](const CachedCase&, const model::CaseState& state) -> Status {
      // It may have changed since the list was made.
      if (!(state.view.queue == name) || !IsOpen(state)) return {};
      ++seen;
      best.push_back(Summarise(state, clock));
      std::push_heap(best.begin(), best.end(), MoreUrgent);
      if (best.size() > limit) {
        std::pop_heap(best.begin(), best.end(), MoreUrgent);
        best.pop_back();
      }
      return {};
    };
    std::vector<std::string> ids;
    auto status = impl_->Visit(partition, [&] { return partition->OpenCases(name, &ids); });
    const std::vector<std::string_view> views(ids.begin(), ids.end());
    for (size_t at = 0; status.ok() && at < views.size(); at += kCasesInAVisit) {
      const size_t count = std::min(kCasesInAVisit, views.size() - at);
      status = impl_->Visit(
          partition, [&] { return partition->Look(std::span(views).subspan(at, count), offer); });
    }
    if (!status.ok()) return status.error();
  }
  if (total != nullptr) *total = seen;
  std::sort_heap(best.begin(), best.end(), MoreUrgent);
  return best;
}

Status Engine::Impl::LookAt(
    const std::string& case_id,
    const std::function<Status(Partition*, const CachedCase&, model::CaseState&)>& visit) {
  return WithPartitionOf(case_id, [&](Partition* partition) -> Status {
    const std::string_view id = case_id;
    bool found = false;
    const Status looked =
        partition->Look({&id, 1}, [&](const CachedCase& entry, model::CaseState& state) {
          found = true;
          return visit(partition, entry, state);
        });
    if (found || !looked.ok()) return looked;
    return Error{ErrorKind::kNotFound, "Expected a case " + case_id + ", but there is none"};
  });
}

base::Result<model::CaseState> Engine::CaseById(const std::string& case_id) {
  model::CaseState found;
  const Status status =
      impl_->LookAt(case_id, [&](Partition*, const CachedCase&, model::CaseState& state) -> Status {
        found = std::move(state);
        return {};
      });
  if (!status.ok()) return status.error();
  return found;
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
    clock = partition->ShownClock();
    return {};
  });
  if (!status.ok()) return status.error();
  return clock;
}

base::Result<std::vector<model::ClosedPage>> Engine::PagesOf(const std::string& case_id) {
  std::vector<model::ClosedPage> pages;
  const Status status = impl_->LookAt(
      case_id,
      [&](Partition* partition, const CachedCase& entry, const model::CaseState& state) -> Status {
        for (uint32_t index = 0; index < state.page.index; ++index) {
          auto page = partition->Page(entry, index);
          if (!page.ok()) return page.status();
          pages.push_back(std::move(page).value());
        }
        return {};
      });
  if (!status.ok()) return status.error();
  return pages;
}

base::Result<std::vector<model::Alert>> Engine::Alerts(const AlertFilter& filter, size_t* total) {
  return impl_->alerts->Find(filter, total);
}

base::Result<std::optional<model::Alert>> Engine::AlertById(const base::Hash128& id) {
  return impl_->alerts->ById(id);
}

}  // namespace caseclock::runtime
