// A live engine that never gets to the end of what comes in tells what falls due all the same.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "engine/store/case_store.h"
#include "engine/store/resources.h"
#include "tests/unit/runtime/engine_hall.h"

namespace caseclock::runtime {
namespace {

using testing::At;
using testing::Hall;
using testing::Sent;
using testing::TempDir;

class BusyEngineTest : public ::testing::Test {
 protected:
  BusyEngineTest() : hall(directory.path()) {
    hall.options.clock = ClockMode::kWall;
    hall.options.driven = true;
    hall.options.partitions = 2;
    hall.options.workers = 1;
    hall.wall = At("2026-03-02T10:00:00Z").us;
    hall.Activate();
    hall.EnsureEvents();
  }

  // The number-th case of a partition.
  [[nodiscard]] std::string CaseOf(int32_t partition, int number = 0) const {
    for (int n = 0;; ++n) {
      std::string id = "C-" + std::to_string(n);
      if (log::PartitionOf(id, hall.options.partitions) == partition && number-- == 0) return id;
    }
  }
  [[nodiscard]] Sent Referral(const std::string& case_id, base::Instant at) {
    return Hall::Event("r" + std::to_string(++sent_), case_id, base::FormatInstant(at),
                       R"("referred":{"queue":"demo/desk","risk":"critical"})");
  }
  [[nodiscard]] base::Instant Now() const { return base::Instant{hall.wall.load()}; }
  void Turn() {
    hall.engine->Turn(Engine::Part::kWorkers);
    hall.AdvanceWall(base::Millis(100));
  }
  void Turns(int count) {
    while (count-- > 0) Turn();
  }
  // A case whose first response is due an hour after ten, told and quiet, and soon it is eleven.
  void AwaitTheFirstResponseOf(const std::string& case_id) {
    hall.Send({Referral(case_id, At("2026-03-02T10:00:00Z"))});
    Turns(5);
    hall.SetWall(At("2026-03-02T10:59:50Z"));
    Turns(5);
    EXPECT_EQ(DetectedAt(case_id), base::Instant{});
  }
  // The breach of its first response; else 1970.
  [[nodiscard]] base::Instant DetectedAt(const std::string& case_id) const {
    for (const model::Alert& alert : hall.Alerts()) {
      if (alert.case_id == case_id && alert.clock.view() == "first_response" &&
          alert.kind == model::RungKind::kBreach) {
        return alert.detected_at;
      }
    }
    return {};
  }
  void ExpectInTime(const std::string& case_id) {
    EXPECT_THAT(DetectedAt(case_id), ::testing::AllOf(::testing::Ge(At("2026-03-02T11:00:00Z")),
                                                      ::testing::Le(At("2026-03-02T11:00:03Z"))));
  }

  const TempDir directory;
  Hall hall;

 private:
  int sent_ = 0;
};

TEST_F(BusyEngineTest, ThoughItIsAlwaysAMomentBehind) {
  hall.options.batch_records = 4;
  hall.Start();
  AwaitTheFirstResponseOf(CaseOf(0));
  int next = 1;
  const auto feed = [&](int count) {
    while (count-- > 0) {
      hall.Send({Referral(CaseOf(0, next++), base::Instant{Now().us - base::Seconds(1).us})});
    }
  };
  feed(12);
  while (Now() < At("2026-03-02T11:00:10Z")) {
    feed(4);
    Turn();
  }
  ExpectInTime(CaseOf(0));
}

// Of both partitions: the one that has the traffic, and the one that has none.
TEST_F(BusyEngineTest, ThoughItStoodStillOnceAndThereWasAlwaysMore) {
  hall.Start();
  AwaitTheFirstResponseOf(CaseOf(0));
  hall.Send({Referral(CaseOf(1), At("2026-03-02T10:00:00Z"))});
  Turns(1);
  hall.AdvanceWall(base::Seconds(3));
  for (int next = 1; Now() < At("2026-03-02T11:00:10Z"); ++next) {
    hall.Send({Referral(CaseOf(0, next), Now())});
    Turn();
  }
  ExpectInTime(CaseOf(0));
  ExpectInTime(CaseOf(1));
}

TEST_F(BusyEngineTest, ThoughAnotherOfItsPartitionsCannotBeRestored) {
  hall.options.outlive_outages = true;
  auto held = store::CaseStore::Open(hall.options.state_dir + "/1", store::MakeResources({}));
  ASSERT_TRUE(held.ok()) << held.error().message;
  hall.Start();
  AwaitTheFirstResponseOf(CaseOf(0));
  hall.AdvanceWall(base::Seconds(3));
  while (Now() < At("2026-03-02T11:00:10Z")) {
    Turn();
    hall.AdvanceWall(base::Millis(400));
  }
  ExpectInTime(CaseOf(0));
  EXPECT_THAT(hall.engine->stats().offsets, ::testing::SizeIs(1));
}

}  // namespace
}  // namespace caseclock::runtime
