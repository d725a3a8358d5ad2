// Engine: figures at an instant of the past, by a scan over all cases.

#include <algorithm>
#include <map>
#include <optional>

#include "engine/codec/case_codec.h"
#include "engine/core/calendar_known.h"
#include "engine/core/facts.h"
#include "engine/runtime/engine_impl.h"
#include "engine/runtime/first_cases.h"
#include "engine/runtime/partition_snapshot.h"

namespace caseclock::runtime {
namespace {

using base::Atom;
using base::Instant;
using base::Status;

// What the scan gathers. Names of extremes come with it: every case is looked at anyway.
struct Past {
  core::Figures figures;
  std::vector<model::FigureDelta> facts;
  std::map<Atom, FirstCases> first;  // by queue

  void Note(const std::string& case_id, const model::CaseView& view, Instant at) {
    if (!view.referred) return;
    FirstCases& offered = first[view.queue];
    if (!view.closed) offered.OfferOpen(view.opened_at, case_id);
    for (const model::ClockState& clock : view.clocks) {
      if (clock.due_at < at) offered.OfferDue(clock.clock, clock.due_at, case_id);
    }
  }
};

}  // namespace

base::Result<std::vector<model::Backlog>> Engine::BacklogsAt(
    Instant at, bool known_then, const std::string& queue, bool rollup,
    const std::function<void(double)>& progress) {
  Shared& shared = impl_->shared;
  const auto timeline = shared.policies.load();
  const auto set = timeline->At(at);
  core::StepContext context = timeline->ContextAt(at);
  // As known now: also by the calendars of now.
  core::Corrected corrected;
  if (!known_then && timeline->periods().size() > 1) {
    corrected = core::WithCalendarsOf(timeline->last(), timeline->periods());
    for (const model::PolicyPeriod& period : timeline->periods()) {
      const auto index = static_cast<size_t>(&period - timeline->periods().data());
      if (period.set == context.policies) context.policies = corrected.timeline[index].set;
    }
    context.timeline = corrected.timeline;
  }
  const Instant arrived_by = known_then ? at : base::kNever;

  Past past;
  std::map<int32_t, int64_t> offsets;
  int32_t done = 0;
  const auto take = [&](const std::vector<model::ClosedPage>& pages,
                        const model::CaseState& state) -> Status {
    core::PastCase one = core::CaseAt(context, pages, state, arrived_by);
    past.Note(state.case_id, one.view, at);
    past.facts.insert(past.facts.end(), one.facts.begin(), one.facts.end());
    if (past.facts.size() > 65'536) {
      past.figures.Apply(past.facts);
      past.facts.clear();
    }
    return {};
  };
  const auto view = shared.table.Look();
  for (const auto& [number, held] : view.map()) {
    const Partition* partition = held.get();
    std::optional<PartitionSnapshot> snapshot;
    const Status taken = impl_->Visit(held.get(), [&]() -> Status {
      offsets[partition->number()] = partition->position.input_offset;
      snapshot.emplace(*partition);
      return {};
    });
    if (!taken.ok()) return taken.error();
    if (auto status = snapshot->ForEachCase(take); !status.ok()) return status.error();
    if (progress) progress(static_cast<double>(++done) / shared.partitions);
  }
  past.figures.Apply(past.facts);

  std::vector<Atom> queues;
  for (const Atom name : past.figures.Queues()) {
    if (QueueMatches(name.view(), queue)) queues.push_back(name);
  }
  const core::Figures* const figures[] = {&past.figures};
  std::vector<model::Backlog> backlogs;
  if (rollup) {
    FirstCases first;
    for (const Atom name : queues) first.Offer(past.first[name]);
    auto backlog = core::EvaluateUnion(figures, queues, RollupName(queue), at,
                                       DefinitionsOf(*set, queues, at), first.Names());
    if (!backlog.ok()) return backlog.error();
    backlogs.push_back(std::move(backlog).value());
  } else {
    for (const Atom name : queues) {
      auto backlog = core::Evaluate(figures, name, at, VersionOfQueue(*set, name.view(), at),
                                    past.first[name].Names());
      if (!backlog.ok()) return backlog.error();
      backlogs.push_back(std::move(backlog).value());
    }
  }
  for (model::Backlog& backlog : backlogs) {
    backlog.watermark = at;
    if (!rollup) NameCalendars(*context.policies, &backlog);
    // What had arrived by an instant ends at no offset that anybody noted.
    if (!known_then) backlog.offsets = offsets;
  }
  return backlogs;
}

}  // namespace caseclock::runtime
