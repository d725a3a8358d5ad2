#include "consumers/http/metrics.h"

#include <algorithm>
#include <functional>
#include <string_view>

#include "consumers/http/exposition.h"
#include "consumers/http/version.h"
#include "engine/core/fold_version.h"

namespace caseclock::http {
namespace {

void EngineMetrics(const runtime::EngineStats& s, Exposition* out) {
  const auto counter = [&](const char* name, const char* help, uint64_t value) {
    out->Single(name, "counter", help, static_cast<double>(value));
  };
  const auto gauge = [&](const char* name, const char* help, double value) {
    out->Single(name, "gauge", help, value);
  };
  counter("caseclock_records_total", "Input records taken, rejects and duplicates included.",
          s.records);
  counter("caseclock_events_total", "Events folded into cases.", s.events);
  counter("caseclock_rejects_total", "Records that could not be used.", s.rejects);
  counter("caseclock_duplicates_total", "Events that were known already.", s.duplicates);
  counter("caseclock_conflicts_total", "Events with a known id and other content.", s.conflicts);
  counter("caseclock_late_events_total",
          "Events dated before events already folded, or a corrected calendar.", s.late);
  counter("caseclock_refused_events_total", "Events that make no sense for their case.", s.refused);
  counter("caseclock_deleted_input_offsets_total",
          "Offsets of the input that were deleted before they were read.", s.deleted);
  counter("caseclock_rerouted_records_total",
          "Records found in another partition than their case's.", s.rerouted);
  counter("caseclock_relayed_records_total",
          "Copies of facts about handlers, sent to other partitions.", s.relayed);
  counter("caseclock_fact_copies_total",
          "Facts about handlers in other partitions than their handler's: copies, no more events.",
          s.fact_copies);
  counter("caseclock_alerts_told_total", "Tellings of alerts.", s.alerts_told);
  counter("caseclock_commits_total", "Commits.", s.commits);
  counter("caseclock_checkpoints_total", "Checkpoints of the state.", s.checkpoints);
  counter("caseclock_cache_hits_total", "Cases found in the cache.", s.cache_hits);
  counter("caseclock_cache_misses_total", "Cases read from the store.", s.cache_misses);
  gauge("caseclock_input_lag_records", "Input records not yet taken.",
        static_cast<double>(s.waiting_records));
  gauge("caseclock_timers", "Timers waiting.", static_cast<double>(s.timers));
  gauge("caseclock_commit_p95_seconds", "95th percentile of the time of a commit.",
        s.commit_ms_p95 / 1000);
  gauge("caseclock_clock_seconds", "The least of the partition clocks, since the epoch.",
        static_cast<double>(s.clock.us) / 1e6);
  gauge("caseclock_clock_ahead_seconds",
        "How far cases were judged ahead of this clock, by one that was ahead; time stands still "
        "in their partitions until then.",
        static_cast<double>(s.ahead.us) / 1e6);
  gauge("caseclock_caught_up", "1 when all input is read and every due timer has fired.",
        s.caught_up ? 1 : 0);
  gauge("caseclock_standby", "1 while this is a standby that waits for the place of an engine.",
        s.standby ? 1 : 0);
}

void MemoryMetrics(const runtime::EngineStats& s, Exposition* out) {
  const auto bytes = [&](const char* name, const char* help, uint64_t value) {
    out->Single(name, "gauge", help, static_cast<double>(value));
  };
  bytes("caseclock_memory_budget_bytes", "What memory may take (--memory).", s.budget_bytes);
  bytes("caseclock_memory_bytes", "Memory accounted against the budget: the three that follow.",
        s.memory_bytes);
  bytes("caseclock_case_cache_bytes", "Cases in memory, and timers at hand.", s.cache_bytes);
  bytes("caseclock_figures_bytes", "Figures in memory.", s.figures_bytes);
  bytes("caseclock_store_cache_bytes", "Block cache and memtables of the stores.", s.store_bytes);
}

using Value = std::function<double(const model::Backlog&)>;

void PerQueue(const char* name, const char* help, const std::vector<model::Backlog>& backlogs,
              const Value& value, Exposition* out) {
  out->Family(name, "gauge", help);
  for (const model::Backlog& b : backlogs) out->Sample(value(b), {{"queue", b.queue}});
}

// Of queues whose policy limits caseloads; without any there is no family. No handler is a label:
// there is no end to them, and dashboards are read by many.
void PerLimitedQueue(const char* name, const char* help,
                     const std::vector<model::Backlog>& backlogs,
                     const std::function<double(const model::Caseload&)>& value, Exposition* out) {
  const auto limited = [](const model::Backlog& b) { return b.caseload.has_value(); };
  if (std::none_of(backlogs.begin(), backlogs.end(), limited)) return;
  out->Family(name, "gauge", help);
  for (const model::Backlog& b : backlogs) {
    if (b.caseload) out->Sample(value(*b.caseload), {{"queue", b.queue}});
  }
}

void PerClock(const char* name, const char* help, const std::vector<model::Backlog>& backlogs,
              const std::function<double(const model::ClockFigures&)>& value, Exposition* out) {
  out->Family(name, "gauge", help);
  for (const model::Backlog& b : backlogs) {
    for (const auto& [clock, figures] : b.clocks) {
      out->Sample(value(figures), {{"queue", b.queue}, {"clock", clock}});
    }
  }
}

void QueueMetrics(const std::vector<model::Backlog>& backlogs, Exposition* out) {
  PerQueue(
      "caseclock_backlog_cases", "Open cases.", backlogs,
      [](const auto& b) { return static_cast<double>(b.open); }, out);
  out->Family("caseclock_backlog_by_risk_cases", "gauge", "Open cases by grade.");
  for (const model::Backlog& b : backlogs) {
    for (const auto& [risk, count] : b.by_risk) {
      out->Sample(static_cast<double>(count), {{"queue", b.queue}, {"risk", risk}});
    }
  }
  out->Family("caseclock_backlog_by_stage_cases", "gauge", "Open cases by stage.");
  for (const model::Backlog& b : backlogs) {
    for (const auto& [stage, count] : b.by_stage) {
      out->Sample(static_cast<double>(count), {{"queue", b.queue}, {"stage", stage}});
    }
  }
  PerQueue(
      "caseclock_unassigned_cases", "Open cases that nobody has.", backlogs,
      [](const auto& b) { return static_cast<double>(b.unassigned.count); }, out);
  PerQueue(
      "caseclock_unassigned_age_seconds_max", "How long the longest unassigned case has waited.",
      backlogs, [](const auto& b) { return static_cast<double>(b.unassigned.age_seconds_max); },
      out);
  PerQueue(
      "caseclock_ungraded_cases", "Open cases without a grade.", backlogs,
      [](const auto& b) { return static_cast<double>(b.ungraded.count); }, out);
  PerQueue(
      "caseclock_unqualified_cases", "Open cases whose handler lacks a qualification.", backlogs,
      [](const auto& b) { return static_cast<double>(b.unqualified); }, out);
  PerLimitedQueue(
      "caseclock_caseload_limit_cases", "Open cases that one handler should have at most.",
      backlogs, [](const auto& c) { return static_cast<double>(c.limit); }, out);
  PerLimitedQueue(
      "caseclock_caseload_cases_max", "The most open cases that one handler has.", backlogs,
      [](const auto& c) { return static_cast<double>(c.cases_max); }, out);
  PerLimitedQueue(
      "caseclock_handlers_over_caseload", "Handlers with more open cases than the limit.", backlogs,
      [](const auto& c) { return static_cast<double>(c.handlers_over); }, out);
  PerQueue(
      "caseclock_case_age_seconds_max", "Age of the oldest open case.", backlogs,
      [](const auto& b) { return static_cast<double>(b.age_max); }, out);
  PerClock(
      "caseclock_clock_running_cases", "Cases whose clock runs with a limit.", backlogs,
      [](const auto& c) { return static_cast<double>(c.running); }, out);
  PerClock(
      "caseclock_overdue_cases", "Cases whose clock is overdue.", backlogs,
      [](const auto& c) { return static_cast<double>(c.overdue); }, out);
  PerClock(
      "caseclock_overdue_seconds_max", "By how much the most overdue case is.", backlogs,
      [](const auto& c) { return static_cast<double>(c.overdue_seconds_max); }, out);
  PerClock(
      "caseclock_due_24h_cases", "Cases whose clock is due within 24 hours.", backlogs,
      [](const auto& c) { return static_cast<double>(c.due_24h); }, out);
}

void SourceMetrics(const std::vector<model::SourceStatus>& sources, Exposition* out) {
  if (sources.empty()) return;
  out->Family("caseclock_source_silent", "gauge",
              "1 when a source has not been heard for longer than policies allow.");
  for (const model::SourceStatus& s : sources) {
    out->Sample(s.silent ? 1 : 0, {{"source", s.source.view()}});
  }
  out->Family("caseclock_source_heard_seconds", "gauge",
              "When a source was last heard, since the epoch; missing: never.");
  for (const model::SourceStatus& s : sources) {
    if (s.heard_at == base::kLongAgo) continue;
    out->Sample(static_cast<double>(s.heard_at.us) / 1e6, {{"source", s.source.view()}});
  }
}

}  // namespace

std::string MetricsText(const runtime::EngineStats& stats,
                        const base::Result<std::vector<model::Backlog>>& backlogs,
                        const std::vector<model::SourceStatus>& sources) {
  Exposition out;
  out.Family("caseclock_build_info", "gauge",
             "Always 1; which version runs, from which commit, and by which fold of cases.");
  out.Sample(
      1,
      {{"version", kVersion}, {"commit", kCommit}, {"fold", std::to_string(core::kFoldVersion)}});
  EngineMetrics(stats, &out);
  MemoryMetrics(stats, &out);
  out.Single("caseclock_figures_readable", "gauge",
             "0 when the figures of queues could not be read, and are missing here.",
             backlogs.ok() ? 1 : 0);
  if (backlogs.ok()) QueueMetrics(backlogs.value(), &out);
  SourceMetrics(sources, &out);
  return out.Take();
}

}  // namespace caseclock::http
