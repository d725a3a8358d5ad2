// Who looks at the figures of all partitions holds their locks one by one, while workers commit.

#include <gtest/gtest.h>

#include <array>
#include <atomic>
#include <chrono>
#include <cstdlib>
#include <future>
#include <iostream>
#include <thread>
#include <utility>

#include "tests/unit/runtime/engine_hall.h"

namespace caseclock::runtime {
namespace {

using testing::Hall;
using testing::Sent;
using testing::TempDir;

constexpr int kRounds = 50;

// A commit tells figures of the partitions that have a checkpoint before them alone, and holds
// their locks until it is done. Here that is the second of two: it has most of the events.
TEST(FiguresLocks, ACommitTakesNoneWhileItHoldsALaterOne) {
  const TempDir directory{TempDir::InMemory{}};
  Hall hall(directory.path());
  hall.options.partitions = 2;
  hall.options.workers = 1;
  hall.options.driven = true;
  hall.options.batch_records = 32;
  hall.options.replay_records = 32;
  hall.Activate();
  hall.EnsureEvents();
  hall.Start();
  int sent = 0;
  std::array<int, 2> next{};
  const auto send = [&](int32_t partition, int count) {
    std::vector<Sent> events;
    for (int& n = next[static_cast<size_t>(partition)]; count > 0; ++n) {
      const std::string id = "C-" + std::to_string(n);
      if (log::PartitionOf(id, 2) != partition) continue;
      events.push_back(Hall::Event("r" + id, id, "2026-03-02T10:00:00Z",
                                   R"("referred":{"queue":"demo/desk","risk":"low"})"));
      --count;
      ++sent;
    }
    hall.Send(events);
  };
  std::atomic<bool> done{false};
  std::thread looker([&] {
    while (!done) EXPECT_TRUE(hall.engine->Backlogs().ok());
  });
  auto rounds = std::async(std::launch::async, [&] {
    for (int round = 0; round < kRounds; ++round) {
      for (const auto& [partition, count] : {std::pair(0, 3), {1, 40}}) {
        send(partition, count);
        hall.engine->Turn(Engine::Part::kWorkers);
      }
      hall.engine->Turn(Engine::Part::kWorkers);
      hall.engine->Turn(Engine::Part::kCheckpoints);
    }
  });
  if (rounds.wait_for(std::chrono::seconds(60)) != std::future_status::ready) {
    std::cerr << "Expected the engine to go on, but it stands still\n";
    std::abort();  // neither thread can be joined
  }
  done = true;
  looker.join();
  hall.Idle();
  EXPECT_EQ(hall.engine->BacklogOf("demo/desk").value()->open, sent);
  EXPECT_GT(hall.engine->stats().checkpoints, static_cast<uint64_t>(kRounds / 4));
  hall.Stop();
}

}  // namespace
}  // namespace caseclock::runtime
