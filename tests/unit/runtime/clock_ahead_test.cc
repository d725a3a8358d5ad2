// A clock that was ahead once, and is right again: what was judged by it lies ahead of now. The
// engine serves all the same; time in those partitions stands still until now has come there.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <set>

#include "engine/host/log.h"
#include "engine/runtime/policy_watch.h"
#include "tests/unit/runtime/engine_hall.h"
#include "tests/unit/runtime/faulty_log.h"

namespace caseclock::runtime {
namespace {

using base::Duration;
using base::Instant;
using testing::At;
using testing::Call;
using testing::Fault;
using testing::FaultyLog;
using testing::Hall;
using ::testing::HasSubstr;
using ::testing::Not;
using testing::Plan;
using testing::Sent;
using testing::TempDir;

constexpr Duration kMonth = base::Hours(24 * 30);

class ClockAhead : public ::testing::Test {
 protected:
  ClockAhead() : hall(directory.path()) {
    hall.options.clock = ClockMode::kWall;
    hall.options.driven = true;
    hall.options.partitions = 2;
    hall.options.workers = 1;
    hall.wall = now.us;
    hall.Activate();
    hall.EnsureEvents();
  }
  // In both partitions.
  void Refer(const std::string& ids) {
    for (int i = 0; i < 8; ++i) {
      const std::string id = ids + std::to_string(i);
      hall.Send({Hall::Event("r-" + id, id, base::FormatInstant(Instant{hall.wall}),
                             R"("referred":{"queue":"demo/desk","risk":"moderate"})")});
    }
  }
  void Work(int turns = 10) {
    for (int i = 0; i < turns && hall.engine->health().ok(); ++i) {
      hall.engine->Turn(Engine::Part::kWorkers);
      hall.AdvanceWall(base::Millis(200));
    }
  }
  // Cases referred now have been judged by a clock that is `ahead`, and then the engine was killed:
  // its store stands where it stood before that.
  void JudgeAhead(Duration ahead) {
    hall.Start();
    Refer("C-ahead");
    hall.Idle();
    hall.Stop();
    const std::string kept = hall.options.state_dir + "-kept";
    std::filesystem::copy(hall.options.state_dir, kept, std::filesystem::copy_options::recursive);
    hall.SetWall(now + ahead);
    hall.Start();
    Refer("C-then");
    hall.Idle();
    hall.Stop();
    std::filesystem::remove_all(hall.options.state_dir);
    std::filesystem::rename(kept, hall.options.state_dir);
    judged = Instant{hall.wall};
    hall.SetWall(now);
  }
  std::string LogOf(const std::function<void()>& what) {
    ::testing::internal::CaptureStderr();
    what();
    return ::testing::internal::GetCapturedStderr();
  }
  static size_t CountOf(const std::string& what, const std::string& text) {
    size_t count = 0;
    for (size_t at = text.find(what); at != std::string::npos; at = text.find(what, at + 1)) {
      ++count;
    }
    return count;
  }
  static std::vector<model::PolicyText> OtherPolicies() {
    std::vector<model::PolicyText> files = tests::ShippedPolicies();
    files.front().text += "\n# another set\n";
    return files;
  }

  const TempDir directory;
  const Instant now = At("2026-03-02T10:00:00Z");
  Instant judged;
  Hall hall;
};

TEST_F(ClockAhead, ItServesAllTheSame) {
  JudgeAhead(kMonth);
  const size_t told = hall.ReadAll(hall.options.topics.alerts).size();
  hall.Start();
  Work();
  hall.Idle();
  ASSERT_TRUE(hall.engine->health().ok()) << hall.engine->health().error().message;
  EXPECT_EQ(hall.engine->ClockOf("C-ahead0").value(), judged);
  EXPECT_EQ(hall.ReadAll(hall.options.topics.alerts).size(), told);
  Refer("C-now");
  Work();
  hall.Idle();
  EXPECT_EQ(hall.engine->CaseById("C-now0").value().view.opened_at.us / 1'000'000,
            hall.wall / 1'000'000 - 2);
  EXPECT_EQ(hall.engine->ClockOf("C-now0").value(), judged);
  std::set<std::tuple<std::string, std::string>> seen;
  for (const Hall::Record& record : hall.ReadAll(hall.options.topics.alerts)) {
    EXPECT_TRUE(seen.emplace(*record.key, *record.value).second) << "told twice";
  }
  const auto backlogs = hall.engine->Backlogs();
  ASSERT_TRUE(backlogs.ok());
  for (const model::Backlog& backlog : backlogs.value()) {
    EXPECT_EQ(backlog.as_of, Instant{hall.wall});
    EXPECT_EQ(backlog.open, 16);  // as of now; the others have yet to be
  }
  hall.ExpectSound();
}

TEST_F(ClockAhead, ItIsSaidOnceAndShown) {
  JudgeAhead(kMonth);
  const std::string said = LogOf([&] {
    hall.Start();
    Work();
  });
  EXPECT_EQ(CountOf("judged up to", said), 1U) << said;
  EXPECT_THAT(said, HasSubstr("30 days"));
  EXPECT_THAT(said, Not(HasSubstr("trying again")));
  const EngineStats stats = hall.engine->stats();
  EXPECT_EQ(stats.ahead, judged - Instant{hall.wall});
  EXPECT_EQ(stats.lag, Duration{});
  EXPECT_TRUE(stats.caught_up);
}

// Clocks of two machines differ by so much, and nobody can do anything about it.
TEST_F(ClockAhead, AMomentIsNotWorthSaying) {
  JudgeAhead(base::Seconds(2));
  const std::string said = LogOf([&] {
    hall.Start();
    Work(1);
  });
  EXPECT_EQ(CountOf("judged up to", said), 0U) << said;
}

TEST_F(ClockAhead, TimeGoesOnFromThere) {
  JudgeAhead(base::Seconds(25));
  hall.Start();
  Work();
  EXPECT_GT(hall.engine->stats().ahead, Duration{});
  hall.SetWall(judged + base::Seconds(1));
  Work();
  EXPECT_EQ(hall.engine->stats().ahead, Duration{});
  EXPECT_GT(hall.engine->ClockOf("C-ahead0").value(), judged);
  hall.ExpectSound();
}

// Timers that were due by then, and that nobody got to: they are as due as what was told.
TEST_F(ClockAhead, WhatFellDueByThenIsTold) {
  constexpr int kCases = 200;  // more than one turn tells
  hall.Start();
  std::vector<Sent> referrals;
  for (int i = 0; i < kCases; ++i) {
    referrals.push_back(Hall::Referral("C-" + std::to_string(i), base::FormatInstant(now), "high"));
  }
  hall.Send(referrals);
  hall.Idle();
  const Instant due = hall.engine->CaseById("C-0").value().timer_at;
  hall.SetWall(due - base::Seconds(3));
  Work(3);
  hall.SetWall(due + base::Seconds(1));
  hall.engine->Turn(Engine::Part::kWorkers);
  hall.Stop();
  const size_t told = hall.ReadAll(hall.options.topics.alerts).size();
  hall.SetWall(due - base::Seconds(1));
  hall.Start();
  const auto left = [&] {
    int count = 0;
    for (int i = 0; i < kCases; ++i) {
      count += hall.engine->CaseById("C-" + std::to_string(i)).value().timer_at == due ? 1 : 0;
    }
    return count;
  };
  Work(4);
  EXPECT_LT(Instant{hall.wall}, due);
  EXPECT_EQ(left(), 0);
  EXPECT_GT(hall.ReadAll(hall.options.topics.alerts).size(), told);
  hall.Idle();
  hall.ExpectSound();
}

// Whoever judged up to there knew what was in the log by then, and so must who goes on; it may have
// been put there since this one read.
TEST_F(ClockAhead, PoliciesAreReadFirst) {
  bool away = false;
  Plan plan;
  plan.of = [](Call call) { return call == Call::kRead || call == Call::kOpenReader; };
  plan.decide = [&](Call) { return away ? Fault::kFailBefore : Fault::kNone; };
  FaultyLog faulty(hall.log.get(), std::move(plan));
  Shared shared;
  shared.log = &faulty;
  shared.options = hall.options;
  PolicyWatch watch(&shared);
  ASSERT_TRUE(watch.Open().ok());
  hall.Activate(OtherPolicies());
  away = true;
  EXPECT_FALSE(watch.Knows(now + kMonth));
  EXPECT_EQ(shared.policies.load()->periods().size(), 1U);
  away = false;
  EXPECT_TRUE(watch.Knows(now + kMonth));
  EXPECT_EQ(shared.policies.load()->periods().size(), 2U);
}

TEST_F(ClockAhead, ASetComesIntoForceBehindIt) {
  JudgeAhead(kMonth);
  hall.Start();
  Work();
  hall.Activate(OtherPolicies());
  const std::string said = LogOf([&] { Work(40); });
  EXPECT_THAT(said, Not(HasSubstr("before they could be read")));
  EXPECT_GT(hall.engine->timeline()->periods().back().effective_from, judged);
  Refer("C-now");
  hall.Idle();
  hall.ExpectSound();
}

// A directory that is lost is rebuilt from the log.
TEST_F(ClockAhead, SoDoesOneThatRebuilds) {
  JudgeAhead(kMonth);
  std::filesystem::remove_all(hall.options.state_dir);
  hall.Start();
  Work();
  hall.Idle();
  EXPECT_EQ(hall.engine->ClockOf("C-ahead0").value(), judged);
  hall.ExpectSound();
}

// By who may not read how far cases have been judged.
TEST_F(ClockAhead, ASetFromBeforeItIsSaid) {
  JudgeAhead(kMonth);
  hall.Start();
  Work();
  TopicNames elsewhere = hall.options.topics;
  elsewhere.cases = "not.to.be.read";
  const auto status = ActivatePolicies(hall.log.get(), elsewhere, OtherPolicies(),
                                       hall.options.wall_clock, "test", kActivationLead);
  ASSERT_TRUE(status.ok()) << status.error().message;
  const std::string said = LogOf([&] { Work(30); });
  EXPECT_THAT(said, HasSubstr("policies came into force before they could be read"));
}

}  // namespace
}  // namespace caseclock::runtime
