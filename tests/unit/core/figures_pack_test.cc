// Packed days against a map, through every layout of the bytes.

#include "engine/core/figures_pack.h"

#include <gtest/gtest.h>

#include <map>
#include <random>

namespace caseclock::core {
namespace {

constexpr int64_t kStart = 20'000 * kDaySeconds;

// A packed day and what it should hold.
class PackedDay {
 public:
  explicit PackedDay(int64_t day_start) : day_start_(day_start) {}

  void Merge(std::vector<KeyCount> changes) {
    for (const KeyCount& c : changes) {
      if ((expected_[c.key] += c.count) == 0) expected_.erase(c.key);
    }
    SortCounts(&changes);
    const size_t entries = MergePacked(packed_.bytes(), day_start_, changes, &scratch_, &packed_);
    EXPECT_EQ(entries, expected_.size());
  }
  void Add(int64_t second, int64_t other, int64_t count) { Merge({{ToKey(second, other), count}}); }

  // All that can be read of it, against the map.
  void Check() const {
    const ValueRange others = PackedOthers(packed_.bytes(), day_start_);
    PackReader reader(packed_.bytes(), day_start_);
    std::vector<KeyCount> unpacked;
    MergeUnpacked(packed_.bytes(), day_start_, {}, &unpacked);
    ASSERT_EQ(unpacked.size(), expected_.size());
    auto at = unpacked.begin();
    for (const auto& [key, count] : expected_) {
      ASSERT_TRUE(reader.Next());
      ASSERT_EQ(reader.key(), key);
      ASSERT_EQ(reader.count(), count);
      ASSERT_EQ(at->key, key);
      ASSERT_EQ((at++)->count, count);
      ASSERT_TRUE(others.min <= OtherOfKey(key) && OtherOfKey(key) <= others.max);
    }
    EXPECT_FALSE(reader.Next());
    EXPECT_EQ(packed_.empty(), expected_.empty());
  }
  [[nodiscard]] size_t size() const { return packed_.bytes().size(); }
  [[nodiscard]] const std::map<uint64_t, int64_t>& expected() const { return expected_; }

 private:
  int64_t day_start_;
  std::map<uint64_t, int64_t> expected_;
  PackedBytes packed_;
  PackScratch scratch_;
};

TEST(FiguresPack, KeysSortAsSecondThenOther) {
  EXPECT_LT(ToKey(0, kOtherBias - 1), ToKey(1, -kOtherBias));
  EXPECT_LT(ToKey(5, -1), ToKey(5, 0));
  for (const int64_t other : {-kOtherBias, int64_t{-1}, int64_t{0}, kOtherBias - 1}) {
    EXPECT_EQ(OtherOfKey(ToKey(86'399, other)), other);
    EXPECT_EQ(SecondOfKey(ToKey(86'399, other)), 86'399);
  }
}

TEST(FiguresPack, GoesFromPlainToGapsAndBack) {
  PackedDay day(kStart);
  day.Add(5, 0, 1);
  day.Add(86'399, 0, 300);
  day.Check();
  day.Add(5, kStart, 2);
  day.Check();
  day.Add(5, -kOtherBias + 1, 1);
  day.Add(5, kOtherBias - 1, 1);
  day.Check();
  day.Add(5, -kOtherBias + 1, -1);
  day.Add(5, kOtherBias - 1, -1);
  day.Add(5, kStart, -2);
  day.Check();
  day.Add(5, 0, -1);
  day.Add(86'399, 0, -300);
  day.Check();
  EXPECT_EQ(day.size(), 0u);
}

TEST(FiguresPack, AConstantLimitTakesAByteAFact) {
  PackedDay day(kStart);
  std::vector<KeyCount> facts;
  for (int64_t s = 0; s < 1'000; ++s)
    facts.push_back({ToKey(s * 60, kStart + s * 60 - 604'800), 1});
  day.Merge(facts);
  day.Check();
  EXPECT_LT(day.size(), 1'020u);
  day.Merge({{ToKey(7, kStart - 40'000'000), 1}});
  EXPECT_GT(day.size(), 5'000u);  // an exception costs all of them
  std::vector<KeyCount> gone = {{ToKey(7, kStart - 40'000'000), -1}};
  for (size_t i = 0; i < 400; ++i) gone.push_back({facts[i].key, -1});
  day.Merge(gone);
  day.Check();
  EXPECT_LT(day.size(), 620u);  // until much is taken away
}

TEST(FiguresPack, HoldsWhatAMapHolds) {
  for (uint32_t seed = 0; seed < 60; ++seed) {
    std::mt19937 random(seed);
    const auto below = [&](int64_t n) {
      return std::uniform_int_distribution<int64_t>(0, n - 1)(random);
    };
    const int64_t start = seed % 3 == 0 ? -kStart : kStart;
    const int64_t seconds = seed % 2 == 0 ? kDaySeconds : 40;
    const int64_t spread = int64_t{1} << below(38);
    PackedDay day(start);
    for (int round = 0; round < 40; ++round) {
      std::vector<KeyCount> changes;
      for (int64_t n = below(round % 5 == 0 ? 1'000 : 20); n > 0; --n) {
        const int64_t second = below(seconds);
        const int64_t other = seed % 5 == 0 ? 0 : start + second - below(spread) + below(2) * 99;
        changes.push_back({ToKey(second, other), below(3) == 0 ? 1 + below(1'000) : 1});
      }
      for (const auto& [key, count] : day.expected()) {
        if (below(round % 7 == 6 ? 2 : 9) == 0) changes.push_back({key, -(1 + below(count))});
      }
      day.Merge(changes);
      day.Check();
    }
    std::vector<KeyCount> all;
    for (const auto& [key, count] : day.expected()) all.push_back({key, -count});
    day.Merge(all);
    day.Check();
  }
}

TEST(FiguresPackDeathTest, ACountBelowZeroIsABrokenProgram) {
  PackedDay day(kStart);
  day.Add(5, 0, 1);
  EXPECT_DEATH(day.Add(5, 0, -2), "CHECK failed");
  EXPECT_DEATH(day.Add(6, 0, -1), "CHECK failed");
}

}  // namespace
}  // namespace caseclock::core
