// engine_bench: how long from an event, and from a due instant, to the alert.

#include <algorithm>
#include <atomic>
#include <map>
#include <mutex>

#include "consumers/simulator/live.h"
#include "tests/bench/engine_phases.h"
#include "tests/bench/live_probes.h"

namespace caseclock::bench {

using base::Instant;

namespace {

// Probes: breached long since, or with a rung that falls due in about a second. Alerts of other
// cases say nothing of the engine: their events may come late, after they were due.
constexpr char kBreached[] = "PROBE-0-";
constexpr char kSoonDue[] = "PROBE-1-";

}  // namespace

int Latency(const Settings& settings) {
  const runtime::TopicNames topics;
  const auto log = OpenPreparedLog(settings);
  auto engine =
      Must(runtime::Engine::Open(log.get(), OptionsOf(settings, runtime::ClockMode::kWall)));
  std::mutex mutex;
  std::map<std::string, Instant> sent;
  std::vector<int64_t> waits;
  std::vector<int64_t> lags;  // due instant → alert
  engine->Subscribe([&](const runtime::EngineEvent& event) {
    if (event.kind != runtime::EngineEvent::Kind::kAlert) return;
    const Instant now = host::WallClock();
    const std::lock_guard lock(mutex);
    const auto at = sent.find(event.alert->case_id);
    if (at != sent.end()) {
      waits.push_back((now - at->second).us);
      sent.erase(at);
    } else if (event.alert->case_id.starts_with(kSoonDue) &&
               event.alert->due_at >
                   now - base::Seconds(30)) {  // the others were due before it came
      lags.push_back((now - event.alert->due_at).us);
    }
  });
  const auto appender = Must(log->OpenAppender());
  simulator::LiveOptions options;
  options.seed = 7;
  options.events_per_second = settings.rate;
  options.start = host::WallClock();
  simulator::Live live(options);
  std::vector<simulator::Generated> held;
  const double cpu_before = CpuSeconds();
  const base::Duration begun = host::Monotonic();
  const Ticker ticker(base::Millis(2));
  uint64_t done = 0;
  int probe = 0;
  while (Seconds(host::Monotonic() - begun) < settings.seconds) {
    held = live.Until(host::WallClock());
    done += held.size();
    std::vector<log::NewRecord> records = RecordsOf(held);
    std::string bytes[2];
    std::string ids[2];
    const Instant now = host::WallClock();
    for (int i = 0; i < 2; ++i) {
      ids[i] = (i == 0 ? kBreached : kSoonDue) + std::to_string(probe);
      // Of a critical incident, half of the first response's hour, but for a second.
      const base::Duration soon = base::Hours(4) - base::Seconds(1);
      bytes[i] = ProbeOf(ids[i], now, i == 0 ? kBreachedLongSince : soon);
      records.push_back(RecordOf(ids[i], bytes[i]));
    }
    ++probe;
    {
      const std::lock_guard lock(mutex);
      sent[ids[0]] = host::WallClock();
    }
    Must(appender->Append(topics.events, records).status());
    ticker.Wait();
  }
  const std::atomic<bool> never{false};
  Must(engine->WaitIdle(never));
  const auto print = [](const char* what, std::vector<int64_t> times) {
    if (times.empty()) return;
    std::sort(times.begin(), times.end());
    const auto at = [&](double share) {
      return static_cast<double>(
                 times[static_cast<size_t>(share * static_cast<double>(times.size() - 1))]) /
             1000.0;
    };
    std::printf("%s: p50 %.2f ms, p99 %.2f ms, max %.2f ms (%zu)\n", what, at(0.5), at(0.99), at(1),
                times.size());
  };
  const runtime::EngineStats stats = engine->stats();
  std::printf(
      "latency at %.0f events/s (%lu commits, p95 %.2f ms, %.2f CPU-s per million with "
      "sending):\n",
      static_cast<double>(done) / settings.seconds, stats.commits, stats.commit_ms_p95,
      (CpuSeconds() - cpu_before) / static_cast<double>(std::max<uint64_t>(done, 1)) * 1e6);
  const std::lock_guard lock(mutex);
  print("  event to alert", waits);
  print("  due instant to alert", lags);
  return 0;
}

}  // namespace caseclock::bench
