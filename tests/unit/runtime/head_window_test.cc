#include "engine/runtime/head_window.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

namespace caseclock::runtime {
namespace {

using base::Instant;

// What a window is a view of: entries in a store's order, and those that are newer than it.
class HeadWindowTest : public ::testing::Test {
 protected:
  using Pair = std::pair<int64_t, std::string>;

  base::Status Refill() {
    const auto indexed = [&](const HeadWindow::Entry& from, const HeadWindow::Visit& visit) {
      auto at = std::ranges::lower_bound(stored, Pair{from.at.us, from.case_id});
      for (; at != stored.end(); ++at) {
        ++visited;
        if (!visit(Instant{at->first}, at->second)) break;
      }
      return base::Status();
    };
    const auto none = [&](const HeadWindow::Entry&, const HeadWindow::Visit& visit) {
      for (const auto& [t, id] : newer) visit(Instant{t}, id);
      return base::Status();
    };
    return window.Refill(indexed, none);
  }
  // All there is, from the first to the last.
  std::vector<Pair> Drain() {
    std::vector<Pair> drained;
    while (!window.empty() || window.NeedsRefill()) {
      if (window.empty()) {
        EXPECT_TRUE(Refill().ok());
      }
      EXPECT_LE(window.size(), 2 * kLimit);
      while (!window.empty()) {
        const HeadWindow::Entry first = window.front();
        drained.emplace_back(first.at.us, first.case_id);
        window.Erase(first.at, first.case_id);
      }
    }
    return drained;
  }
  static std::string IdOf(int n) { return "C-" + std::to_string(1'000'000 + n); }

  static constexpr size_t kLimit = 100;
  HeadWindow window{kLimit};
  std::vector<Pair> stored;
  std::vector<Pair> newer;
  size_t visited = 0;
};

// As after a bulk import, or with limits that end with a day.
TEST_F(HeadWindowTest, HoldsAPartOfManyAtOneInstant) {
  constexpr int kMany = 50'000;
  EXPECT_TRUE(Refill().ok());  // nothing there
  for (int n = 0; n < kMany; ++n) {
    window.Insert(Instant{n % 10 == 0 ? 8 : 7}, IdOf(n));
    stored.emplace_back(n % 10 == 0 ? 8 : 7, IdOf(n));
    ASSERT_LE(window.size(), 2 * kLimit);
  }
  std::ranges::sort(stored);
  EXPECT_EQ(Drain(), stored);
  EXPECT_LT(visited, 2 * stored.size());  // not from the beginning of the instant each time
}

TEST_F(HeadWindowTest, RefillsFromWhatIsNewerAsWell) {
  for (int n = 0; n < 1'000; ++n) (n % 3 == 0 ? newer : stored).emplace_back(7 + n / 400, IdOf(n));
  std::vector<Pair> all = stored;
  all.insert(all.end(), newer.begin(), newer.end());
  std::ranges::sort(all);
  std::ranges::reverse(newer);
  EXPECT_EQ(Drain(), all);
}

TEST_F(HeadWindowTest, SaysWhatItReaches) {
  for (int n = 0; n < 300; ++n) stored.emplace_back(7, IdOf(n));
  EXPECT_TRUE(Refill().ok());
  EXPECT_TRUE(window.Reaches(Instant{7}, IdOf(99)));
  EXPECT_FALSE(window.Reaches(Instant{7}, IdOf(100)));
  window.Insert(Instant{7}, IdOf(250));  // is found when it comes to it
  EXPECT_EQ(window.size(), kLimit);
  window.Insert(Instant{6}, IdOf(250));
  EXPECT_EQ(window.front().at, Instant{6});
  window.Insert(base::kNever, IdOf(1));
  EXPECT_EQ(window.size(), kLimit + 1);
}

}  // namespace
}  // namespace caseclock::runtime
