// Whichever engine of a group one asks or listens to: it tells of all partitions.

#include <map>
#include <mutex>
#include <utility>

#include "tests/unit/runtime/group_fixture.h"

namespace caseclock::runtime {
namespace {

using testing::Hall;
using testing::kCases;
using testing::TempDir;

class GroupView : public testing::EnginesOfAGroup {};

std::string BacklogsOf(const Engine& engine) {
  std::string all;
  const auto backlogs = engine.Backlogs();
  for (const model::Backlog& backlog : backlogs.value()) {
    all += codec::BacklogToJson(backlog) + "\n";
  }
  return all;
}

// A case that is elsewhere is told apart from one whose partition is on its way.
TEST_P(GroupView, SaysWhichCasesAnotherEngineHas) {
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

TEST_P(GroupView, EachEngineTellsTheBacklogsOfAllPartitions) {
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
TEST_P(GroupView, EachEngineTellsItsListenersOfAllPartitions) {
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

INSTANTIATE_TEST_SUITE_P(Workers, GroupView, ::testing::Values(1, 2));

}  // namespace
}  // namespace caseclock::runtime
