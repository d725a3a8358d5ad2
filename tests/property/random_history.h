#pragma once

// A random history, and ways to play it to an engine: in any order, doubled, in batches of any
// size, with restarts. What an engine is left with must not depend on the way.

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <functional>
#include <map>
#include <memory>
#include <random>
#include <set>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "tests/unit/runtime/engine_hall.h"
#include "tests/unit/runtime/faulty_log.h"

namespace caseclock::runtime::testing {

inline constexpr int kCases = 40;

// Random cases of every queue: referrals, grades, pauses, hand-overs, voids, conflicts, orphans,
// one case so long that its ledger takes several pages, and facts about the handlers.
class History {
 public:
  explicit History(uint32_t seed) : random_(seed) {
    for (int i = 0; i < kCases; ++i) Case(i, i == 0 ? 250 : 3 + Pick(12));
    for (int i = 0; i < 24; ++i) Fact("q" + std::to_string(i));
  }
  [[nodiscard]] const std::vector<Sent>& events() const { return events_; }
  [[nodiscard]] static std::string Id(int i) { return "C-" + std::to_string(i); }

 private:
  int Pick(int n) { return static_cast<int>(random_() % static_cast<uint32_t>(n)); }

  void Add(int i, base::Instant t, const std::string& body) {
    const std::string id = "e" + std::to_string(events_.size());
    events_.push_back(Hall::Event(id, Id(i), base::FormatInstant(t), body));
    if (Pick(25) == 0) {
      // The same event with other content: a conflict, settled by its sequence.
      Sent other = events_.back();
      other.json.insert(1, "\"sequence\":\"7\",");
      const size_t at = other.json.find("\"risk\":\"high\"");
      if (at != std::string::npos) other.json.replace(at, 13, "\"risk\":\"low\"");
      events_.push_back(other);
    }
    if (Pick(20) == 0) {
      events_.push_back(Hall::Event("v" + std::to_string(events_.size()), Id(i),
                                    base::FormatInstant(t + base::Seconds(Pick(100'000))),
                                    "\"voided\":{\"event_id\":\"" + id + "\"}"));
    }
  }

  // What a handler is qualified for, when he is away: for a term, for ever, corrected, taken back.
  void Fact(const std::string& id) {
    static const char* const kQualifications[] = {"mosovo", "arms", "visor", "kirat", "pip1"};
    const std::string handler = Pick(2) == 0 ? "h-1" : "h-2";
    const base::Instant t = At("2026-03-01T08:00:00Z") + base::Seconds(Pick(20 * 86'400));
    const auto term = [&] {
      std::string body;
      if (Pick(2) == 0) body += ",\"from\":\"" + base::FormatInstant(t) + "\"";
      const base::Instant until = t + base::Seconds(1 + Pick(40 * 86'400));
      if (Pick(2) == 0) body += ",\"until\":\"" + base::FormatInstant(until) + "\"";
      return body;
    };
    const auto body = [&] {
      const std::string who = "{\"handler\":\"" + handler + "\"";
      if (id == "q0" || Pick(6) == 0) return "\"absent\":" + who + term() + "}";
      return "\"qualified\":" + who + ",\"qualification\":\"" + kQualifications[Pick(5)] + "\"" +
             term() + "}";
    };
    const std::string at = base::FormatInstant(t);
    events_.push_back(Hall::Fact(id, handler, at, body()));
    if (Pick(5) == 0) {
      events_.push_back(Hall::Fact(id, handler, at, "\"sequence\":\"7\"," + body()));
    }
    if (Pick(8) == 0) {
      events_.push_back(
          Hall::Fact("v" + id, handler, at,
                     "\"voided\":{\"event_id\":\"" + id + "\",\"handler\":\"" + handler + "\"}"));
    }
  }

  void Case(int i, int length) {
    base::Instant t = At("2026-03-02T08:00:00Z") + base::Seconds(Pick(20 * 86'400));
    static const char* const kQueues[] = {"demo/desk", "demo/marac", "demo/rso", "demo/ocset"};
    static const char* const kBodies[] = {
        "\"assigned\":{\"handler\":\"h-1\"}",
        "\"assigned\":{\"handler\":\"h-2\"}",
        "\"unassigned\":{\"reason\":\"leave\"}",
        "\"assessed\":{\"tool\":\"arms\",\"grade\":\"high\"}",
        "\"assessed\":{\"tool\":\"arms\",\"grade\":\"low\"}",
        "\"paused\":{\"reason\":\"custody\"}",
        "\"paused\":{\"reason\":\"awaiting_vendor\"}",
        "\"resumed\":{}",
        "\"staged\":{\"stage\":\"active\"}",
        "\"staged\":{\"stage\":\"resolved\"}",
        "\"screened\":{\"decision\":\"in\"}",
        "\"performed\":{\"activity\":\"home_visit\"}",
        "\"performed\":{\"activity\":\"hearing\"}",
        "\"outcome\":{\"code\":\"1\"}",
        "\"transferred\":{\"queue\":\"demo/other\"}",
        "\"closed\":{\"reason\":\"done\"}",
        "\"closed\":{\"reason\":\"done\"}",
        "\"reopened\":{\"reason\":\"again\"}",
        "\"reopened\":{\"reason\":\"again\"}",
        "\"scheduled\":{\"activity\":\"home_visit\",\"at\":\"2026-04-01T10:00:00Z\"}",
        "\"scheduled\":{\"activity\":\"hearing\",\"at\":\"2026-03-20T10:00:00Z\"}",
        "\"scheduled\":{\"activity\":\"address_changed\",\"at\":\"2026-03-12T10:00:00Z\"}",
        "\"performed\":{\"activity\":\"address_changed\"}",
        "\"extended\":{\"clock\":\"home_visit\",\"until\":\"2026-04-20T10:00:00Z\"}",
        "\"extended\":{\"clock\":\"resolution\",\"until\":\"2026-03-25T10:00:00Z\"}",
        "\"interval_set\":{\"clock\":\"home_visit\",\"interval\":\"P9D\"}",
        "\"interval_set\":{\"clock\":\"enforced\",\"interval\":\"P4D\"}",
    };
    Add(i, t,
        std::string("\"referred\":{\"queue\":\"") + kQueues[Pick(4)] + "\",\"risk\":\"high\"}");
    for (int k = 0; k < length; ++k) {
      t = t + base::Seconds(1 + Pick(length > 100 ? 20'000 : 300'000));
      Add(i, t, kBodies[Pick(static_cast<int>(std::size(kBodies)))]);
    }
  }

  std::mt19937 random_;
  std::vector<Sent> events_;
};

struct Result {
  std::map<std::string, std::string> views;
  std::vector<std::string> backlogs;
  std::set<std::string> standing;
};

inline Result Collect(const Hall& hall) {
  Result result;
  for (int i = 0; i < kCases; ++i) {
    auto state = hall.engine->CaseById(History::Id(i));
    EXPECT_TRUE(state.ok()) << History::Id(i);
    if (state.ok()) codec::EncodeView(state.value().view, &result.views[History::Id(i)]);
  }
  const auto backlogs = hall.engine->Backlogs();
  for (model::Backlog backlog : backlogs.value()) {
    backlog.offsets.clear();
    result.backlogs.push_back(codec::BacklogToJson(backlog));
  }
  for (const model::Alert& alert : hall.Alerts(true)) {
    // Not the queue or the handler of the time of telling: that is history.
    result.standing.insert(alert.case_id + " " + alert.clock.str() + " " + alert.rung.str() + " " +
                           std::to_string(alert.repeat) + " " + base::FormatInstant(alert.due_at) +
                           " " + base::ToHex(alert.id));
  }
  return result;
}

struct Way {
  bool shuffled = false;
  bool stamped_at_once = false;  // records carry one late time instead of their events'
  int repeats_in_100 = 0;
  size_t batch = 8192;
  int restarts = 0;
  int32_t partitions = 4;
  int keyless_in_100 = 0;  // records without a key: they land in partition 0
  int junk_in_100 = 0;     // records that are no events, beside the others
  bool dies = false;       // before each part is done, an engine dies over it
};

// Records that are of no use, each for another reason.
inline Sent Junk(int kind, base::Instant t) {
  static const char* const kValues[] = {
      "not an event",
      R"({"event_id":"x","source":"rms","case_id":"C-0","occurred_at":"2026-03-05T00:00:00Z"})",
      R"({"event_id":"y","source":"rms","case_id":"C-1","occurred_at":"2026-03-05T00:00:00Z",)"
      R"("referred":{"queue":"nowhere"}})",
      R"({"event_id":"z","source":"rms","case_id":"C-2","occurred_at":"1800-03-05T00:00:00Z",)"
      R"("closed":{}})",
  };
  return {kValues[static_cast<size_t>(kind) % std::size(kValues)], t, "C-1"};
}

// The records of a history as `way` sends them.
inline std::vector<Sent> RecordsOf(const History& history, const Way& way, uint32_t seed) {
  std::mt19937 random(seed);
  const auto in_100 = [&](int n) { return n > 0 && static_cast<int>(random() % 100) < n; };
  std::vector<Sent> events = history.events();
  for (size_t i = 0, n = events.size(); i < n; ++i) {
    if (in_100(way.repeats_in_100)) events.push_back(events[i]);
    if (in_100(way.junk_in_100)) events.push_back(Junk(static_cast<int>(i), events[i].timestamp));
    if (in_100(way.keyless_in_100)) events[i].key.clear();
  }
  std::stable_sort(events.begin(), events.end(),
                   [](const Sent& a, const Sent& b) { return a.timestamp < b.timestamp; });
  if (way.shuffled) std::shuffle(events.begin(), events.end(), random);
  if (way.stamped_at_once) {
    for (Sent& event : events) event.timestamp = At("2026-05-25T00:00:00Z");
  }
  return events;
}

// An engine that does not live to see the end of what there is to do, as with kill -9.
inline void LiveAndDie(Hall* hall, uint32_t seed) {
  FaultyLog faulty(hall->log.get(),
                   Plan{.fault = seed % 2 == 0 ? Fault::kDieBefore : Fault::kDieAfter,
                        .at = static_cast<int>(40 + seed * 7919 % 300)});
  hall->through = &faulty;
  if (hall->TryStart().ok()) {
    const std::atomic<bool> never{false};
    // Either it died, or the work was done before.
    const base::Status ended = hall->engine->WaitIdle(never);
    EXPECT_EQ(ended.ok(), !faulty.faults.fired());
    const base::Status stopped = hall->engine->Stop();
    static_cast<void>(stopped);
  }
  hall->engine.reset();
  hall->through = nullptr;
}

// Plays a history to engines in `hall`; the last one is left running, idle. `disturb`, if there is
// one, runs in a thread beside the first part.
inline void PlayIn(Hall* hall, const History& history, const Way& way, uint32_t seed,
                   std::function<void(const Engine&)> disturb = nullptr) {
  hall->options.until = At("2026-06-01T00:00:00Z");
  hall->options.batch_records = way.batch;
  hall->options.partitions = way.partitions;
  hall->options.replay_records = 200;
  hall->Activate();
  // In the midst of it a bank holiday is announced.
  Require(ActivatePolicies(
              hall->log.get(), hall->options.topics, tests::WithHoliday("2026-03-16", "2026-12"),
              [] { return At("2026-03-11T12:00:00Z"); }, "test"),
          "a corrected calendar that can be activated");
  const std::vector<Sent> events = RecordsOf(history, way, seed);
  // Time runs on only with the last part, so that earlier ones meet the same clocks.
  const auto until = hall->options.until;
  const size_t parts = static_cast<size_t>(way.restarts) + 1;
  for (size_t part = 0; part < parts; ++part) {
    const auto from = static_cast<std::ptrdiff_t>(events.size() * part / parts);
    const auto to = static_cast<std::ptrdiff_t>(events.size() * (part + 1) / parts);
    hall->Send({events.begin() + from, events.begin() + to});
    hall->options.until = part + 1 == parts ? until : std::nullopt;
    if (way.dies) LiveAndDie(hall, seed + static_cast<uint32_t>(part) * 31);
    hall->Start();
    std::thread beside([&] {
      if (const auto once = std::exchange(disturb, nullptr)) once(*hall->engine);
    });
    hall->Idle();
    beside.join();
    hall->ExpectSound();
    if (part + 1 < parts) hall->Stop();
  }
}

// `log`: where to play it; null: an embedded log of its own.
inline Result Play(const History& history, const Way& way, uint32_t seed,
                   std::unique_ptr<log::Log> log = nullptr,
                   std::function<void(const Engine&)> disturb = nullptr) {
  TempDir directory;
  Hall hall(directory.path(), std::move(log));
  PlayIn(&hall, history, way, seed, std::move(disturb));
  return Collect(hall);
}

}  // namespace caseclock::runtime::testing
