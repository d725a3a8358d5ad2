// Partitions move from one engine of a group to another and back, between two events or because one
// died, and nothing is lost or told twice.

#include <future>

#include "engine/store/case_store.h"
#include "engine/store/resources.h"
#include "tests/unit/runtime/faulty_log.h"
#include "tests/unit/runtime/group_fixture.h"

namespace caseclock::runtime {
namespace {

using testing::Call;
using testing::Fault;
using testing::FaultyLog;
using testing::Plan;
using ::testing::SizeIs;

class Rebalance : public testing::EnginesOfAGroup {};

TEST_P(Rebalance, PartitionsMoveThereAndBack) {
  Prepare(&hall);
  SendPart(0, 5);
  auto a = Join("a");
  EXPECT_THAT(a->stats().offsets, SizeIs(4));
  SendPart(1, 5);
  auto b = Join("b");  // in the middle of it
  AwaitRead({a.get(), b.get()});
  EXPECT_THAT(a->stats().offsets, SizeIs(2));
  EXPECT_THAT(b->stats().offsets, SizeIs(2));
  SendPart(2, 5);
  EXPECT_TRUE(b->Stop().ok());
  b.reset();
  AwaitRead({a.get()});
  SendPart(3, 5);
  b = Join("b");  // with a store that is behind, for partitions that moved on without it
  SendPart(4, 5);
  EXPECT_TRUE(a->Stop().ok());
  a.reset();
  ExpectNothingLostAndNothingTwice(std::move(b));
}

TEST_P(Rebalance, AnEngineWithoutPartitionsOpensAndIsIdle) {
  Prepare(&hall);
  hall.Send(history);
  std::vector<std::unique_ptr<Engine>> engines;
  for (const char* instance : {"a", "b", "c", "d", "e"}) engines.push_back(Join(instance));
  size_t without = 0;
  size_t partitions = 0;
  const std::atomic<bool> never{false};
  for (auto& engine : engines) {
    EXPECT_TRUE(engine->WaitIdle(never).ok());
    const size_t has = engine->stats().offsets.size();
    partitions += has;
    if (has == 0) ++without;
  }
  EXPECT_EQ(partitions, 4U);
  EXPECT_GE(without, 1U);
  while (engines.size() > 1) {
    const base::Status stopped = engines.back()->Stop();
    EXPECT_TRUE(stopped.ok()) << stopped.error().message;
    engines.pop_back();
  }
  ExpectNothingLostAndNothingTwice(std::move(engines.back()));
}

// Each dies at some call, also of taking over or of letting go, and the other takes over.
TEST_P(Rebalance, AnEngineThatDiesIsReplaced) {
  Prepare(&hall);
  auto living = Join("x0");
  constexpr int kDeaths = 12;
  int deaths = 0;
  for (int death = 0; death < kDeaths; ++death) {
    SCOPED_TRACE("death " + std::to_string(death));
    SendPart(death, kDeaths);
    FaultyLog faulty(hall.log.get(), Plan{.fault = Fault::kDieBefore,
                                          .at = 30 + 11 * death,
                                          .of = [](Call call) { return call != Call::kPoll; }});
    EngineOptions options = hall.options;
    options.instance = "y";
    options.state_dir = directory.path() + "/state-y";
    auto mortal = Engine::Open(&faulty, options);
    if (mortal.ok()) {
      // It may outlive its part of the work; then it stops in good order.
      while (mortal.value()->health().ok() && mortal.value()->stats().waiting_records > 0) {
        std::this_thread::yield();
        hall.monotonic += 100;
      }
      mortal.value().reset();
    }
    deaths += faulty.faults.fired() ? 1 : 0;
    AwaitRead({living.get()});
  }
  EXPECT_GT(deaths, kDeaths / 3) << "too few died to prove anything";
  ExpectNothingLostAndNothingTwice(std::move(living));
}

TEST_P(Rebalance, ANewerEngineOfTheSameInstanceTakesOver) {
  Prepare(&hall);
  SendPart(0, 2);
  auto older = Join("a");
  AwaitRead({older.get()});
  EngineOptions options = hall.options;
  options.instance = "a";
  options.state_dir = directory.path() + "/elsewhere";
  auto newer = Engine::Open(hall.log.get(), options);
  ASSERT_TRUE(newer.ok()) << newer.error().message;
  SendPart(1, 2);
  const std::atomic<bool> never{false};
  const auto status = older->WaitIdle(never);
  ASSERT_FALSE(status.ok());
  EXPECT_EQ(status.error().kind, base::ErrorKind::kFenced);
  older.reset();
  ExpectNothingLostAndNothingTwice(std::move(newer).value());
}

// Its machine stood still behind a commit that was slow, and the next has its place by now. To
// begin again would fence that one.
TEST_P(Rebalance, WhoIsInDoubtAsksWhetherItStillHasItsPlace) {
  Prepare(&hall);
  std::atomic<bool> doubt{false};
  Plan plan;
  plan.opens_again = [&] { return doubt.load(); };
  plan.place = [] { return base::Error{base::ErrorKind::kFenced, "another member has it"}; };
  FaultyLog slow(hall.log.get(), plan);
  SendPart(0, 2);
  auto older = Join("a", &slow);
  AwaitRead({older.get()});
  doubt = true;
  SendPart(1, 2);
  EXPECT_TRUE(Comes([&] { return !older->health().ok(); }));
  EXPECT_EQ(older->health().error().kind, base::ErrorKind::kFenced);
  older.reset();
  ExpectNothingLostAndNothingTwice(Join("a"));
}

// What waits for the store of one partition, because another still holds it, does not keep the
// worker from its other partitions, nor from its group: the other may be waiting for that.
TEST_P(Rebalance, APartitionWhoseStoreIsHeldKeepsNobodyWaiting) {
  constexpr int32_t kHeld = 0;
  Prepare(&hall);
  hall.options.outlive_outages = true;
  hall.Send(history);
  auto held = store::CaseStore::Open(directory.path() + "/state-a/" + std::to_string(kHeld),
                                     store::MakeResources({}));
  ASSERT_TRUE(held.ok()) << held.error().message;
  auto opening = std::async(std::launch::async, [&] { return Join("a"); });

  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(60);
  int committed = 0;
  while (committed < 3 && std::chrono::steady_clock::now() < deadline) {
    std::this_thread::yield();
    hall.monotonic += 100;
    committed = 0;
    for (int32_t number = 0; number < 4; ++number) {
      const auto bounds = hall.log->Bounds({hall.options.topics.cases, number});
      committed += bounds.ok() && bounds.value().end > 0 ? 1 : 0;  // no topic yet: none
    }
  }
  EXPECT_EQ(committed, 3);
  held.value().reset();
  while (opening.wait_for(std::chrono::seconds(0)) != std::future_status::ready) {
    std::this_thread::yield();
    hall.monotonic += 100;
  }
  auto engine = opening.get();
  ASSERT_NE(engine, nullptr);
  AwaitRead({engine.get()});
  ExpectNothingLostAndNothingTwice(std::move(engine));
}

INSTANTIATE_TEST_SUITE_P(Workers, Rebalance, ::testing::Values(1, 2));

}  // namespace
}  // namespace caseclock::runtime
