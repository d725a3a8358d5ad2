// When a sum of stays comes to its total, against a model that looks at every hour.
//
// A failing seed is repeated with CASECLOCK_SEED=<seed> core_tests --gtest_filter='Accumulation.*'.

#include "engine/core/accumulation.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <random>

#include "engine/base/time_text.h"

namespace caseclock::core {
namespace {

using base::Instant;
using model::Stay;

constexpr int64_t kHour = 3'600LL * 1'000'000;

// A window of days, so that an hour leaves it just as long after itself: no calendar is needed to
// know when.
struct Life {
  int64_t total = 1;   // hours
  int64_t window = 1;  // days
  std::vector<Stay> stays;
};

int64_t TotalByModel(const Life& life) {
  const int64_t begun = life.stays.back().from.us / kHour;
  for (int64_t t = begun;; ++t) {  // hours up to t, not including it
    int64_t sum = 0;
    for (int64_t hour = t - life.window * 24; hour < t; ++hour) {
      for (const Stay& stay : life.stays) {
        sum += stay.from.us <= hour * kHour && (hour + 1) * kHour <= stay.to.us ? 1 : 0;
      }
    }
    if (sum >= life.total) return t * kHour;
  }
}

TEST(Accumulation, IsThatOfAModelThatLooksAtEveryHour) {
  const char* chosen = std::getenv("CASECLOCK_SEED");
  const auto first = chosen == nullptr ? 1UL : std::strtoul(chosen, nullptr, 10);
  const auto last = chosen == nullptr ? 300UL : first;
  for (unsigned long seed = first; seed <= last; ++seed) {
    std::mt19937_64 random(seed);
    const auto pick = [&](int64_t n) {
      return static_cast<int64_t>(random() % static_cast<uint64_t>(n));
    };
    Life life;
    life.window = 5 + pick(20);
    life.total = 1 + pick(life.window * 12);
    int64_t hour = 500'000;
    for (int64_t i = pick(6); i > 0; --i) {
      hour += pick(120);
      const int64_t from = hour;
      hour += 1 + pick(48);
      life.stays.push_back({{}, Instant{from * kHour}, Instant{hour * kHour}});
    }
    life.stays.push_back({{}, Instant{(hour + pick(200)) * kHour}, base::kNever});
    model::Accumulation rule;
    rule.total = base::Duration{life.total * kHour};
    rule.within = base::Period{0, static_cast<int32_t>(life.window), {}};
    EXPECT_EQ(base::FormatInstant(InstantOfTotal(rule, model::TimeZone{}, life.stays)),
              base::FormatInstant(Instant{TotalByModel(life)}))
        << "again: CASECLOCK_SEED=" << seed << " core_tests --gtest_filter='Accumulation.*'";
    if (testing::Test::HasFailure()) return;
  }
}

}  // namespace
}  // namespace caseclock::core
