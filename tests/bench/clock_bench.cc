// What the clock algebra costs: an event on a case with one clock and with ten, and calendar
// arithmetic over twenty years.

#include <benchmark/benchmark.h>

#include "engine/base/check.h"
#include "engine/base/time_text.h"
#include "engine/codec/case_codec.h"
#include "engine/codec/event_codec.h"
#include "engine/core/calendar.h"
#include "engine/core/step.h"
#include "engine/policy/load.h"

namespace caseclock {
namespace {

// Every event resets the first clock; the others run on, far from their limits.
policy::LoadResult Policies(int64_t clocks) {
  std::string text =
      "workflow: w\nversions:\n  - version: \"1\"\n    stages: [a]\n    risks: []\n    clocks:\n";
  for (int64_t i = 0; i < clocks; ++i) {
    text += "      c" + std::to_string(i) +
            ":\n        starts_on: referred\n        resets_on: {performed: visit" +
            std::to_string(i) +
            "}\n        deadline: elapsed\n        limit: P90D\n"
            "        pauses_for: custody\n        ladder: [50%, {before: P7D}, breach]\n"
            "        source: a benchmark\n";
  }
  return policy::LoadPolicyTexts(
      {{"w.yaml", text},
       {"q.yaml", "queues:\n  - {queue: q, workflow: w, calendar: c}\n"},
       {"c.yaml",
        "calendar: c\nversion: 1\nzone: Europe/London\n"
        "covers: {from: 2000-01-01, to: 2060-12-31}\nweek: {mon-fri: 09:00-17:00}\n"}});
}

std::string EventBytes(int number, const std::string& body) {
  constexpr int64_t kStart = 1'767'258'000;
  const auto bytes = codec::EventFromJson(
      R"({"event_id":"rms/)" + std::to_string(number) +
      R"(","source":"rms","case_id":"C-1","occurred_at":")" +
      base::FormatInstant(base::Instant::FromSeconds(kStart + number * 3'600)) + "\"," + body +
      "}");
  CHECK(bytes.ok());
  return bytes.value();
}

void OneEvent(benchmark::State& state) {
  constexpr int kEvents = 24;
  const auto loaded = Policies(state.range(0));
  CHECK(loaded.ok());
  std::vector<std::string> bytes;
  bytes.push_back(EventBytes(0, R"("referred":{"queue":"q"})"));
  for (int i = 1; i < kEvents; ++i) {
    bytes.push_back(EventBytes(i, R"("performed":{"activity":"visit0"})"));
  }
  std::vector<model::Event> events(bytes.size());
  std::vector<std::string> entries(bytes.size());
  for (size_t i = 0; i < bytes.size(); ++i) {
    codec::Rejected rejected;
    CHECK(codec::DecodeEvent(bytes[i], &events[i], &rejected));
    codec::EncodeLedgerEntry(events[i], {0, static_cast<int64_t>(i), events[i].occurred_at},
                             &entries[i]);
  }
  core::StepOutcome outcome;
  for (auto _ : state) {
    model::CaseState of_case;
    of_case.case_id = "C-1";
    for (size_t i = 0; i < events.size(); ++i) {
      core::EventInput input;
      input.event = &events[i];
      input.arrival = {0, static_cast<int64_t>(i), events[i].occurred_at};
      input.entry = entries[i];
      core::Step({&*loaded.set, &codec::DecodeLedgerEntry, events[i].occurred_at, false, {}}, input,
                 {}, &of_case, &outcome);
    }
    CHECK(of_case.view.clocks.size() == static_cast<size_t>(state.range(0)));
    benchmark::DoNotOptimize(of_case);
  }
  state.SetItemsProcessed(static_cast<int64_t>(state.iterations() * events.size()));
}
BENCHMARK(OneEvent)->Name("EventOnACase")->ArgName("clocks")->Arg(1)->Arg(10);

const model::Calendar& London() {
  static const policy::LoadResult kLoaded =
      policy::LoadPolicyDir(std::string(CASECLOCK_SOURCE_DIR) + "/deploy/policies");
  CHECK(kLoaded.ok());
  const model::Calendar* calendar =
      model::FindCalendar(*kLoaded.set, base::Atom::Intern("england-and-wales"));
  CHECK(calendar != nullptr);
  return *calendar;
}

const base::Instant kFrom = base::ParseInstant("2026-03-27T15:30:00Z").value();

void AddTwentyYearsOfWork(benchmark::State& state) {
  const base::Duration amount = core::WorkingBetween(London(), kFrom, kFrom + base::Days(7'300));
  for (auto _ : state) benchmark::DoNotOptimize(core::AddWorking(London(), kFrom, amount));
}
BENCHMARK(AddTwentyYearsOfWork);

void CountTwentyYearsOfWork(benchmark::State& state) {
  for (auto _ : state) {
    benchmark::DoNotOptimize(core::WorkingBetween(London(), kFrom, kFrom + base::Days(7'300)));
  }
}
BENCHMARK(CountTwentyYearsOfWork);

void AddTwentyYearsOfWorkingDays(benchmark::State& state) {
  for (auto _ : state) benchmark::DoNotOptimize(core::EndOfWorkingDay(London(), kFrom, 5'050));
}
BENCHMARK(AddTwentyYearsOfWorkingDays);

void AddTwentyYears(benchmark::State& state) {
  for (auto _ : state) {
    benchmark::DoNotOptimize(core::AddPeriod(London().zone, kFrom, base::Period{240, 0, {}}));
  }
}
BENCHMARK(AddTwentyYears);

void AddAWeekOfWork(benchmark::State& state) {
  for (auto _ : state) {
    benchmark::DoNotOptimize(core::AddWorking(London(), kFrom, base::Duration{40 * 3'600'000'000}));
  }
}
BENCHMARK(AddAWeekOfWork);

}  // namespace
}  // namespace caseclock

BENCHMARK_MAIN();
