// A standby of an engine on an embedded log: whose place it waits for, and what it has when the
// place is free. Everything that can go wrong meanwhile is tests/simulation's.

#include "engine/runtime/standby.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "engine/runtime/member_id.h"
#include "engine/store/case_store.h"
#include "engine/store/resources.h"
#include "tests/unit/runtime/outcome.h"

namespace caseclock::runtime {
namespace {

using testing::At;
using testing::Collect;
using testing::ExpectSame;
using testing::Hall;
using testing::Outcome;
using testing::TempDir;

constexpr int kCases = 40;
constexpr base::Duration kPatience = base::Seconds(10);

TEST(MemberIds, NoTwoWriteUnderOneId) {
  EXPECT_NE(ProducerId("g-a", "1", 0), ProducerId("g", "a-1", 0));
  EXPECT_NE(ProducerId("g-engine:a", "1", 0), ProducerId("g", "a-1", 0));
  EXPECT_NE(ProducerId("g", "a", 11), ProducerId("g", "a-1", 1));
  EXPECT_TRUE(ProducerId("g", "a", 0).starts_with("g-"));
}

TEST(MemberIds, AreKnownByTheirInstance) {
  EXPECT_EQ(MemberId("a", 12), "a-12");
  EXPECT_TRUE(IsMemberOf("a", "a-12"));
  EXPECT_TRUE(IsMemberOf("a-1", "a-1-0"));
  EXPECT_FALSE(IsMemberOf("a", "a-1-0"));
  EXPECT_FALSE(IsMemberOf("a", "a-"));
  EXPECT_FALSE(IsMemberOf("a", "a"));
  EXPECT_FALSE(IsMemberOf("a", "ab-0"));
  EXPECT_FALSE(IsMemberOf("a", "b-0"));
}

class StandbyTest : public ::testing::Test {
 protected:
  StandbyTest() : hall(dir.path()) {
    hall.options.until = At(testing::kDeskHistoryEnds);
    hall.options.replay_records = 20;
    hall.options.driven = true;
    hall.Activate();
    hall.EnsureEvents();
  }

  std::unique_ptr<Standby> StandBy() {
    EngineOptions options = hall.options;
    options.state_dir = dir.path() + "/standby";
    auto opened = Standby::Open(hall.log.get(), options, kPatience);
    testing::Require(opened.status(), "a standby");
    return std::move(opened).value();
  }
  // One look around, and all there is to read.
  bool Look(Standby* standby) {
    hall.AdvanceWall(base::Seconds(1));
    for (int turn = 0; turn < 100; ++turn) {
      auto free = standby->Turn();
      testing::Require(free.status(), "a turn");
      if (free.value()) return true;
    }
    return false;
  }

  const TempDir dir{TempDir::InMemory{}};
  Hall hall;
};

TEST_F(StandbyTest, AnEngineThatWasNeverThereIsWaitedForSoLong) {
  auto standby = StandBy();
  EXPECT_FALSE(Look(standby.get()));
  EXPECT_EQ(standby->members_seen(), 0);
  EXPECT_FALSE(standby->stats().caught_up);
  hall.AdvanceWall(base::Duration{kPatience.us - base::Seconds(2).us});
  EXPECT_FALSE(Look(standby.get()));
  EXPECT_TRUE(Look(standby.get()));
}

TEST_F(StandbyTest, AnotherInstanceIsNotItsOwn) {
  hall.options.instance = "other";
  hall.Start();
  hall.options.instance = "1";
  auto standby = StandBy();
  EXPECT_FALSE(Look(standby.get()));
  EXPECT_EQ(standby->members_seen(), 0);
  EXPECT_TRUE(standby->stats().offsets.empty());
}

TEST_F(StandbyTest, GoesOnFromItsOwnStoresWhenThePlaceIsFree) {
  hall.Start();
  auto standby = StandBy();
  const auto history = testing::DeskHistory(7, kCases);
  for (size_t at = 0; at < history.size(); at += 10) {
    hall.Send({history.begin() + static_cast<std::ptrdiff_t>(at),
               history.begin() + static_cast<std::ptrdiff_t>(std::min(at + 10, history.size()))});
    hall.Idle();
    EXPECT_FALSE(Look(standby.get()));
  }
  EXPECT_EQ(standby->members_seen(), 2);
  EXPECT_TRUE(standby->stats().caught_up);
  EXPECT_GT(standby->stats().checkpoints, 4U);
  EXPECT_EQ(standby->stats().offsets, hall.engine->stats().offsets);
  const Outcome before = Collect(hall, kCases);
  hall.Stop();
  EXPECT_TRUE(Look(standby.get()));
  ASSERT_TRUE(standby->Stop().ok());
  standby.reset();

  hall.options.state_dir = dir.path() + "/standby";
  // What is read again lies behind where its stores stand.
  int64_t stands = 0;
  int64_t ends = 0;
  const auto resources = store::MakeResources({});
  for (int32_t p = 0; p < hall.options.partitions; ++p) {
    auto store =
        store::CaseStore::OpenToRead(hall.options.state_dir + "/" + std::to_string(p), resources);
    testing::Require(store.status(), "a store of the standby");
    const auto position = store.value()->ReadPosition();
    ASSERT_TRUE(position.ok() && position.value());
    stands += position.value()->cases_offset;
    ends += hall.log->Bounds({hall.options.topics.cases, p}).value().end;
  }
  EXPECT_GT(stands, ends / 2);
  hall.Start();
  hall.Idle();
  ExpectSame(before, Collect(hall, kCases));
  hall.ExpectSound();
}

}  // namespace
}  // namespace caseclock::runtime
