#include <unistd.h>

#include <chrono>
#include <condition_variable>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <utility>

#include "consumers/cli/commands.h"
#include "consumers/cli/data_dir.h"
#include "consumers/cli/exit_code.h"
#include "consumers/cli/policy_files.h"
#include "consumers/cli/serving.h"
#include "consumers/cli/terminal.h"
#include "consumers/cli/time_settings.h"
#include "consumers/http/engine_backend.h"
#include "consumers/http/server.h"
#include "engine/host/clock.h"
#include "engine/host/signals.h"
#include "engine/runtime/engine.h"

namespace caseclock::cli {
namespace {

struct Settings {
  std::string data;
  Serving serving;  // no --listen: 127.0.0.1:8080, and with --until-idle none
  std::string policy;
  bool until_idle = false;
  TimeSettings time;
  std::string durability = "process";
  int64_t partitions = 8;
  int64_t workers = 0;
  size_t memory = runtime::EngineOptions().memory_bytes;
  bool quiet = false;
};

// Everything that runs, in the order in which it must end.
class Running {
 public:
  explicit Running(const Settings& settings) : settings_(settings), dir_{settings.data} {}
  ~Running() {
    if (server_) server_->Stop();
    server_.reset();
    backend_.reset();
    engine_.reset();
    if (holds_) RemoveHolder(dir_);
  }

  int Run() {
    if (const int code = Open(); code != kExitDone) return code;
    if (const int code = Serve(); code != kExitDone) return code;
    const int code = settings_.until_idle ? UntilIdle() : UntilSignal();
    if (server_) server_->Stop();
    const base::Status stopped = engine_->Stop();
    if (!stopped.ok() && code == kExitDone) return FailEngine(stopped.error());
    if (code == kExitDone) Report();
    return code;
  }

 private:
  int Open() {
    // A directory that is new, and policies in force, are not to be undone.
    if (const int code = LoadOwnPolicies(); code != kExitDone) return code;
    const auto durability =
        settings_.durability == "disk" ? log::Durability::kDisk : log::Durability::kProcess;
    auto log = OpenDataLog(dir_, true, durability, Housekeeping::kInBackground);
    if (!log.ok()) return Fail(log.error());
    log_ = std::move(log).value();
    // After the directory, whose holder has the port as well and is the better thing to tell of;
    // before policies are in force, which a start that comes to nothing must not bind it to.
    if (serves()) {
      if (auto can = http::CheckListen(settings_.serving.Options()); !can.ok()) {
        return Fail(can.error());
      }
    }
    const runtime::TopicNames topics;
    if (auto made = EnsureEvents(log_.get(), topics.events, settings_.partitions); !made.ok()) {
      return Fail(made.error());
    }
    if (const int code = Activate(topics); code != kExitDone) return code;
    runtime::EngineOptions options;
    options.state_dir = dir_.state();
    const auto events = log_->Describe(topics.events);
    if (!events.ok()) return Fail(events.error());
    options.partitions = events.value().partitions;
    options.workers = static_cast<int>(settings_.workers);
    options.clock = settings_.time.mode();
    options.until = settings_.time.until;
    options.memory_bytes = settings_.memory;
    options.wall_clock = host::WallClock;
    options.monotonic = host::Monotonic;
    auto engine = runtime::Engine::Open(log_.get(), options);
    if (!engine.ok()) return FailEngine(engine.error());
    engine_ = std::move(engine).value();
    backend_ = std::make_unique<http::EngineBackend>(log_.get(), engine_.get(), topics,
                                                     host::WallClock, settings_.time.is_log());
    return kExitDone;
  }

  int LoadOwnPolicies() {
    std::error_code unknown;
    const bool is_new = !std::filesystem::exists(dir_.log(), unknown) && !unknown;
    return settings_.policy.empty() && !is_new ? kExitDone : LoadSet();
  }

  int LoadSet() {
    const auto path = PoliciesOr(settings_.policy);
    if (!path.ok()) return Fail(path.error());
    auto loaded = LoadPolicies({path.value()});
    if (!loaded.ok()) return Fail(kExitConfig, loaded.error().message);
    PrintProblems(loaded.value().problems);
    if (!loaded.value().ok()) {
      return Fail(kExitConfig,
                  "Expected policies without errors in " + path.value() + ", but there are some");
    }
    set_ = std::move(loaded).value();
    return kExitDone;
  }

  // A log keeps the set that is in force unless --policy names one.
  int Activate(const runtime::TopicNames& topics) {
    const bool has_set = log_->Describe(topics.policies).ok() &&
                         log_->Bounds({topics.policies, 0}).ok() &&
                         log_->Bounds({topics.policies, 0}).value().end > 0;
    if (settings_.policy.empty() && has_set) return kExitDone;
    if (!set_) {
      if (const int code = LoadSet(); code != kExitDone) return code;
    }
    const base::Status active = runtime::ActivatePolicies(log_.get(), topics, TextsOf(*set_),
                                                          host::WallClock, "caseclock-run");
    return active.ok() ? kExitDone : Fail(active.error());
  }

  int Serve() {
    std::string address;
    if (serves()) {
      auto server = http::Server::Start(settings_.serving.Options(), backend_.get());
      if (!server.ok()) return Fail(server.error());
      server_ = std::move(server).value();
      address = server_->address();
    }
    const base::Status written = WriteHolder(dir_, {getpid(), address});
    if (!written.ok()) return Fail(written.error());
    holds_ = true;
    if (!address.empty()) std::fprintf(stderr, "caseclock: http://%s/\n", address.c_str());
    return kExitDone;
  }

  int UntilIdle() {
    Progress progress("processing", "records", settings_.quiet);
    std::mutex mutex;
    std::condition_variable changed;
    bool done = false;
    // The bar lives in a thread of its own, because waiting is one call.
    std::thread shows([&] {
      std::unique_lock lock(mutex);
      while (!changed.wait_for(lock, std::chrono::milliseconds(100), [&] { return done; })) {
        ShowProgress(&progress);
      }
    });
    const base::Status idle = engine_->WaitIdle(host::StopSignals::flag());
    {
      const std::lock_guard lock(mutex);
      done = true;
    }
    changed.notify_one();
    shows.join();
    progress.Done();
    if (!idle.ok()) return FailEngine(idle.error());
    if (!host::StopSignals::flag().load()) return kExitDone;
    return Fail(kExitTryAgain,
                "Expected to process all input, but was told to stop; the next run "
                "goes on from there");
  }

  int UntilSignal() {
    std::optional<Progress> progress;
    while (!signals_.Wait(base::Millis(200))) {
      const base::Status health = engine_->health();
      if (!health.ok()) return FailEngine(health.error());
      // While it has much to catch up with it says how far it is.
      const runtime::EngineStats stats = engine_->stats();
      if (!stats.caught_up && stats.waiting_records > 1000) {
        if (!progress) progress.emplace("catching up", "records", settings_.quiet);
        ShowProgress(&*progress);
      } else if (stats.caught_up) {
        progress.reset();
      }
    }
    return kExitDone;
  }

  void ShowProgress(Progress* progress) {
    const runtime::EngineStats stats = engine_->stats();
    const auto all = static_cast<double>(stats.records + stats.waiting_records);
    progress->Update(all > 0 ? static_cast<double>(stats.records) / all : -1, stats.records,
                     ClockNote(stats.clock));
  }

  void Report() {
    const runtime::EngineStats stats = engine_->stats();
    if (settings_.quiet) return;
    const auto counted = [](uint64_t number, const char* one) {
      return Counted(static_cast<int64_t>(number), one);
    };
    // The parts make up the records; the last two only where there are some.
    std::string parts = counted(stats.events, "event") + ", " + counted(stats.rejects, "reject") +
                        ", " + counted(stats.duplicates, "duplicate") + ", " +
                        counted(stats.conflicts, "conflict");
    if (stats.fact_copies > 0) {
      parts += ", " + Grouped(static_cast<int64_t>(stats.fact_copies)) +
               " more copies of facts about handlers";
    }
    if (stats.rerouted > 0) {
      parts += ", " + Grouped(static_cast<int64_t>(stats.rerouted)) + " moved to their partition";
    }
    std::fprintf(stderr, "%s: %s; %s of alerts\n", counted(stats.records, "record").c_str(),
                 parts.c_str(), counted(stats.alerts_told, "telling").c_str());
  }

  // What stops an engine for the moment only (a clock that jumped, say) is worth trying again.
  static int FailEngine(const base::Error& error) {
    if (error.kind == base::ErrorKind::kUnavailable) return Fail(kExitTryAgain, error.message);
    return Fail(error);
  }

  [[nodiscard]] bool serves() const {
    return !settings_.until_idle || !settings_.serving.listen.empty();
  }

  const Settings& settings_;
  DataDir dir_;
  host::StopSignals signals_;
  std::optional<policy::LoadResult> set_;  // to activate, if there is to be one
  std::unique_ptr<log::Log> log_;
  std::unique_ptr<runtime::Engine> engine_;
  std::unique_ptr<http::EngineBackend> backend_;
  std::unique_ptr<http::Server> server_;
  bool holds_ = false;
};

int Run(const Settings& settings) {
  if (auto problem = ProblemOfTime(settings.time); !problem.empty()) {
    return Fail(kExitUsage, problem);
  }
  if (settings.data.empty()) {
    return Fail(kExitUsage,
                "Expected --data DIR, but got none; on Kafka there is caseclock engine");
  }
  if (auto wrong = http::CheckOptions(settings.serving.Options()); !wrong.ok()) {
    return Fail(kExitUsage, wrong.error().message);
  }
  return Running(settings).Run();
}

}  // namespace

void AddRun(Command root) {
  Command command = root.Sub("run", "Everything in one process: engine, alerts, page and JSON");
  auto settings = std::make_shared<Settings>();
  command.Text("--data", &settings->data, "Data directory, made if missing: log, state, run.json");
  command.Text("--listen", &settings->serving.listen,
               "Address of the page and the JSON interface; port 0: any free one (default "
               "127.0.0.1:8080; none with --until-idle)");
  command.Texts("--allow-host", &settings->serving.allowed_hosts,
                "Names, besides addresses and localhost, under which it may be asked");
  command.Text("--policy", &settings->policy,
               "Directory of policies to activate; default: those in force, else those shipped");
  command.Flag("--until-idle", &settings->until_idle, "Stop when all input is processed");
  AddTime(command, &settings->time);
  command.Choice("--durability", &settings->durability, {"process", "disk"},
                 "What an acknowledged event survives: the death of the process or of the machine");
  command.Number("--partitions", &settings->partitions, 1, 1024,
                 "Partitions of a new log; an existing one keeps its own");
  command.Number("--workers", &settings->workers, 0, 256, "Threads; 0: one a core");
  command.Bytes("--memory", &settings->memory, "Budget of caches and unwritten state together");
  command.Flag("--quiet", &settings->quiet, "No progress, no summary");
  command.Footer("SIGINT and SIGTERM end it cleanly; a second signal at once.");
  command.Run([settings] { return Run(*settings); });
}

}  // namespace caseclock::cli
