// Several engines of one group: partitions move from one to the other and back, between two events
// or because one died, and nothing is lost or told twice.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <future>
#include <map>
#include <mutex>
#include <thread>
#include <utility>

#include "engine/store/case_store.h"
#include "engine/store/resources.h"
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
using ::testing::SizeIs;
using testing::TempDir;

constexpr int kCases = 40;

class Rebalance : public ::testing::TestWithParam<int> {
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
    EXPECT_THAT(hall.engine->stats().offsets, SizeIs(4));
    hall.ExpectSound();
    ExpectSame(Collect(hall, kCases), Undisturbed());
    hall.Stop();
  }

  TempDir directory{TempDir::InMemory{}};
  Hall hall{directory.path()};
  const std::vector<Sent> history = testing::DeskHistory(11, kCases);
};

std::string BacklogsOf(const Engine& engine) {
  std::string all;
  const auto backlogs = engine.Backlogs();
  for (const model::Backlog& backlog : backlogs.value()) {
    all += codec::BacklogToJson(backlog) + "\n";
  }
  return all;
}

// A case that is elsewhere is told apart from one whose partition is on its way.
TEST_P(Rebalance, SaysWhichCasesAnotherEngineHas) {
  Prepare(&hall);
  auto first = Join("a");
  auto second = Join("b");
  hall.Send(history);
  AwaitRead({first.get(), second.get()});
  const std::atomic<bool> never{false};
  EXPECT_TRUE(first->WaitIdle(never).ok());
  EXPECT_TRUE(second->WaitIdle(never).ok());
  for (int n = 0; n < kCases; ++n) {
    const std::string id = "C-" + std::to_string(n);
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(60);
    const bool here = first->CaseById(id).ok();
    const Engine& other = here ? *second : *first;
    while (!other.IsWithAnother(id)) {
      ASSERT_LT(std::chrono::steady_clock::now(), deadline) << id;
      std::this_thread::yield();
      hall.monotonic += 2'000;
    }
    EXPECT_FALSE((here ? first : second)->IsWithAnother(id));
    const auto refused = (here ? second : first)->CaseById(id);
    ASSERT_FALSE(refused.ok());
    EXPECT_EQ(refused.error().kind, base::ErrorKind::kUnavailable);
    EXPECT_THAT(refused.error().message, ::testing::HasSubstr("with another engine of the group"));
  }
}

TEST_P(Rebalance, EachEngineTellsTheBacklogsOfAllPartitions) {
  Prepare(&hall);
  hall.Send(history);
  auto a = Join("a");
  auto b = Join("b");
  AwaitRead({a.get(), b.get()});
  const std::atomic<bool> never{false};
  EXPECT_TRUE(a->WaitIdle(never).ok());
  EXPECT_TRUE(b->WaitIdle(never).ok());

  const TempDir other{TempDir::InMemory{}};
  Hall alone(other.path());
  Prepare(&alone);
  alone.Send(history);
  alone.Start();
  alone.Idle();
  const std::string expected = BacklogsOf(*alone.engine);
  EXPECT_FALSE(expected.empty());
  for (const Engine* engine : {a.get(), b.get()}) {
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(60);
    while (BacklogsOf(*engine) != expected && std::chrono::steady_clock::now() < deadline) {
      std::this_thread::yield();
      // About as fast as time itself, by which the publisher measures how much it may take.
      hall.monotonic += 2'000;
    }
    EXPECT_EQ(BacklogsOf(*engine), expected);
  }
  // What other programs read comes from one of them, when its turn has come, and is the same.
  const auto offsets_told = [&]() -> size_t {
    model::Backlog last;
    const auto records = hall.Read(hall.options.topics.backlog, 0);
    if (records.empty()) return 0;
    EXPECT_TRUE(codec::DecodeBacklog(*records.back().value, &last).ok());
    return last.offsets.size();
  };
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(60);
  while (offsets_told() != 4 && std::chrono::steady_clock::now() < deadline) {
    std::this_thread::yield();
    hall.monotonic += 2'000;
  }
  EXPECT_EQ(offsets_told(), 4U);
}

// How far an alert has come: revision and transitions, which only grow.
using Stage = std::pair<uint32_t, size_t>;
Stage StageOf(const model::Alert& alert) {
  return {alert.revision, alert.transitions.size()};
}

// What a subscriber of one engine hears; told by threads of the engine.
class Listener {
 public:
  explicit Listener(Engine* engine) : engine_(engine) {
    id_ = engine->Subscribe([this](const EngineEvent& event) { Hear(event); });
  }
  ~Listener() { engine_->Unsubscribe(id_); }
  Listener(const Listener&) = delete;
  Listener& operator=(const Listener&) = delete;

  std::string backlogs() {
    const std::lock_guard lock(mutex_);
    std::string all;
    for (const auto& [queue, json] : backlogs_) all += json + "\n";
    return all;
  }
  std::map<std::string, Stage> alerts() {
    const std::lock_guard lock(mutex_);
    return alerts_;
  }
  bool resynced() {
    const std::lock_guard lock(mutex_);
    return resynced_;
  }

 private:
  void Hear(const EngineEvent& event) {
    const std::lock_guard lock(mutex_);
    switch (event.kind) {
      case EngineEvent::Kind::kAlert:
        EXPECT_LT(std::exchange(alerts_[base::ToHex(event.alert->id)], StageOf(*event.alert)),
                  StageOf(*event.alert))
            << "told twice";
        return;
      case EngineEvent::Kind::kBacklog:
        backlogs_[event.backlog->queue] = codec::BacklogToJson(*event.backlog);
        return;
      case EngineEvent::Kind::kResync:
        resynced_ = true;
        return;
    }
  }

  Engine* const engine_;
  int id_ = 0;
  std::mutex mutex_;
  std::map<std::string, std::string> backlogs_;
  std::map<std::string, Stage> alerts_;  // by id
  bool resynced_ = false;
};

std::map<std::string, Stage> StagesOf(Engine* engine) {
  AlertFilter filter;
  filter.limit = SIZE_MAX;
  std::map<std::string, Stage> stages;
  const auto alerts = engine->Alerts(filter);
  for (const model::Alert& alert : alerts.value()) stages[base::ToHex(alert.id)] = StageOf(alert);
  return stages;
}

// Who looks at one engine of a group sees the backlogs and alerts of all, as they come; whichever
// engine it is.
TEST_P(Rebalance, EachEngineTellsItsListenersOfAllPartitions) {
  Prepare(&hall);
  SendPart(0, 2);
  auto a = Join("a");
  auto b = Join("b");
  AwaitRead({a.get(), b.get()});
  Listener of_a(a.get());
  Listener of_b(b.get());
  // From here on nothing is missed that the others tell; what was before can be asked for.
  EXPECT_TRUE(Comes([&] { return of_a.resynced() && of_b.resynced(); }));
  const auto before = StagesOf(a.get());
  SendPart(1, 2);
  AwaitRead({a.get(), b.get()});
  const std::atomic<bool> never{false};
  EXPECT_TRUE(a->WaitIdle(never).ok());
  EXPECT_TRUE(b->WaitIdle(never).ok());
  const auto after = StagesOf(a.get());
  for (Listener* listener : {&of_a, &of_b}) {
    EXPECT_TRUE(Comes([&] { return listener->backlogs() == BacklogsOf(*a); }));
    EXPECT_EQ(listener->backlogs(), BacklogsOf(*a));
    const auto missed = [&] {
      std::string ids;
      const auto heard = listener->alerts();
      for (const auto& [id, stage] : after) {
        const auto known = before.find(id);
        if (known != before.end() && known->second == stage) continue;
        const auto found = heard.find(id);
        if (found == heard.end() || found->second != stage) ids += id + "\n";
      }
      return ids;
    };
    EXPECT_TRUE(Comes([&] { return missed().empty(); }));
    EXPECT_EQ(missed(), "");
  }
  EXPECT_GT(after.size(), before.size());
}

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
