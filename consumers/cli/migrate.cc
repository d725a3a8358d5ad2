// `migrate`: from a data directory to a Kafka cluster or to another data directory, with another
// number of partitions.

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "consumers/cli/brokers.h"
#include "consumers/cli/commands.h"
#include "consumers/cli/data_dir.h"
#include "consumers/cli/exit_code.h"
#include "consumers/cli/migrate.h"
#include "consumers/cli/output.h"
#include "consumers/cli/terminal.h"
#include "consumers/cli/topics.h"
#include "engine/host/clock.h"
#include "engine/host/signals.h"
#include "engine/runtime/migration.h"
#include "engine/runtime/topics.h"

namespace caseclock::cli {
namespace {

using base::Error;
using base::ErrorKind;
using base::Status;
using model::MigrationRecord;

struct Settings {
  std::string data;
  std::string to_data;
  BrokerSettings brokers;
  std::string group = "caseclock";
  int64_t partitions = 0;  // 0: as the target has, else as the source
  int64_t replicas = 0;
  std::string event_time = "appended";
  bool dry_run = false;
  size_t step_bytes = size_t{8} << 20;
  base::Duration wait = base::Seconds(60);
  std::string format;
  bool quiet = false;
};

int64_t ItemsOf(const MigrationRecord& record) {
  return record.cases + record.alerts + record.rejects;
}

class Move {
 public:
  explicit Move(const Settings& settings) : settings_(settings), from_{settings.data} {
    summary_.source = settings.data;
    summary_.target = brokers() ? settings.brokers.brokers : settings.to_data;
    summary_.dry_run = settings.dry_run;
  }

  int Run() {
    const Status status = Work();
    if (status.ok()) {
      PrintMigration(summary_, FormatFromName(settings_.format));
      Say();
      return kExitDone;
    }
    const Error error = brokers() ? WithWayOut(settings_.brokers, status.error()) : status.error();
    const bool busy = error.kind == ErrorKind::kUnavailable;
    return busy ? Fail(kExitTryAgain, error.message) : Fail(error);
  }

 private:
  Status Work() {
    if (auto status = OpenSource(); !status.ok()) return status;
    if (auto status = OpenTarget(); !status.ok()) return status;
    if (auto status = CountPartitions(); !status.ok()) return status;
    if (auto status = FindTarget(); !status.ok()) return status;
    if (found_ && found_->done()) {
      summary_.carried = *found_;
      summary_.was_done = true;
      return {};
    }
    summary_.resumed = found_.has_value();
    if (auto status = Plan(); !status.ok()) return status;
    if (settings_.dry_run) return {};
    if (auto status = MakeTargetTopics(); !status.ok()) return status;
    return Carry();
  }

  Status OpenSource() {
    std::error_code code;
    if (!settings_.to_data.empty() &&
        std::filesystem::equivalent(settings_.data, settings_.to_data, code)) {
      return Error{ErrorKind::kConfig, "Expected another directory than " + settings_.data +
                                           " to migrate to, but --to-data names the same"};
    }
    auto log = OpenDataLog(from_, false, log::Durability::kProcess);
    if (!log.ok()) return log.status();
    source_ = std::move(log).value();
    runtime::EngineOptions options;
    options.state_dir = from_.state();
    options.wall_clock = host::WallClock;
    options.monotonic = host::Monotonic;
    auto migration = runtime::Migration::Open(source_.get(), options);
    if (!migration.ok()) return migration.status();
    migration_ = std::move(migration).value();
    return migration_->source().CheckIdle();
  }

  Status OpenTarget() {
    if (brokers()) {
      auto log = OpenBrokers(settings_.brokers);
      if (!log.ok()) return log.status();
      target_ = std::move(log).value();
      return {};
    }
    const DataDir to{settings_.to_data};
    std::error_code ignored;
    if (settings_.dry_run && !std::filesystem::is_directory(to.log(), ignored)) return {};
    auto log = OpenDataLog(to, true, log::Durability::kDisk);
    if (!log.ok()) return log.status();
    target_ = std::move(log).value();
    return {};
  }

  // Those of topics that are there stay as they are.
  Status CountPartitions() {
    partitions_ = static_cast<int32_t>(settings_.partitions);
    if (target_ != nullptr && partitions_ == 0) {
      const auto there = target_->Partitions(topics().events);
      if (!there.ok() && there.error().kind != ErrorKind::kNotFound) return there.status();
      if (there.ok()) partitions_ = there.value();
    }
    if (partitions_ == 0) partitions_ = migration_->source().partitions();
    return {};
  }

  // What is there already, before anything is made.
  Status FindTarget() {
    if (target_ == nullptr) return {};
    auto target = OpenMigrationTarget();
    if (!target.ok()) {
      return target.error().kind == ErrorKind::kNotFound ? Status() : target.status();
    }
    auto found = migration_->Found(*target.value());
    if (!found.ok()) return found.status();
    found_ = found.value();
    if (target.value()->partitions() != partitions_) {
      return Error{ErrorKind::kConfig,
                   "Expected " + topics().events + " to have " + std::to_string(partitions_) +
                       " partitions, but it has " + std::to_string(target.value()->partitions()) +
                       ", for ever: leave out --partitions, or migrate to new topics"};
    }
    return {};
  }

  Status Plan() {
    Progress progress("looking", "cases, alerts and rejects", settings_.quiet);
    auto plan = migration_->Plan(partitions_, [&](const MigrationRecord& seen) {
      progress.Update(-1, static_cast<uint64_t>(ItemsOf(seen)));
      return !signals_.requested();
    });
    if (!plan.ok()) return plan.status();
    summary_.plan = std::move(plan).value();
    if (found_) summary_.carried = *found_;
    return {};
  }

  Status MakeTargetTopics() {
    if (brokers()) {
      TopicWishes wishes;
      wishes.partitions = partitions_;
      wishes.replicas = static_cast<int32_t>(settings_.replicas);
      wishes.created_time = settings_.event_time == "created";
      return MakeTopics(settings_.brokers, wishes).status();
    }
    const DataDir to{settings_.to_data};
    std::error_code ignored;
    if (!found_ && std::filesystem::exists(to.state(), ignored)) {
      return Error{ErrorKind::kConfig, "Expected no state of an engine in " + to.path +
                                           ", but found " + to.state() +
                                           ": migrate to another directory"};
    }
    for (const auto& [name, config] : runtime::EngineTopics(topics(), partitions_)) {
      if (auto status = target_->EnsureTopic(name, config); !status.ok()) return status;
    }
    return {};
  }

  Status Carry() {
    auto target = OpenMigrationTarget();
    if (!target.ok()) return target.status();
    Progress progress("carrying", "cases, alerts and rejects", settings_.quiet);
    const auto all = static_cast<double>(std::max<int64_t>(1, ItemsOf(summary_.plan.all)));
    const auto show = [&](const MigrationRecord& so_far) {
      const int64_t items = ItemsOf(so_far);
      progress.Update(static_cast<double>(items) / all, static_cast<uint64_t>(items),
                      Grouped(so_far.bytes >> 10) + " KiB");
      return !signals_.requested();
    };
    show(summary_.carried);
    auto carried = migration_->Run(target.value().get(), settings_.step_bytes, show);
    progress.Done();
    if (!carried.ok()) return carried.status();
    summary_.carried = carried.value();
    return {};
  }

  base::Result<std::unique_ptr<runtime::MigrationTarget>> OpenMigrationTarget() {
    runtime::MigrationTargetOptions options;
    options.topics = topics();
    options.group = brokers() ? settings_.group : runtime::EngineOptions().group;
    options.max_wait = settings_.wait;
    options.monotonic = host::Monotonic;
    return runtime::MigrationTarget::Open(target_.get(), options);
  }

  void Say() const {
    if (settings_.quiet) return;
    if (summary_.was_done) {
      std::fprintf(stderr, "it was migrated already; nothing was changed\n");
    } else if (settings_.dry_run) {
      std::fprintf(stderr, "nothing was changed: that is what would be carried%s\n",
                   summary_.resumed ? ", less what an earlier run has carried" : "");
    } else {
      std::fprintf(stderr, "migrated%s. %s\n",
                   summary_.resumed ? ", going on from where an earlier run stopped" : "",
                   brokers()
                       ? "Its backlog is told by the first caseclock engine that works there; "
                         "until then `caseclock backlog --at now` counts it"
                       : ("caseclock run --data " + settings_.to_data + " goes on there").c_str());
    }
  }

  [[nodiscard]] bool brokers() const { return settings_.to_data.empty(); }
  [[nodiscard]] runtime::TopicNames topics() const {
    return brokers() ? TopicsOf(settings_.brokers) : runtime::TopicNames();
  }

  const Settings& settings_;
  const DataDir from_;
  host::StopSignals signals_;
  std::unique_ptr<log::Log> source_;
  std::unique_ptr<log::Log> target_;  // null: a dry run to a directory that is not there
  std::unique_ptr<runtime::Migration> migration_;
  int32_t partitions_ = 0;
  std::optional<MigrationRecord> found_;
  MigrationSummary summary_;
};

int Run(const Settings& settings) {
  if (settings.data.empty()) {
    return Fail(kExitUsage, "Expected --data DIR to migrate from, but got none");
  }
  return Move(settings).Run();
}

}  // namespace

void AddMigrate(Command root) {
  Command command = root.Sub(
      "migrate",
      "Carry a data directory to Kafka, or to another data directory, with as many partitions as "
      "wanted");
  auto settings = std::make_shared<Settings>();
  command.Text("--data", &settings->data,
               "Data directory to migrate from; its input must all be processed, and it stays as "
               "it is");
  command.Text("--to-data", &settings->to_data, "Data directory to migrate to, made if missing");
  AddBrokers(command, &settings->brokers);
  command.NeedsOneOf({"--to-data", "--brokers"});
  command.Text("--group", &settings->group, "With --brokers: the group of the engines there");
  command.Number("--partitions", &settings->partitions, 0, 1024,
                 "Partitions of the target, for ever; 0: those of its topics if they are there, "
                 "else as many as the source has");
  command.Number("--replication", &settings->replicas, 0, 32,
                 "With --brokers: replicas of each partition; 0: as the cluster has it");
  command.Choice("--event-time", &settings->event_time, {"appended", "created"},
                 "With --brokers: time of events, as of topics create");
  command.Flag("--dry-run", &settings->dry_run, "Say what would be carried, and change nothing");
  command.Bytes("--step-bytes", &settings->step_bytes, "What one transaction carries, about");
  command.Duration("--wait", &settings->wait,
                   "How long to wait for the sessions of members that were killed");
  AddFormat(command, &settings->format);
  command.Flag("--quiet", &settings->quiet, "No progress, no last words");
  command.Footer(
      "Carried are the cases with their ledgers, each alert as it was told last, the rejects, the\n"
      "policies and their activations, and what is known of handlers. Timers, figures and "
      "backlogs\n"
      "are worked out by the first engine that works there; until it has, `backlog --brokers`\n"
      "prints an empty list and says so, and `backlog --at now` counts it from the cases.\n"
      "The input itself is not carried: what it said is in the ledgers. Positions of records from\n"
      "before, in explain and in proofs of alerts, are those of the source, so keep that as long "
      "as\n"
      "somebody may want to look them up.\n"
      "\n"
      "Topics are made as topics create does; ones that hold records are refused (exit code 78).\n"
      "A run that was killed is gone on with by the same command; until it is done no engine\n"
      "starts on the target. Exit code 75: the source has input left, or a process holds it.");
  command.Run([settings] { return Run(*settings); });
}

}  // namespace caseclock::cli
