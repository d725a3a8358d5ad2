// Auditor: figures, from the facts told step by step, from the ledgers, and from `partials`.

#include <algorithm>

#include "engine/codec/output_codec.h"
#include "engine/core/calendar_known.h"
#include "tests/common/auditor.h"

namespace caseclock::tests {
namespace {

using base::Atom;
using base::Instant;
using base::Status;

using Chunks = std::map<std::string, std::string>;

Chunks ChunksOf(const core::Figures& figures, int32_t partition) {
  Chunks chunks;
  const Status all = figures.ForEach(
      [&](const model::FigureKey& key, int32_t day, const model::FigureChunk& chunk) {
        const codec::ChunkKey full{key, day, partition};
        codec::EncodeChunk(full, chunk, &chunks[codec::FigureChunkKey(full)]);
      });
  CHECK(all.ok());  // all are in memory
  return chunks;
}

// The case that comes first by an instant.
struct First {
  Instant at = base::kNever;
  std::string case_id;
  void Offer(Instant t, const std::string& id) {
    if (case_id.empty() || std::tie(t, id) < std::tie(at, case_id)) *this = {t, id};
  }
};

core::ExtremeCases ExtremesOf(const std::vector<std::unique_ptr<Replica>>& replicas, Atom queue,
                              Instant as_of) {
  First oldest;
  std::map<Atom, First> due;
  for (const auto& replica : replicas) {
    for (const auto& [id, one] : replica->cases()) {
      const model::CaseView& view = one.state.view;
      if (!view.referred || !(view.queue == queue)) continue;
      if (!view.closed) oldest.Offer(view.opened_at, id);
      for (const model::ClockState& clock : view.clocks) {
        if (clock.due_at <= as_of) due[clock.clock].Offer(clock.due_at, id);
      }
    }
  }
  core::ExtremeCases extremes;
  extremes.oldest_case = oldest.case_id;
  for (const auto& [clock, first] : due) {
    extremes.most_overdue_by_clock.emplace_back(clock, first.case_id);
  }
  return extremes;
}

const model::WorkflowVersion* VersionFor(const model::PolicySet& set, Atom queue, Instant t) {
  const model::QueueBinding* binding = model::FindQueue(set, queue.view());
  if (binding == nullptr) return nullptr;
  const model::Workflow* workflow = model::FindWorkflow(set, binding->workflow);
  return workflow == nullptr ? nullptr : model::VersionAt(*workflow, t);
}

}  // namespace

Status Auditor::CheckPartials() {
  std::vector<Chunks> found(replicas_.size());
  for (size_t number = 0; number < replicas_.size(); ++number) {
    auto records = Read(topics_.partials, static_cast<int32_t>(number));
    if (!records.ok()) return records.status();
    for (OwnRecord& record : records.value()) {
      // What engines of a group tell each other about where they stand is in no commit.
      if (record.key->starts_with(model::kShareKey)) continue;
      auto key = codec::ParseFigureChunkKey(*record.key);
      if (!key.ok()) return key.status();
      ++counts_.partials;
      Chunks& chunks = found[static_cast<size_t>(key.value().partition)];
      chunks.erase(*record.key);
      if (record.value) chunks.emplace(std::move(*record.key), std::move(*record.value));
    }
  }
  for (size_t number = 0; number < replicas_.size(); ++number) {
    const auto partition = static_cast<int32_t>(number);
    const Chunks stepped = ChunksOf(replicas_[number]->figures(), partition);
    const std::string name = "figures of partition " + std::to_string(partition);
    if (ChunksOf(replicas_[number]->FiguresOfLedgers(), partition) != stepped) {
      Say(name + ": expected what the ledgers come to, but the steps came to something else");
    }
    // What the last commit left out is not lost, but it is not told yet either.
    if (chains_[number].last.sequence != 0 && !chains_[number].last.partials) continue;
    if (found[number] == stepped) continue;
    Say(name + ": expected " + std::to_string(stepped.size()) + " chunks in partials, but found " +
        std::to_string(found[number].size()) + " or others");
  }
  return {};
}

std::vector<model::Backlog> Auditor::Backlogs(Instant as_of) const {
  std::vector<const core::Figures*> figures;
  std::map<int32_t, int64_t> offsets;
  Instant watermark = base::kNever;
  std::vector<Atom> queues;
  for (size_t number = 0; number < replicas_.size(); ++number) {
    figures.push_back(&replicas_[number]->figures());
    offsets[static_cast<int32_t>(number)] = chains_[number].last.input_to;
    watermark = std::min(watermark, replicas_[number]->clock());
    const auto some = figures.back()->Queues();
    queues.insert(queues.end(), some.begin(), some.end());
  }
  std::sort(queues.begin(), queues.end());
  queues.erase(std::unique(queues.begin(), queues.end()), queues.end());
  const model::PolicySet& set = timeline_.At(as_of, timeline_.size());
  std::vector<model::Backlog> backlogs;
  for (const Atom queue : queues) {
    backlogs.push_back(core::Evaluate(figures, queue, as_of, VersionFor(set, queue, as_of),
                                      ExtremesOf(replicas_, queue, as_of))
                           .value());
    backlogs.back().offsets = offsets;
    backlogs.back().watermark = watermark;
    for (const model::Calendar* calendar : core::CalendarsOfQueue(set, queue)) {
      backlogs.back().calendars[calendar->id.str()] = calendar->version;
    }
  }
  return backlogs;
}

}  // namespace caseclock::tests
