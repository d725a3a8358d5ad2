#include "tests/simulation/outcome.h"

#include "engine/base/hash.h"
#include "engine/codec/case_codec.h"
#include "engine/codec/output_codec.h"
#include "engine/log/read_all.h"
#include "tests/common/auditor.h"

namespace caseclock::simulation {
namespace {

using Visit = std::function<void(const log::RecordView&)>;

void ForEachRecord(log::Log* log, const std::string& topic, const Visit& visit) {
  const auto config = log->Describe(topic);
  for (int32_t p = 0; config.ok() && p < config.value().partitions; ++p) {
    auto reader = std::move(log->Open({topic, p}, 0)).value();
    const base::Status read =
        log::ReadAll(reader.get(), 1000, [&](const log::RecordBatch& batch) -> base::Status {
          for (const log::RecordView& record : batch.records()) visit(record);
          return {};
        });
    CHECK(read.ok());
  }
}

std::string TextOf(const model::Alert& alert) {
  return alert.case_id + " " + alert.clock.str() + " " + alert.rung.str() + " " +
         std::to_string(alert.repeat) + " due " + std::to_string(alert.due_at.us) + " " +
         base::ToHex(alert.id);
}

template <typename Set>
void CompareSets(const char* what, const Set& expected, const Set& found,
                 std::vector<std::string>* lines) {
  for (const std::string& text : expected) {
    if (found.count(text) < expected.count(text)) {
      lines->push_back(std::string("Expected ") + what + " " + text + ", but it is missing");
    }
  }
  for (const std::string& text : found) {
    if (found.count(text) > expected.count(text)) {
      lines->push_back(std::string("Expected no such ") + what + ", but found " + text);
    }
  }
}

}  // namespace

Outcome Collect(log::Log* log, const runtime::TopicNames& topics, runtime::Engine* engine,
                const std::vector<std::string>& cases) {
  Outcome outcome;
  for (const std::string& id : cases) {
    auto state = engine->CaseById(id);
    std::string& view = outcome.views[id];
    if (state.ok()) {
      codec::EncodeView(state.value().view, &view);
    } else {
      view = "none: " + std::to_string(static_cast<int>(state.error().kind));
    }
  }
  const auto backlogs = engine->Backlogs();
  for (model::Backlog backlog : backlogs.value()) {
    backlog.offsets.clear();
    outcome.backlogs.push_back(codec::BacklogToJson(backlog));
  }
  runtime::AlertFilter filter;
  filter.standing_only = true;
  filter.limit = 1'000'000;
  auto standing = engine->Alerts(filter);
  CHECK(standing.ok());
  for (const model::Alert& alert : standing.value()) outcome.standing.insert(TextOf(alert));
  ForEachRecord(log, topics.alerts, [&](const log::RecordView& record) {
    model::Alert alert;
    CHECK(codec::DecodeAlert(*record.value, &alert).ok());
    ++outcome.told[base::ToHex(alert.id) + "/" + std::to_string(alert.revision) + "/" +
                   std::string(model::AlertStateName(alert.state))];
  });
  ForEachRecord(log, topics.rejects, [&](const log::RecordView& record) {
    model::Reject reject;
    CHECK(codec::DecodeReject(*record.value, &reject).ok());
    outcome.rejects.insert(reject.key.value_or("(none)") + " " + reject.value.value_or("(none)") +
                           ": " + reject.message);
  });
  return outcome;
}

std::vector<std::string> Compare(const Outcome& expected, const Outcome& found) {
  std::vector<std::string> lines;
  for (const auto& [id, view] : expected.views) {
    const auto at = found.views.find(id);
    if (at == found.views.end() || at->second != view) {
      lines.push_back("Expected the view of " + id + " to be that of an undisturbed run, but it " +
                      "differs");
    }
  }
  if (expected.backlogs != found.backlogs) {
    lines.emplace_back("Expected the figures of an undisturbed run, but they differ");
    for (const std::string& json : expected.backlogs) lines.push_back("  expected " + json);
    for (const std::string& json : found.backlogs) lines.push_back("  found    " + json);
  }
  CompareSets("standing alert", expected.standing, found.standing, &lines);
  CompareSets("reject", expected.rejects, found.rejects, &lines);
  for (const auto& [telling, times] : found.told) {
    if (times == 1) continue;
    lines.push_back("Expected " + telling + " to be told once, but it was told " +
                    std::to_string(times) + " times");
  }
  return lines;
}

std::vector<std::string> AuditSchedule(log::Log* log, const runtime::TopicNames& topics) {
  tests::Auditor auditor(log, {topics.events, topics.cases, topics.partials, topics.alerts,
                               topics.rejects, topics.policies});
  const base::Status read = auditor.Run();
  std::vector<std::string> lines = auditor.differences();
  if (!read.ok()) lines.push_back(read.error().message);
  return lines;
}

std::string Fingerprint(log::Log* log, const runtime::TopicNames& topics) {
  std::string bytes;
  for (const std::string& topic : {topics.events, topics.cases, topics.partials, topics.alerts,
                                   topics.rejects, topics.backlog, topics.policies}) {
    ForEachRecord(log, topic, [&](const log::RecordView& record) {
      bytes +=
          topic + std::to_string(record.offset) + "@" + std::to_string(record.timestamp.us) + "=";
      bytes += record.key.value_or("");
      bytes += record.value.value_or("");
    });
  }
  return base::ToHex(base::Hash(bytes));
}

}  // namespace caseclock::simulation
