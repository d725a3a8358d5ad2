// The whole engine on the embedded log, on a simulated force: how fast from empty to idle, how long
// from kill -9 to the first output, how long from an event to its alert, and how fast very many
// clocks that fall due within one second are told.
//
//   engine_bench [--cases N] [--days N] [--waits X] [--partitions N] [--workers N] [--memory MIB]
//                [--batch N] [--rate N] [--seconds N] [--due N] [--armed N] [--only PHASE]
//                [--dir DIR] [--keep]
//
// Without --waits (see consumers/simulator/plan.h) two streams, one after the other: of a force in
// good order and of one with a backlog, which tells five times as many alerts.
// Each phase is a process of its own, so that memory and CPU are the engine's alone. Events are in
// the log before the time starts. Without arguments everything is small: it must not rot.

#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <csignal>
#include <filesystem>

#include "consumers/simulator/generator.h"
#include "engine/base/check.h"
#include "engine/base/hash.h"
#include "engine/base/time_text.h"
#include "engine/codec/output_codec.h"
#include "engine/host/log.h"
#include "engine/runtime/fact_copies.h"
#include "tests/bench/engine_phases.h"

namespace caseclock::bench {
namespace {

// Of a force that does nearly everything well in time: 0.3 alerts told an event, against 1.6 of one
// with a backlog.
constexpr double kInGoodOrder = 0.3;

int Preload(const Settings& settings) {
  const runtime::TopicNames topics;
  const auto log = OpenPreparedLog(settings);
  const auto appender = Must(log->OpenAppender());
  simulator::Options options;
  options.cases = settings.cases;
  options.waits = settings.waits;
  options.span = base::Days(settings.days);
  options.end = Must(base::ParseInstant("2026-06-01T00:00:00Z"));
  simulator::Generator generator(options);
  const runtime::FactCopies copies(settings.partitions);
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
      if (event.about_handler) {
        copies.Append(record, &records);
      } else {
        records.push_back(record);
      }
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
  const auto backlogs = engine->Backlogs();
  for (const model::Backlog& backlog : backlogs.value()) all += codec::BacklogToJson(backlog);
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

// Runs a phase as a process of its own, with the same flags; of two, the last one counts.
int RunPhase(const std::vector<std::string>& flags, const std::string& phase,
             const std::string& directory, double waits) {
  std::fflush(stdout);
  const pid_t child = fork();
  CHECK(child >= 0);
  if (child == 0) {
    std::vector<std::string> args = flags;
    for (const std::string& more : {std::string("--phase"), phase, std::string("--dir"), directory,
                                    std::string("--waits"), std::to_string(waits)}) {
      args.push_back(more);
    }
    std::vector<char*> raw;
    for (std::string& arg : args) raw.push_back(arg.data());
    raw.push_back(nullptr);
    execv("/proc/self/exe", raw.data());
    _exit(127);
  }
  int status = 0;
  CHECK(waitpid(child, &status, 0) == child);
  if (phase == "run") return WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL ? 0 : 1;
  return WIFEXITED(status) ? WEXITSTATUS(status) : 1;
}

Settings Parse(const std::vector<std::string>& flags) {
  Settings settings;
  for (size_t i = 1; i < flags.size(); ++i) {
    const std::string& flag = flags[i];
    const std::string value = i + 1 < flags.size() ? flags[i + 1] : "";
    const auto number = [&] { return std::atoi(value.c_str()); };
    if (flag == "--cases") settings.cases = static_cast<uint32_t>(number());
    if (flag == "--partitions") settings.partitions = number();
    if (flag == "--workers") settings.workers = number();
    if (flag == "--rate") settings.rate = number();
    if (flag == "--seconds") settings.seconds = number();
    if (flag == "--memory") settings.memory_mb = static_cast<size_t>(number());
    if (flag == "--batch") settings.batch = static_cast<size_t>(number());
    if (flag == "--waits") settings.waits = std::atof(value.c_str());
    if (flag == "--days") settings.days = number();
    if (flag == "--due") settings.due = static_cast<uint32_t>(number());
    if (flag == "--armed") settings.armed = static_cast<uint32_t>(number());
    if (flag == "--keep") settings.keep = true;
    if (flag == "--only") settings.only = value;
    if (flag == "--phase") settings.phase = value;
    if (flag == "--dir") settings.dir = value;
  }
  return settings;
}

int RunPhases(const std::vector<std::string>& flags, const Settings& settings) {
  std::string root = settings.dir;
  if (root.empty()) {
    root = (std::filesystem::temp_directory_path() / "caseclock-bench-XXXXXX").string();
    CHECK(mkdtemp(root.data()) != nullptr);
  }
  int failed = 0;
  const auto run = [&](const char* phase, const std::string& directory, double waits) {
    std::filesystem::create_directories(directory);
    if (failed == 0) failed = RunPhase(flags, phase, directory, waits);
  };
  std::vector<double> streams = {kInGoodOrder, simulator::kUsualWaits};
  if (settings.waits > 0) streams = {settings.waits};
  if (!settings.only.empty()) streams.clear();
  for (const double waits : streams) {
    std::printf("-- waits of %.1f times the usual\n", waits);
    const std::string directory = root + "/" + std::to_string(waits);
    for (const char* phase : {"preload", "run", "restart"}) run(phase, directory, waits);
    if (!settings.keep) std::filesystem::remove_all(directory);
  }
  for (const char* phase : {"latency", "due"}) {
    if (settings.only.empty() || settings.only == phase) {
      run(phase, root + "/" + phase, simulator::kUsualWaits);
    }
  }
  if (!settings.keep) std::filesystem::remove_all(root);
  return failed;
}

int Main(const std::vector<std::string>& flags) {
  const Settings settings = Parse(flags);
  host::SetLogLevel(host::Level::kWarning);
  if (settings.phase == "preload") return Preload(settings);
  if (settings.phase == "run") return Run(settings);
  if (settings.phase == "restart") return Restart(settings);
  if (settings.phase == "latency") return Latency(settings);
  if (settings.phase == "due") return Due(settings);
  return RunPhases(flags, settings);
}

}  // namespace
}  // namespace caseclock::bench

int main(int argc, char** argv) {
  return caseclock::bench::Main({argv, argv + argc});
}
