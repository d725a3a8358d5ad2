// The whole engine on the embedded log, on a simulated force: how fast from empty to idle, how long
// from kill -9 to the first output, and how long from an event to its alert.
//
//   engine_bench [--cases N] [--waits X] [--partitions N] [--workers N] [--rate N] [--dir DIR]
//                [--keep]
//
// Each phase is a process of its own, so that memory and CPU are the engine's alone. Events are in
// the log before the time starts. Without arguments everything is small: it must not rot.

#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <map>
#include <mutex>
#include <sstream>
#include <string>
#include <thread>
#include <vector>

#include "consumers/simulator/generator.h"
#include "consumers/simulator/live.h"
#include "engine/base/check.h"
#include "engine/base/time_text.h"
#include "engine/codec/event_codec.h"
#include "engine/codec/output_codec.h"
#include "engine/host/clock.h"
#include "engine/host/log.h"
#include "engine/log/embedded/embedded_log.h"
#include "engine/runtime/engine.h"

namespace caseclock {
namespace {

using base::Instant;

struct Settings {
  std::string phase;
  std::string dir;
  uint32_t cases = 300;
  int32_t partitions = 8;
  int workers = 0;
  int rate = 2'000;  // events a second, of the latency phase
  int seconds = 2;
  size_t memory_mb = 320;
  size_t batch = 0;  // 0: the engine's default
  double waits = simulator::kUsualWaits;
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

void Must(const base::Status& status) {
  if (status.ok()) return;
  std::fprintf(stderr, "%s\n", status.error().message.c_str());
  std::exit(1);
}

std::unique_ptr<log::Log> OpenLog(const Settings& settings) {
  log::EmbeddedOptions options;
  options.directory = settings.dir + "/log";
  options.clock = host::WallClock;
  return Must(log::OpenEmbeddedLog(options));
}

runtime::EngineOptions OptionsOf(const Settings& settings, runtime::ClockMode clock) {
  runtime::EngineOptions options;
  options.state_dir = settings.dir + "/state";
  options.partitions = settings.partitions;
  options.workers = settings.workers;
  options.clock = clock;
  options.memory_bytes = settings.memory_mb << 20;
  if (settings.batch > 0) options.batch_records = settings.batch;
  options.wall_clock = host::WallClock;
  options.monotonic = host::Monotonic;
  return options;
}

std::vector<model::PolicyText> Policies() {
  const std::filesystem::path root = CASECLOCK_SOURCE_DIR "/deploy/policies";
  std::vector<model::PolicyText> files;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(root)) {
    if (entry.path().extension() != ".yaml") continue;
    std::ifstream in(entry.path());
    std::stringstream text;
    text << in.rdbuf();
    files.push_back({std::filesystem::relative(entry.path(), root).string(), text.str()});
  }
  return files;
}

double Seconds(base::Duration d) {
  return static_cast<double>(d.us) / 1e6;
}

double CpuSeconds() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  const auto of = [](const timeval& t) {
    return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_usec) / 1e6;
  };
  return of(usage.ru_utime) + of(usage.ru_stime);
}

long PeakRssMiB() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return usage.ru_maxrss / 1024;
}

// ---------------------------------------------------------------------------------------------

int Preload(const Settings& settings) {
  const auto log = OpenLog(settings);
  const runtime::TopicNames topics;
  log::TopicConfig config;
  config.partitions = settings.partitions;
  Must(log->EnsureTopic(topics.events, config));
  Must(runtime::ActivatePolicies(log.get(), topics, Policies(), host::WallClock(), "bench"));
  const auto appender = Must(log->OpenAppender());
  simulator::Options options;
  options.cases = settings.cases;
  options.waits = settings.waits;
  options.end = Must(base::ParseInstant("2026-06-01T00:00:00Z"));
  simulator::Generator generator(options);
  std::vector<simulator::Generated> held;
  std::vector<log::NewRecord> records;
  uint64_t events = 0;
  uint64_t bytes = 0;
  const base::Duration begun = host::Monotonic();
  const auto flush = [&] {
    records.clear();
    for (const auto& event : held) {
      log::NewRecord record;
      record.key = event.case_id;
      record.value = event.bytes;
      record.timestamp = event.arrives;
      records.push_back(record);
      bytes += event.bytes.size();
    }
    if (!records.empty()) Must(appender->Append(topics.events, records).status());
    held.clear();
  };
  while (auto event = generator.Next()) {
    held.push_back(std::move(*event));
    ++events;
    if (held.size() == 10'000) flush();
  }
  flush();
  const double took = Seconds(host::Monotonic() - begun);
  std::printf("preload: %lu events of %u cases (%.2f a case, %.0f bytes each) in %.2f s, %.0f/s\n",
              events, settings.cases, static_cast<double>(events) / settings.cases,
              static_cast<double>(bytes) / static_cast<double>(std::max<uint64_t>(events, 1)), took,
              static_cast<double>(events) / took);
  return 0;
}

void PrintHash(runtime::Engine* engine) {
  std::string all;
  for (const model::Backlog& backlog : engine->Backlogs()) all += codec::BacklogToJson(backlog);
  std::printf("result: %s\n", base::ToHex(base::Hash(all)).c_str());
}

double Mean(uint64_t sum, uint64_t count) {
  return static_cast<double>(sum) / static_cast<double>(std::max<uint64_t>(count, 1));
}

int Run(const Settings& settings) {
  const auto log = OpenLog(settings);
  const std::atomic<bool> never{false};
  const double cpu_before = CpuSeconds();
  const base::Duration begun = host::Monotonic();
  auto engine =
      Must(runtime::Engine::Open(log.get(), OptionsOf(settings, runtime::ClockMode::kLog)));
  Must(engine->WaitIdle(never));
  const double took = Seconds(host::Monotonic() - begun);
  const double cpu = CpuSeconds() - cpu_before;
  const runtime::EngineStats stats = engine->stats();
  const double events = static_cast<double>(stats.records);
  std::printf("run: %lu events in %.2f s = %.0f/s, %.2f CPU-s per million, peak RSS %ld MiB\n",
              stats.records, took, events / took, cpu / events * 1e6, PeakRssMiB());
  std::printf(
      "     %lu alerts, %lu commits (p95 %.1f ms), %lu checkpoints, %.1f %% cache hits, "
      "%lu timers at hand, %.0f MiB accounted\n",
      stats.alerts_told, stats.commits, stats.commit_ms_p95, stats.checkpoints,
      100.0 * static_cast<double>(stats.cache_hits) /
          static_cast<double>(std::max<uint64_t>(1, stats.cache_hits + stats.cache_misses)),
      stats.timers, static_cast<double>(stats.memory_bytes) / 1048576.0);
  std::printf("     produced: %lu case records of %.0f bytes, alerts of %.0f bytes\n",
              stats.case_records, Mean(stats.case_bytes, stats.case_records),
              Mean(stats.alert_bytes, stats.alerts_told));
  std::printf("     accounted: cases %lu MiB, figures %lu MiB, store %lu MiB\n",
              stats.cache_bytes >> 20, stats.figures_bytes >> 20, stats.store_bytes >> 20);
  PrintHash(engine.get());
  // As a kill would: nothing is written on the way out.
  std::fflush(stdout);
  kill(getpid(), SIGKILL);
  return 1;
}

int Restart(const Settings& settings) {
  const auto log = OpenLog(settings);
  // One more event, so that there is something to put out.
  const auto appender = Must(log->OpenAppender());
  const base::Duration begun = host::Monotonic();
  auto engine =
      Must(runtime::Engine::Open(log.get(), OptionsOf(settings, runtime::ClockMode::kLog)));
  const double open = Seconds(host::Monotonic() - begun);
  const std::atomic<bool> never{false};
  Must(engine->WaitIdle(never));
  std::printf("restart after kill -9: open %.3f s, first backlog %.3f s, peak RSS %ld MiB\n", open,
              Seconds(host::Monotonic() - begun), PeakRssMiB());
  PrintHash(engine.get());
  Must(engine->Stop());
  return 0;
}

// Live, at a steady rate: a referral that is breached already, from its append to its alert.
int Latency(const Settings& settings) {
  const auto log = OpenLog(settings);
  const runtime::TopicNames topics;
  log::TopicConfig config;
  config.partitions = settings.partitions;
  Must(log->EnsureTopic(topics.events, config));
  Must(runtime::ActivatePolicies(log.get(), topics, Policies(), host::WallClock(), "bench"));
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
    } else if (event.alert->due_at > now - base::Seconds(30)) {
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
  uint64_t done = 0;
  int probe = 0;
  while (Seconds(host::Monotonic() - begun) < settings.seconds) {
    held = live.Until(host::WallClock());
    done += held.size();
    std::vector<log::NewRecord> records;
    for (const auto& event : held) {
      log::NewRecord record;
      record.key = event.case_id;
      record.value = event.bytes;
      records.push_back(record);
    }
    // Two probes: one breached long since, one whose rung falls due in about a second.
    std::string bytes[2];
    std::string ids[2];
    const Instant now = host::WallClock();
    for (int i = 0; i < 2; ++i) {
      ids[i] = "PROBE-" + std::to_string(i) + "-" + std::to_string(probe);
      model::Event event;
      event.event_id = ids[i];
      event.source = base::Atom::Intern("bench");
      event.case_id = ids[i];
      // Of a critical incident, half of the first response's hour, but for a second.
      event.occurred_at = i == 0 ? now - base::Days(2) : now - base::Hours(4) + base::Seconds(1);
      model::Referred referred;
      referred.queue = base::Atom::Intern("demo/desk");
      referred.risk = base::Atom::Intern("critical");
      event.body = referred;
      codec::EncodeEvent(event, &bytes[i]);
      log::NewRecord record;
      record.key = ids[i];
      record.value = bytes[i];
      records.push_back(record);
    }
    ++probe;
    {
      const std::lock_guard lock(mutex);
      sent[ids[0]] = host::WallClock();
    }
    Must(appender->Append(topics.events, records).status());
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
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

// ---------------------------------------------------------------------------------------------

int RunPhase(const char* program, const Settings& settings, const std::string& phase) {
  std::fflush(stdout);
  const pid_t child = fork();
  CHECK(child >= 0);
  if (child == 0) {
    const std::string cases = std::to_string(settings.cases);
    const std::string partitions = std::to_string(settings.partitions);
    const std::string workers = std::to_string(settings.workers);
    const std::string rate = std::to_string(settings.rate);
    const std::string seconds = std::to_string(settings.seconds);
    const std::string waits = std::to_string(settings.waits);
    const std::string memory = std::to_string(settings.memory_mb);
    const char* args[] = {program,
                          "--phase",
                          phase.c_str(),
                          "--dir",
                          settings.dir.c_str(),
                          "--cases",
                          cases.c_str(),
                          "--partitions",
                          partitions.c_str(),
                          "--workers",
                          workers.c_str(),
                          "--rate",
                          rate.c_str(),
                          "--seconds",
                          seconds.c_str(),
                          "--memory",
                          memory.c_str(),
                          "--waits",
                          waits.c_str(),
                          nullptr};
    execv("/proc/self/exe", const_cast<char* const*>(args));
    _exit(127);
  }
  int status = 0;
  CHECK(waitpid(child, &status, 0) == child);
  if (phase == "run") return WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL ? 0 : 1;
  return WIFEXITED(status) ? WEXITSTATUS(status) : 1;
}

int Main(int argc, char** argv) {
  Settings settings;
  for (int i = 1; i < argc; ++i) {
    const std::string_view flag = argv[i];
    const auto number = [&] { return i + 1 < argc ? std::atoi(argv[++i]) : 0; };
    if (flag == "--cases") settings.cases = static_cast<uint32_t>(number());
    if (flag == "--partitions") settings.partitions = number();
    if (flag == "--workers") settings.workers = number();
    if (flag == "--rate") settings.rate = number();
    if (flag == "--seconds") settings.seconds = number();
    if (flag == "--memory") settings.memory_mb = static_cast<size_t>(number());
    if (flag == "--batch") settings.batch = static_cast<size_t>(number());
    if (flag == "--waits" && i + 1 < argc) settings.waits = std::atof(argv[++i]);
    if (flag == "--keep") settings.keep = true;
    if (flag == "--phase" && i + 1 < argc) settings.phase = argv[++i];
    if (flag == "--dir" && i + 1 < argc) settings.dir = argv[++i];
  }
  host::SetLogLevel(host::Level::kWarning);
  if (settings.phase == "preload") return Preload(settings);
  if (settings.phase == "run") return Run(settings);
  if (settings.phase == "restart") return Restart(settings);
  if (settings.phase == "latency") return Latency(settings);
  std::string name = settings.dir;
  if (name.empty()) {
    name = (std::filesystem::temp_directory_path() / "caseclock-bench-XXXXXX").string();
    CHECK(mkdtemp(name.data()) != nullptr);
  }
  settings.dir = name;
  int failed = 0;
  for (const char* phase : {"preload", "run", "restart"}) {
    if (failed == 0) failed = RunPhase(argv[0], settings, phase);
  }
  settings.dir = name + "/live";
  std::filesystem::create_directories(settings.dir);
  if (failed == 0) failed = RunPhase(argv[0], settings, "latency");
  if (!settings.keep) std::filesystem::remove_all(name);
  return failed;
}

}  // namespace
}  // namespace caseclock

int main(int argc, char** argv) {
  return caseclock::Main(argc, argv);
}
