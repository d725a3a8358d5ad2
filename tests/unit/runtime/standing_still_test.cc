// An engine knows that one of its threads does not come back: from a call of a library, say, that
// never ends.

#include <gtest/gtest.h>

#include <condition_variable>
#include <future>
#include <mutex>

#include "engine/host/clock.h"
#include "engine/runtime/standstill_watch.h"
#include "tests/unit/runtime/engine_hall.h"
#include "tests/unit/runtime/faulty_log.h"

namespace caseclock::runtime {
namespace {

using base::Duration;
using base::Seconds;
using testing::Call;
using testing::Fault;
using testing::FaultyLog;
using testing::Hall;
using testing::Plan;
using testing::TempDir;

class StandstillTest : public ::testing::Test {
 protected:
  StandstillTest() { life_.SetWorkers(2); }
  Duration LookAfter(Duration time) {
    now_.us += time.us;
    return watch_.Look();
  }
  void Beat(size_t worker) { life_.Beat(worker, now_); }

  Life life_;
  Duration now_ = Seconds(1000);
  StandstillWatch watch_{&life_, [this] { return now_; }, {}, nullptr};
};

TEST_F(StandstillTest, IsThatOfTheWorkerThatIsFurthestBehind) {
  Beat(0);
  Beat(1);
  EXPECT_EQ(LookAfter(Seconds(3)), Seconds(3));
  Beat(0);
  EXPECT_EQ(LookAfter(Seconds(3)), Seconds(6));
  Beat(1);
  EXPECT_EQ(LookAfter(Seconds(1)), Seconds(4));
}

TEST_F(StandstillTest, ARestoreThatGoesOnIsNone) {
  Beat(0);
  Beat(1);
  EXPECT_EQ(LookAfter(Seconds(4)), Seconds(4));
  life_.Restored();
  EXPECT_EQ(LookAfter(Seconds(4)), Duration{});
  EXPECT_EQ(LookAfter(Seconds(4)), Seconds(4));
}

TEST_F(StandstillTest, OfTheWholeProcessIsNobodysFault) {
  Beat(0);
  Beat(1);
  EXPECT_EQ(LookAfter(Seconds(4)), Seconds(4));
  EXPECT_EQ(LookAfter(Seconds(4000)), Duration{});
  EXPECT_EQ(LookAfter(Seconds(2)), Seconds(2));
}

// Calls of the log wait at it while it is shut.
class Door {
 public:
  void Set(bool shut) {
    const std::lock_guard lock(mutex_);
    shut_ = shut;
    changed_.notify_all();
  }
  void Pass() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return !shut_; });
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  bool shut_ = false;
};

// Also of the last commit, when the engine is told to stop.
TEST(StandingStill, IsReportedWhileACallDoesNotEnd) {
  for (const Call of : {Call::kPoll, Call::kCommit}) {
    const TempDir directory;
    Hall hall(directory.path());
    hall.options.partitions = 1;
    hall.options.workers = 1;
    hall.options.monotonic = host::Monotonic;
    hall.options.longest_standstill = base::Millis(300);
    std::promise<void> reported;
    hall.options.on_standstill = [&](Duration) { reported.set_value(); };
    hall.Activate();
    hall.EnsureEvents();
    Door door;
    Plan plan;
    plan.of = [of](Call call) { return call == of; };
    plan.decide = [&](Call) {
      door.Pass();
      return Fault::kNone;
    };
    FaultyLog log(hall.log.get(), std::move(plan));
    hall.through = &log;
    hall.Start();
    hall.Idle();
    door.Set(true);
    hall.Send({Hall::Event("r", "C-1", "2026-03-16T10:00:00Z",
                           R"("referred":{"queue":"demo/desk","risk":"high"})")});
    EXPECT_EQ(reported.get_future().wait_for(std::chrono::seconds(30)), std::future_status::ready);
    door.Set(false);
    hall.Stop();
  }
}

}  // namespace
}  // namespace caseclock::runtime
