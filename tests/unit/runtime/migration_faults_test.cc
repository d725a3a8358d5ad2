// A migration that fails or dies at any call to its target, and is started again: the target ends
// with the same records, byte for byte, as one that nothing disturbed.

#include <gtest/gtest.h>

#include "tests/unit/runtime/faulty_log.h"
#include "tests/unit/runtime/migration_hall.h"

namespace caseclock::runtime {
namespace {

using testing::Call;
using testing::Contents;
using testing::Fault;
using testing::FaultyLog;
using testing::Hall;
using testing::Migrate;
using testing::Plan;
using testing::TempDir;

bool IsCommit(Call call) {
  return call == Call::kCommit;
}
// Of those there are few; records are produced and read by the thousand.
bool IsSeldom(Call call) {
  return call != Call::kProduce && call != Call::kRead && call != Call::kCommit &&
         call != Call::kBounds && call != Call::kCommitted && call != Call::kOpenReader;
}
bool IsFrequent(Call call) {
  return !IsSeldom(call) && call != Call::kCommit;
}

class MigrationFaults : public ::testing::Test {
 protected:
  MigrationFaults() : source(directory.path() + "/source") { testing::FillSource(&source); }

  // How many calls of the kind one run makes, and what it leaves behind.
  int Undisturbed(bool (*of)(Call), std::vector<std::string>* contents) {
    const TempDir place{TempDir::InMemory{}};
    Hall target(place.path());
    target.options.partitions = 6;
    testing::MakeTopics(&target);
    FaultyLog log(target.log.get(), Plan{.of = of});
    auto carried = Migrate(source, target, &log, kStep);
    EXPECT_TRUE(carried.ok()) << carried.error().message;
    *contents = Contents(target);
    return log.faults.calls();
  }

  // Goes wrong at the given call, then right.
  void ExpectTheSame(Fault fault, int at, bool (*of)(Call),
                     const std::vector<std::string>& expected) {
    SCOPED_TRACE(std::string(FaultName(fault)) + " at call " + std::to_string(at));
    const TempDir place{TempDir::InMemory{}};
    Hall target(place.path());
    target.options.partitions = 6;
    testing::MakeTopics(&target);
    {
      FaultyLog log(target.log.get(), Plan{.fault = fault, .at = at, .of = of});
      auto carried = Migrate(source, target, &log, kStep);
      EXPECT_TRUE(log.faults.fired());
      EXPECT_EQ(carried.ok(), fault == Fault::kDieAfter && carried.ok());
    }
    auto carried = Migrate(source, target, nullptr, kStep);
    ASSERT_TRUE(carried.ok()) << carried.error().message;
    EXPECT_EQ(Contents(target), expected);
  }

  static constexpr size_t kStep = 24 << 10;
  const TempDir directory{TempDir::InMemory{}};
  Hall source;
};

TEST_F(MigrationFaults, InAnyCommit) {
  std::vector<std::string> expected;
  const int calls = Undisturbed(IsCommit, &expected);
  ASSERT_GE(calls, 5);
  for (int at = 1; at <= calls; ++at) {
    for (const Fault fault :
         {Fault::kFailBefore, Fault::kFailAfter, Fault::kAbort, Fault::kUnknownCommitted,
          Fault::kUnknownUndecided, Fault::kUnknownAborted, Fault::kDieBefore, Fault::kDieAfter}) {
      ExpectTheSame(fault, at, IsCommit, expected);
    }
  }
}

TEST_F(MigrationFaults, InAnySeldomCall) {
  std::vector<std::string> expected;
  const int calls = Undisturbed(IsSeldom, &expected);
  ASSERT_GE(calls, 20);
  for (int at = 1; at <= calls; ++at) {
    ExpectTheSame(at % 2 == 0 ? Fault::kFailBefore : Fault::kFailAfter, at, IsSeldom, expected);
  }
}

TEST_F(MigrationFaults, WhileRecordsAreProducedAndRead) {
  std::vector<std::string> expected;
  const int calls = Undisturbed(IsFrequent, &expected);
  ASSERT_GE(calls, 300);
  for (int at = 1; at <= calls; at += std::max(1, calls / 50)) {
    ExpectTheSame(Fault::kDieBefore, at, IsFrequent, expected);
  }
}

}  // namespace
}  // namespace caseclock::runtime
