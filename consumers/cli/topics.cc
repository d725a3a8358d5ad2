#include "consumers/cli/topics.h"

#include <cstdio>
#include <memory>

#include "consumers/cli/commands.h"
#include "consumers/cli/exit_code.h"
#include "consumers/cli/output.h"
#include "consumers/cli/terminal.h"

namespace caseclock::cli {
namespace {

struct Settings {
  BrokerSettings brokers;
  int64_t partitions = 0;  // of the check: 0, as `events` has
  int64_t replicas = 0;
  std::string event_time = "appended";
  std::string format;
};

TopicWishes WishesOf(const Settings& settings) {
  TopicWishes wishes;
  wishes.partitions = static_cast<int32_t>(settings.partitions);
  wishes.replicas = static_cast<int32_t>(settings.replicas);
  wishes.created_time = settings.event_time == "created";
  return wishes;
}

std::string CreateCommand(const BrokerSettings& settings) {
  std::string command = "caseclock topics create --brokers " + settings.brokers;
  if (!settings.prefix.empty()) command += " --topic-prefix " + settings.prefix;
  return command;
}

int Create(const Settings& settings) {
  auto made = MakeTopics(settings.brokers, WishesOf(settings));
  if (!made.ok()) return Fail(made.error());
  for (const std::string& name : made.value()) std::fprintf(stderr, "made %s\n", name.c_str());
  if (made.value().empty()) std::fprintf(stderr, "all topics are there already\n");
  return kExitDone;
}

int Check(const Settings& settings) {
  auto report = CheckTopics(settings.brokers, WishesOf(settings));
  if (!report.ok()) return Fail(report.error());
  const Format format = FormatFromName(settings.format);
  if (format == Format::kText) {
    for (const Difference& d : report.value().differences) {
      Print(d.where + ": " + d.setting + (d.found.empty() ? "" : " is " + d.found) +
            ", needed: " + d.needed + "\n  because " + d.why + "\n  " + d.mend + "\n");
    }
  } else {
    Table table({"where", "setting", "found", "needed", "why", "mend"});
    for (const Difference& d : report.value().differences) {
      table.Add({d.where, d.setting, d.found, d.needed, d.why, d.mend});
    }
    PrintTable(table, format);
  }
  for (const std::string& text : report.value().unchecked) {
    std::fprintf(stderr, "not checked: %s\n", text.c_str());
  }
  const size_t count = report.value().differences.size();
  if (count > 0) {
    return Fail(kExitBadData, "Expected topics and brokers as the engine needs them, but found " +
                                  Counted(static_cast<int64_t>(count), "difference"));
  }
  if (!report.value().unchecked.empty()) {
    return Fail(kExitConfig,
                "Expected to see all settings, but could not: whether the engine can "
                "work there is not known");
  }
  std::fprintf(stderr, "topics and brokers are as the engine needs them\n");
  return kExitDone;
}

void AddShared(Command command, Settings* settings) {
  AddBrokers(command, &settings->brokers);
  command.NeedsOneOf({"--brokers"});
  command.Number("--replication", &settings->replicas, 0, 32,
                 "Replicas of each partition; 0: as the cluster has it");
  command.Choice("--event-time", &settings->event_time, {"appended", "created"},
                 "Time of events: when the broker takes them, or, for a load of history, what "
                 "their writers say");
}

}  // namespace

base::Result<std::vector<std::string>> MakeTopics(const BrokerSettings& settings,
                                                  const TopicWishes& wishes) {
  auto options = KafkaOptionsOf(settings);
  if (!options.ok()) return options.error();
  auto cluster = log::KafkaTopics::Open(options.value());
  if (!cluster.ok()) return cluster.error();
  std::optional<int16_t> replicas;
  if (wishes.replicas > 0) replicas = static_cast<int16_t>(wishes.replicas);
  std::vector<std::string> made;
  for (const PlannedTopic& topic : PlanTopics(TopicsOf(settings), wishes)) {
    const auto there = cluster.value()->Partitions(topic.name);
    if (there.ok() && there.value() != topic.partitions) {
      return base::Error{base::ErrorKind::kConfig,
                         "Expected " + topic.name + " to have " + std::to_string(topic.partitions) +
                             " partitions, but it has " + std::to_string(there.value())};
    }
    if (there.ok()) continue;
    if (there.error().kind != base::ErrorKind::kNotFound) return there.error();
    auto needed = SettingsToCreate(topic);
    if (wishes.replicas >= 3) needed["min.insync.replicas"] = "2";
    auto status = cluster.value()->Create(topic.name, topic.partitions, replicas, needed);
    if (!status.ok()) return status.error();
    made.push_back(topic.name);
  }
  return made;
}

base::Result<TopicReport> CheckTopics(const BrokerSettings& settings, const TopicWishes& given) {
  auto options = KafkaOptionsOf(settings);
  if (!options.ok()) return options.error();
  auto cluster = log::KafkaTopics::Open(options.value());
  if (!cluster.ok()) return cluster.error();
  TopicWishes wishes = given;
  if (wishes.partitions == 0) {
    // The cases were written by that number, so it is theirs that counts.
    auto cases = cluster.value()->Partitions(TopicsOf(settings).cases);
    wishes.partitions = cases.ok() ? cases.value() : TopicWishes().partitions;
  }
  TopicReport report;
  for (const PlannedTopic& topic : PlanTopics(TopicsOf(settings), wishes)) {
    auto found = cluster.value()->Describe(topic.name);
    if (found.ok()) {
      for (auto& d : Compare(topic, found.value(), wishes, options.value().brokers)) {
        report.differences.push_back(std::move(d));
      }
    } else if (found.error().kind == base::ErrorKind::kNotFound) {
      report.differences.push_back({topic.name, "topic", "", "to be there",
                                    "the engine does not make topics by itself",
                                    CreateCommand(settings)});
    } else if (found.error().kind == base::ErrorKind::kConfig) {
      report.unchecked.push_back(found.error().message);
    } else {
      return found.error();
    }
  }
  auto broker = cluster.value()->BrokerSettings();
  if (broker.ok()) {
    for (auto& d : CompareBroker(BrokerNeeds(wishes), broker.value())) {
      report.differences.push_back(std::move(d));
    }
  } else if (broker.error().kind == base::ErrorKind::kConfig) {
    report.unchecked.push_back(broker.error().message);
  } else {
    return broker.error();
  }
  return report;
}

void AddTopics(Command root) {
  Command topics = root.Sub("topics", "Make the topics on Kafka, or check what they are like");
  Command create = topics.Sub("create", "Make those that are missing, as the engine needs them");
  auto made = std::make_shared<Settings>();
  made->partitions = TopicWishes().partitions;
  AddShared(create, made.get());
  create.Number("--partitions", &made->partitions, 1, 1024,
                "Partitions; they bound how many engines can share the work, for ever");
  create.Run([made] { return Create(*made); });

  Command check = topics.Sub(
      "check", "What is there against what is needed, each with the command that mends it");
  auto settings = std::make_shared<Settings>();
  AddShared(check, settings.get());
  check.Number("--partitions", &settings->partitions, 0, 1024,
               "Partitions; 0: those of the cases that are there");
  AddFormat(check, &settings->format);
  check.Footer("Exit code 65 if there is a difference.");
  check.Run([settings] { return Check(*settings); });
}

}  // namespace caseclock::cli
