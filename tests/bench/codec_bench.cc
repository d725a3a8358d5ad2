// What decoding and encoding costs, one thread, everything warm. Run by hand for figures:
// build/release/tests/codec_bench

#include <benchmark/benchmark.h>

#include "engine/codec/case_codec.h"
#include "engine/codec/event_codec.h"
#include "engine/codec/output_codec.h"
#include "tests/common/sample_values.h"

namespace caseclock::codec {
namespace {

model::Event Referred() {
  model::Event event;
  event.event_id = "rms/000123456";
  event.source = A("rms");
  event.sequence = 123'456;
  event.case_id = "C-000123456";
  event.occurred_at = Minute(0);
  event.actor = "U-000017";
  event.body = model::Referred{A("wmp/marac"), A("high"), A("dash"), "S-000088", ""};
  return event;
}

std::string Bytes(const model::Event& event) {
  std::string bytes;
  EncodeEvent(event, &bytes);
  return bytes;
}

// A live case of six events and two clocks.
model::CaseState Case() {
  model::CaseState state;
  state.case_id = "C-000123456";
  model::CaseView& view = state.view;
  view = ListedView();
  view.stage_since = Minute(5);
  view.assigned_since = Minute(7);
  view.events = 6;
  view.assignments = 1;
  for (const char* name : {"hearing", "screening"}) {
    model::ClockState& clock = view.clocks.emplace_back();
    clock.clock = A(name);
    clock.policy_version = A("2026-01");
    clock.cycle = 0x0123456789abcdefU;
    clock.started_at = clock.measured_from = Minute(0);
    clock.risk = A("high");
    clock.budget = base::Days(28);
    clock.running_since = Minute(0);
    clock.due_at = Minute(40'320);
    clock.start_cause = clock.change_cause = {1, 123'456, Minute(1)};
    view.cycles_begun.emplace_back(clock.clock, 1);
  }
  for (int64_t i = 0; i < 6; ++i) {
    EncodeLedgerEntry(Referred(), {1, 123'456 + i, Minute(i)}, &state.page.entries);
    state.page.fingerprints.push_back(static_cast<uint64_t>(i) * 0x9E3779B97F4A7C15U);
  }
  state.page.folded_count = 6;
  state.page.folded_bytes = static_cast<uint32_t>(state.page.entries.size());
  state.timer_at = Minute(20'000);
  return state;
}

model::Alert Alert() {
  model::Alert alert;
  alert.id = {1, 2};
  alert.rung = A("breach");
  alert.clock = A("screening");
  alert.case_id = "C-000123456";
  alert.queue = A("wmp/marac");
  alert.risk = A("high");
  alert.due_at = alert.clock_due_at = Minute(3);
  alert.detected_at = Minute(4);
  alert.transitions = {{model::AlertState::kRaised, 1, Minute(4), {}, false}};
  alert.proof.workflow = A("marac");
  alert.proof.policy_hash = base::Atom::Intern("9f86d081884c7d659a2feaa0c55ad015");
  alert.proof.budget = base::Days(2);
  alert.proof.segments = {{Minute(0), base::kNever, true, {}}};
  alert.proof.causes = {{1, 123'456, Minute(0)}};
  return alert;
}

void SetBytes(benchmark::State& state, size_t bytes) {
  state.counters["bytes"] = static_cast<double>(bytes);
}

void BM_DecodeEvent(benchmark::State& state) {
  const std::string bytes = Bytes(Referred());
  model::Event event;
  Rejected rejected;
  for (auto _ : state) benchmark::DoNotOptimize(DecodeEvent(bytes, &event, &rejected));
  SetBytes(state, bytes.size());
}
BENCHMARK(BM_DecodeEvent);

void BM_DecodeRecord(benchmark::State& state) {
  const std::string bytes = Bytes(Referred());
  WireRecord record;
  record.key = "C-000123456";
  record.value = bytes;
  const std::pair<std::string_view, std::string_view> header("content-type",
                                                             "application/protobuf");
  record.headers = {&header, 1};
  DecodeScratch scratch;
  model::Event event;
  Rejected rejected;
  for (auto _ : state) benchmark::DoNotOptimize(DecodeRecord(record, &scratch, &event, &rejected));
}
BENCHMARK(BM_DecodeRecord);

void BM_DecodeJsonRecord(benchmark::State& state) {
  const std::string json = EventToJson(Bytes(Referred())).value();
  WireRecord record;
  record.value = json;
  DecodeScratch scratch;
  model::Event event;
  Rejected rejected;
  for (auto _ : state) benchmark::DoNotOptimize(DecodeRecord(record, &scratch, &event, &rejected));
  SetBytes(state, json.size());
}
BENCHMARK(BM_DecodeJsonRecord);

void BM_EncodeEvent(benchmark::State& state) {
  const model::Event event = Referred();
  std::string out;
  for (auto _ : state) {
    out.clear();
    EncodeEvent(event, &out);
    benchmark::DoNotOptimize(out.data());
  }
}
BENCHMARK(BM_EncodeEvent);

void BM_EncodeLedgerEntry(benchmark::State& state) {
  const model::Event event = Referred();
  std::string out;
  for (auto _ : state) {
    out.clear();
    EncodeLedgerEntry(event, {1, 123'456, Minute(1)}, &out);
    benchmark::DoNotOptimize(out.data());
  }
  SetBytes(state, out.size());
}
BENCHMARK(BM_EncodeLedgerEntry);

void BM_DecodeLedgerEntry(benchmark::State& state) {
  std::string bytes;
  EncodeLedgerEntry(Referred(), {1, 123'456, Minute(1)}, &bytes);
  core::LedgerEntry entry;
  for (auto _ : state) {
    DecodeLedgerEntry(bytes, &entry);
    benchmark::DoNotOptimize(entry.size);
  }
}
BENCHMARK(BM_DecodeLedgerEntry);

void BM_EncodeCase(benchmark::State& state) {
  const model::CaseState value = Case();
  std::string out;
  for (auto _ : state) {
    out.clear();
    EncodeCase(value, &out);
    benchmark::DoNotOptimize(out.data());
  }
  SetBytes(state, out.size());
}
BENCHMARK(BM_EncodeCase);

void BM_DecodeCase(benchmark::State& state) {
  std::string bytes;
  EncodeCase(Case(), &bytes);
  model::CaseState value;
  for (auto _ : state) benchmark::DoNotOptimize(DecodeCase(bytes, &value).ok());
  SetBytes(state, bytes.size());
}
BENCHMARK(BM_DecodeCase);

void BM_EncodeAlert(benchmark::State& state) {
  const model::Alert alert = Alert();
  std::string out;
  for (auto _ : state) {
    out.clear();
    EncodeAlert(alert, &out);
    benchmark::DoNotOptimize(out.data());
  }
  SetBytes(state, out.size());
}
BENCHMARK(BM_EncodeAlert);

void BM_EncodeChunk(benchmark::State& state) {
  model::FigureChunk chunk;
  for (int64_t i = 0; i < state.range(0); ++i) chunk.entries.push_back({i * 50, 0, 1});
  std::string out;
  for (auto _ : state) {
    out.clear();
    EncodeChunk({{A("wmp/marac"), model::FigureKind::kOpen, A("listed"), A("high")}, 0, 0}, chunk,
                &out);
    benchmark::DoNotOptimize(out.data());
  }
  SetBytes(state, out.size());
}
BENCHMARK(BM_EncodeChunk)->Arg(10)->Arg(1'000);

}  // namespace
}  // namespace caseclock::codec

BENCHMARK_MAIN();
