// With the recorded commit schedule, everything told is the same byte for byte: whatever the order,
// the batches, the restarts and the deaths of the engine, an auditor that knows nothing of its
// workers and commits works out the same records from the log.
//
// A failing seed is repeated with CASECLOCK_SEED=<seed> property_tests.

#include <gtest/gtest.h>

#include <cstdlib>

#include "tests/property/audited.h"

namespace caseclock::runtime {
namespace {

using testing::At;
using testing::Hall;
using testing::History;
using testing::TempDir;
using testing::Way;

const Way kWays[] = {
    {},
    {.repeats_in_100 = 10, .batch = 64, .restarts = 3, .keyless_in_100 = 5, .junk_in_100 = 5},
    {.shuffled = true, .batch = 7, .restarts = 2, .dies = true},
    {.shuffled = true, .stamped_at_once = true, .batch = 50, .partitions = 1, .junk_in_100 = 20},
};

class ScheduleProperty : public ::testing::TestWithParam<uint32_t> {};

void ExpectAuditClean(const Hall& hall, const Way& way) {
  const tests::Auditor auditor = testing::Audited(hall);
  const auto& counts = auditor.counts();
  EXPECT_GE(counts.commits, way.restarts + 1);
  EXPECT_GT(counts.inputs, 100);
  EXPECT_GT(counts.cases, 40);
  EXPECT_GT(counts.alerts, 40);
  EXPECT_GT(counts.partials, 40);
  EXPECT_GE(counts.rejects, way.junk_in_100);
  EXPECT_GE(counts.rerouted, way.keyless_in_100);

  const auto found = hall.engine->Backlogs().value();
  ASSERT_FALSE(found.empty());
  const auto expected = auditor.Backlogs(found.front().as_of);
  ASSERT_EQ(found.size(), expected.size());
  for (size_t i = 0; i < found.size(); ++i) {
    EXPECT_EQ(codec::BacklogToJson(found[i]), codec::BacklogToJson(expected[i]));
  }
}

TEST_P(ScheduleProperty, EverythingToldFollowsFromTheInputAndTheCommitSchedule) {
  const char* chosen = std::getenv("CASECLOCK_SEED");
  const uint32_t seed =
      chosen == nullptr ? GetParam() : static_cast<uint32_t>(std::strtoul(chosen, nullptr, 10));
  SCOPED_TRACE("again: CASECLOCK_SEED=" + std::to_string(seed) +
               " property_tests --gtest_filter='*ScheduleProperty*/0'");
  const History history(seed);
  for (const Way& way : kWays) {
    SCOPED_TRACE("way " + std::to_string(&way - kWays));
    const TempDir directory;
    Hall hall(directory.path());
    hall.wall = At("2027-01-01T00:00:00Z").us;  // all of it is history
    testing::PlayIn(&hall, history, way, seed);
    ExpectAuditClean(hall, way);
  }
}

INSTANTIATE_TEST_SUITE_P(Seeds, ScheduleProperty, ::testing::Range(1U, 5U));

}  // namespace
}  // namespace caseclock::runtime
