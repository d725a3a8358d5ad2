// Repair: what a damaged partition should be, and how that differs from what it is.

#include <algorithm>
#include <map>

#include "engine/base/time_text.h"
#include "engine/codec/case_codec.h"
#include "engine/codec/output_codec.h"
#include "engine/core/step.h"
#include "engine/log/read_all.h"
#include "engine/runtime/engine_impl.h"
#include "engine/runtime/repair_work.h"

namespace caseclock::runtime {
namespace {

using base::Status;

// More at once would not fit into one transaction; the engine reads on from there.
constexpr int64_t kRecordsAtOnce = 500'000;
constexpr size_t kBatch = 2048;

// The last telling of an alert: its revision and the number of its transitions.
using Telling = std::pair<uint32_t, size_t>;

// The least clock that a case can stand at: nothing is taken in or told ahead of it.
base::Instant LeastClock(const model::CaseState& state) {
  base::Instant least = base::kLongAgo;
  for (const model::ToldAlert& told : state.told) {
    least = std::max(least, told.transitions.back().at);
  }
  if (state.page.folded_count > 0) {
    core::LedgerEntry last;
    codec::DecodeLedgerEntry(std::string_view(state.page.entries).substr(state.page.last_folded_at),
                             &last);
    least = std::max(least, last.event.occurred_at);
  }
  return least;
}

}  // namespace

// Records that no commit covers may be ahead of the chain. Figures are counted as of the clock: at
// an earlier one they would leave out what these cases have taken in, and nothing would add it.
Status Repair::CatchUpWithCases(Work* work) {
  Partition& partition = work->task.partition();
  return ForEachCaseState(&partition,
                          [&](const CachedCase&, const model::CaseState& state) -> Status {
                            partition.clock = std::max(partition.clock, LeastClock(state));
                            return {};
                          });
}

Status Repair::ReadInputAgain(Work* work) {
  RepairPlan& plan = work->plan;
  const log::TopicPartition events{shared_.options.topics.events, plan.partition};
  auto bounds = shared_.log->Bounds(events);
  if (!bounds.ok()) return bounds.status();
  const int64_t until = std::max(work->chain.last.input_to, plan.committed.value_or(0).offset);
  const auto gone = [&](int64_t from, int64_t to, const char* why) {
    plan.lost.push_back("input records " + std::to_string(from) + " to " + std::to_string(to) +
                        " of " + events.topic + "/" + std::to_string(plan.partition) + ": " + why +
                        "; what they said counts as far as the ledgers have it");
  };
  if (plan.input_from < bounds.value().first) {
    gone(plan.input_from, bounds.value().first, "they are no longer held");
    plan.input_from = bounds.value().first;
  }
  if (bounds.value().end < until) {
    gone(bounds.value().end, until, "the topic ends before them");
    plan.input_from = std::min(plan.input_from, bounds.value().end);
  }
  Task& task = work->task;
  task.products.Clear(plan.input_from);
  task.products.repair = true;
  const base::Instant wall = shared_.options.wall_clock();
  auto reader = shared_.log->Open(events, plan.input_from);
  if (!reader.ok()) return reader.status();
  while (task.products.input_to < until && task.products.input_records < kRecordsAtOnce) {
    auto batch = reader.value()->Read(base::Millis(100), kBatch);
    if (!batch.ok()) return batch.status();
    if (batch.value() == nullptr || batch.value()->records().empty()) {
      if (reader.value()->at_end()) break;
      continue;
    }
    for (size_t taken = 0; taken < batch.value()->records().size();) {
      auto some = task.Process(*batch.value(), taken, wall);
      if (!some.ok()) return some.status();
      taken += some.value();
      task.products.input_bytes = 0;
    }
  }
  // What is due by the partition's own clock, but no further: the engine goes on with time.
  const base::Instant now = task.partition().clock;
  while (task.NextTimer() <= now) {
    if (auto status = task.AdvanceTo(now, wall); !status.ok()) return status;
  }
  plan.input_to = task.products.input_to;
  return {};
}

// What the cases say was told, but the topic of alerts does not have.
Status Repair::CompareTold(Work* work) {
  const log::TopicPartition alerts{shared_.options.topics.alerts, work->plan.partition};
  auto reader = shared_.log->Open(alerts, 0);
  if (!reader.ok()) return reader.status();
  std::map<base::Hash128, Telling> found;
  const Status read =
      log::ReadAll(reader.value().get(), kBatch, [&](const log::RecordBatch& batch) -> Status {
        for (const log::RecordView& record : batch.records()) {
          model::Alert alert;
          // In JSON, by a setting of the engine: then only the case has it.
          if (!record.value || !codec::DecodeAlert(*record.value, &alert).ok()) continue;
          found[alert.id] = {alert.revision, alert.transitions.size()};
        }
        return {};
      });
  if (!read.ok()) return read;
  if (shared_.options.json_outputs) return {};
  const auto compare = [&](const model::ToldAlert& told, const std::string& case_id) {
    const auto at = found.find(told.id);
    if (at != found.end() && at->second >= Telling(told.revision, told.transitions.size())) return;
    work->plan.lost.push_back("alert " + base::ToHex(told.id) + " of case " + case_id + ", " +
                              std::string(model::AlertStateName(told.state())) +
                              ": the case has it, but " + alerts.topic +
                              " does not; it is told again when it changes");
  };
  Partition& partition = work->task.partition();
  return ForEachCaseState(&partition,
                          [&](const CachedCase& entry, const model::CaseState& state) -> Status {
                            for (uint32_t index = 0; index < state.page.index; ++index) {
                              auto page = partition.Page(entry, index);
                              if (!page.ok()) return page.status();
                              for (const model::ToldAlert& told : page.value().told)
                                compare(told, entry.id);
                            }
                            for (const model::ToldAlert& told : state.told) compare(told, entry.id);
                            return {};
                          });
}

Status Repair::Describe(Work* work) {
  Task& task = work->task;
  for (const CachedCase* entry : task.partition().touched()) {
    if (entry->changed) work->plan.cases.push_back(entry->id);
  }
  std::sort(work->plan.cases.begin(), work->plan.cases.end());
  const Products& products = task.products;
  for (const EncodedAlert& alert : products.alerts) {
    const std::string_view bytes = std::string_view(products.alert_bytes).substr(alert.at);
    work->plan.alerts.push_back(base::ToHex(alert.id) + " " +
                                std::string(model::AlertStateName(alert.state)) + " of case " +
                                std::string(bytes.substr(alert.value_size, alert.case_id_size)));
  }
  work->plan.rejects = static_cast<int64_t>(products.rejects.size());
  return {};
}

}  // namespace caseclock::runtime
