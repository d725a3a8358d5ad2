#pragma once

// An engine under test: an embedded log and a state directory of its own, clocks that the test
// sets, the policies that ship, and verbs to send events and to look at what came out. Everything
// it reads about results comes from the log or from the engine's public interface.

#include <gtest/gtest.h>

#include <atomic>
#include <map>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/time_text.h"
#include "engine/codec/case_codec.h"
#include "engine/codec/event_codec.h"
#include "engine/codec/output_codec.h"
#include "engine/log/embedded/embedded_log.h"
#include "engine/log/read_all.h"
#include "engine/runtime/engine.h"
#include "tests/common/shipped_policies.h"
#include "tests/common/temp_dir.h"

namespace caseclock::runtime::testing {

using tests::TempDir;

inline base::Instant At(std::string_view text) {
  auto parsed = base::ParseInstant(text);
  EXPECT_TRUE(parsed.ok()) << text;
  return parsed.ok() ? parsed.value() : base::Instant{};
}

struct Sent {
  std::string json;
  base::Instant timestamp;  // of the record
  std::string key;          // empty: none, so partition 0
};

// Ends the test by an exception, which GoogleTest reports: an ASSERT in a verb of the hall would
// only end the verb, and the test would go on with an engine that is not there.
inline void Require(const base::Status& status, const std::string& what) {
  if (status.ok()) return;
  throw std::runtime_error("Expected " + what + ", but: " + status.error().message);
}

class Hall {
 public:
  // With a log of its own below `directory`, unless it is given one.
  explicit Hall(std::string directory, std::unique_ptr<log::Log> given = nullptr)
      : log(std::move(given)), directory_(std::move(directory)) {
    options.state_dir = directory_ + "/state";
    options.partitions = 4;
    options.workers = 2;
    options.clock = ClockMode::kLog;
    options.wall_clock = [this] { return base::Instant{wall.load()}; };
    options.monotonic = [this] { return base::Duration{monotonic.load()}; };
    if (log == nullptr) OpenLog();
  }
  ~Hall() {
    engine.reset();
    log.reset();
  }

  void OpenLog() {
    log::EmbeddedOptions log_options;
    log_options.directory = directory_ + "/log";
    log_options.clock = [this] { return base::Instant{wall.load()}; };
    auto opened = log::OpenEmbeddedLog(log_options);
    Require(opened.status(), "an embedded log in " + log_options.directory);
    log = std::move(opened).value();
  }
  void Activate(const std::vector<model::PolicyText>& files = tests::ShippedPolicies()) {
    ASSERT_FALSE(files.empty());
    Require(ActivatePolicies(log.get(), options.topics, files, options.wall_clock, "test"),
            "policies that can be activated");
  }
  [[nodiscard]] base::Status TryStart() {
    auto opened = Engine::Open(through == nullptr ? log.get() : through, options);
    if (!opened.ok()) return opened.error();
    engine = std::move(opened).value();
    return {};
  }
  void Start() { Require(TryStart(), "the engine to start"); }
  void Idle() {
    const std::atomic<bool> never{false};
    const auto status = engine->WaitIdle(never);
    ASSERT_TRUE(status.ok()) << status.error().message;
  }
  void Stop() {
    const auto status = engine->Stop();
    EXPECT_TRUE(status.ok()) << status.error().message;
    engine.reset();
  }
  void Restart() {
    Stop();
    Start();
  }

  void EnsureEvents() {
    log::TopicConfig config;
    config.partitions = options.partitions;
    Require(log->EnsureTopic(options.topics.events, config), "a topic of events");
  }
  void Send(const std::vector<Sent>& events) {
    EnsureEvents();
    auto appender = log->OpenAppender();
    Require(appender.status(), "an appender");
    std::vector<log::NewRecord> records;
    for (const Sent& event : events) {
      log::NewRecord record;
      if (!event.key.empty()) record.key = event.key;
      record.value = event.json;
      record.timestamp = event.timestamp;
      records.push_back(record);
    }
    Require(appender.value()->Append(options.topics.events, records).status(),
            "events to be appended");
  }
  // `body` as in "\"referred\": {…}"; the record's time is the event's.
  static Sent Event(const std::string& id, const std::string& case_id, const std::string& at,
                    const std::string& body) {
    return {"{\"event_id\":\"" + id + "\",\"source\":\"rms\",\"case_id\":\"" + case_id +
                "\",\"occurred_at\":\"" + at + "\"," + body + "}",
            At(at), case_id};
  }
  static Sent Referral(const std::string& case_id, const std::string& at,
                       const std::string& risk = "high") {
    return Event("r-" + case_id, case_id, at,
                 R"("referred":{"queue":"demo/desk","risk":")" + risk + "\"}");
  }
  // About a handler: without a case, and with the handler as key.
  static Sent Fact(const std::string& id, const std::string& handler, const std::string& at,
                   const std::string& body) {
    return {
        R"({"event_id":")" + id + R"(","source":"hr","occurred_at":")" + at + "\"," + body + "}",
        At(at), handler};
  }
  void SetWall(base::Instant t) {
    monotonic += t.us - wall;
    wall = t.us;
  }
  void AdvanceWall(base::Duration by) { SetWall(base::Instant{wall + by.us}); }

  struct Record {
    int64_t offset;
    std::optional<std::string> key;
    std::optional<std::string> value;
    std::map<std::string, std::string> headers;
  };
  std::vector<Record> Read(const std::string& topic, int32_t partition) const {
    std::vector<Record> records;
    auto reader = log->Open({topic, partition}, 0);
    Require(reader.status(), "a reader of " + topic);
    const auto read = log::ReadAll(reader.value().get(), 1000, [&](const auto& batch) {
      for (const auto& r : batch.records()) {
        records.push_back({r.offset, std::nullopt, std::nullopt, {}});
        if (r.key) records.back().key.emplace(*r.key);
        if (r.value) records.back().value.emplace(*r.value);
        for (const auto& [key, value] : r.headers) {
          records.back().headers.emplace(key, value);
        }
      }
      return base::Status();
    });
    EXPECT_TRUE(read.ok());
    return records;
  }
  std::vector<Record> ReadAll(const std::string& topic) const {
    std::vector<Record> all;
    for (int32_t p = 0; p < options.partitions; ++p) {
      const auto some = Read(topic, p);
      all.insert(all.end(), some.begin(), some.end());
    }
    return all;
  }
  std::vector<model::Alert> Alerts(bool standing = false) const {
    AlertFilter filter;
    filter.standing_only = standing;
    filter.limit = 1'000'000;
    auto alerts = engine->Alerts(filter);
    Require(alerts.status(), "alerts");
    return std::move(alerts).value();
  }
  void ExpectSound() const {
    auto lines = engine->Verify(nullptr);
    ASSERT_TRUE(lines.ok()) << lines.error().message;
    for (const std::string& line : lines.value()) ADD_FAILURE() << line;
  }

  EngineOptions options;
  log::Log* through = nullptr;  // what the engine gets instead of `log`
  std::atomic<int64_t> wall = At("2026-06-01T00:00:00Z").us;
  std::atomic<int64_t> monotonic{0};
  std::unique_ptr<log::Log> log;
  std::unique_ptr<Engine> engine;

 private:
  const std::string directory_;
};

}  // namespace caseclock::runtime::testing
