// What a step of the core costs: events of many cases, six a case, under the shipped policies, on
// case states in memory. `Fold` is the core alone; `DecodeAndFold` decodes each event and encodes
// its ledger entry as well, as the engine does.

#include <benchmark/benchmark.h>

#include <random>

#include "engine/base/check.h"
#include "engine/base/hash.h"
#include "engine/codec/case_codec.h"
#include "engine/codec/event_codec.h"
#include "engine/core/step.h"
#include "engine/policy/load.h"

namespace caseclock {
namespace {

struct Prepared {
  std::vector<std::string> bytes;  // canonical, in order of time
  std::vector<uint32_t> cases;     // whose
  uint32_t case_count = 0;
  // The same, decoded, and as ledger entries.
  std::vector<model::Event> events;
  std::vector<std::string> entries;
};

std::string Event(uint32_t case_number, int step, int64_t at_s) {
  static const char* const kBodies[] = {
      R"("referred":{"queue":"wmp/marac","risk":"high","origin":"dash"})",
      R"("assigned":{"handler":"H-12","role":"coordinator"})",
      R"("screened":{"decision":"in","guidance":"2026-01","score":15})",
      R"("performed":{"activity":"idva_contact","result":"made"})",
      R"("performed":{"activity":"hearing","result":"heard"})",
      R"("closed":{"reason":"done"})"};
  const std::string id = "C-" + std::to_string(1'000'000 + case_number);
  const auto bytes = codec::EventFromJson(
      R"({"event_id":"rms/)" + id + "-" + std::to_string(step) + R"(","source":"rms","case_id":")" +
      id + R"(","occurred_at":")" + base::FormatInstant(base::Instant::FromSeconds(at_s)) + "\"," +
      kBodies[step] + "}");
  CHECK(bytes.ok());
  return bytes.value();
}

model::Arrival ArrivalOf(const model::Event& event, size_t number) {
  return {0, static_cast<int64_t>(number), event.occurred_at};
}

void DecodeOne(const Prepared& prepared, size_t number, model::Event* event, std::string* entry) {
  codec::Rejected rejected;
  CHECK(codec::DecodeEvent(prepared.bytes[number], event, &rejected));
  entry->clear();
  codec::EncodeLedgerEntry(*event, ArrivalOf(*event, number), entry);
}

Prepared Prepare(uint32_t cases, int64_t gap_s) {
  Prepared prepared;
  prepared.case_count = cases;
  constexpr int64_t kStart = 1'767'258'000;
  std::vector<std::pair<int64_t, std::pair<uint32_t, int>>> order;
  for (uint32_t c = 0; c < cases; ++c) {
    for (int step = 0; step < 6; ++step) {
      order.push_back({kStart + int64_t{c} * 30 + step * gap_s + (c * 7919) % 3600, {c, step}});
    }
  }
  std::sort(order.begin(), order.end());
  for (const auto& [at, what] : order) {
    prepared.bytes.push_back(Event(what.first, what.second, at));
    prepared.cases.push_back(what.first);
  }
  prepared.events.resize(prepared.bytes.size());
  prepared.entries.resize(prepared.bytes.size());
  for (size_t i = 0; i < prepared.bytes.size(); ++i) {
    DecodeOne(prepared, i, &prepared.events[i], &prepared.entries[i]);
  }
  return prepared;
}

template <bool kDecode>
void StepEvents(benchmark::State& state) {
  const auto loaded = policy::LoadPolicyDir(std::string(CASECLOCK_SOURCE_DIR) + "/deploy/policies");
  CHECK(loaded.ok());
  const Prepared prepared = Prepare(static_cast<uint32_t>(state.range(0)), state.range(1) * 60);
  uint64_t alerts = 0;
  uint64_t hash = 0;
  model::Event decoded;
  std::string encoded;
  for (auto _ : state) {
    std::vector<model::CaseState> cases(prepared.case_count);
    core::StepOutcome outcome;
    alerts = hash = 0;
    for (size_t i = 0; i < prepared.bytes.size(); ++i) {
      if constexpr (kDecode) DecodeOne(prepared, i, &decoded, &encoded);
      const model::Event& event = kDecode ? decoded : prepared.events[i];
      model::CaseState& state_of_case = cases[prepared.cases[i]];
      if (state_of_case.case_id.empty()) state_of_case.case_id = event.case_id;
      core::EventInput input;
      input.event = &event;
      input.arrival = ArrivalOf(event, i);
      input.entry = kDecode ? encoded : prepared.entries[i];
      const core::StepContext context{
          &*loaded.set, &codec::DecodeLedgerEntry, event.occurred_at, false, {}};
      while (state_of_case.timer_at <= event.occurred_at) {
        core::StepContext tick = context;
        tick.now = state_of_case.timer_at;
        core::StepTick(tick, &state_of_case, &outcome);
        alerts += outcome.alerts.size();
      }
      core::Step(context, input, {}, &state_of_case, &outcome);
      alerts += outcome.alerts.size();
      hash = hash * 31 + outcome.figures.size();
    }
    benchmark::DoNotOptimize(hash);
  }
  state.SetItemsProcessed(static_cast<int64_t>(state.iterations() * prepared.bytes.size()));
  state.counters["alerts"] = static_cast<double>(alerts);
  state.counters["hash"] = static_cast<double>(hash % 1'000'003);
}
// Cases, and minutes between the events of one: with twenty minutes hardly a clock runs out, with a
// day nearly every event comes after a warning or a breach, each of which is told and resolved.
void Streams(benchmark::internal::Benchmark* benchmark) {
  benchmark->ArgNames({"cases", "gap_min"})
      ->Args({1000, 20})
      ->Args({1000, 1440})
      ->Unit(benchmark::kMillisecond);
}
BENCHMARK(StepEvents<false>)->Name("Fold")->Apply(Streams);
BENCHMARK(StepEvents<true>)->Name("DecodeAndFold")->Apply(Streams);

}  // namespace
}  // namespace caseclock

BENCHMARK_MAIN();
