#pragma once

// What the phases of engine_bench share: settings, an engine on an embedded log, and measures of
// this process.

#include <sys/resource.h>

#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "consumers/simulator/plan.h"
#include "engine/host/clock.h"
#include "engine/log/embedded/embedded_log.h"
#include "engine/runtime/engine.h"
#include "tests/common/shipped_policies.h"

namespace caseclock::bench {

struct Settings {
  std::string phase;
  std::string only;  // "latency" or "due": no other phase; empty: all
  std::string dir;
  uint32_t cases = 300;
  int32_t partitions = 8;
  int workers = 0;
  int rate = 2'000;  // events a second, of the latency phase
  int seconds = 2;
  size_t memory_mb = 0;     // 0: the engine's default
  size_t batch = 0;         // 0: the engine's default
  double waits = 0;         // see consumers/simulator/plan.h; 0: those of the benchmark
  int days = 90;            // over which the cases come in
  uint32_t due = 3'000;     // clocks of the due phase that fall due within a second …
  uint32_t armed = 30'000;  // … among so many
  bool keep = false;
};

template <typename T>
T Must(base::Result<T> result) {
  if (!result.ok()) {
    std::fprintf(stderr, "%s\n", result.error().message.c_str());
    std::exit(1);
  }
  return std::move(result).value();
}

inline void Must(const base::Status& status) {
  if (status.ok()) return;
  std::fprintf(stderr, "%s\n", status.error().message.c_str());
  std::exit(1);
}

inline std::unique_ptr<log::Log> OpenLog(const Settings& settings) {
  log::EmbeddedOptions options;
  options.directory = settings.dir + "/log";
  options.clock = host::WallClock;
  return Must(log::OpenEmbeddedLog(options));
}

// With the input topic and the shipped policies in it.
inline std::unique_ptr<log::Log> OpenPreparedLog(const Settings& settings) {
  auto log = OpenLog(settings);
  const runtime::TopicNames topics;
  log::TopicConfig config;
  config.partitions = settings.partitions;
  Must(log->EnsureTopic(topics.events, config));
  Must(runtime::ActivatePolicies(log.get(), topics, tests::ShippedPolicies(), host::WallClock,
                                 "bench"));
  return log;
}

inline runtime::EngineOptions OptionsOf(const Settings& settings, runtime::ClockMode clock) {
  runtime::EngineOptions options;
  options.state_dir = settings.dir + "/state";
  options.partitions = settings.partitions;
  options.workers = settings.workers;
  options.clock = clock;
  if (settings.memory_mb > 0) options.memory_bytes = settings.memory_mb << 20;
  if (settings.batch > 0) options.batch_records = settings.batch;
  options.wall_clock = host::WallClock;
  options.monotonic = host::Monotonic;
  return options;
}

inline double Seconds(base::Duration d) {
  return static_cast<double>(d.us) / 1e6;
}

inline double CpuSeconds() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  const auto of = [](const timeval& t) {
    return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_usec) / 1e6;
  };
  return of(usage.ru_utime) + of(usage.ru_stime);
}

inline long PeakRssMiB() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return usage.ru_maxrss / 1024;
}

// Live, at a steady rate: from the append of a referral that is breached already to its alert, and
// from the due instant of a rung to its alert. Answers the exit code.
int Latency(const Settings& settings);
// Live: very many clocks fall due within one second. Answers the exit code.
int Due(const Settings& settings);

}  // namespace caseclock::bench
