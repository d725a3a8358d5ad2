// Live equals replayed: a history that was taken live, on a wall clock that moves in steps with
// timers firing as they fall due, and the same log taken once more by a fresh engine that catches
// up. Views, figures and standing alerts are the same, and so is all that was told, but for when it
// was noticed: see Told. And both told just what follows from their commit schedules.
//
// A failing seed is repeated with CASECLOCK_SEED=<seed> property_tests.

#include <gtest/gtest.h>

#include <cstdlib>

#include "tests/property/audited.h"

namespace caseclock::runtime {
namespace {

using base::Duration;
using base::Instant;
using testing::At;
using testing::Audited;
using testing::Collect;
using testing::Hall;
using testing::History;
using testing::Result;
using testing::Sent;
using testing::TempDir;

constexpr Duration kLag = base::Seconds(5);  // noticed within it, something is told live

// What was told of one alert, in order. `rest` is everything but when it was noticed: the instants
// of the transitions, `detected_at`, `historical`, and where the proof stops counting, which is
// when it was told.
struct Telling {
  std::string rest;
  Instant at;
  Instant detected_at;
  bool historical = false;
};
using Told = std::map<std::string, std::vector<Telling>>;

Telling Take(model::Alert alert) {
  Telling telling;
  telling.at = alert.transitions.back().at;
  telling.detected_at = alert.detected_at;
  telling.historical = alert.historical;
  alert.detected_at = {};
  alert.historical = false;
  for (model::AlertTransition& transition : alert.transitions) {
    transition.at = {};
    transition.historical = false;
  }
  auto& segments = alert.proof.segments;
  if (!segments.empty() && segments.back().counted) segments.pop_back();
  telling.rest = codec::AlertToJson(alert);
  return telling;
}

Told ToldBy(const Hall& hall) {
  Told told;
  for (const auto& record : hall.ReadAll(hall.options.topics.alerts)) {
    model::Alert alert;
    EXPECT_TRUE(codec::DecodeAlert(*record.value, &alert).ok());
    told[*record.key].push_back(Take(std::move(alert)));
  }
  return told;
}

class LiveReplay : public ::testing::TestWithParam<uint32_t> {
 protected:
  void SetUp() override {
    const char* chosen = std::getenv("CASECLOCK_SEED");
    seed_ =
        chosen == nullptr ? GetParam() : static_cast<uint32_t>(std::strtoul(chosen, nullptr, 10));
    random_.seed(seed_);
    hall.options.clock = ClockMode::kWall;
    hall.options.batch_records = 20;
    hall.wall = At("2026-03-02T00:00:00Z").us;
    hall.Activate();
  }

  int Pick(int n) { return static_cast<int>(random_() % static_cast<uint32_t>(n)); }

  // The next instant at which time alone changes something.
  Instant NextTimer() const {
    Instant next = base::kNever;
    for (int i = 0; i < testing::kCases; ++i) {
      auto state = hall.engine->CaseById(History::Id(i));
      if (state.ok()) next = std::min(next, state.value().timer_at);
    }
    return next;
  }

  // Up to `t`; half the time timer by timer, each noticed up to three seconds late, else at once.
  void LetTimePass(Instant t) {
    while (Pick(2) == 0) {
      const Instant next = NextTimer();
      if (next >= t) break;
      hall.SetWall(std::max(Instant{hall.wall}, std::min(t, next + base::Millis(Pick(3000)))));
      hall.Idle();
    }
    hall.SetWall(t);
    hall.Idle();
  }

  // Events come in up to two days late, a few together, stamped with the time of their coming.
  void TakeLive(const History& history) {
    std::vector<Sent> events = history.events();
    for (Sent& event : events) {
      const Duration late = base::Seconds(Pick(10) == 0 ? Pick(170'000) : Pick(60) - 20);
      event.timestamp = std::max(Instant{hall.wall}, event.timestamp + late);
    }
    std::stable_sort(events.begin(), events.end(),
                     [](const Sent& a, const Sent& b) { return a.timestamp < b.timestamp; });
    hall.EnsureEvents();
    hall.Start();
    for (size_t i = 0; i < events.size();) {
      const size_t end = std::min(events.size(), i + 1 + static_cast<size_t>(Pick(20)));
      const Instant comes = events[end - 1].timestamp;
      LetTimePass(comes);
      std::vector<Sent> some(events.begin() + static_cast<std::ptrdiff_t>(i),
                             events.begin() + static_cast<std::ptrdiff_t>(end));
      for (Sent& event : some) event.timestamp = comes;
      hall.Send(some);
      hall.Idle();
      if (Pick(15) == 0) hall.Restart();
      i = end;
    }
    LetTimePass(At("2026-06-01T00:00:00Z"));
  }

  // An engine that knows nothing but events and policies.
  void TakeAgain() {
    TopicNames& topics = hall.options.topics;
    for (std::string* topic :
         {&topics.cases, &topics.partials, &topics.backlog, &topics.alerts, &topics.rejects}) {
      *topic = "again" + topic->substr(topic->find('.'));
    }
    hall.options.group = "again";
    hall.options.state_dir = directory.path() + "/again";
    hall.options.batch_records = 300;
    hall.Start();
    hall.Idle();
  }

  uint32_t seed_ = 0;
  std::mt19937 random_;
  TempDir directory{TempDir::InMemory{}};
  Hall hall{directory.path()};
};

void ExpectToldAlike(const Told& live, const Told& again, Instant wall) {
  ASSERT_EQ(again.size(), live.size());
  int noticed_live = 0;
  for (const auto& [id, tellings] : live) {
    const auto found = again.find(id);
    ASSERT_NE(found, again.end()) << id;
    ASSERT_EQ(found->second.size(), tellings.size()) << id;
    for (size_t i = 0; i < tellings.size(); ++i) {
      const Telling& then = tellings[i];
      const Telling& now = found->second[i];
      EXPECT_EQ(now.rest, then.rest);
      // Live, it was noticed in time or marked as noticed later; again, all but the last moment is
      // history, told as of its own instant.
      EXPECT_EQ(now.historical, wall - now.at > kLag);
      EXPECT_LE(now.at, then.at) << then.rest;
      EXPECT_LE(then.at, now.at + kLag) << then.rest;
      EXPECT_LE(now.detected_at, then.detected_at) << then.rest;
      EXPECT_LE(then.detected_at, now.detected_at + kLag) << then.rest;
      if (!then.historical) ++noticed_live;
    }
  }
  EXPECT_GT(noticed_live, 50) << "too little was told live to prove anything";
}

TEST_P(LiveReplay, IsTheSameButForWhenItWasNoticed) {
  SCOPED_TRACE("again: CASECLOCK_SEED=" + std::to_string(seed_) +
               " property_tests --gtest_filter='*LiveReplay*/0'");
  TakeLive(History(seed_));
  hall.ExpectSound();
  const Result live = Collect(hall);
  const Told told_live = ToldBy(hall);
  EXPECT_GT(Audited(hall).counts().alerts, 50);
  hall.Stop();
  TakeAgain();
  hall.ExpectSound();
  EXPECT_GT(Audited(hall, 2).counts().alerts, 50);

  const Result again = Collect(hall);
  EXPECT_EQ(again.views, live.views);
  EXPECT_EQ(again.backlogs, live.backlogs);
  EXPECT_EQ(again.standing, live.standing);
  ExpectToldAlike(told_live, ToldBy(hall), Instant{hall.wall});
}

INSTANTIATE_TEST_SUITE_P(Seeds, LiveReplay, ::testing::Range(1U, 4U));

}  // namespace
}  // namespace caseclock::runtime
