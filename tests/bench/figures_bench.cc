// What a delta costs in four patterns of arrival, what a fact takes at rest, and how long an
// evaluation takes. Small without arguments: it must not rot.
//
//   figures_bench [--cases N]

#include <benchmark/benchmark.h>

#include <algorithm>
#include <cstdio>
#include <ctime>
#include <random>
#include <string>

#include "engine/core/figures.h"

namespace caseclock::core {
namespace {

using base::Atom;
using model::FigureDelta;
using model::FigureKind;

constexpr int64_t kDay = 86'400;
constexpr int64_t kStart = 1'767'225'600;  // 2026-01-01
constexpr int kSteps = 6;

struct Codes {
  Atom none;
  std::vector<Atom> queues, stages, risks, clocks, outcomes;
  Codes() {
    const auto fill = [](std::vector<Atom>* atoms, const char* prefix, int n) {
      for (int i = 0; i < n; ++i) atoms->push_back(Atom::Intern(prefix + std::to_string(i)));
    };
    fill(&queues, "wmp/queue", 4);
    fill(&stages, "stage", 6);
    fill(&risks, "risk", 4);
    fill(&clocks, "clock", 4);
    fill(&outcomes, "outcome", 22);
  }
};

const Codes& C() {
  static const Codes codes;
  return codes;
}

// A case that goes the usual way: referred, graded, assigned, staged, outcome, closed.
struct Case {
  int64_t opened = 0;
  uint32_t random = 0;
  int next = 0;

  [[nodiscard]] int64_t When(int step) const { return opened + step * (random >> 8 & 0x3FFFF) / 3; }

  // The deltas of the next event; about six.
  void Step(std::vector<FigureDelta>* out) {
    const Atom none, queue = C().queues[random % 4], risk = C().risks[random / 4 % 4],
                     outcome = C().outcomes[random / 16 % 22];
    const auto& [stages, clocks] = std::tie(C().stages, C().clocks);
    const int64_t when = When(next);
    const auto add = [&](FigureKind kind, Atom label1, Atom label2, int64_t second, int64_t other,
                         int32_t count) {
      out->push_back({{queue, kind, label1, label2}, second, other, count});
    };
    const auto stop = [&](Atom clock, int64_t start, int64_t limit) {
      add(FigureKind::kClockRunning, clock, risk, start + limit, start, -1);
      const bool met = when <= start + limit;
      add(met ? FigureKind::kClockMet : FigureKind::kClockMissed, clock, risk,
          met ? when : start + limit, start, 1);
    };
    switch (next++) {
      case 0:
        add(FigureKind::kOpen, stages[0], none, opened, 0, 1);
        add(FigureKind::kUnassigned, none, none, opened, 0, 1);
        add(FigureKind::kUngraded, none, none, opened, 0, 1);
        add(FigureKind::kNetRunning, none, none, opened, 0, 1);
        add(FigureKind::kOpenedCohort, none, none, opened, 0, 1);
        add(FigureKind::kFlowIn, none, none, opened, 0, 1);
        add(FigureKind::kClockUndated, clocks[0], none, opened, 0, 1);
        return;
      case 1:
        add(FigureKind::kOpen, stages[0], none, opened, 0, -1);
        add(FigureKind::kOpen, stages[0], risk, opened, 0, 1);
        add(FigureKind::kUnassigned, none, none, opened, 0, -1);
        add(FigureKind::kUnassigned, risk, none, opened, 0, 1);
        add(FigureKind::kUngraded, none, none, opened, 0, -1);
        add(FigureKind::kClockUndated, clocks[0], none, opened, 0, -1);
        add(FigureKind::kClockRunning, clocks[0], risk, opened + 7 * kDay, opened, 1);
        add(FigureKind::kClockRunning, clocks[1], risk, opened + 30 * kDay, opened, 1);
        return;
      case 2:
        add(FigureKind::kUnassigned, risk, none, opened, 0, -1);
        add(FigureKind::kClockRunning, clocks[2], risk, when + 28 * kDay, when, 1);
        return;
      case 3:
        add(FigureKind::kOpen, stages[0], risk, opened, 0, -1);
        add(FigureKind::kOpen, stages[1 + random % 5], risk, opened, 0, 1);
        stop(clocks[0], opened, 7 * kDay);
        return;
      case 4:
        add(FigureKind::kOutcome, outcome, none, when, opened, 1);
        stop(clocks[2], When(2), 28 * kDay);
        return;
      default:
        add(FigureKind::kOpen, stages[1 + random % 5], risk, opened, 0, -1);
        add(FigureKind::kClosed, outcome, none, when, 0, 1);
        add(FigureKind::kNetRunning, none, none, opened, 0, -1);
        add(FigureKind::kFlowOut, none, none, when, 0, 1);
        stop(clocks[1], opened, 30 * kDay);
        return;
    }
  }
};

std::vector<Case> Cases(int64_t n, int64_t days) {
  std::mt19937 random(1);
  std::vector<Case> cases(static_cast<size_t>(n));
  for (Case& c : cases)
    c = {kStart + static_cast<int64_t>(random()) % (days * kDay), static_cast<uint32_t>(random()),
         0};
  return cases;
}

enum Pattern { kHistory, kRecentDays, kBusyDay, kAnyDay };

// The order of events: indexes into cases. History is in order of time; else each event is the next
// one of a random case.
std::vector<uint32_t> Order(const std::vector<Case>& cases, Pattern pattern) {
  std::vector<uint32_t> order;
  for (uint32_t i = 0; i < cases.size(); ++i) order.insert(order.end(), kSteps, i);
  std::shuffle(order.begin(), order.end(), std::mt19937(2));
  if (pattern != kHistory) return order;
  std::vector<std::pair<int64_t, uint32_t>> timed;
  for (uint32_t i = 0; i < cases.size(); ++i) {
    for (int step = 0; step < kSteps; ++step) timed.push_back({cases[i].When(step), i});
  }
  std::sort(timed.begin(), timed.end());
  for (size_t i = 0; i < timed.size(); ++i) order[i] = timed[i].second;
  return order;
}

// Of this thread, so that neighbours on the machine count less.
double CpuSeconds() {
  timespec now{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) * 1e-9;
}

size_t Entries(const Figures& figures) {
  size_t entries = 0;
  const auto count = [&](const model::FigureKey&, int32_t, const model::FigureChunk& chunk) {
    entries += chunk.entries.size();
  };
  CHECK(figures.ForEach(count).ok());
  return entries;
}

// Applies all events, a call each, and answers the seconds that took. Deltas are made a block
// ahead.
double ApplyAll(std::vector<Case> cases, const std::vector<uint32_t>& order, Figures* figures,
                int64_t* deltas) {
  double seconds = 0;
  std::vector<FigureDelta> block;
  std::vector<size_t> ends;
  for (size_t at = 0; at < order.size();) {
    block.clear();
    ends.clear();
    for (; at < order.size() && ends.size() < 4096; ++at) {
      cases[order[at]].Step(&block);
      ends.push_back(block.size());
    }
    const double before = CpuSeconds();
    size_t from = 0;
    for (const size_t end : ends) {
      figures->Apply({&block[from], end - from});
      from = end;
    }
    seconds += CpuSeconds() - before;
    *deltas += static_cast<int64_t>(block.size());
  }
  return seconds;
}

void Apply(benchmark::State& state, int64_t n, Pattern pattern, int64_t days) {
  const std::vector<Case> cases = Cases(n, days);
  const std::vector<uint32_t> order = Order(cases, pattern);
  for (auto _ : state) {
    Figures figures;
    int64_t deltas = 0;
    const double seconds = ApplyAll(cases, order, &figures, &deltas);
    state.SetIterationTime(seconds);
    state.counters["ns_per_delta"] = seconds * 1e9 / static_cast<double>(deltas);
    state.counters["MiB_in_use"] = static_cast<double>(figures.MemoryBytes()) / (1 << 20);
    figures = Figures();
  }
}

// `n` cases over a year, as far as step `steps`, over four partitions; all put, so at rest.
std::vector<Figures> Partitions(int64_t n, int steps) {
  std::vector<Figures> tables(4);
  std::vector<Case> cases = Cases(n, 365);
  std::vector<FigureDelta> deltas;
  for (size_t i = 0; i < cases.size(); ++i) {
    deltas.clear();
    for (int step = 0; step < steps; ++step) cases[i].Step(&deltas);
    tables[i % 4].Apply(deltas);
  }
  std::vector<Figures> rested(4);
  for (size_t t = 0; t < 4; ++t) {
    const auto put = [&](const model::FigureKey& key, int32_t day,
                         const model::FigureChunk& chunk) { rested[t].Put(key, day, chunk); };
    CHECK(tables[t].ForEach(put).ok());
  }
  return rested;
}

void AtRest(benchmark::State& state, int64_t n) {
  for (auto _ : state) {
    size_t entries = 0, bytes = 0;
    for (const Figures& figures : Partitions(n, kSteps)) {
      entries += Entries(figures);
      bytes += figures.MemoryBytes();
    }
    state.counters["facts_per_case"] = static_cast<double>(entries) / static_cast<double>(n);
    state.counters["bytes_per_fact"] = static_cast<double>(bytes) / static_cast<double>(entries);
  }
}

model::WorkflowVersion Workflow() {
  model::WorkflowVersion workflow;
  for (const Atom stage : C().stages) workflow.stages.push_back({stage, {}});
  workflow.risks = C().risks;
  for (const Atom clock : C().clocks) workflow.clocks.emplace_back().name = clock;
  workflow.outcomes.push_back({"some", {C().outcomes[0], C().outcomes[3], C().outcomes[7]}});
  return workflow;
}

// All four queues as one, at a moment amid a day: with `steps` 4 all cases are open, with 6 closed.
void EvaluateAll(benchmark::State& state, int64_t n, int steps) {
  const auto tables = Partitions(n, steps);
  std::vector<const Figures*> partitions;
  for (const Figures& table : tables) partitions.push_back(&table);
  const model::WorkflowVersion workflow = Workflow();
  const auto as_of = base::Instant::FromSeconds(kStart + 365 * kDay + 40'000);
  for (auto _ : state) {
    const model::Backlog backlog =
        EvaluateUnion(partitions, C().queues, "wmp/*", as_of, {&workflow, nullptr}, {}).value();
    state.counters["open"] = static_cast<double>(backlog.open);
    state.counters["closed"] = static_cast<double>(backlog.closed);
  }
}
// After each thirtieth of the events.
void TakeChanged(benchmark::State& state, int64_t n) {
  std::vector<Case> cases = Cases(n, 30);
  const std::vector<uint32_t> order = Order(cases, kRecentDays);
  Figures figures;
  std::vector<FigureDelta> deltas;
  size_t at = 0, chunks = 0, entries = 0;
  const auto advance = [&](size_t events) {
    deltas.clear();
    for (; events > 0 && at < order.size(); --events) cases[order[at++]].Step(&deltas);
    figures.Apply(deltas);
  };
  advance(order.size() / 2);
  const auto visit = [&](const model::FigureKey&, int32_t, const model::FigureChunk& chunk) {
    ++chunks;
    entries += chunk.entries.size();
  };
  CHECK(figures.TakeChanged(visit).ok());
  for (auto _ : state) {
    chunks = entries = 0;
    advance(order.size() / 30);
    const double before = CpuSeconds();
    CHECK(figures.TakeChanged(visit).ok());
    state.SetIterationTime(CpuSeconds() - before);
    state.counters["chunks"] = static_cast<double>(chunks);
    state.counters["facts"] = static_cast<double>(entries);
  }
}
void Register(int64_t n) {
  const auto apply = [&](const char* name, Pattern pattern, int64_t days) {
    benchmark::RegisterBenchmark(name, Apply, n, pattern, days)->UseManualTime()->Iterations(1);
  };
  apply("Apply/history", kHistory, 365);
  apply("Apply/recent_days", kRecentDays, 30);
  apply("Apply/busy_day", kBusyDay, 1);
  apply("Apply/any_day", kAnyDay, 365);
  constexpr auto kUnit = benchmark::kMillisecond;
  benchmark::RegisterBenchmark("AtRest", AtRest, n)->Iterations(1)->Unit(kUnit);
  benchmark::RegisterBenchmark("Evaluate/open", EvaluateAll, n, 4)->Unit(kUnit);
  benchmark::RegisterBenchmark("Evaluate/closed", EvaluateAll, n, kSteps)->Unit(kUnit);
  benchmark::RegisterBenchmark("TakeChanged", TakeChanged, n)
      ->UseManualTime()
      ->Iterations(5)
      ->Unit(kUnit);
}

}  // namespace
}  // namespace caseclock::core

int main(int argc, char** argv) {
  benchmark::Initialize(&argc, argv);
  const bool sized = argc == 3 && std::string(argv[1]) == "--cases";
  if (argc > 1 && !sized) {
    std::fprintf(stderr, "Expected figures_bench [--cases N] [--benchmark_…]\n");
    return 64;
  }
  caseclock::core::Register(sized ? std::stoll(argv[2]) : 5'000);
  benchmark::RunSpecifiedBenchmarks();
  return 0;
}
