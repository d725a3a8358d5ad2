// The engine on the wall clock, which the test moves: timers on time, timers that fell due while
// nobody was there, clocks that jump, and chains that somebody meddled with.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <condition_variable>
#include <mutex>

#include "tests/unit/runtime/engine_hall.h"

namespace caseclock::runtime {
namespace {

using testing::At;
using testing::Hall;
using ::testing::HasSubstr;
using testing::TempDir;

class LiveEngineTest : public ::testing::Test {
 protected:
  void SetUp() override {
    hall.options.clock = ClockMode::kWall;
    hall.wall = At("2026-03-02T10:00:00Z").us;
    hall.Activate();
  }
  void Refer(const std::string& case_id) {
    hall.Send(
        {Hall::Event("r-" + case_id, case_id, base::FormatInstant(base::Instant{hall.wall.load()}),
                     "\"referred\":{\"queue\":\"demo/desk\",\"risk\":\"critical\"}")});
  }
  std::vector<model::Alert> Breaches(const std::string& clock) {
    std::vector<model::Alert> found;
    for (model::Alert& alert : hall.Alerts()) {
      if (alert.kind == model::RungKind::kBreach && alert.clock.view() == clock) {
        found.push_back(std::move(alert));
      }
    }
    return found;
  }

  TempDir directory;
  Hall hall{directory.path()};
};

TEST_F(LiveEngineTest, TellsABreachWhenItFallsDue) {
  hall.Start();
  std::mutex mutex;
  std::condition_variable told;
  int breaches = 0;
  hall.engine->Subscribe([&](const EngineEvent& event) {
    if (event.kind != EngineEvent::Kind::kAlert) return;
    const std::lock_guard lock(mutex);
    if (event.alert->kind == model::RungKind::kBreach) ++breaches;
    told.notify_all();
  });
  Refer("C-1");
  hall.Idle();
  EXPECT_TRUE(Breaches("first_response").empty());
  hall.AdvanceWall(base::Hours(1) + base::Millis(1));
  {
    std::unique_lock lock(mutex);
    ASSERT_TRUE(told.wait_for(lock, std::chrono::seconds(30), [&] { return breaches > 0; }));
  }
  const auto found = Breaches("first_response");
  ASSERT_EQ(found.size(), 1U);
  EXPECT_FALSE(found[0].historical);
  EXPECT_EQ(found[0].due_at, At("2026-03-02T11:00:00Z"));
  hall.Idle();
  hall.ExpectSound();
}

TEST_F(LiveEngineTest, CatchesUpOnWhatFellDueWhileItWasDown) {
  hall.Start();
  Refer("C-1");
  hall.Idle();
  hall.Stop();
  hall.AdvanceWall(base::Days(2));
  hall.Start();
  hall.Idle();
  const auto found = Breaches("first_response");
  ASSERT_EQ(found.size(), 1U);
  EXPECT_TRUE(found[0].historical);
  EXPECT_EQ(found[0].due_at, At("2026-03-02T11:00:00Z"));
  EXPECT_LE(found[0].detected_at - found[0].due_at, base::Duration{1});
  EXPECT_EQ(hall.engine->BacklogOf("demo/desk").value()->clocks.at("resolution").overdue, 1);
  hall.ExpectSound();
}

TEST_F(LiveEngineTest, StopsWhenTheWallClockJumps) {
  for (const base::Duration jump : {base::Days(365), base::Duration{-base::Hours(1).us}}) {
    hall.Start();
    Refer("C-1");
    hall.Idle();
    const int64_t before = hall.wall;
    hall.wall += jump.us;  // and the monotonic clock does not
    const std::atomic<bool> never{false};
    const auto status = hall.engine->WaitIdle(never);
    ASSERT_FALSE(status.ok());
    EXPECT_EQ(status.error().kind, base::ErrorKind::kUnavailable);
    EXPECT_THAT(status.error().message, HasSubstr("jumped"));
    EXPECT_FALSE(hall.engine->Stop().ok());
    hall.wall = before;
    hall.engine.reset();
  }
  hall.Start();
  hall.Idle();
  EXPECT_TRUE(Breaches("resolution").empty());
}

TEST_F(LiveEngineTest, RecordsFromTheFutureDoNotCarryTheClockAway) {
  hall.Start();
  testing::Sent event = Hall::Event("r", "C-1", "2026-03-02T10:00:00Z",
                                    "\"referred\":{\"queue\":\"demo/desk\",\"risk\":\"critical\"}");
  event.timestamp = At("2027-03-02T10:00:00Z");
  hall.Send({event});
  hall.Idle();
  EXPECT_TRUE(Breaches("first_response").empty());
  EXPECT_EQ(hall.engine->stats().clock, At("2026-03-02T10:00:00Z"));
}

TEST_F(LiveEngineTest, RefusesAChainThatSomebodyWroteInto) {
  hall.Start();
  Refer("C-1");
  hall.Idle();
  hall.Stop();
  auto appender = hall.log->OpenAppender();
  ASSERT_TRUE(appender.ok());
  log::NewRecord record;
  record.key = "C-1";
  record.value = "not a case";
  ASSERT_TRUE(appender.value()->Append(hall.options.topics.cases, {&record, 1}).ok());
  const auto status = hall.TryStart();
  ASSERT_FALSE(status.ok());
  EXPECT_EQ(status.error().kind, base::ErrorKind::kCorrupt);
  EXPECT_THAT(status.error().message, HasSubstr("Expected a commit record"));
  EXPECT_THAT(status.error().message, HasSubstr("Set the state directory"));
}

TEST_F(LiveEngineTest, RefusesACommitWhoseRecordsAreMissing) {
  hall.Start();
  Refer("C-1");
  hall.Idle();
  hall.Stop();
  // A commit record that follows in the chain, but covers a record that is not there.
  const int32_t p = log::PartitionOf("C-1", 4);
  model::CommitRecord last;
  std::string last_bytes;
  for (const auto& record : hall.Read(hall.options.topics.cases, p)) {
    if (record.key == model::kCommitKey && record.value) last_bytes = *record.value;
  }
  ASSERT_TRUE(codec::DecodeCommit(last_bytes, &last).ok());
  model::CommitRecord torn = last;
  torn.sequence = last.sequence + 1;
  torn.previous = base::Hash(last_bytes);
  torn.input_from = last.input_to;
  torn.output_records = 1;
  std::string bytes;
  codec::EncodeCommit(torn, &bytes);
  auto producer = hall.log->OpenProducer("meddler");
  ASSERT_TRUE(producer.ok());
  ASSERT_TRUE(producer.value()->Begin().ok());
  log::NewRecord record;
  record.key = model::kCommitKey;
  record.value = bytes;
  ASSERT_TRUE(producer.value()->Produce(hall.options.topics.cases, p, record).ok());
  ASSERT_TRUE(producer.value()->Commit().ok());
  const auto status = hall.TryStart();
  ASSERT_FALSE(status.ok());
  EXPECT_THAT(status.error().message, HasSubstr("Expected 1 records"));
}

}  // namespace
}  // namespace caseclock::runtime
