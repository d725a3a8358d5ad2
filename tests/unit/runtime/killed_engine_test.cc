// An engine that dies at any instant: what it leaves behind, restarted, is what an engine that
// lived would have made.
//
// The victim is this test program, run again with CASECLOCK_VICTIM naming a directory: it starts an
// engine there and works until it is killed.

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cstring>
#include <random>
#include <thread>

#include "tests/unit/runtime/outcome.h"

namespace caseclock::runtime {
namespace {

using testing::At;
using testing::Collect;
using testing::DeskHistory;
using testing::ExpectSame;
using testing::Hall;
using testing::Outcome;
using testing::Sent;
using testing::TempDir;

constexpr int kCases = 1500;
constexpr int kProgress = 1000;  // a descriptor nobody else has

void Configure(Hall* hall) {
  hall->options.until = At(testing::kDeskHistoryEnds);
  hall->options.batch_records = 50;    // many commits
  hall->options.replay_records = 400;  // many checkpoints
}

// Runs when this program is started as a victim; never returns from WaitIdle alive, or is done.
class Victim : public ::testing::Test {};

TEST_F(Victim, WorksUntilItIsKilled) {
  const char* directory = std::getenv("CASECLOCK_VICTIM");
  if (directory == nullptr) return;  // nobody's victim
  Hall hall(directory);
  Configure(&hall);
  hall.Start();
  // Says how many commits it has made; the killer listens.
  for (;;) {
    const uint64_t commits = hall.engine->stats().commits;
    if (write(kProgress, &commits, sizeof commits) != sizeof commits) _exit(1);
  }
}

struct Running {
  pid_t pid = -1;
  int commits = -1;  // where it says how far it is
};

Running StartVictim(const std::string& directory) {
  int ends[2];
  EXPECT_EQ(pipe2(ends, O_CLOEXEC), 0);
  const pid_t child = fork();
  if (child != 0) {
    close(ends[1]);
    return {child, ends[0]};
  }
  setenv("CASECLOCK_VICTIM", directory.c_str(), 1);
  dup2(open("/dev/null", O_WRONLY), STDERR_FILENO);
  dup2(open("/dev/null", O_WRONLY), STDOUT_FILENO);
  dup2(ends[1], kProgress);
  const char* args[] = {"victim", "--gtest_filter=Victim.*", "--gtest_brief=1", nullptr};
  execv("/proc/self/exe", const_cast<char* const*>(args));
  _exit(127);
}

// Until the victim has made `wanted` commits in this life, and a moment more.
void Await(const Running& victim, uint64_t wanted, std::chrono::microseconds more) {
  uint64_t commits = 0;
  std::string bytes;
  // A victim that has done everything makes no more commits.
  const auto give_up = std::chrono::steady_clock::now() + std::chrono::milliseconds(500);
  while (commits < wanted && std::chrono::steady_clock::now() < give_up) {
    char buffer[4096];
    const ssize_t got = read(victim.commits, buffer, sizeof buffer);
    if (got <= 0) return;
    bytes.append(buffer, static_cast<size_t>(got));
    const size_t whole = bytes.size() / sizeof commits;
    if (whole == 0) continue;
    std::memcpy(&commits, bytes.data() + (whole - 1) * sizeof commits, sizeof commits);
    bytes.erase(0, whole * sizeof commits);
  }
  const auto end = std::chrono::steady_clock::now() + more;
  while (std::chrono::steady_clock::now() < end) std::this_thread::yield();
}

class KilledEngine : public ::testing::TestWithParam<uint32_t> {};

TEST_P(KilledEngine, LeavesNothingLostAndNothingTwice) {
  const std::vector<Sent> history = DeskHistory(GetParam(), kCases);
  Outcome expected;
  {
    TempDir directory;
    Hall hall(directory.path());
    Configure(&hall);
    hall.Activate();
    hall.Send(history);
    hall.Start();
    hall.Idle();
    expected = Collect(hall, kCases);
    hall.ExpectSound();
  }
  TempDir directory;
  {
    Hall hall(directory.path());
    Configure(&hall);
    hall.Activate();
    hall.Send(history);
  }
  std::mt19937 random(GetParam());
  for (int kill_number = 0; kill_number < 12; ++kill_number) {
    const Running victim = StartVictim(directory.path());
    ASSERT_GT(victim.pid, 0);
    // None: it dies while it restores.
    Await(victim, random() % 8, std::chrono::microseconds(random() % 8'000));
    kill(victim.pid, SIGKILL);
    close(victim.commits);
    int status = 0;
    ASSERT_EQ(waitpid(victim.pid, &status, 0), victim.pid);
    ASSERT_TRUE(WIFSIGNALED(status)) << "the victim gave up by itself: " << status;
  }
  Hall hall(directory.path());
  Configure(&hall);
  hall.Start();
  hall.Idle();
  // Else the victims would have died too early to prove anything.
  EXPECT_LT(hall.engine->stats().records, history.size());
  hall.ExpectSound();
  ExpectSame(Collect(hall, kCases), expected);
}

INSTANTIATE_TEST_SUITE_P(Seeds, KilledEngine, ::testing::Values(1U, 2U, 3U));

}  // namespace
}  // namespace caseclock::runtime
