// A store and a log that do not fit together, and checkpoints that are under way or fail.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <condition_variable>
#include <future>
#include <mutex>

#include "tests/unit/runtime/outcome.h"

namespace caseclock::runtime {
namespace {

using testing::At;
using testing::Collect;
using testing::ExpectSame;
using testing::Hall;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::Outcome;
using testing::Sent;
using testing::TempDir;

namespace fs = std::filesystem;

constexpr int kCases = 60;

class RestoreTest : public ::testing::Test {
 protected:
  void SetUp() override { hall.Activate(); }
  [[nodiscard]] std::string Log() const { return directory.path() + "/log"; }
  [[nodiscard]] std::string Store(int partition) const {
    return hall.options.state_dir + "/" + std::to_string(partition);
  }
  // The log as it was, with everything since lost, as after a power failure.
  void TurnBackTheLog(const std::string& copy) {
    hall.log.reset();
    fs::remove_all(Log());
    fs::copy(copy, Log(), fs::copy_options::recursive);
    hall.OpenLog();
  }
  void CopyTheLog(const std::string& copy) {
    hall.log.reset();
    fs::copy(Log(), copy, fs::copy_options::recursive);
    hall.OpenLog();
  }

  TempDir directory;
  Hall hall{directory.path()};
  const std::vector<Sent> history = testing::DeskHistory(5, kCases);
};

TEST_F(RestoreTest, AStoreAheadOfItsLogIsSetAsideAndRebuilt) {
  const auto middle = history.begin() + static_cast<std::ptrdiff_t>(history.size()) / 2;
  hall.Send({history.begin(), middle});
  hall.Start();
  hall.Idle();
  hall.Stop();
  const Outcome before = [&] {
    hall.Start();
    Outcome outcome = Collect(hall, 0);
    hall.Stop();
    return outcome;
  }();
  CopyTheLog(directory.path() + "/copy");
  hall.Send({middle, history.end()});
  hall.Start();
  hall.Idle();
  const Outcome after = Collect(hall, kCases);
  hall.Stop();

  TurnBackTheLog(directory.path() + "/copy");
  hall.Start();
  hall.Idle();
  hall.ExpectSound();
  ExpectSame(Collect(hall, 0), before);
  for (int p = 0; p < hall.options.partitions; ++p) {
    EXPECT_TRUE(fs::exists(Store(p) + ".aside-1/CURRENT")) << p;
    EXPECT_FALSE(fs::exists(Store(p) + ".aside-2")) << p;
  }
  // What was lost comes again.
  hall.Send({middle, history.end()});
  hall.Idle();
  hall.ExpectSound();
  ExpectSame(Collect(hall, kCases), after);
  hall.Stop();

  // And a second time, which takes nothing of the first away.
  TurnBackTheLog(directory.path() + "/copy");
  hall.Start();
  hall.Idle();
  ExpectSame(Collect(hall, 0), before);
  EXPECT_TRUE(fs::exists(Store(0) + ".aside-1/CURRENT"));
  EXPECT_TRUE(fs::exists(Store(0) + ".aside-2/CURRENT"));
  hall.Stop();
}

TEST_F(RestoreTest, ReadingOnlySetsNothingAside) {
  hall.Send({history.begin(), history.begin() + 20});
  hall.Start();
  hall.Idle();
  hall.Stop();
  CopyTheLog(directory.path() + "/copy");
  hall.Send({history.begin() + 20, history.end()});
  hall.Start();
  hall.Idle();
  hall.Stop();
  TurnBackTheLog(directory.path() + "/copy");
  hall.options.read_only = true;
  const auto status = hall.TryStart();
  ASSERT_FALSE(status.ok());
  EXPECT_EQ(status.error().kind, base::ErrorKind::kCorrupt);
  EXPECT_THAT(status.error().message, HasSubstr("the log has lost its newest records"));
  EXPECT_FALSE(fs::exists(Store(0) + ".aside-1"));
}

// Holds every checkpoint up until it is let go.
class Barrier {
 public:
  base::Status Pass(CheckpointStage stage) {
    if (stage != CheckpointStage::kBegun) return {};
    std::unique_lock lock(mutex_);
    arrived_ = true;
    changed_.notify_all();
    changed_.wait(lock, [&] { return open_; });
    return {};
  }
  void AwaitArrival() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return arrived_; });
  }
  void Open() {
    const std::lock_guard lock(mutex_);
    open_ = true;
    changed_.notify_all();
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  bool arrived_ = false;
  bool open_ = false;
};

TEST_F(RestoreTest, VerifyWaitsForACheckpointUnderWay) {
  Barrier barrier;
  hall.options.replay_records = 40;
  hall.options.checkpoint_probe = [&](CheckpointStage stage) { return barrier.Pass(stage); };
  hall.Send(history);
  hall.Start();
  hall.Idle();
  barrier.AwaitArrival();
  auto verified = std::async(std::launch::async, [&] { return hall.engine->Verify(nullptr); });
  // One that does not wait has the time to be wrong; one that waits would do so for ever.
  verified.wait_for(std::chrono::milliseconds(300));
  barrier.Open();
  auto lines = verified.get();
  ASSERT_TRUE(lines.ok()) << lines.error().message;
  EXPECT_THAT(lines.value(), IsEmpty());
  hall.Stop();
}

}  // namespace
}  // namespace caseclock::runtime
