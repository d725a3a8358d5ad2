// Evaluate against a scan of all facts, and at the edges of every window.

#include <gtest/gtest.h>

#include <algorithm>
#include <random>

#include "engine/core/figures.h"
#include "tests/unit/core/chunk_shelf.h"
#include "tests/unit/core/figures_reference.h"

namespace caseclock::core {
namespace {

using base::Atom;
using model::FigureDelta;
using model::FigureKind;

constexpr int64_t kDay = 86'400;
constexpr FigureKind kKinds[] = {FigureKind::kOpen,
                                 FigureKind::kUnassigned,
                                 FigureKind::kUngraded,
                                 FigureKind::kPaused,
                                 FigureKind::kNetRunning,
                                 FigureKind::kNetFrozen,
                                 FigureKind::kClockRunning,
                                 FigureKind::kClockPaused,
                                 FigureKind::kClockUndated,
                                 FigureKind::kClosed,
                                 FigureKind::kOutcome,
                                 FigureKind::kOpenedCohort,
                                 FigureKind::kUnqualified,
                                 FigureKind::kHandled,
                                 FigureKind::kFlowIn,
                                 FigureKind::kFlowOut,
                                 FigureKind::kClockMet,
                                 FigureKind::kClockMissed,
                                 FigureKind::kScreenedIn,
                                 FigureKind::kScreenedOut,
                                 FigureKind::kScreenedReturned,
                                 FigureKind::kScreeningDeviation};

Atom A(std::string_view text) {
  return Atom::Intern(text);
}

model::WorkflowVersion Workflow() {
  model::WorkflowVersion workflow;
  workflow.stages.push_back({A("a"), {}});
  workflow.stages.push_back({A("never"), {}});
  workflow.risks = {A("high"), A("low")};
  workflow.clocks.emplace_back().name = A("a");
  workflow.clocks.emplace_back().name = A("idle");
  workflow.outcomes.push_back({"a or b", {A("a"), A("b")}});
  workflow.outcomes.push_back({"c", {A("c")}});
  workflow.caseload = {3, "a test"};
  return workflow;
}

struct Random {
  explicit Random(uint32_t seed) : engine(seed) {}
  int64_t Below(int64_t n) { return std::uniform_int_distribution<int64_t>(0, n - 1)(engine); }
  Atom OneOf(std::initializer_list<const char*> texts) {
    return A(*(texts.begin() + Below(static_cast<int64_t>(texts.size()))));
  }
  // Often on an edge of one of the windows around `now`, or of a day.
  int64_t Second(int64_t now) {
    static constexpr int64_t kEdges[] = {0, 1, 7, 28, 30, 365, -1, -7};
    switch (Below(5)) {
      case 0:
        return now - kEdges[Below(8)] * kDay + Below(3) - 1;
      case 1:
        return now / kDay * kDay - Below(40) * kDay + Below(3) - 1;
      case 2:
        return now - Below(500 * kDay) + 20 * kDay;
      default:
        return now - Below(3 * kDay) + kDay / 4;
    }
  }
  std::mt19937 engine;
};

FigureDelta RandomFact(Random* random, int64_t now) {
  FigureDelta fact;
  fact.key.queue = random->OneOf({"q/1", "q/1", "q/2", "r"});
  fact.key.kind = kKinds[random->Below(std::size(kKinds))];
  fact.key.label1 = random->OneOf({"a", "b", "c", ""});
  fact.key.label2 = random->OneOf({"high", "low", "odd", ""});
  const bool timeless =
      fact.key.kind == FigureKind::kNetFrozen || fact.key.kind == FigureKind::kHandled;
  fact.second = timeless ? 0 : random->Second(now);
  const bool has_other =
      fact.key.kind == FigureKind::kClockRunning || fact.key.kind == FigureKind::kClockPaused ||
      fact.key.kind == FigureKind::kOutcome || fact.key.kind == FigureKind::kClockMet ||
      fact.key.kind == FigureKind::kClockMissed;
  if (has_other) fact.other = random->Second(now);
  if (fact.key.kind == FigureKind::kNetFrozen) fact.other = random->Below(100 * kDay);
  fact.count = random->Below(4) == 0 ? 1 + static_cast<int32_t>(random->Below(3)) : 1;
  return fact;
}

std::vector<FigureDelta> RandomFacts(Random* random, int64_t now, size_t n) {
  std::vector<FigureDelta> facts(n);
  for (FigureDelta& fact : facts) fact = RandomFact(random, now);
  return facts;
}

// Applies `facts` split over tables, in random order and batches, with others that come and go.
std::vector<Figures> Tables(Random* random, const std::vector<FigureDelta>& facts, int64_t now,
                            std::vector<ChunkShelf>& shelves) {
  std::vector<Figures> tables(static_cast<size_t>(1 + random->Below(4)));
  std::vector<std::vector<FigureDelta>> shares(tables.size());
  for (const FigureDelta& fact : facts) {
    shares[static_cast<size_t>(random->Below(static_cast<int64_t>(tables.size())))].push_back(fact);
  }
  for (size_t t = 0; t < tables.size(); ++t) {
    std::vector<FigureDelta> passing = RandomFacts(random, now, shares[t].size() / 2);
    std::shuffle(shares[t].begin(), shares[t].end(), random->engine);
    tables[t].SetReader(&shelves[t]);
    tables[t].Apply(passing);
    for (FigureDelta& fact : passing) fact.count = -fact.count;
    std::vector<FigureDelta> rest = shares[t];
    rest.insert(rest.end(), passing.begin(), passing.end());
    std::shuffle(rest.begin(), rest.end(), random->engine);
    for (size_t at = 0; at < rest.size();) {
      const size_t n = std::min(rest.size() - at, static_cast<size_t>(1 + random->Below(300)));
      tables[t].Apply({&rest[at], n});
      at += n;
      if (random->Below(8) == 0) CHECK(shelves[t].Take(&tables[t]).ok());
    }
  }
  return tables;
}

std::vector<const Figures*> Pointers(const std::vector<Figures>& tables) {
  std::vector<const Figures*> pointers;
  for (const Figures& table : tables) pointers.push_back(&table);
  return pointers;
}

class FiguresScan : public testing::TestWithParam<uint32_t> {};

TEST_P(FiguresScan, EvaluateGivesWhatAScanGives) {
  Random random(GetParam());
  const model::WorkflowVersion workflow = Workflow();
  const int64_t centres[] = {1'790'000'000, 1'772'323'200, -1'000'000'000, 40 * kDay, 0};
  const int64_t now = centres[GetParam() % 5] + (GetParam() % 2 == 0 ? 0 : random.Below(kDay));
  const size_t sizes[] = {0, 5, 300, 3'000, 12'000};
  const auto facts = RandomFacts(&random, now, sizes[GetParam() / 5 % 5]);
  std::vector<ChunkShelf> shelves(4);
  auto tables = Tables(&random, facts, now, shelves);
  if (GetParam() % 3 != 0) {  // from memory, or from a store
    for (size_t t = 0; t < tables.size(); ++t) shelves[t].PutAway(&tables[t]);
  }
  const auto partitions = Pointers(tables);
  for (int round = 0; round < 4; ++round) {
    const int64_t at = round == 0 ? now : random.Second(now);
    const base::Instant as_of{at * 1'000'000 + (round == 1 ? 999'999 : 0)};
    const auto* policy = round == 2 ? nullptr : &workflow;
    EXPECT_EQ(Describe(Evaluate(partitions, A("q/1"), as_of, policy, {}).value()),
              Describe(ScanFigures(facts, {A("q/1")}, at, policy)));
    const Atom group[] = {A("q/2"), A("q/1"), A("q/2"), A("none such")};
    const Definitions definitions{policy, policy == nullptr ? nullptr : &*policy->caseload};
    EXPECT_EQ(Describe(EvaluateUnion(partitions, group, "q/*", as_of, definitions, {}).value()),
              Describe(ScanFigures(facts, {A("q/1"), A("q/2")}, at, policy)));
  }
}

INSTANTIATE_TEST_SUITE_P(Seeds, FiguresScan, testing::Range(0u, 50u));

// One fact in one table, evaluated at `now`.
model::Backlog Of(FigureKind kind, int64_t second, int64_t other, int64_t now) {
  Figures figures;
  const FigureDelta fact{{A("q"), kind, A("x"), A("high")}, second, other, 1};
  figures.Apply({&fact, 1});
  const Figures* const partition = &figures;
  return Evaluate({&partition, 1}, A("q"), base::Instant::FromSeconds(now), nullptr, {}).value();
}

// Midnight, the last second before it, and before 1970.
constexpr int64_t kInstants[] = {1'767'225'600, 1'767'225'599, 1'767'268'800, 0, -1, -86'400};

TEST(FiguresEdges, OlderThanIsStrict) {
  for (const int64_t now : kInstants) {
    EXPECT_EQ(Of(FigureKind::kOpen, now - 7 * kDay, 0, now).older_than.at("P7D"), 0);
    EXPECT_EQ(Of(FigureKind::kOpen, now - 7 * kDay - 1, 0, now).older_than.at("P7D"), 1);
    EXPECT_EQ(Of(FigureKind::kOpen, now - 30 * kDay - 1, 0, now).older_than.at("P30D"), 1);
  }
}

TEST(FiguresEdges, WhatLiesAheadIsNotOpen) {
  for (const int64_t now : kInstants) {
    EXPECT_EQ(Of(FigureKind::kOpen, now, 0, now).open, 1);
    EXPECT_EQ(Of(FigureKind::kOpen, now + 1, 0, now).open, 0);
    EXPECT_TRUE(Of(FigureKind::kOpen, now + 1, 0, now).by_stage.empty());
    EXPECT_EQ(Of(FigureKind::kClockRunning, now + 9, now + 1, now).clocks.at("x").running, 0);
  }
}

TEST(FiguresEdges, AgesLeaveOutWhatLiesAheadOnTheSameDay) {
  Figures figures;
  for (const int64_t second : {10, 20, 30, 40, 50}) {
    const FigureDelta fact{{A("q"), FigureKind::kOpen, A("x"), {}}, second, 0, 1};
    figures.Apply({&fact, 1});
  }
  const Figures* const partition = &figures;
  const auto at = base::Instant::FromSeconds(35);
  const model::Backlog backlog = Evaluate({&partition, 1}, A("q"), at, nullptr, {}).value();
  EXPECT_EQ(backlog.open, 3);
  EXPECT_EQ(backlog.age_p50, 15);
  EXPECT_EQ(backlog.age_p90, 25);
  EXPECT_EQ(backlog.age_max, 25);
}

TEST(FiguresEdges, OverdueIsStrictAndDueIsNotOverdue) {
  const auto clock = [](int64_t due, int64_t now) {
    return Of(FigureKind::kClockRunning, due, now - 400 * kDay, now).clocks.at("x");
  };
  for (const int64_t now : kInstants) {
    EXPECT_EQ(clock(now, now).overdue, 0);
    EXPECT_EQ(clock(now, now).due_24h, 1);
    EXPECT_EQ(clock(now - 1, now).overdue, 1);
    EXPECT_EQ(clock(now - 1, now).overdue_seconds_max, 1);
    EXPECT_EQ(clock(now - 1, now).overdue_by_risk.at("high"), 1);
    EXPECT_EQ(clock(now - 1, now).due_7d, 0);
    EXPECT_EQ(clock(now + kDay, now).due_24h, 1);
    EXPECT_EQ(clock(now + kDay + 1, now).due_24h, 0);
    EXPECT_EQ(clock(now + 7 * kDay, now).due_7d, 1);
    EXPECT_EQ(clock(now + 7 * kDay + 1, now).due_7d, 0);
  }
}

TEST(FiguresEdges, WindowsThatFollowEachOtherCountOnce) {
  for (const int64_t now : kInstants) {
    for (const int64_t second : {now - kDay, now - kDay + 1, now, now + 1}) {
      int64_t times = 0;
      for (const int64_t end : {now - kDay, now, now + kDay}) {
        times += Of(FigureKind::kFlowIn, second, 0, end).flow.at("P1D").in;
      }
      EXPECT_EQ(times, 1);
    }
    for (const int64_t second : {now - 7 * kDay, now - 7 * kDay + 1, now, now + 1}) {
      int64_t times = 0;
      for (const int64_t end : {now - 7 * kDay, now, now + 7 * kDay}) {
        for (const auto& row : Of(FigureKind::kScreenedOut, second, 0, end).screening) {
          if (row.window == "P7D") times += row.out;
        }
      }
      EXPECT_EQ(times, 1);
    }
    for (const int64_t due : {now - 28 * kDay, now - 1, now, now + 1}) {
      int64_t times = 0;
      for (const int64_t end : {now - 28 * kDay, now, now + 28 * kDay}) {
        times += Of(FigureKind::kClockMissed, due, 0, end).clocks.at("x").within_target[1].missed;
      }
      EXPECT_EQ(times, 1);
    }
  }
}

// Open cases of handlers in queues, each as its partition counts it.
struct Held {
  std::string queue;
  std::string handler;
  int32_t cases;
};
class Caseloads : public testing::Test {
 protected:
  void Add(const std::vector<Held>& held) {
    std::vector<FigureDelta> facts;
    for (const Held& one : held) {
      facts.push_back({{A(one.queue), FigureKind::kHandled, A(one.handler), {}}, 0, 0, one.cases});
    }
    partitions_.emplace_back().Apply(facts);
  }
  [[nodiscard]] model::Backlog Of(std::initializer_list<const char*> names) const {
    std::vector<Atom> queues;
    for (const char* name : names) queues.push_back(A(name));
    const auto at = base::Instant::FromSeconds(1'790'000'000);
    return EvaluateUnion(Pointers(partitions_), queues, "q", at, {nullptr, limit_}, {}).value();
  }

  std::vector<Figures> partitions_;
  const model::WorkflowVersion workflow_ = Workflow();
  const model::CaseloadRule* limit_ = &*workflow_.caseload;
};

TEST_F(Caseloads, AreAddedUpOverPartitionsBeforeTheyAreCompared) {
  Add({{"q/1", "h-1", 2}, {"q/1", "h-2", 1}});
  Add({{"q/1", "h-1", 2}, {"q/1", "h-2", 2}, {"q/2", "h-2", 3}});
  const model::Caseload load = Of({"q/1"}).caseload.value();
  EXPECT_EQ(load.limit, 3);
  EXPECT_EQ(load.handlers, 2);
  EXPECT_EQ(load.cases_max, 4);
  EXPECT_EQ(load.handlers_over, 1) << "as many as the limit are not over it";
  EXPECT_EQ(load.cases_of_handlers_over, 4);
  ASSERT_EQ(load.over.size(), 1U);
  EXPECT_EQ(load.over[0].handler, "h-1");
  // And over the queues of a roll-up.
  const model::Caseload both = Of({"q/1", "q/2"}).caseload.value();
  EXPECT_EQ(both.handlers, 2);
  ASSERT_EQ(both.over.size(), 2U);
  EXPECT_EQ(both.over[0].handler, "h-2");
  EXPECT_EQ(both.over[0].cases, 6);
  EXPECT_EQ(both.cases_of_handlers_over, 10);
}

TEST_F(Caseloads, ThoseWithTheMostAreNamedTheRestAreCounted) {
  std::vector<Held> held;
  for (int i = 99; i >= 70; --i) {  // 30 of them, ten each with 4, 5 and 6 cases
    held.push_back({"q/1", "h-" + std::to_string(i), 4 + i % 3});
  }
  Add(held);
  const model::Caseload load = Of({"q/1"}).caseload.value();
  EXPECT_EQ(load.handlers_over, 30);
  EXPECT_EQ(load.cases_of_handlers_over, 150);
  ASSERT_EQ(load.over.size(), model::kHandlersNamed);
  EXPECT_EQ(load.over[0].handler, "h-71");
  EXPECT_EQ(load.over[1].handler, "h-74");
  EXPECT_EQ(load.over[9].cases, 6);
  EXPECT_EQ(load.over[10].handler, "h-70");
  EXPECT_EQ(load.over[19].cases, 5);
}

TEST_F(Caseloads, AreThereWhereThePolicyLimitsThem) {
  EXPECT_EQ(Of({"q/1"}).caseload.value().handlers, 0);
  Add({{"q/1", "h-1", 9}});
  limit_ = nullptr;
  EXPECT_FALSE(Of({"q/1"}).caseload.has_value());
}

TEST(FiguresEdges, AnEmptyQueueHasZeros) {
  const model::WorkflowVersion workflow = Workflow();
  const Figures figures;
  const Figures* const partition = &figures;
  const auto at = base::Instant::FromSeconds(1'790'000'000);
  const model::Backlog backlog = Evaluate({&partition, 1}, A("empty"), at, &workflow, {}).value();
  EXPECT_EQ(backlog.queue, "empty");
  EXPECT_EQ(Describe(backlog), Describe(ScanFigures({}, {}, 1'790'000'000, &workflow)));
  EXPECT_EQ(backlog.clocks.at("idle").within_target.size(), 2u);
  EXPECT_EQ(backlog.by_risk.at("ungraded"), 0);
  EXPECT_EQ(Evaluate({}, A("empty"), at, nullptr, {}).value().open, 0);
}

TEST(FiguresEdges, ExtremeCasesAreNamed) {
  const model::WorkflowVersion workflow = Workflow();
  const ExtremeCases extremes{"C-1", {{A("a"), "C-2"}, {A("unknown"), "C-3"}}};
  const model::Backlog backlog = Evaluate({}, A("q"), {}, &workflow, extremes).value();
  EXPECT_EQ(backlog.oldest_case, "C-1");
  EXPECT_EQ(backlog.clocks.at("a").most_overdue_case, "C-2");
  EXPECT_EQ(backlog.clocks.count("unknown"), 0u);
}

TEST(FiguresEdges, WhatIsDueNowIsNextAndNotOverdueYet) {
  constexpr int64_t kNow = 1'790'000'000;
  Figures figures;
  const auto running = [](int64_t due) {
    return FigureDelta{{A("q"), FigureKind::kClockRunning, A("a"), A("high")}, due, kNow - 9, 1};
  };
  figures.Apply(std::vector{running(kNow - 1), running(kNow + 3), running(kNow + 40 * kDay)});
  const Figures* const partition = &figures;
  const model::WorkflowVersion workflow = Workflow();
  const auto next = [&](int64_t now) {
    return Evaluate({&partition, 1}, A("q"), base::Instant::FromSeconds(now), &workflow, {})
        .value()
        .clocks.at("a")
        .next_due_at;
  };
  EXPECT_EQ(next(kNow), base::Instant::FromSeconds(kNow + 3));
  EXPECT_EQ(next(kNow + 3), base::Instant::FromSeconds(kNow + 3));
  EXPECT_EQ(next(kNow + 4), base::Instant::FromSeconds(kNow + 40 * kDay));
  EXPECT_EQ(next(kNow + 41 * kDay), base::kNever);
}

}  // namespace
}  // namespace caseclock::core
