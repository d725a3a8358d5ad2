// Engine: where it stands.

#include <algorithm>

#include "engine/runtime/engine_impl.h"

namespace caseclock::runtime {

EngineStats Engine::stats() const {
  const Shared& shared = impl_->shared;
  const Counters& counters = shared.counters;
  EngineStats stats;
  stats.records = counters.records;
  stats.events = counters.events;
  stats.rejects = counters.rejects;
  stats.duplicates = counters.duplicates;
  stats.conflicts = counters.conflicts;
  stats.late = counters.late;
  stats.refused = counters.refused;
  stats.deleted = counters.deleted;
  stats.rerouted = counters.rerouted;
  stats.relayed = counters.relayed;
  stats.fact_copies = counters.fact_copies;
  stats.alerts_told = counters.alerts_told;
  stats.alert_bytes = counters.alert_bytes;
  stats.case_records = counters.case_records;
  stats.case_bytes = counters.case_bytes;
  stats.commits = counters.commits;
  stats.checkpoints = counters.checkpoints;
  stats.cache_hits = counters.cache_hits;
  stats.cache_misses = counters.cache_misses;
  stats.commit_ms_p95 = static_cast<double>(shared.commit_us_p95.load()) / 1000.0;
  stats.store_bytes = store::MemoryBytes(*shared.resources);
  stats.budget_bytes = shared.options.memory_bytes;
  stats.partitions = shared.partitions;
  stats.clock = base::kNever;
  std::map<int32_t, int64_t> taken;  // with the markers behind
  stats.latest = base::kLongAgo;
  {
    const auto view = shared.table.Look();  // not while the log is asked, which may be away
    for (const auto& [number, partition] : view.map()) {
      stats.timers += partition->timers_shown;
      stats.cache_bytes += partition->memory_shown;
      const std::lock_guard lock(partition->figures_mutex);
      stats.figures_bytes += partition->FiguresBytes();
      stats.offsets[number] = partition->shown_offset;
      stats.clock = std::min(stats.clock, partition->shown_clock);
      taken[number] = std::max(partition->shown_offset, partition->nothing_before.load());
      stats.latest = std::max(stats.latest, partition->shown_clock);
    }
  }
  stats.memory_bytes = stats.cache_bytes + stats.figures_bytes + stats.store_bytes;
  if (stats.clock == base::kNever || stats.clock == base::kLongAgo) stats.clock = base::Instant{};
  if (stats.latest == base::kLongAgo) stats.latest = base::Instant{};
  stats.caught_up = true;
  for (const auto& [number, offset] : taken) {
    auto bounds = shared.log->Bounds({shared.options.topics.events, number});
    if (!bounds.ok()) {
      stats.caught_up = false;
      break;
    }
    const int64_t from = std::max(offset, bounds.value().first);
    if (bounds.value().end <= from) continue;
    stats.waiting_records += static_cast<uint64_t>(bounds.value().end - from);
    stats.caught_up = false;
  }
  if (shared.options.clock == ClockMode::kWall && !stats.offsets.empty()) {
    const base::Instant wall = shared.options.wall_clock();
    const base::Duration lag = wall - stats.clock;
    stats.ahead = std::max(base::Duration{}, stats.latest - wall);
    if (stats.clock != base::Instant{}) stats.lag = std::max(base::Duration{}, lag);
    stats.caught_up &= lag <= kLiveLag;
  }
  return stats;
}

}  // namespace caseclock::runtime
