// A process that kills itself at one I/O boundary, again and again at others, chosen by a seed: in
// a commit, a restore, a checkpoint, between the write of a checkpoint and taking note of it.

#include <gtest/gtest.h>
#include <signal.h>

#include <cstdlib>
#include <random>

#include "tests/unit/runtime/again.h"
#include "tests/unit/runtime/faulty_log.h"
#include "tests/unit/runtime/outcome.h"

namespace caseclock::runtime {
namespace {

using testing::At;
using testing::Call;
using testing::Collect;
using testing::ExpectSame;
using testing::Fault;
using testing::FaultyLog;
using testing::Hall;
using testing::Outcome;
using testing::Plan;
using testing::Sent;
using testing::TempDir;

constexpr int kCases = 80;
constexpr int kDeaths = 10;

void Configure(Hall* hall) {
  hall->options.until = At(testing::kDeskHistoryEnds);
  hall->options.batch_records = 10;
  hall->options.replay_records = 80;
  hall->options.memory_bytes = 8 << 20;
}

// Works through `plan` until all is done.
int Work(Hall* hall, Plan plan) {
  FaultyLog faulty(hall->log.get(), std::move(plan));
  hall->through = &faulty;
  hall->options.checkpoint_probe = [&](CheckpointStage stage) { return faulty.Probe(stage); };
  hall->Start();
  hall->Idle();
  hall->Stop();
  return faulty.faults.calls();
}

bool OfTheStore(Call call) {
  return call == Call::kStartStore || call == Call::kFinishStore;
}

class BoundaryVictim : public ::testing::Test {};

TEST_F(BoundaryVictim, KillsItself) {
  const char* directory = std::getenv("CASECLOCK_VICTIM");
  const char* at = std::getenv("CASECLOCK_DIE_AT");
  const char* how = std::getenv("CASECLOCK_DIE_HOW");
  if (directory == nullptr || at == nullptr || how == nullptr) return;  // nobody's victim
  Plan plan{.fault = how[0] == 'a' ? Fault::kDieAfter : Fault::kDieBefore,
            .at = std::atoi(at),
            .really = true};
  if (how[1] == 's') plan.of = OfTheStore;
  Hall hall(directory);
  Configure(&hall);
  Work(&hall, plan);
}

class KilledAtABoundary : public ::testing::TestWithParam<uint32_t> {};

TEST_P(KilledAtABoundary, LeavesNothingLostAndNothingTwice) {
  const char* chosen = std::getenv("CASECLOCK_SEED");
  const uint32_t seed =
      chosen == nullptr ? GetParam() : static_cast<uint32_t>(std::strtoul(chosen, nullptr, 10));
  SCOPED_TRACE("again: CASECLOCK_SEED=" + std::to_string(seed) +
               " runtime_tests --gtest_filter='*KilledAtABoundary*/0'");
  const std::vector<Sent> history = testing::DeskHistory(seed, kCases);
  Outcome expected;
  int calls = 0;
  {
    const TempDir directory{TempDir::InMemory{}};
    Hall hall(directory.path());
    Configure(&hall);
    hall.Activate();
    hall.Send(history);
    calls = Work(&hall, {});
    hall.through = nullptr;
    hall.options.checkpoint_probe = nullptr;
    hall.Start();
    expected = Collect(hall, kCases);
  }
  const TempDir directory{TempDir::InMemory{}};
  {
    Hall hall(directory.path());
    Configure(&hall);
    hall.Activate();
    hall.Send(history);
  }
  std::mt19937 random(seed);
  int deaths = 0;
  for (int life = 0; life < kDeaths; ++life) {
    const bool store = life % 3 == 2;
    const auto most = static_cast<uint32_t>(store ? 4 : calls / (kDeaths / 3));
    const std::string at = std::to_string(1 + random() % most);
    const std::string how = std::string(random() % 2 == 0 ? "b" : "a") + (store ? "s" : "");
    const int status = testing::RunAgain("BoundaryVictim.*",
                                         {{"CASECLOCK_VICTIM", directory.path()},
                                          {"CASECLOCK_DIE_AT", at},
                                          {"CASECLOCK_DIE_HOW", how}},
                                         directory.path() + "/output");
    if (WIFSIGNALED(status)) {
      EXPECT_EQ(WTERMSIG(status), SIGKILL);
      ++deaths;
      continue;
    }
    EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0) << "life " << life << ": " << status;
    break;  // all is done
  }
  EXPECT_GE(deaths, 4) << "too few died to prove anything";
  Hall hall(directory.path());
  Configure(&hall);
  hall.Start();
  hall.Idle();
  hall.ExpectSound();
  ExpectSame(Collect(hall, kCases), expected);
}

INSTANTIATE_TEST_SUITE_P(Seeds, KilledAtABoundary, ::testing::Range(1U, 4U));

}  // namespace
}  // namespace caseclock::runtime
