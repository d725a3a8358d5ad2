// The disk of the case stores is full, that of the log is not. The engine stops and says so, and
// goes on where it was once there is room.

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sched.h>
#include <sys/mount.h>

#include <cstdlib>

#include "tests/unit/runtime/again.h"
#include "tests/unit/runtime/outcome.h"

namespace caseclock::runtime {
namespace {

using testing::At;
using testing::Collect;
using testing::ExpectSame;
using testing::Hall;
using ::testing::HasSubstr;
using testing::Outcome;
using testing::TempDir;

constexpr int kCases = 1500;
constexpr int kCannot = 77;

// A file system of its own for the stores, in a mount namespace of its own, so that nothing is left
// behind however this ends.
bool MountStores(const std::string& directory) {
  if (unshare(CLONE_NEWNS) != 0 && unshare(CLONE_NEWUSER | CLONE_NEWNS) != 0) return false;
  if (mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0) return false;
  return mount("none", directory.c_str(), "tmpfs", 0, "size=64m") == 0;
}

void Fill(const std::string& file) {
  std::ofstream out(file, std::ios::binary);
  const std::string block(64 << 10, 'x');
  while (out.write(block.data(), static_cast<std::streamsize>(block.size())).flush()) {
  }
}

class DiskVictim : public ::testing::Test {};

TEST_F(DiskVictim, GoesOnOnceThereIsRoom) {
  const char* directory = std::getenv("CASECLOCK_FULL_DISK");
  if (directory == nullptr) return;  // nobody's victim
  const std::string stores = std::string(directory) + "/state";
  std::filesystem::create_directories(stores);
  if (!MountStores(stores)) _exit(kCannot);

  const auto history = testing::DeskHistory(3, kCases);
  const auto configure = [](Hall* hall) {
    hall->options.partitions = 1;
    hall->options.until = At(testing::kDeskHistoryEnds);
    hall->options.batch_records = 100;
    hall->options.replay_records = 500;  // many checkpoints on the way
    hall->options.memory_bytes = 8 << 20;
    hall->Activate();
  };
  Outcome expected;
  {
    const TempDir other;
    Hall undisturbed(other.path());
    configure(&undisturbed);
    undisturbed.Send(history);
    undisturbed.Start();
    undisturbed.Idle();
    expected = Collect(undisturbed, kCases);
  }
  Hall hall(directory);
  configure(&hall);
  hall.Send({history.begin(), history.begin() + 50});
  hall.Start();
  Fill(stores + "/filler");
  hall.Send({history.begin() + 50, history.end()});
  const std::atomic<bool> never{false};
  const auto status = hall.engine->WaitIdle(never);
  ASSERT_FALSE(status.ok()) << "the disk was not full";
  EXPECT_EQ(status.error().kind, base::ErrorKind::kIo);
  EXPECT_THAT(status.error().message, HasSubstr("Cannot write a checkpoint to " + stores + "/0"));
  EXPECT_THAT(status.error().message, HasSubstr("No space"));
  EXPECT_FALSE(hall.engine->Stop().ok());
  hall.engine.reset();

  std::filesystem::remove(stores + "/filler");
  hall.Start();
  hall.Idle();
  hall.ExpectSound();
  ExpectSame(Collect(hall, kCases), expected);
  hall.Restart();
  hall.ExpectSound();
}

TEST(FullDisk, StopsTheEngineAndLosesNothing) {
  const TempDir directory;
  const std::string output = directory.path() + "/output";
  const int status =
      testing::RunAgain("DiskVictim.*", {{"CASECLOCK_FULL_DISK", directory.path()}}, output);
  std::ifstream in(output);
  std::stringstream text;
  text << in.rdbuf();
  ASSERT_TRUE(WIFEXITED(status)) << status << text.str();
  const bool cannot = WEXITSTATUS(status) == kCannot;
  if (cannot) GTEST_SKIP() << "skipped: no file system can be mounted here";
  EXPECT_EQ(WEXITSTATUS(status), 0) << text.str();
}

}  // namespace
}  // namespace caseclock::runtime
