// The table below the figures: what goes in comes out, in order, once.

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <random>
#include <set>
#include <tuple>

#include "engine/core/figures.h"

namespace caseclock::core {
namespace {

using base::Atom;
using model::FigureChunk;
using model::FigureDelta;
using model::FigureKey;
using model::FigureKind;

constexpr int64_t kDay = 86'400;

Atom A(std::string_view text) {
  return Atom::Intern(text);
}

FigureKey Key(std::string_view queue, FigureKind kind = FigureKind::kOpen,
              std::string_view label = "a") {
  return {A(queue), kind, A(label), {}};
}

FigureDelta Delta(const FigureKey& key, int64_t second, int64_t other, int32_t count) {
  return {key, second, other, count};
}

// (queue, kind, label1, label2, day) → (second, other) → count.
using ChunkName = std::tuple<std::string, FigureKind, std::string, std::string, int32_t>;
using Content = std::map<ChunkName, std::map<std::pair<int64_t, int64_t>, int64_t>>;

ChunkName NameOf(const FigureKey& key, int32_t day) {
  return {key.queue.str(), key.kind, key.label1.str(), key.label2.str(), day};
}

// Collects chunks and sees that they come in order, sorted inside, and each once.
struct Collector {
  Content content;
  std::vector<ChunkName> names;

  auto Visit() {
    return [this](const FigureKey& key, int32_t day, const FigureChunk& chunk) {
      const ChunkName name = NameOf(key, day);
      EXPECT_TRUE(names.empty() || names.back() < name);
      names.push_back(name);
      auto& entries = content[name];
      const FigureChunk::Entry* before = nullptr;
      for (const FigureChunk::Entry& entry : chunk.entries) {
        EXPECT_TRUE(before == nullptr ||
                    std::tie(before->second, before->other) < std::tie(entry.second, entry.other));
        EXPECT_GT(entry.count, 0);
        EXPECT_EQ(model::ChunkDay(entry.second), day);
        entries[{entry.second, entry.other}] = entry.count;
        before = &entry;
      }
    };
  }
};

Content ContentOf(const Figures& figures) {
  Collector collector;
  EXPECT_TRUE(figures.ForEach(collector.Visit()).ok());
  return collector.content;
}

Content Sum(const std::vector<FigureDelta>& deltas) {
  Content content;
  for (const FigureDelta& d : deltas) {
    auto& chunk = content[NameOf(d.key, model::ChunkDay(d.second))];
    if ((chunk[{d.second, d.other}] += d.count) == 0) chunk.erase({d.second, d.other});
  }
  std::erase_if(content, [](const auto& item) { return item.second.empty(); });
  return content;
}

std::vector<FigureDelta> RandomDeltas(std::mt19937* random, size_t n, int days) {
  const auto below = [&](int64_t end) {
    return std::uniform_int_distribution<int64_t>(0, end - 1)(*random);
  };
  std::vector<FigureDelta> deltas;
  for (size_t i = 0; i < n; ++i) {
    const bool plain = below(2) == 0;
    const FigureKey key{A(below(3) == 0 ? "z" : "b"),
                        plain ? FigureKind::kOpen : FigureKind::kClockRunning,
                        A(below(2) == 0 ? "x" : "y"), below(2) == 0 ? Atom() : A("high")};
    const int64_t second = below(days) * kDay - kDay * days / 2 + below(below(2) == 0 ? 50 : kDay);
    const int64_t other = plain ? 0 : second - 7 * kDay + (below(2) == 0 ? 0 : below(9) - 4);
    deltas.push_back(Delta(key, second, other, static_cast<int32_t>(1 + below(2) * below(300))));
  }
  return deltas;
}

TEST(FiguresTable, HoldsTheSumOfDeltasInAnyOrderAndBatching) {
  for (uint32_t seed = 0; seed < 12; ++seed) {
    std::mt19937 random(seed);
    const auto added = RandomDeltas(&random, 20'000, seed % 2 == 0 ? 3 : 300);
    std::vector<FigureDelta> taken;
    for (const FigureDelta& d : added) {
      if (random() % 3 == 0) taken.push_back(Delta(d.key, d.second, d.other, -d.count));
    }
    std::vector<FigureDelta> all = added;
    all.insert(all.end(), taken.begin(), taken.end());
    Figures at_once;
    at_once.Apply(all);
    std::shuffle(all.begin(), all.end(), random);
    Figures shuffled;
    shuffled.Apply(all);  // takes back before it adds
    Figures by_ones;
    for (const FigureDelta& d : added) by_ones.Apply({&d, 1});
    for (const FigureDelta& d : taken) by_ones.Apply({&d, 1});
    const Content expected = Sum(all);
    EXPECT_EQ(ContentOf(at_once), expected);
    EXPECT_EQ(ContentOf(shuffled), expected);
    EXPECT_EQ(ContentOf(by_ones), expected);
  }
}

TEST(FiguresTable, PutAndForEachAreARoundTrip) {
  std::mt19937 random(7);
  Figures figures;
  figures.Apply(RandomDeltas(&random, 5'000, 40));
  Figures copy;
  const base::Status all =
      figures.ForEach([&](const FigureKey& key, int32_t day, const FigureChunk& chunk) {
        copy.Put(key, day, chunk);
      });
  EXPECT_TRUE(all.ok());
  EXPECT_EQ(ContentOf(copy), ContentOf(figures));
  EXPECT_EQ(copy.Queues(), figures.Queues());
  Collector collector;
  EXPECT_TRUE(copy.TakeChanged(collector.Visit()).ok());
  EXPECT_TRUE(collector.names.empty()) << "what is put is not a change";
}

TEST(FiguresTable, PutReplacesWhatIsThere) {
  Figures figures;
  const FigureDelta deltas[] = {Delta(Key("q"), 10, 0, 5), Delta(Key("q"), 11, 0, 1)};
  figures.Apply(deltas);
  figures.Put(Key("q"), 0, FigureChunk{{{12, 3, 2}}});
  EXPECT_EQ(ContentOf(figures), Sum({Delta(Key("q"), 12, 3, 2)}));
  figures.Apply(deltas);
  figures.Put(Key("q"), 0, {});
  EXPECT_TRUE(ContentOf(figures).empty());
  EXPECT_TRUE(figures.Queues().empty());
  figures.Put(Key("q"), 1, {});
  figures.Apply(deltas);
  EXPECT_EQ(ContentOf(figures), Sum({deltas[0], deltas[1]}));
}

TEST(FiguresTable, TakeChangedGivesEachChangedChunkOnce) {
  Figures figures;
  const FigureDelta first[] = {Delta(Key("b"), 10, 0, 1), Delta(Key("a"), kDay, 0, 1),
                               Delta(Key("a"), 5, 0, 1), Delta(Key("b"), 11, 0, 1)};
  figures.Apply(first);
  Collector all;
  EXPECT_TRUE(figures.TakeChanged(all.Visit()).ok());
  EXPECT_EQ(all.content, Sum({first[0], first[1], first[2], first[3]}));
  EXPECT_EQ(all.names.size(), 3u);
  Collector none;
  EXPECT_TRUE(figures.TakeChanged(none.Visit()).ok());
  EXPECT_TRUE(none.names.empty());

  const FigureDelta second[] = {Delta(Key("b"), 10, 0, -1), Delta(Key("b"), 11, 0, -1),
                                Delta(Key("a"), 6, 0, 2)};
  figures.Apply(second);
  Collector two;
  EXPECT_TRUE(figures.TakeChanged(two.Visit()).ok());
  ASSERT_EQ(two.names.size(), 2u);
  EXPECT_EQ(two.content[NameOf(Key("a"), 0)].size(), 2u);
  EXPECT_TRUE(two.content[NameOf(Key("b"), 0)].empty()) << "gone, and said so";
  EXPECT_EQ(figures.Queues(), std::vector<Atom>{A("a")});
  Collector again;
  EXPECT_TRUE(figures.TakeChanged(again.Visit()).ok());
  EXPECT_TRUE(again.names.empty());
}

TEST(FiguresTable, WhatWentToAStoreAloneIsUntold) {
  Figures figures;
  const FigureDelta first[] = {Delta(Key("a"), 5, 0, 1), Delta(Key("b"), 10, 0, 1),
                               Delta(Key("e"), 1, 0, 1)};
  figures.Apply(first);
  Collector stored;
  EXPECT_TRUE(figures.TakeToStore(stored.Visit()).ok());
  EXPECT_EQ(stored.content, Sum({first[0], first[1], first[2]}));
  EXPECT_EQ(figures.untold(), 3u);

  const FigureDelta second[] = {Delta(Key("b"), 10, 0, -1), Delta(Key("c"), 7, 0, 1)};
  figures.Apply(second);
  Collector later;
  EXPECT_TRUE(figures.TakeToStore(later.Visit()).ok());
  EXPECT_EQ(later.names.size(), 2u) << "what was stored is no change any more";
  figures.NoteUntold(Key("d"), 3);
  std::set<ChunkName> untold;
  figures.ForEachUntold(
      [&](const FigureKey& key, int32_t day) { untold.insert(NameOf(key, day)); });
  EXPECT_EQ(untold,
            (std::set<ChunkName>{NameOf(Key("a"), 0), NameOf(Key("b"), 0), NameOf(Key("c"), 0),
                                 NameOf(Key("d"), 3), NameOf(Key("e"), 0)}));

  const FigureDelta third[] = {Delta(Key("e"), 2, 0, 1)};
  figures.Apply(third);
  Collector changed;
  EXPECT_TRUE(figures.TakeChanged(changed.Visit()).ok());
  EXPECT_EQ(changed.content, Sum({first[2], third[0]}));
  Collector told;
  EXPECT_TRUE(figures.TakeUntold(told.Visit()).ok());
  EXPECT_EQ(told.content[NameOf(Key("a"), 0)].size(), 1u);
  EXPECT_EQ(told.content[NameOf(Key("c"), 0)].size(), 1u);
  EXPECT_TRUE(told.content[NameOf(Key("b"), 0)].empty()) << "gone, and said so";
  EXPECT_TRUE(told.content[NameOf(Key("d"), 3)].empty()) << "was never there, and said so";
  EXPECT_EQ(told.content.size(), 4u) << "what TakeChanged told is told";
  EXPECT_EQ(figures.untold(), 0u);
  EXPECT_EQ(figures.Queues(), (std::vector<Atom>{A("a"), A("c"), A("e")}));
  Collector nothing;
  EXPECT_TRUE(figures.TakeChanged(nothing.Visit()).ok());
  EXPECT_TRUE(nothing.names.empty()) << "what was told is no change";
}

TEST(FiguresTable, WhatSomebodyElseToldIsNotUntold) {
  Figures figures;
  const FigureDelta delta[] = {Delta(Key("a"), 6, 0, 1)};
  figures.Apply(delta);
  Collector stored;
  EXPECT_TRUE(figures.TakeToStore(stored.Visit()).ok());
  figures.NoteTold();
  Collector none;
  EXPECT_TRUE(figures.TakeUntold(none.Visit()).ok());
  EXPECT_TRUE(none.names.empty());
  figures.NoteUntold(Key("a"), 0);
  EXPECT_TRUE(figures.TakeUntold(none.Visit()).ok());
  EXPECT_EQ(none.content, Sum({delta[0]}));
}

TEST(FiguresTable, TakeChangedKeepsACopyUpToDate) {
  std::mt19937 random(3);
  Figures figures, copy;
  std::vector<FigureDelta> standing;
  for (int round = 0; round < 60; ++round) {
    auto deltas = RandomDeltas(&random, 3'000, round < 30 ? 2 : 400);
    std::shuffle(standing.begin(), standing.end(), random);
    for (size_t n = standing.size() / (round % 7 == 0 ? 1 : 3); n > 0; --n) {
      deltas.push_back(standing.back());
      deltas.back().count = -deltas.back().count;
      standing.pop_back();
    }
    std::copy_if(deltas.begin(), deltas.end(), std::back_inserter(standing),
                 [](const FigureDelta& d) { return d.count > 0; });
    figures.Apply(deltas);
    const base::Status taken =
        figures.TakeChanged([&](const FigureKey& key, int32_t day, const FigureChunk& chunk) {
          copy.Put(key, day, chunk);
        });
    EXPECT_TRUE(taken.ok());
  }
  EXPECT_EQ(ContentOf(figures), Sum(standing));
  EXPECT_EQ(ContentOf(copy), Sum(standing));
}

// More than may wait to be merged, over more days than may be open at once.
TEST(FiguresTable, ManyDaysComeAndGo) {
  std::mt19937 random(11);
  std::vector<FigureDelta> deltas = RandomDeltas(&random, 50'000, 2'000);
  Figures figures;
  const auto apply = [&](int sign) {
    for (FigureDelta& delta : deltas) delta.count = sign * std::abs(delta.count);
    for (size_t at = 0; at < deltas.size(); at += 100) figures.Apply({&deltas[at], 100});
    std::shuffle(deltas.begin(), deltas.end(), random);
  };
  const auto changed = [&] {
    Collector collector;
    EXPECT_TRUE(figures.TakeChanged(collector.Visit()).ok());
    return collector.content;
  };
  apply(1);
  EXPECT_EQ(ContentOf(figures), Sum(deltas));
  EXPECT_EQ(changed(), Sum(deltas));
  apply(-1);
  EXPECT_TRUE(ContentOf(figures).empty());
  EXPECT_TRUE(figures.Queues().empty());
  apply(1);
  EXPECT_EQ(changed(), Sum(deltas)) << "each once, though it went and came again";
  apply(-1);
  for (const auto& [name, entries] : changed()) EXPECT_TRUE(entries.empty());
  EXPECT_TRUE(changed().empty());
}

TEST(FiguresTable, QueuesAreInOrderOfText) {
  Figures figures;
  const FigureDelta deltas[] = {Delta(Key("zz/late"), 1, 0, 1), Delta(Key("aa/early"), 1, 0, 1),
                                Delta(Key("mm"), 1, 0, 1)};
  figures.Apply(deltas);
  const std::vector<Atom> expected = {A("aa/early"), A("mm"), A("zz/late")};
  EXPECT_EQ(figures.Queues(), expected);
}

TEST(FiguresTable, CountsItsMemory) {
  Figures figures;
  const size_t empty = figures.MemoryBytes();
  std::mt19937 random(5);
  figures.Apply(RandomDeltas(&random, 200'000, 2));
  EXPECT_GT(figures.MemoryBytes(), empty + 200'000);
  EXPECT_LT(figures.MemoryBytes(), empty + 200'000 * 40);
}

using FiguresDeathTest = testing::Test;

TEST(FiguresDeathTest, ANegativeCountIsABrokenProgram) {
  Figures figures;
  const FigureDelta delta = Delta(Key("q"), 1, 0, -1);
  EXPECT_DEATH(
      {
        figures.Apply({&delta, 1});
        static_cast<void>(
            figures.TakeChanged([](const FigureKey&, int32_t, const FigureChunk&) {}));
      },
      "CHECK failed");
}

TEST(FiguresDeathTest, AChunkOutOfOrderIsABrokenProgram) {
  Figures figures;
  EXPECT_DEATH(figures.Put(Key("q"), 0, FigureChunk{{{2, 0, 1}, {1, 0, 1}}}), "CHECK failed");
  EXPECT_DEATH(figures.Put(Key("q"), 1, FigureChunk{{{2, 0, 1}}}), "CHECK failed");
}

TEST(FigureKey, IsOrderedByText) {
  EXPECT_LT(Key("a/9"), Key("b/1"));
  EXPECT_LT(Key("a", FigureKind::kOpen), Key("a", FigureKind::kUnassigned));
  EXPECT_LT(Key("a", FigureKind::kOpen, ""), Key("a", FigureKind::kOpen, "s"));
  EXPECT_FALSE(Key("a") < Key("a"));
}

}  // namespace
}  // namespace caseclock::core
