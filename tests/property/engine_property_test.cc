// Whatever the order, the repeats and the batches in which events arrive: the same views, figures
// and standing alerts, byte for byte; and what is derived agrees with the cases every time.
//
// A failing seed is repeated with CASECLOCK_SEED=<seed> property_tests.

#include <gtest/gtest.h>

#include <cstdlib>

#include "tests/property/random_history.h"

namespace caseclock::runtime {
namespace {

using testing::History;
using testing::Play;
using testing::Result;
using testing::Way;

const Way kWays[] = {
    {.shuffled = true},
    {.shuffled = true, .stamped_at_once = true, .repeats_in_100 = 30, .batch = 7},
    {.repeats_in_100 = 10, .batch = 64, .restarts = 3},
    {.shuffled = true, .batch = 32, .restarts = 2, .partitions = 1},
};

class EngineProperty : public ::testing::TestWithParam<uint32_t> {
 protected:
  // Plays one history in order, then in every other way, and hands the results over in pairs.
  template <typename Compare>
  void ForEachWay(const Compare& compare) {
    const char* chosen = std::getenv("CASECLOCK_SEED");
    const uint32_t seed =
        chosen == nullptr ? GetParam() : static_cast<uint32_t>(std::strtoul(chosen, nullptr, 10));
    SCOPED_TRACE("again: CASECLOCK_SEED=" + std::to_string(seed) +
                 " property_tests --gtest_filter='*EngineProperty*/0'");
    const History history(seed);
    const Result expected = Play(history, {}, seed);
    for (const Way& way : kWays) {
      SCOPED_TRACE("way " + std::to_string(&way - kWays));
      compare(expected, Play(history, way, seed + 1));
    }
  }
};

TEST_P(EngineProperty, ViewsAndFiguresDoNotDependOnHowEventsArrive) {
  ForEachWay([](const Result& expected, const Result& found) {
    EXPECT_EQ(found.backlogs, expected.backlogs);
    for (const auto& [id, view] : expected.views) {
      EXPECT_EQ(found.views.at(id), view) << id;
    }
  });
}

TEST_P(EngineProperty, StandingAlertsDoNotDependOnHowEventsArrive) {
  ForEachWay([](const Result& expected, const Result& found) {
    for (const std::string& alert : found.standing) {
      EXPECT_TRUE(expected.standing.contains(alert)) << "should not stand: " << alert;
    }
    for (const std::string& alert : expected.standing) {
      EXPECT_TRUE(found.standing.contains(alert)) << "should stand: " << alert;
    }
  });
}

INSTANTIATE_TEST_SUITE_P(Seeds, EngineProperty, ::testing::Range(1U, 7U));

}  // namespace
}  // namespace caseclock::runtime
