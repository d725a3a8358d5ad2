// engine_bench: very many clocks that fall due within one second, with ten times as many armed.

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <mutex>
#include <thread>
#include <unordered_map>

#include "engine/base/hash.h"
#include "engine/codec/case_codec.h"
#include "engine/codec/output_codec.h"
#include "engine/core/step.h"
#include "engine/policy/load.h"
#include "tests/bench/engine_phases.h"
#include "tests/bench/live_probes.h"

namespace caseclock::bench {
namespace {

using base::Duration;
using base::Instant;

constexpr int kClocks = 10;  // of each case, all with the same limit
constexpr base::Duration kLimit = base::Days(1);
constexpr base::Duration kProbesFor = base::Seconds(3);
const char* const kCalendar =
    "calendar: c\nversion: 1\nzone: Europe/London\n"
    "covers: {from: 2000-01-01, to: 2060-12-31}\nweek: {mon-fri: 09:00-17:00}\n";
const char* const kQueues =
    "queues:\n  - {queue: due/many, workflow: many, calendar: c}\n"
    "  - {queue: due/probe, workflow: probe, calendar: c}\n";
const char* const kProbe =
    "workflow: probe\nversions:\n  - version: \"1\"\n    stages: [a]\n    risks: []\n    clocks:\n"
    "      response:\n        starts_on: referred\n        deadline: elapsed\n"
    "        limit: PT1H\n        ladder: [breach]\n        source: a benchmark\n";

std::string Many() {
  std::string text =
      "workflow: many\nversions:\n  - version: \"1\"\n    stages: [a]\n    risks: []\n    "
      "clocks:\n";
  for (int i = 0; i < kClocks; ++i) {
    text += "      c" + std::to_string(i) +
            ":\n        starts_on: referred\n        deadline: elapsed\n        limit: P1D\n"
            "        ladder: [breach]\n        source: a benchmark\n";
  }
  return text;
}

std::vector<model::PolicyText> Policies() {
  return {
      {"c.yaml", kCalendar}, {"many.yaml", Many()}, {"probe.yaml", kProbe}, {"q.yaml", kQueues}};
}

model::Event ReferralOf(const std::string& case_id, const char* queue, Instant at) {
  model::Event event;
  event.event_id = case_id;
  event.source = base::Atom::Intern("bench");
  event.case_id = case_id;
  event.occurred_at = at;
  model::Referred referred;
  referred.queue = base::Atom::Intern(queue);
  event.body = referred;
  return event;
}

// The fold and its alerts alone, encoded, of cases that are decoded already: what no log costs.
void PrintInMemory(uint32_t due) {
  const auto loaded = policy::LoadPolicyTexts(
      {{"c.yaml", kCalendar}, {"many.yaml", Many()}, {"probe.yaml", kProbe}, {"q.yaml", kQueues}});
  if (!loaded.ok()) Must(base::Status(base::Error{base::ErrorKind::kInvalid, "policies"}));
  const Instant begun = base::ParseInstant("2026-06-01T00:00:00Z").value();
  const uint32_t count = std::min<uint32_t>(due, 100'000) / kClocks;
  std::vector<model::CaseState> cases(count);
  core::StepOutcome outcome;
  for (uint32_t i = 0; i < count; ++i) {
    const model::Event event = ReferralOf("C-" + std::to_string(i), "due/many", begun);
    std::string entry;
    core::EventInput input;
    input.event = &event;
    input.arrival = {0, i, begun};
    codec::EncodeLedgerEntry(event, input.arrival, &entry);
    input.entry = entry;
    cases[i].case_id = event.case_id;
    core::Step({&*loaded.set, &codec::DecodeLedgerEntry, begun, false, {}}, input, {}, &cases[i],
               &outcome);
  }
  uint64_t alerts = 0;
  std::string bytes;
  const double cpu_before = CpuSeconds();
  for (model::CaseState& of : cases) {
    core::StepTick(
        {&*loaded.set, &codec::DecodeLedgerEntry, begun + kLimit + Duration{1}, false, {}}, &of,
        &outcome);
    bytes.clear();
    for (const model::Alert& alert : outcome.alerts) codec::EncodeAlert(alert, &bytes);
    alerts += outcome.alerts.size();
  }
  const double cpu = CpuSeconds() - cpu_before;
  std::printf("due, in memory: %lu alerts, %.2f CPU-s per million, %.0f/s on one core\n", alerts,
              cpu / static_cast<double>(alerts) * 1e6, static_cast<double>(alerts) / cpu);
}

// The clocks of a machine, both of which may be moved on at once.
struct MovableClock {
  std::atomic<int64_t> ahead{0};
  [[nodiscard]] Instant Wall() const { return host::WallClock() + Duration{ahead}; }
  [[nodiscard]] Duration Monotonic() const { return Duration{host::Monotonic().us + ahead}; }
};

class Watch {
 public:
  void Sent(const std::string& case_id, Duration at) {
    const std::lock_guard lock(mutex_);
    sent_[case_id] = at;
  }
  void Told(const model::Alert& alert) {
    const std::lock_guard lock(mutex_);
    if (const auto probe = sent_.find(alert.case_id); probe != sent_.end()) {
      waits_.push_back((host::Monotonic() - probe->second).us);
      sent_.erase(probe);
      if (sent_.empty()) changed_.notify_all();
      return;
    }
    ++due_;
    last_due_ = host::Monotonic();
    if (due_ == expected_) changed_.notify_all();
  }
  void Expect(uint64_t due) { expected_ = due; }
  [[nodiscard]] bool drained() {
    const std::lock_guard lock(mutex_);
    return due_ >= expected_;
  }
  [[nodiscard]] Duration last_due() {
    const std::lock_guard lock(mutex_);
    return last_due_;
  }
  // Of the probes since it was asked last, once all have come.
  std::vector<int64_t> TakeWaits() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return sent_.empty(); });
    std::sort(waits_.begin(), waits_.end());
    return std::exchange(waits_, {});
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::unordered_map<std::string, Duration> sent_;
  std::vector<int64_t> waits_;
  uint64_t due_ = 0;
  uint64_t expected_ = 0;
  Duration last_due_;
};

double Millis(const std::vector<int64_t>& sorted, double share) {
  if (sorted.empty()) return 0;
  const auto at = static_cast<size_t>(share * static_cast<double>(sorted.size() - 1));
  return static_cast<double>(sorted[at]) / 1000;
}

}  // namespace

int Due(const Settings& settings) {
  PrintInMemory(settings.due);
  MovableClock clock;
  const runtime::TopicNames topics;
  log::EmbeddedOptions log_options;
  log_options.directory = settings.dir + "/log";
  log_options.clock = [&clock] { return clock.Wall(); };
  const auto log = Must(log::OpenEmbeddedLog(log_options));
  log::TopicConfig config;
  config.partitions = settings.partitions;
  Must(log->EnsureTopic(topics.events, config));
  Must(runtime::ActivatePolicies(
      log.get(), topics, Policies(), [&] { return clock.Wall(); }, "bench"));

  // Those of the first group fall due within a second, an hour from now; the others later.
  const Instant now = clock.Wall();
  const Instant due_at = now + base::Hours(1);
  const uint32_t due_cases = settings.due / kClocks;
  const uint32_t cases = std::max(settings.armed / kClocks, due_cases);
  const auto appender = Must(log->OpenAppender());
  {
    std::vector<std::string> ids;
    std::vector<std::string> values;
    std::vector<log::NewRecord> records;
    for (uint32_t i = 0; i < cases;) {
      ids.clear();
      values.clear();
      records.clear();
      for (; i < cases && ids.size() < 10'000; ++i) {
        const bool falls_due = i % (cases / std::max(due_cases, 1U)) == 0 &&
                               i / (cases / std::max(due_cases, 1U)) < due_cases;
        const Duration within{static_cast<int64_t>(i) * 1'000'000 / cases};
        const Instant due = (falls_due ? due_at : due_at + base::Hours(6)) + within;
        ids.push_back("D-" + std::to_string(i));
        codec::EncodeEvent(ReferralOf(ids.back(), "due/many", due - kLimit),
                           &values.emplace_back());
      }
      for (size_t n = 0; n < ids.size(); ++n) {
        log::NewRecord& record = records.emplace_back();
        record.key = ids[n];
        record.value = values[n];
      }
      Must(appender->Append(topics.events, records).status());
    }
  }
  runtime::EngineOptions options = OptionsOf(settings, runtime::ClockMode::kWall);
  options.wall_clock = [&clock] { return clock.Wall(); };
  options.monotonic = [&clock] { return clock.Monotonic(); };
  auto engine = Must(runtime::Engine::Open(log.get(), options));
  const std::atomic<bool> never{false};
  Must(engine->WaitIdle(never));
  Watch watch;
  watch.Expect(uint64_t{due_cases} * kClocks);
  engine->Subscribe([&](const runtime::EngineEvent& event) {
    if (event.kind == runtime::EngineEvent::Kind::kAlert) watch.Told(*event.alert);
  });

  const Ticker ticker(base::Millis(2));
  int probes = 0;
  const auto probe = [&] {
    const std::string id = "P-" + std::to_string(probes++);
    std::string value;
    codec::EncodeEvent(ReferralOf(id, "due/probe", clock.Wall() - base::Days(2)), &value);
    log::NewRecord record;
    record.key = id;
    record.value = value;
    watch.Sent(id, host::Monotonic());
    Must(appender->Append(topics.events, {&record, 1}).status());
    ticker.Wait();
  };
  for (const Duration begun = host::Monotonic(); host::Monotonic() - begun < kProbesFor;) probe();
  const std::vector<int64_t> idle = watch.TakeWaits();

  // To a little before, so that the engine finds itself live when they fall due.
  clock.ahead += (due_at - base::Seconds(2) - clock.Wall()).us;
  while (clock.Wall() < due_at) probe();
  watch.TakeWaits();
  const double cpu_before = CpuSeconds();
  const Duration begun = host::Monotonic();
  while (!watch.drained()) probe();
  const std::vector<int64_t> busy = watch.TakeWaits();
  const double took = Seconds(watch.last_due() - begun);
  const double alerts = static_cast<double>(due_cases) * kClocks;
  std::printf(
      "due: %.0f clocks within a second, %u armed: told in %.2f s = %.0f/s, %.2f CPU-s per "
      "million, peak RSS %ld MiB\n",
      alerts, cases * kClocks, took, alerts / took, (CpuSeconds() - cpu_before) / alerts * 1e6,
      PeakRssMiB());
  std::printf(
      "     an event meanwhile: p50 %.2f ms, p99 %.2f ms (%zu); before: p50 %.2f ms, p99 "
      "%.2f ms (%zu)\n",
      Millis(busy, 0.5), Millis(busy, 0.99), busy.size(), Millis(idle, 0.5), Millis(idle, 0.99),
      idle.size());
  Must(engine->Stop());
  return 0;
}

}  // namespace caseclock::bench
