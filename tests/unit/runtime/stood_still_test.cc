// An engine on the wall clock that did not get to look for a while, and one whose clock is set
// meanwhile.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/runtime/engine_hall.h"

namespace caseclock::runtime {
namespace {

using testing::At;
using testing::Hall;
using testing::TempDir;

class StoodStillTest : public ::testing::Test {
 protected:
  StoodStillTest() : hall(directory.path()) {
    hall.options.clock = ClockMode::kWall;
    hall.options.driven = true;
    hall.options.partitions = 1;
    hall.options.workers = 1;
    hall.wall = At("2026-03-02T10:00:00Z").us;
    hall.Activate();
    hall.EnsureEvents();
  }
  void Turns() {
    for (int i = 0; i < 20 && hall.engine->health().ok(); ++i) {
      hall.engine->Turn(Engine::Part::kWorkers);
      hall.AdvanceWall(base::Millis(200));
    }
  }
  void Refer(const std::string& number) {
    hall.Send({Hall::Event("r" + number, "C-" + number, "2026-03-02T10:00:00Z",
                           R"("referred":{"queue":"demo/desk","risk":"critical"})")});
  }
  [[nodiscard]] size_t BreachesOf(const std::string& clock) {
    size_t count = 0;
    for (const model::Alert& alert : hall.Alerts()) count += alert.clock.view() == clock;
    return count;
  }

  const TempDir directory;
  Hall hall;
};

TEST_F(StoodStillTest, WhatCameInMeanwhileComesBeforeWhatFellDue) {
  hall.Start();
  Refer("1");
  Turns();
  hall.SetWall(At("2026-03-02T10:10:00Z"));
  hall.Send({Hall::Event("a", "C-1", "2026-03-02T10:10:00Z", R"("assigned":{"handler":"h"})")});
  hall.SetWall(At("2026-03-02T12:00:00Z"));
  Turns();
  EXPECT_EQ(BreachesOf("first_response"), 0U);
  hall.Stop();
}

TEST_F(StoodStillTest, WhatFellDueIsToldAllTheSame) {
  hall.Start();
  Refer("1");
  Turns();
  hall.SetWall(At("2026-03-02T12:00:00Z"));
  Turns();
  EXPECT_GT(BreachesOf("first_response"), 0U);
  hall.Stop();
}

// Compaction takes what a store that stands a week back would have to read.
TEST_F(StoodStillTest, AQuietStoreGetsACheckpointAllTheSame) {
  hall.Start();
  Refer("1");
  Turns();
  const uint64_t before = hall.engine->stats().checkpoints;
  hall.AdvanceWall(base::Seconds(1800));
  Turns();
  EXPECT_EQ(hall.engine->stats().checkpoints, before);
  hall.AdvanceWall(base::Seconds(1900));
  Turns();
  EXPECT_GT(hall.engine->stats().checkpoints, before);
  hall.Stop();
}

TEST_F(StoodStillTest, AClockThatIsSetWhileItWaitsForRecordsFiresNothing) {
  int calls = 0;
  int jump_on = INT32_MAX;
  hall.options.wall_clock = [&] {
    const base::Instant now{hall.wall.load()};
    return ++calls >= jump_on ? now + base::Days(365) : now;
  };
  hall.Start();
  Refer("1");
  Turns();
  Refer("2");
  jump_on = calls + 2;  // after the look at the clocks of this turn, before its records
  const size_t told = hall.Alerts().size();
  Turns();
  ASSERT_FALSE(hall.engine->health().ok());
  EXPECT_THAT(hall.engine->health().error().message, ::testing::HasSubstr("jumped"));
  EXPECT_EQ(hall.Alerts().size(), told);
}

}  // namespace
}  // namespace caseclock::runtime
