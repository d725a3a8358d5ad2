#pragma once

// A history to work on, and what must come of it however often the engine is disturbed: the same
// views, figures and alerts, and nothing told twice.

#include <gtest/gtest.h>

#include <map>
#include <random>
#include <string>
#include <vector>

#include "tests/unit/runtime/engine_hall.h"

namespace caseclock::runtime::testing {

// Referrals, grades, hand-overs and closures, late ones and repeats among them.
inline std::vector<Sent> DeskHistory(uint32_t seed, int cases) {
  std::mt19937 random(seed);
  const auto pick = [&](int n) { return static_cast<int>(random() % static_cast<uint32_t>(n)); };
  std::vector<Sent> events;
  const base::Instant start = At("2026-03-02T08:00:00Z");
  const char* risks[] = {"critical", "high", "moderate", "low"};
  for (int i = 0; i < cases; ++i) {
    const std::string id = "C-" + std::to_string(i);
    base::Instant t = start + base::Seconds(pick(40 * 86'400));
    const auto add = [&](const char* what, const std::string& body) {
      Sent event = Hall::Event(what + std::to_string(i), id, base::FormatInstant(t), body);
      event.timestamp = t + base::Seconds(pick(10) == 0 ? pick(200'000) : pick(60));
      events.push_back(event);
      if (pick(20) == 0) events.push_back(event);
      t = t + base::Seconds(pick(3 * 86'400));
    };
    add("r", "\"referred\":{\"queue\":\"demo/q" + std::to_string(i % 3) + "\",\"risk\":\"" +
                 risks[pick(4)] + "\"}");
    add("a", "\"assigned\":{\"handler\":\"h-" + std::to_string(pick(9)) + "\"}");
    if (pick(2) == 0) add("p", "\"paused\":{\"reason\":\"awaiting_vendor\"}");
    if (pick(2) == 0) add("u", "\"resumed\":{}");
    add("s", "\"staged\":{\"stage\":\"resolved\"}");
    if (pick(3) != 0) add("c", "\"closed\":{\"reason\":\"done\"}");
  }
  std::stable_sort(events.begin(), events.end(),
                   [](const Sent& a, const Sent& b) { return a.timestamp < b.timestamp; });
  return events;
}

inline constexpr const char* kDeskHistoryEnds = "2026-05-20T00:00:00Z";

// What must not depend on how often the engine died.
struct Outcome {
  std::vector<std::string> backlogs;
  std::map<std::string, std::string> views;
  std::map<std::string, model::AlertState> alerts;
  // By alert, revision and state: how often it was told in the topic.
  std::map<std::string, int> told;
};

inline std::map<std::string, int> Told(const Hall& hall) {
  std::map<std::string, int> told;
  for (const auto& record : hall.ReadAll(hall.options.topics.alerts)) {
    model::Alert alert;
    EXPECT_TRUE(codec::DecodeAlert(*record.value, &alert).ok());
    ++told[base::ToHex(alert.id) + "/" + std::to_string(alert.revision) + "/" +
           std::string(model::AlertStateName(alert.state))];
  }
  return told;
}

inline Outcome Collect(const Hall& hall, int cases) {
  Outcome outcome;
  const auto backlogs = hall.engine->Backlogs();
  for (const model::Backlog& backlog : backlogs.value()) {
    outcome.backlogs.push_back(codec::BacklogToJson(backlog));
  }
  for (int i = 0; i < cases; ++i) {
    const std::string id = "C-" + std::to_string(i);
    auto state = hall.engine->CaseById(id);
    EXPECT_TRUE(state.ok()) << id;
    if (state.ok()) codec::EncodeView(state.value().view, &outcome.views[id]);
  }
  for (const model::Alert& alert : hall.Alerts()) {
    outcome.alerts[base::ToHex(alert.id)] = alert.state;
  }
  outcome.told = Told(hall);
  return outcome;
}

// Starts an engine, lets it work to the end, and stops it.
inline Outcome OutcomeOf(Hall* hall, int cases) {
  hall->Start();
  hall->Idle();
  hall->ExpectSound();
  Outcome outcome = Collect(*hall, cases);
  hall->Stop();
  return outcome;
}

inline void ExpectSame(const Outcome& found, const Outcome& expected) {
  EXPECT_EQ(found.backlogs, expected.backlogs);
  EXPECT_EQ(found.views, expected.views);
  EXPECT_EQ(found.alerts, expected.alerts);
  EXPECT_EQ(found.told, expected.told);
  for (const auto& [telling, times] : found.told) EXPECT_EQ(times, 1) << telling;
}

}  // namespace caseclock::runtime::testing
