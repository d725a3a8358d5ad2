// Chunks that leave memory and come back: nothing shows of it but the memory.

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <random>
#include <tuple>

#include "engine/core/figures.h"
#include "tests/unit/core/chunk_shelf.h"

namespace caseclock::core {
namespace {

using base::Atom;
using model::FigureChunk;
using model::FigureDelta;
using model::FigureKey;
using model::FigureKind;

constexpr int64_t kDay = 86'400;

FigureKey KeyOf(int n) {
  const FigureKind kind = n % 2 == 0 ? FigureKind::kFlowIn : FigureKind::kClockMet;
  return {Atom::Intern("q"), kind, Atom::Intern(n % 3 == 0 ? "a" : "b"), {}};
}

FigureDelta RandomFact(std::mt19937* random, int days) {
  const auto below = [&](int64_t end) {
    return std::uniform_int_distribution<int64_t>(0, end - 1)(*random);
  };
  FigureDelta fact;
  fact.key = KeyOf(static_cast<int>(below(6)));
  fact.second = below(days) * kDay + below(kDay);
  if (fact.key.kind == FigureKind::kClockMet) fact.other = fact.second - below(9 * kDay);
  fact.count = 1;
  return fact;
}

std::vector<FigureDelta> RandomFacts(std::mt19937* random, size_t n, int days) {
  std::vector<FigureDelta> facts(n);
  for (FigureDelta& fact : facts) fact = RandomFact(random, days);
  return facts;
}

using Content =
    std::map<std::pair<FigureKey, int32_t>, std::vector<std::tuple<int64_t, int64_t, int64_t>>>;

Content ContentOf(const Figures& figures) {
  Content content;
  const base::Status all =
      figures.ForEach([&](const FigureKey& key, int32_t day, const FigureChunk& chunk) {
        auto& facts = content[{key, day}];
        for (const auto& entry : chunk.entries) {
          facts.emplace_back(entry.second, entry.other, entry.count);
        }
      });
  EXPECT_TRUE(all.ok());
  return content;
}

std::string BacklogOf(const Figures& figures, int64_t second) {
  const Figures* const partition = &figures;
  const model::Backlog backlog =
      Evaluate({&partition, 1}, Atom::Intern("q"), base::Instant::FromSeconds(second), nullptr, {})
          .value();
  std::string text;
  for (const auto& [window, flow] : backlog.flow) {
    text += window + " " + std::to_string(flow.in) + "\n";
  }
  for (const auto& [name, clock] : backlog.clocks) {
    for (const model::WithinTarget& within : clock.within_target) {
      text += name + " " + within.by + " " + std::to_string(within.met) + "\n";
    }
  }
  return text;
}

TEST(FiguresResidence, WhatIsAwayCountsAsIfItWereHere) {
  for (uint32_t seed = 0; seed < 20; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    std::mt19937 random(seed);
    ChunkShelf shelf;
    Figures whole, lean;
    lean.SetReader(&shelf);
    std::vector<FigureDelta> standing;
    bool storing = false;
    for (int round = 0; round < 120; ++round) {
      auto deltas = RandomFacts(&random, 1 + random() % 900, round % 4 == 0 ? 60 : 3);
      std::shuffle(standing.begin(), standing.end(), random);
      for (size_t n = random() % (standing.size() / 8 + 1); n > 0; --n) {
        deltas.push_back(standing.back());
        deltas.back().count = -1;
        standing.pop_back();
      }
      std::copy_if(deltas.begin(), deltas.end(), std::back_inserter(standing),
                   [](const FigureDelta& d) { return d.count > 0; });
      whole.Apply(deltas);
      lean.Apply(deltas);
      if (random() % 2 == 0) {
        ASSERT_TRUE(shelf.Take(&lean).ok());
      }
      if (random() % 2 == 0) {
        if (storing) shelf.End(&lean);
        if (!storing) shelf.Begin(&lean);
        storing = !storing;
      }
      if (random() % 2 == 0) lean.Trim(random() % 20'000);
      if (random() % 8 == 0) {
        ASSERT_EQ(ContentOf(lean), ContentOf(whole));
      }
      if (random() % 4 == 0) {
        const int64_t second = static_cast<int64_t>(random() % 70) * kDay + 40'000;
        ASSERT_EQ(BacklogOf(lean, second), BacklogOf(whole, second));
      }
    }
    EXPECT_GT(shelf.reads, 50);
    EXPECT_EQ(ContentOf(lean), ContentOf(whole));
  }
}

TEST(FiguresResidence, WhatIsAwayTakesNoMemoryAndWholeDaysAreCountedWithoutIt) {
  std::mt19937 random(1);
  ChunkShelf shelf;
  Figures figures;
  figures.SetReader(&shelf);
  figures.Apply(RandomFacts(&random, 400'000, 40));
  shelf.PutAway(&figures);
  const size_t away = figures.MemoryBytes();
  EXPECT_LT(away, 100'000u);
  const std::string now = BacklogOf(figures, 41 * kDay);
  EXPECT_LT(shelf.reads, 30) << "days on the edge of a window, and no other";
  Figures whole;
  random.seed(1);
  whole.Apply(RandomFacts(&random, 400'000, 40));
  EXPECT_EQ(now, BacklogOf(whole, 41 * kDay));
  EXPECT_GT(whole.MemoryBytes(), away * 8);
}

TEST(FiguresResidence, WhatWasUsedStaysLongest) {
  std::mt19937 random(1);
  ChunkShelf shelf;
  Figures figures;
  figures.SetReader(&shelf);
  figures.Apply(RandomFacts(&random, 100'000, 40));
  const size_t all = figures.MemoryBytes();
  shelf.PutAway(&figures);
  BacklogOf(figures, 30 * kDay);
  const int reads = shelf.reads;
  EXPECT_GT(reads, 0);
  for (int32_t day = 0; day < 20; ++day) {  // others come back and go, these are looked at
    const FigureDelta late{KeyOf(0), day * kDay, 0, 1};
    figures.Apply({&late, 1});
    ASSERT_TRUE(shelf.Take(&figures).ok());
    shelf.Begin(&figures);
    shelf.End(&figures);
    const int before = shelf.reads;
    BacklogOf(figures, 30 * kDay);
    EXPECT_EQ(shelf.reads, before) << "day " << day;
    figures.Trim(all / 4);
  }
}

TEST(FiguresResidence, WhatChangedSinceItWasTakenStays) {
  ChunkShelf shelf;
  Figures figures;
  figures.SetReader(&shelf);
  std::mt19937 random(2);
  const auto facts = RandomFacts(&random, 500, 1);
  figures.Apply(facts);
  const size_t all = figures.MemoryBytes();
  figures.Trim(0);
  EXPECT_EQ(figures.MemoryBytes(), all) << "not even taken";
  ASSERT_TRUE(shelf.Take(&figures).ok());
  figures.Trim(0);
  ASSERT_EQ(ContentOf(figures).size(), 4u);
  shelf.Begin(&figures);
  figures.Trim(0);
  const FigureDelta late{KeyOf(0), 7, 0, 1};
  figures.Apply({&late, 1});
  shelf.End(&figures);
  figures.Trim(0);
  figures.Trim(0);
  const int reads = shelf.reads;
  Figures whole;
  whole.Apply(facts);
  whole.Apply({&late, 1});
  EXPECT_EQ(ContentOf(figures), ContentOf(whole));
  EXPECT_EQ(shelf.reads - reads, 3) << "all but the one that changed";
}

TEST(FiguresResidence, AReaderThatFailsIsHeard) {
  ChunkShelf shelf;
  Figures figures;
  figures.SetReader(&shelf);
  std::mt19937 random(3);
  figures.Apply(RandomFacts(&random, 5'000, 3));
  shelf.PutAway(&figures);
  shelf.broken = true;
  EXPECT_FALSE(figures.ForEach([](auto&, int32_t, auto&) {}).ok());
  const FigureDelta late{KeyOf(0), 7, 0, 1};
  figures.Apply({&late, 1});
  const base::Status taken = shelf.Take(&figures);
  ASSERT_FALSE(taken.ok());
  EXPECT_EQ(taken.error().message, "the shelf is broken");
  const Figures* const partition = &figures;
  EXPECT_FALSE(
      Evaluate({&partition, 1}, Atom::Intern("q"), base::Instant::FromSeconds(9), nullptr, {})
          .ok());
}

TEST(FiguresResidence, AnotherContentThanWasStoredIsCorrupt) {
  ChunkShelf shelf;
  Figures figures;
  figures.SetReader(&shelf);
  std::mt19937 random(3);
  figures.Apply(RandomFacts(&random, 5'000, 3));
  shelf.PutAway(&figures);
  shelf.stored.begin()->second.entries.pop_back();
  const base::Status status = figures.ForEach([](auto&, int32_t, auto&) {});
  ASSERT_FALSE(status.ok());
  EXPECT_EQ(status.error().kind, base::ErrorKind::kCorrupt);
}

}  // namespace
}  // namespace caseclock::core
