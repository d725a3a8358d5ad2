// An engine knows that one of its threads does not come back: from a call of a library, say, that
// never ends.

#include <gtest/gtest.h>

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <thread>

#include "tests/unit/runtime/engine_hall.h"
#include "tests/unit/runtime/faulty_log.h"

namespace caseclock::runtime {
namespace {

using testing::Call;
using testing::Fault;
using testing::FaultyLog;
using testing::Hall;
using testing::Plan;
using testing::TempDir;

constexpr base::Duration kLong = base::Seconds(600);

// A door that calls of the log wait at while it is shut.
class Door {
 public:
  void Shut() { Set(true); }
  void Open() { Set(false); }
  void Pass() {
    std::unique_lock lock(mutex_);
    if (shut_) {
      ++waiting_;
      changed_.notify_all();
    }
    changed_.wait(lock, [this] { return !shut_; });
  }
  void AwaitSomebody() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return waiting_ > 0; });
  }

 private:
  void Set(bool shut) {
    const std::lock_guard lock(mutex_);
    shut_ = shut;
    changed_.notify_all();
  }
  std::mutex mutex_;
  std::condition_variable changed_;
  bool shut_ = false;
  int waiting_ = 0;
};

TEST(StandingStill, IsKnownWhileACallDoesNotEnd) {
  const TempDir directory;
  Hall hall(directory.path());
  hall.options.partitions = 1;
  hall.options.workers = 1;
  hall.Activate();
  hall.EnsureEvents();
  Door door;
  Plan plan;
  plan.of = [](Call call) { return call == Call::kPoll; };
  plan.decide = [&](Call) {
    door.Pass();
    return Fault::kNone;
  };
  FaultyLog log(hall.log.get(), std::move(plan));
  hall.through = &log;
  hall.Start();
  hall.Idle();

  // Time passes; it comes back from every call.
  hall.monotonic += kLong.us;
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(30);
  while (hall.engine->StoodStill() > base::Seconds(1)) {
    ASSERT_LT(std::chrono::steady_clock::now(), deadline);
    std::this_thread::yield();
  }
  door.Shut();
  door.AwaitSomebody();
  hall.monotonic += kLong.us;
  EXPECT_GE(hall.engine->StoodStill(), kLong);
  door.Open();
  while (hall.engine->StoodStill() > base::Seconds(1)) {
    ASSERT_LT(std::chrono::steady_clock::now(), deadline);
    std::this_thread::yield();
  }
  hall.Stop();
}

}  // namespace
}  // namespace caseclock::runtime
