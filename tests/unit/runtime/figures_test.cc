// Figures as an engine answers them: of now, at rest, and of an instant of the past.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <utility>

#include "tests/unit/runtime/engine_hall.h"

namespace caseclock::runtime {
namespace {

using testing::At;
using testing::Hall;
using ::testing::SizeIs;
using testing::TempDir;

class FiguresTest : public ::testing::Test {
 protected:
  void SetUp() override { hall.Activate(); }

  TempDir directory;
  Hall hall{directory.path()};
};

// Of each clock the limit that passes next, whether anybody has been warned of it or not.
TEST_F(FiguresTest, SaysWhenTheNextLimitPasses) {
  hall.Send({Hall::Referral("C-1", "2026-03-02T10:00:00Z"),
             Hall::Referral("C-2", "2026-03-04T11:00:00Z"),
             Hall::Referral("C-3", "2026-03-04T10:30:00Z")});
  hall.options.until = At("2026-03-04T12:00:00Z");
  hall.Start();
  hall.Idle();
  const auto check = [&](const char* next) {
    const auto backlog = hall.engine->BacklogOf("demo/desk").value();
    EXPECT_EQ(backlog->clocks.at("unassigned").overdue, 1);
    EXPECT_EQ(backlog->clocks.at("unassigned").next_due_at, At(next));
    auto scanned = hall.engine->BacklogsAt(backlog->as_of, false, "demo/desk", false, nullptr);
    EXPECT_EQ(codec::BacklogToJson(scanned.value().at(0)), codec::BacklogToJson(*backlog));
  };
  check("2026-03-05T10:30:00Z");
  hall.Restart();
  check("2026-03-05T10:30:00Z");
  hall.Send(
      {Hall::Event("a-1", "C-3", "2026-03-04T12:00:00Z", "\"assigned\":{\"handler\":\"h\"}")});
  hall.Idle();
  check("2026-03-05T11:00:00Z");
  hall.ExpectSound();
}

TEST_F(FiguresTest, FiguresOfThePastKnowWhatWasKnownThen) {
  testing::Sent late = Hall::Referral("C-2", "2026-03-02T10:00:00Z");
  late.timestamp = At("2026-03-05T10:00:00Z");
  hall.Send({Hall::Referral("C-1", "2026-03-02T10:00:00Z"), late});
  hall.Start();
  hall.Idle();
  const auto at = At("2026-03-03T00:00:00Z");
  auto then = hall.engine->BacklogsAt(at, true, "demo/*", false, nullptr);
  auto now = hall.engine->BacklogsAt(at, false, "demo/*", false, nullptr);
  ASSERT_TRUE(then.ok() && now.ok());
  ASSERT_THAT(then.value(), SizeIs(1));
  EXPECT_EQ(then.value()[0].open, 1);
  EXPECT_EQ(now.value()[0].open, 2);
  // What had arrived by then ends at offsets that nobody noted; all of now has them.
  EXPECT_TRUE(then.value()[0].offsets.empty());
  EXPECT_FALSE(now.value()[0].offsets.empty());
}

// Unassigned falls due a day after the referral.
TEST_F(FiguresTest, WhatIsDueThisVeryInstantIsOverdueNowhere) {
  hall.Send({Hall::Referral("C-1", "2026-03-02T10:00:00Z")});
  for (const auto& [at, overdue] :
       {std::pair("2026-03-03T10:00:00Z", 0), {"2026-03-03T10:00:01Z", 1}}) {
    SCOPED_TRACE(at);
    hall.options.until = At(at);
    hall.Start();
    hall.Idle();
    const auto live = hall.engine->BacklogOf("demo/desk").value();
    const auto past = hall.engine->BacklogsAt(At(at), false, "demo/desk", false, nullptr);
    ASSERT_TRUE(live.has_value() && past.ok());
    for (const model::Backlog& backlog : {*live, past.value().at(0)}) {
      const auto& clock = backlog.clocks.at("unassigned");
      EXPECT_EQ(clock.overdue, overdue);
      EXPECT_EQ(clock.most_overdue_case, overdue == 0 ? "" : "C-1");
    }
    hall.Stop();
  }
}

// Partitions that never had a record, or had their last one long ago, hold nobody up.
TEST_F(FiguresTest, FiguresAtRestCountAllThatCameIn) {
  hall.options.clock = ClockMode::kWall;
  hall.wall = At("2026-03-02T10:00:05Z").us;
  hall.Send({Hall::Referral("C-1", "2026-03-02T10:00:00Z")});
  hall.Start();
  hall.Idle();
  hall.wall = At("2026-03-02T10:00:25Z").us;
  hall.monotonic += base::Seconds(20).us;
  hall.Idle();
  const auto live = hall.engine->BacklogOf("demo/desk").value();
  hall.Stop();
  hall.options.read_only = true;
  hall.wall = At("2026-03-02T10:30:00Z").us;
  hall.Start();
  const auto at_rest = hall.engine->BacklogOf("demo/desk").value();
  ASSERT_TRUE(live.has_value() && at_rest.has_value());
  EXPECT_EQ(live->as_of, At("2026-03-02T10:00:25Z"));
  EXPECT_EQ(live->watermark, live->as_of);
  EXPECT_EQ(at_rest->as_of, live->as_of);
  EXPECT_EQ(at_rest->watermark, live->as_of);
  hall.Stop();
  // What waits is not counted.
  hall.Send({Hall::Referral("C-2", "2026-03-02T10:29:00Z")});
  hall.Start();
  EXPECT_EQ(hall.engine->BacklogOf("demo/desk").value()->watermark, live->as_of);
}

// A late review of a decision is due although the case is closed.
TEST_F(FiguresTest, NamesTheMostOverdueCaseThoughItIsClosedAndInARollupToo) {
  hall.Send({Hall::Event("r-1", "M-1", "2026-03-02T10:00:00Z",
                         R"("referred":{"queue":"demo/marac","risk":"high","origin":"dash"})"),
             Hall::Event("s-1", "M-1", "2026-03-02T11:00:00Z",
                         R"("screened":{"decision":"out","guidance":"2026-01","score":20})"),
             Hall::Event("c-1", "M-1", "2026-03-02T12:00:00Z", R"("closed":{"reason":"out"})"),
             Hall::Referral("C-1", "2026-03-03T10:00:00Z")});
  hall.options.until = At("2026-04-02T12:00:00Z");
  hall.Start();
  hall.Idle();
  const auto look = [&] {
    const auto backlog = hall.engine->BacklogOf("demo/marac").value();
    ASSERT_TRUE(backlog.has_value());
    EXPECT_EQ(backlog->open, 0);
    EXPECT_EQ(backlog->clocks.at("screening_deviation").overdue, 1);
    EXPECT_EQ(backlog->clocks.at("screening_deviation").most_overdue_case, "M-1");

    const model::Backlog all = hall.engine->Rollup("").value();
    EXPECT_EQ(all.queue, "*");
    EXPECT_EQ(all.as_of, backlog->as_of);
    EXPECT_EQ(all.watermark, backlog->watermark);
    EXPECT_EQ(all.open, 1);
    EXPECT_EQ(all.oldest_case, "C-1");
    EXPECT_EQ(all.clocks.at("screening_deviation").most_overdue_case, "M-1");
    EXPECT_EQ(all.clocks.at("resolution").most_overdue_case, "C-1");
    auto scanned = hall.engine->BacklogsAt(all.as_of, false, "", true, nullptr);
    ASSERT_TRUE(scanned.ok());
    EXPECT_EQ(codec::BacklogToJson(scanned.value().at(0)), codec::BacklogToJson(all));
  };
  look();
  hall.ExpectSound();
  hall.Restart();
  look();
  hall.ExpectSound();
}

// What fell due since nothing runs has not been told, so figures must not count it either.
TEST_F(FiguresTest, AtRestFiguresAreAsOfWhatWasProcessed) {
  hall.options.clock = ClockMode::kWall;
  hall.SetWall(At("2026-03-02T10:00:00Z"));
  hall.Send({Hall::Referral("C-1", "2026-03-02T10:00:00Z")});
  hall.Start();
  hall.Idle();
  hall.Stop();
  hall.AdvanceWall(base::Days(30));
  hall.options.read_only = true;
  hall.Start();
  const auto backlog = hall.engine->BacklogOf("demo/desk").value();
  ASSERT_TRUE(backlog.has_value());
  EXPECT_EQ(backlog->as_of, At("2026-03-02T10:00:00Z"));
  EXPECT_EQ(backlog->clocks.at("resolution").overdue, 0);
  EXPECT_EQ(hall.engine->Rollup("demo/*").value().as_of, backlog->as_of);
}

}  // namespace
}  // namespace caseclock::runtime
