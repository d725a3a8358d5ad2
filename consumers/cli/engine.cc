// `engine`: one member of a group of engines on Kafka.

#include <atomic>
#include <cstdlib>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "consumers/cli/brokers.h"
#include "consumers/cli/commands.h"
#include "consumers/cli/exit_code.h"
#include "consumers/cli/serving.h"
#include "consumers/cli/state_lock.h"
#include "consumers/cli/terminal.h"
#include "consumers/cli/time_settings.h"
#include "consumers/cli/topics.h"
#include "consumers/http/engine_backend.h"
#include "consumers/http/server.h"
#include "consumers/http/standby_backend.h"
#include "engine/host/clock.h"
#include "engine/host/log.h"
#include "engine/host/signals.h"
#include "engine/runtime/engine.h"
#include "engine/runtime/standby.h"

namespace caseclock::cli {
namespace {

struct Settings {
  BrokerSettings brokers;
  std::string group = "caseclock";
  std::string instance;
  std::string standby_of;  // empty: no standby
  std::string state;
  bool create_topics = false;
  int64_t partitions = TopicWishes().partitions;
  int64_t replicas = 0;
  std::string event_time = "appended";
  TimeSettings time;
  bool until_idle = false;
  Serving serving;
  int64_t workers = 0;
  size_t memory = runtime::EngineOptions().memory_bytes;
  base::Duration session_timeout = log::KafkaOptions().session_timeout;
  base::Duration transaction_timeout = log::KafkaOptions().transaction_timeout;
  bool quiet = false;
};

// Everything that runs, in the order in which it must end.
class Member {
 public:
  explicit Member(const Settings& settings) : settings_(settings) {
    wishes_.partitions = static_cast<int32_t>(settings.partitions);
    wishes_.replicas = static_cast<int32_t>(settings.replicas);
    wishes_.created_time = settings.event_time == "created" || settings.time.is_log();
    wishes_.transaction_timeout = settings.transaction_timeout;
    wishes_.session_timeout = settings.session_timeout;
  }
  ~Member() {
    StopServing();
    engine_.reset();
  }

  int Run() {
    for (const auto step : {&Member::CheckSettings, &Member::Lock, &Member::Connect,
                            &Member::FindTopics, &Member::StandBy, &Member::Open, &Member::Serve}) {
      if (const int code = (this->*step)(); code != kExitDone) return code;
      if (signals_.requested()) return Stopped();
    }
    const int code = Work();
    if (server_) server_->Stop();
    const base::Status stopped = engine_->Stop();
    if (code != kExitDone) return code;
    return stopped.ok() ? Stopped() : FailEngine(stopped.error());
  }

 private:
  // Before a directory is made.
  int CheckSettings() {
    auto options = KafkaOptionsOf(settings_.brokers);
    if (!options.ok()) return Fail(options.error());
    kafka_ = std::move(options).value();
    kafka_.session_timeout = settings_.session_timeout;
    kafka_.transaction_timeout = settings_.transaction_timeout;
    kafka_.stable_timeout = StableTimeout();
    const base::Status usable = log::CheckKafkaOptions(kafka_);
    return usable.ok() ? kExitDone : Fail(usable.error());
  }

  int Lock() {
    auto lock = StateLock::Take(settings_.state);
    if (!lock.ok()) return Fail(lock.error());
    lock_ = std::move(lock).value();
    return kExitDone;
  }

  // A broker that is away is waited for, and told about meanwhile.
  int Connect() {
    const base::Duration deadline{host::Monotonic().us + settings_.brokers.wait.us};
    for (;;) {
      const base::Duration left = deadline - host::Monotonic();
      log::KafkaOptions attempt = kafka_;
      attempt.request_timeout = std::clamp(left, base::Seconds(1), base::Seconds(5));
      auto tried = log::OpenKafkaLog(attempt);
      if (tried.ok()) break;
      if (tried.error().kind != base::ErrorKind::kUnavailable) return Fail(tried.error());
      if (signals_.requested()) return kExitDone;
      if (host::Monotonic() >= deadline) return Fail(kExitUnavailable, tried.error().message);
      host::LogWarning("broker away, trying again", {{"cause", tried.error().message}});
    }
    kafka_.request_timeout = log::KafkaOptions().request_timeout;
    auto log = log::OpenKafkaLog(kafka_);
    if (!log.ok()) return Fail(log.error());
    log_ = std::move(log).value();
    return kExitDone;
  }

  int FindTopics() {
    if (settings_.create_topics) {
      auto made = MakeTopics(settings_.brokers, wishes_);
      if (!made.ok()) return Fail(made.error());
      for (const std::string& name : made.value()) host::LogInfo("topic made", {{"topic", name}});
    }
    std::string missing;
    for (const PlannedTopic& topic : PlanTopics(TopicsOf(settings_.brokers), wishes_)) {
      const auto there = log_->Partitions(topic.name);
      if (there.ok()) continue;
      if (there.error().kind != base::ErrorKind::kNotFound) return Fail(there.error());
      missing += (missing.empty() ? "" : ", ") + topic.name;
    }
    if (!missing.empty()) {
      const base::Error error{
          base::ErrorKind::kNotFound,
          "Expected the topics of the engine, but these are missing: " + missing};
      return Fail(kExitConfig,
                  WithWayOut(settings_.brokers, error).message + ", or start with --create-topics");
    }
    TellDifferences();
    return kExitDone;
  }

  // The engine can work with them, and somebody should mend them: so it says so and goes on.
  void TellDifferences() {
    TopicWishes as_found = wishes_;
    as_found.partitions = 0;
    const auto report = CheckTopics(settings_.brokers, as_found);
    if (!report.ok()) {
      host::LogWarning("topics not checked", {{"cause", report.error().message}});
      return;
    }
    for (const Difference& d : report.value().differences) {
      host::LogWarning("not as it should be", {{"where", d.where},
                                               {"setting", d.setting},
                                               {"found", d.found},
                                               {"needed", d.needed},
                                               {"because", d.why},
                                               {"mend", d.mend}});
    }
    const std::vector<std::string>& unchecked = report.value().unchecked;
    if (!unchecked.empty()) {
      host::LogInfo("settings of topics and brokers not checked",
                    {{"of", unchecked.size()}, {"cause", unchecked.front()}});
    }
  }

  // Until the place is free, or a signal comes.
  int StandBy() {
    if (settings_.standby_of.empty()) return kExitDone;
    auto standby = runtime::Standby::Open(log_.get(), Options(), settings_.session_timeout);
    if (!standby.ok()) return FailEngine(standby.error());
    host::LogInfo("standing by", {{"group", settings_.group}, {"of", settings_.standby_of}});
    const std::unique_ptr<runtime::Standby> held = std::move(standby).value();
    auto backend = std::make_unique<http::StandbyBackend>(held.get(), host::WallClock);
    if (const int code = Serve(std::move(backend)); code != kExitDone) return code;
    auto free = held->AwaitPlace(host::StopSignals::flag());
    StopServing();
    const base::Status stopped = held->Stop();
    if (!free.ok()) return FailEngine(free.error());
    if (!stopped.ok()) return FailEngine(stopped.error());
    if (!free.value()) return kExitDone;
    members_before_ = held->members_seen();
    host::LogInfo("taking the place over", {{"group", settings_.group},
                                            {"instance", settings_.standby_of},
                                            {"partitions", held->stats().offsets.size()}});
    return kExitDone;
  }

  [[nodiscard]] runtime::EngineOptions Options() const {
    runtime::EngineOptions options;
    options.transaction_timeout = settings_.transaction_timeout;
    options.state_dir = settings_.state;
    options.group = settings_.group;
    options.instance = instance();
    options.topics = TopicsOf(settings_.brokers);
    // As many as it had whose place it is, so that the group deals out the same partitions again.
    options.workers = settings_.workers > 0 ? static_cast<int>(settings_.workers) : members_before_;
    options.clock = settings_.time.mode();
    options.until = settings_.time.until;
    options.memory_bytes = settings_.memory;
    options.make_topics = false;
    options.outlive_outages = true;
    options.longest_standstill = LongestTurn();
    options.on_standstill = EndAtOnce;
    options.wall_clock = host::WallClock;
    options.monotonic = host::Monotonic;
    return options;
  }

  int Open() {
    Progress progress("restoring", "records", settings_.quiet || !IsTerminal(2));
    runtime::EngineOptions options = Options();
    options.while_opening = [&](double share, uint64_t records) {
      progress.Update(share, records);
      return !signals_.requested();
    };
    auto engine = runtime::Engine::Open(log_.get(), options);
    progress.Done();
    if (!engine.ok()) return signals_.requested() ? kExitDone : FailEngine(engine.error());
    engine_ = std::move(engine).value();
    host::LogInfo("engine started", {{"group", settings_.group},
                                     {"instance", instance()},
                                     {"partitions", engine_->stats().offsets.size()}});
    return kExitDone;
  }

  int Serve() {
    return Serve(std::make_unique<http::EngineBackend>(log_.get(), engine_.get(),
                                                       TopicsOf(settings_.brokers), host::WallClock,
                                                       settings_.time.is_log()));
  }

  int Serve(std::unique_ptr<http::Backend> backend) {
    if (settings_.serving.listen.empty()) return kExitDone;
    backend_ = std::move(backend);
    auto server = http::Server::Start(settings_.serving.Options(), backend_.get());
    if (!server.ok()) return Fail(server.error());
    server_ = std::move(server).value();
    host::LogInfo("listening", {{"url", "http://" + server_->address() + "/"}});
    return kExitDone;
  }

  void StopServing() {
    if (server_) server_->Stop();
    server_.reset();
    backend_.reset();
  }

  // In log time somebody must say when all has been read, so that time runs on to its end.
  int Work() {
    base::Status failed;
    std::thread idle;
    std::atomic<bool> over{false};
    if (settings_.time.is_log() || settings_.until_idle) {
      idle = std::thread([&] {
        do {
          failed = engine_->WaitIdle(host::StopSignals::flag());
          if (!failed.ok() || settings_.until_idle) break;
        } while (!signals_.Wait(base::Millis(200)));
        over = true;
      });
    }
    while (!signals_.Wait(base::Millis(200)) && !over && engine_->health().ok()) {
    }
    if (idle.joinable()) idle.join();
    if (failed.ok()) failed = engine_->health();
    return failed.ok() ? kExitDone : FailEngine(failed.error());
  }

  // A thread that does not come back from a call of a library holds partitions that nobody else can
  // take over. A process that is dead is started again; one that stands still is not noticed.
  static void EndAtOnce(base::Duration stood) {
    host::LogError("a worker does not come back; ending, to be started again",
                   {{"for_s", stood.us / 1'000'000}});
    std::_Exit(kExitTryAgain);
  }
  // All that a worker may have to wait for in one turn, and as much again for a busy machine.
  [[nodiscard]] base::Duration LongestTurn() const {
    const base::Duration waits{settings_.transaction_timeout.us +
                               log::KafkaOptions().request_timeout.us + StableTimeout().us};
    return base::Duration{3 * waits.us};
  }
  [[nodiscard]] base::Duration StableTimeout() const {
    return base::Duration{settings_.transaction_timeout.us + base::Seconds(15).us};
  }

  int Stopped() const {
    host::LogInfo("stopped", {{"group", settings_.group}, {"instance", instance()}});
    return kExitDone;
  }

  [[nodiscard]] int FailEngine(const base::Error& error) const {
    if (error.kind == base::ErrorKind::kFenced && !settings_.standby_of.empty()) {
      return Fail(kExitTryAgain, "The place of " + instance() + " in group " + settings_.group +
                                     " has been taken by another engine of that name, which is "
                                     "back: start again, as its standby (" +
                                     error.message + ")");
    }
    if (error.kind == base::ErrorKind::kFenced) {
      return Fail(kExitTryAgain, "Expected to be the only engine with --instance " + instance() +
                                     " in group " + settings_.group +
                                     ", but another one has taken its place: give each its own (" +
                                     error.message + ")");
    }
    if (error.kind == base::ErrorKind::kUnavailable) return Fail(kExitTryAgain, error.message);
    return Fail(WithWayOut(settings_.brokers, error));
  }

  // Its own, or of the engine that it shadows and whose place it takes.
  [[nodiscard]] const std::string& instance() const {
    return settings_.standby_of.empty() ? settings_.instance : settings_.standby_of;
  }

  const Settings& settings_;
  TopicWishes wishes_;
  log::KafkaOptions kafka_;
  host::StopSignals signals_;
  std::unique_ptr<StateLock> lock_;
  std::unique_ptr<log::Log> log_;
  int members_before_ = 0;  // workers of the engine whose place this takes; 0: not known
  std::unique_ptr<runtime::Engine> engine_;
  std::unique_ptr<http::Backend> backend_;
  std::unique_ptr<http::Server> server_;
};

int Engine(const Settings& settings) {
  if (auto problem = ProblemOfTime(settings.time); !problem.empty()) {
    return Fail(kExitUsage, problem);
  }
  if (settings.instance.empty() && settings.standby_of.empty()) {
    return Fail(kExitUsage, "Expected --instance NAME, or --standby-of NAME, but got neither");
  }
  if (settings.brokers.brokers.empty()) {
    return Fail(kExitUsage,
                "Expected --brokers HOST:PORT, but got none; on one machine without "
                "Kafka there is caseclock run --data DIR");
  }
  if (auto wrong = http::CheckOptions(settings.serving.Options()); !wrong.ok()) {
    return Fail(kExitUsage, wrong.error().message);
  }
  return Member(settings).Run();
}

void AddTopicOptions(Command command, Settings* settings) {
  command.Flag("--create-topics", &settings->create_topics, "Make the topics that are missing");
  command.Number("--partitions", &settings->partitions, 1, 1024,
                 "With --create-topics: partitions, for ever");
  command.Number("--replication", &settings->replicas, 0, 32,
                 "Replicas of each partition; 0: as the cluster has it");
  command.Choice("--event-time", &settings->event_time, {"appended", "created"},
                 "Time of events: when the broker takes them, or what their writers say");
}

}  // namespace

void AddEngine(Command root) {
  Command command = root.Sub("engine", "The engine on Kafka, as one member of a group");
  auto settings = std::make_shared<Settings>();
  settings->brokers.wait = base::Seconds(60);
  AddBrokers(command, &settings->brokers);
  command.Text("--group", &settings->group, "Consumer group; its engines share the partitions");
  command.Text("--instance", &settings->instance,
               "Name of this engine in its group, the same after a restart: one that is back "
               "within --session-timeout goes on with its partitions");
  command.Text("--standby-of", &settings->standby_of,
               "Shadow the engine with this --instance, and take its place when the group has lost "
               "it; with a --state of its own. Goes before --instance");
  command.Text("--state", &settings->state, "Directory of its state, made if missing", true);
  AddTopicOptions(command, settings.get());
  AddTime(command, &settings->time);
  command.Flag("--until-idle", &settings->until_idle, "Stop when all input is processed");
  command.Text("--listen", &settings->serving.listen,
               "Address of /metrics, /healthz, /readyz and of the page about its own partitions");
  command.Repeated("--allow-host", &settings->serving.allowed_hosts,
                   "Names, besides addresses and localhost, under which it may be asked");
  command.Number("--workers", &settings->workers, 0, 256, "Threads; 0: one a core");
  command.Bytes("--memory", &settings->memory, "Budget of caches and unwritten state together");
  command.Duration("--session-timeout", &settings->session_timeout,
                   "Silent for so long, it loses its partitions to the others");
  command.Duration("--transaction-timeout", &settings->transaction_timeout,
                   "How long a commit may take, and readers wait for one whose engine died");
  command.Flag("--quiet", &settings->quiet, "No progress");
  command.Footer(
      "SIGINT and SIGTERM end it cleanly, a second signal at once. A broker that goes away while\n"
      "it runs is waited for without end; at the start for --connect-timeout.");
  command.Run([settings] { return Engine(*settings); }, "info");
}

}  // namespace caseclock::cli
