// An engine whose log fails, aborts, does not say how a commit ended, or after which nothing
// follows: at every boundary of a small history, each in turn. Whatever happens, what comes of it
// in the end is what an undisturbed engine makes, and nothing is told twice.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <thread>

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
using ::testing::HasSubstr;
using testing::Outcome;
using testing::OutcomeOf;
using testing::Plan;
using testing::Sent;
using testing::TempDir;

constexpr int kCases = 6;
// More than any run has; a test that gets so far does not end.
constexpr int kManyCalls = 5000;

bool Any(Call) {
  return true;
}
bool IsCommit(Call call) {
  return call == Call::kCommit;
}
// What stays when the call after it never comes.
bool Lasts(Call call) {
  switch (call) {
    case Call::kTopics:
    case Call::kJoin:
    case Call::kSeek:
    case Call::kOpenProducer:
    case Call::kBegin:
    case Call::kSendOffsets:
    case Call::kCommit:
    case Call::kAbort:
    case Call::kAppend:
    case Call::kStartStore:
    case Call::kFinishStore:
      return true;
    case Call::kBounds:
    case Call::kCommitted:
    case Call::kPoll:
    case Call::kOpenReader:
    case Call::kRead:
    case Call::kProduce:
      return false;
  }
  return false;
}

class FaultyEngine : public ::testing::Test {
 protected:
  void SetUp() override {
    hall.options.partitions = 2;
    hall.options.workers = 1;
    hall.options.batch_records = 3;       // many commits
    hall.options.replay_records = 12;     // many checkpoints
    hall.options.memory_bytes = 8 << 20;  // small stores, because each run opens four
    hall.options.until = At(testing::kDeskHistoryEnds);
    hall.Activate();
    Fresh();
    hall.Start();
    hall.Idle();
    expected = Collect(hall, kCases);
    ASSERT_FALSE(expected.told.empty());
    hall.Stop();
  }

  // The same history in topics of its own, for a group and with a state of its own.
  void Fresh() {
    const std::string name = "run" + std::to_string(++runs_);
    TopicNames& topics = hall.options.topics;
    for (std::string* topic : {&topics.events, &topics.cases, &topics.partials, &topics.backlog,
                               &topics.alerts, &topics.rejects}) {
      *topic = name + topic->substr(topic->find('.'));
    }
    hall.options.group = name;
    hall.options.state_dir = directory.path() + "/" + name;
    hall.Send(history);
  }

  // Lives until all is done or the fault has put an end to it.
  base::Status Live(FaultyLog* faulty) {
    hall.through = faulty;
    hall.options.checkpoint_probe = [&](CheckpointStage stage) { return faulty->Probe(stage); };
    base::Status status = hall.TryStart();
    if (status.ok()) {
      const std::atomic<bool> never{false};
      status = hall.engine->WaitIdle(never);
      const base::Status stopped = hall.engine->Stop();
      if (status.ok()) status = stopped;
    }
    hall.engine.reset();
    hall.through = nullptr;
    hall.options.checkpoint_probe = nullptr;
    return status;
  }

  void ExpectNothingLostAndNothingTwice() {
    ExpectSame(OutcomeOf(&hall, kCases), expected);
    std::filesystem::remove_all(hall.options.state_dir);
  }

  enum class Then { kStops, kGoesOn };
  // Lets every call that `of` takes go wrong, one in each life, and then looks what came of it.
  void GoOver(Fault fault, bool (*of)(Call), Then then) {
    for (int at = 1; at < kManyCalls && !HasFailure(); ++at) {
      SCOPED_TRACE(std::string(FaultName(fault)) + ", call " + std::to_string(at));
      Fresh();
      FaultyLog faulty(hall.log.get(), Plan{.fault = fault, .at = at, .of = of});
      const base::Status status = Live(&faulty);
      if (!status.ok()) {
        EXPECT_EQ(then, Then::kStops) << status.error().message;
        EXPECT_EQ(status.error().kind, base::ErrorKind::kUnavailable) << status.error().message;
        EXPECT_TRUE(faulty.faults.fired());
      }
      ExpectNothingLostAndNothingTwice();
      if (!faulty.faults.fired()) {
        EXPECT_GT(at, 8) << "the fault met too little to prove anything";
        RecordProperty("calls", at - 1);
        return;
      }
    }
  }

  TempDir directory{TempDir::InMemory{}};
  Hall hall{directory.path()};
  const std::vector<Sent> history = testing::DeskHistory(7, kCases);
  Outcome expected;

 private:
  int runs_ = 0;
};

TEST_F(FaultyEngine, SurvivesACallThatFails) {
  GoOver(Fault::kFailBefore, Any, Then::kStops);
}

TEST_F(FaultyEngine, SurvivesACallThatFailsThoughItHappened) {
  GoOver(Fault::kFailAfter, Lasts, Then::kStops);
}

// After these it goes on by itself.
TEST_F(FaultyEngine, GoesOnAfterAnAbortedCommit) {
  GoOver(Fault::kAbort, IsCommit, Then::kGoesOn);
}

TEST_F(FaultyEngine, GoesOnAfterACommitNobodyKnowsOf) {
  GoOver(Fault::kUnknownCommitted, IsCommit, Then::kGoesOn);
}

TEST_F(FaultyEngine, GoesOnAfterACommitThatIsUndecided) {
  GoOver(Fault::kUnknownUndecided, IsCommit, Then::kGoesOn);
}

TEST_F(FaultyEngine, GoesOnAfterACommitThatWasAbortedUnheard) {
  GoOver(Fault::kUnknownAborted, IsCommit, Then::kGoesOn);
}

TEST_F(FaultyEngine, DiesBeforeAnyCall) {
  GoOver(Fault::kDieBefore, Any, Then::kStops);
}

TEST_F(FaultyEngine, DiesAfterACallThatLasts) {
  GoOver(Fault::kDieAfter, Lasts, Then::kStops);
}

// Queries hold the table of partitions while they wait for one, and a recovery changes the table.
TEST_F(FaultyEngine, AnswersQueriesWhileItRecovers) {
  Fresh();
  FaultyLog faulty(hall.log.get(),
                   Plan{.fault = Fault::kAbort, .at = 2, .of = IsCommit, .again = true});
  hall.through = &faulty;
  hall.options.batch_records = 1;
  hall.Start();
  std::atomic<bool> done{false};
  int answers = 0;
  std::thread asker([&] {
    while (!done) {
      auto cases = hall.engine->Cases("demo/q0", 10);
      // In the middle of a recovery the partition is away.
      EXPECT_TRUE(cases.ok() || cases.error().kind == base::ErrorKind::kUnavailable);
      ++answers;
    }
  });
  hall.Idle();
  done = true;
  asker.join();
  EXPECT_GT(answers, 0);
  EXPECT_TRUE(faulty.faults.fired());
  hall.Stop();
  hall.through = nullptr;
  ExpectNothingLostAndNothingTwice();
}

// What failed commits tell when they keep failing: the engine stops, and says why.
TEST_F(FaultyEngine, GivesUpWhenNoCommitComesThrough) {
  Fresh();
  FaultyLog faulty(hall.log.get(),
                   Plan{.fault = Fault::kAbort, .at = 1, .of = IsCommit, .times = kManyCalls});
  hall.through = &faulty;
  hall.Start();
  const std::atomic<bool> never{false};
  const auto status = hall.engine->WaitIdle(never);
  ASSERT_FALSE(status.ok());
  EXPECT_EQ(status.error().kind, base::ErrorKind::kUnavailable);
  EXPECT_THAT(status.error().message, HasSubstr("aborted a commit"));
  hall.engine.reset();
  hall.through = nullptr;
  ExpectNothingLostAndNothingTwice();
}

}  // namespace
}  // namespace caseclock::runtime
