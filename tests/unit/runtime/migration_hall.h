#pragma once

// A log to migrate from and logs to migrate to, each below a directory of its own.

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "engine/runtime/migration.h"
#include "engine/runtime/topics.h"
#include "tests/unit/runtime/outcome.h"

namespace caseclock::runtime::testing {

inline constexpr int kMigratedCases = 60;
// In the middle of DeskHistory.
inline constexpr const char* kMigratedAt = "2026-03-25T00:00:00Z";

// The history up to, or from, the middle; `C-0` lives so long that its ledger has closed pages, and
// one record is of no use.
inline std::vector<Sent> HistoryUpTo(bool first) {
  std::vector<Sent> events;
  const base::Instant middle = At(kMigratedAt);
  for (Sent& event : DeskHistory(7, kMigratedCases)) {
    if ((event.timestamp < middle) == first) events.push_back(std::move(event));
  }
  if (!first) return events;
  for (int i = 0; i < 150; ++i) {
    events.push_back(Hall::Event("long" + std::to_string(i), "C-0",
                                 base::FormatInstant(middle - base::Seconds(2000 - i)),
                                 "\"assigned\":{\"handler\":\"h-" + std::to_string(i % 7) + "\"}"));
  }
  events.push_back({"{\"event_id\":7", middle - base::Seconds(60), "C-9"});
  events.push_back({"{\"event_id\":8", middle - base::Seconds(50), ""});
  return events;
}

inline void RunTo(Hall* hall, const char* until) {
  hall->options.until = At(until);
  hall->Start();
  hall->Idle();
}

// Worked through the first half, and stopped.
inline void FillSource(Hall* hall) {
  hall->Activate();
  hall->Send(HistoryUpTo(true));
  RunTo(hall, kMigratedAt);
  hall->Stop();
}

inline void MakeTopics(Hall* hall) {
  for (const auto& [name, config] : EngineTopics(hall->options.topics, hall->options.partitions)) {
    const auto status = hall->log->EnsureTopic(name, config);
    ASSERT_TRUE(status.ok()) << status.error().message;
  }
}

inline MigrationTargetOptions TargetOptions(const Hall& target) {
  MigrationTargetOptions options;
  options.topics = target.options.topics;
  options.group = target.options.group;
  options.monotonic = target.options.monotonic;
  return options;
}

// Through `log`, which may go wrong, instead of the target's own.
inline base::Result<model::MigrationRecord> Migrate(const Hall& source, const Hall& target,
                                                    log::Log* log = nullptr,
                                                    size_t step_bytes = 4096,
                                                    const Migration::Watch& watch = nullptr) {
  auto migration = Migration::Open(source.log.get(), source.options);
  if (!migration.ok()) return migration.error();
  auto opened =
      MigrationTarget::Open(log == nullptr ? target.log.get() : log, TargetOptions(target));
  if (!opened.ok()) return opened.error();
  return migration.value()->Run(opened.value().get(), step_bytes, watch);
}

// Figures without what depends on how the cases lie in partitions, views, and standing alerts.
struct Result {
  std::vector<std::string> backlogs;
  std::map<std::string, std::string> views;
  std::map<std::string, std::string> standing;
  bool operator==(const Result&) const = default;
};

inline Result ResultOf(const Hall& hall) {
  Result result;
  for (int i = 0; i < kMigratedCases; ++i) {
    const std::string id = "C-" + std::to_string(i);
    auto state = hall.engine->CaseById(id);  // some come later
    if (state.ok()) codec::EncodeView(state.value().view, &result.views[id]);
  }
  const auto backlogs = hall.engine->Backlogs();
  for (model::Backlog backlog : backlogs.value()) {
    backlog.offsets.clear();
    backlog.watermark = {};
    result.backlogs.push_back(codec::BacklogToJson(backlog));
  }
  for (const model::Alert& alert : hall.Alerts(true)) {
    result.standing[base::ToHex(alert.id)] =
        std::string(model::AlertStateName(alert.state)) + " " + base::FormatInstant(alert.due_at);
  }
  return result;
}

inline std::vector<std::string> Contents(const Hall& hall) {
  std::vector<std::string> all;
  for (const auto& [topic, config] : EngineTopics(hall.options.topics, hall.options.partitions)) {
    for (int32_t number = 0; number < config.partitions; ++number) {
      for (const auto& record : hall.Read(topic, number)) {
        all.push_back(topic + "/" + std::to_string(number) + " " + record.key.value_or("-") + " " +
                      record.value.value_or("-"));
      }
    }
  }
  return all;
}

}  // namespace caseclock::runtime::testing
