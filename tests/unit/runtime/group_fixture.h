#pragma once

// Several engines of one group on one log, of one and of several workers each.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "tests/unit/runtime/outcome.h"

namespace caseclock::runtime::testing {

inline constexpr int kCases = 40;

class EnginesOfAGroup : public ::testing::TestWithParam<int> {
 protected:
  void Prepare(Hall* of) const {
    of->options.workers = GetParam();
    of->options.until = At(testing::kDeskHistoryEnds);
    of->options.batch_records = 4;
    of->options.replay_records = 100;
    of->options.memory_bytes = 8 << 20;
    of->Activate();
  }

  // What one engine makes of it that nobody disturbs.
  Outcome Undisturbed() {
    const TempDir other{TempDir::InMemory{}};
    Hall alone(other.path());
    Prepare(&alone);
    alone.Send(history);
    alone.Start();
    alone.Idle();
    Outcome outcome = Collect(alone, kCases);
    EXPECT_FALSE(outcome.told.empty());
    return outcome;
  }

  // An engine of the group; one of an instance finds its store again.
  std::unique_ptr<Engine> Join(const std::string& instance, log::Log* log = nullptr) {
    EngineOptions options = hall.options;
    options.instance = instance;
    options.state_dir = directory.path() + "/state-" + instance;
    auto opened = Engine::Open(log == nullptr ? hall.log.get() : log, options);
    EXPECT_TRUE(opened.ok()) << opened.error().message;
    return opened.ok() ? std::move(opened).value() : nullptr;
  }

  void SendPart(int part, int parts) {
    const auto from = static_cast<std::ptrdiff_t>(history.size()) * part / parts;
    const auto to = static_cast<std::ptrdiff_t>(history.size()) * (part + 1) / parts;
    hall.Send({history.begin() + from, history.begin() + to});
  }

  // Until these engines have all partitions between them and have read everything. Not WaitIdle:
  // that lets time run on, and then what is told depends on when it was called.
  void AwaitRead(std::initializer_list<Engine*> engines) {
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(60);
    std::string seen;
    for (bool done = false; !done;) {
      ASSERT_LT(std::chrono::steady_clock::now(), deadline) << seen;
      std::this_thread::yield();
      hall.monotonic += 100;  // or no commit would ever be due
      seen.clear();
      size_t partitions = 0;
      uint64_t behind = 0;
      for (const Engine* engine : engines) {
        ASSERT_TRUE(engine->health().ok()) << engine->health().error().message;
        const EngineStats stats = engine->stats();
        partitions += stats.offsets.size();
        behind += stats.waiting_records;
        for (const auto& [number, offset] : stats.offsets) {
          seen += " " + std::to_string(number) + "@" + std::to_string(offset);
        }
        seen += " behind by " + std::to_string(stats.waiting_records) + ";";
      }
      done = partitions == 4 && behind == 0;
    }
  }

  // Whether something comes about while time goes on.
  bool Comes(const std::function<bool()>& condition) {
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(30);
    while (!condition()) {
      if (std::chrono::steady_clock::now() > deadline) return false;
      std::this_thread::yield();
      // About as fast as time itself, by which the publisher measures how much it may take.
      hall.monotonic += 2'000;
    }
    return true;
  }

  // The engine that is left has everything.
  void ExpectNothingLostAndNothingTwice(std::unique_ptr<Engine> left) {
    hall.engine = std::move(left);
    hall.Idle();
    EXPECT_THAT(hall.engine->stats().offsets, ::testing::SizeIs(4));
    hall.ExpectSound();
    ExpectSame(Collect(hall, kCases), Undisturbed());
    hall.Stop();
  }

  TempDir directory{TempDir::InMemory{}};
  Hall hall{directory.path()};
  const std::vector<Sent> history = testing::DeskHistory(11, kCases);
};

}  // namespace caseclock::runtime::testing
