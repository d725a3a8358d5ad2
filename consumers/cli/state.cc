#include <cstdio>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "consumers/cli/commands.h"
#include "consumers/cli/data_dir.h"
#include "consumers/cli/exit_code.h"
#include "consumers/cli/output.h"
#include "consumers/cli/render.h"
#include "consumers/cli/source.h"
#include "consumers/cli/state.h"
#include "consumers/cli/terminal.h"
#include "consumers/cli/topic_reader.h"
#include "consumers/http/message.h"
#include "engine/host/clock.h"
#include "engine/log/read_all.h"
#include "engine/runtime/chain_report.h"

namespace caseclock::cli {
namespace {

struct Settings {
  std::string data;
  BrokerSettings brokers;
  std::string group = "caseclock";
  std::string format;
};

constexpr size_t kReadAtOnce = 8192;

using Lines = std::vector<std::string>;
using OpenEngine = std::function<base::Result<runtime::Engine*>(int32_t partition)>;

// Partition by partition, so that what is wrong with one hides nothing of the others: first what
// the topic holds, then, where that is sound, what an engine makes of it.
base::Status VerifyAll(log::Log* log, const runtime::TopicNames& topics, const std::string& group,
                       const OpenEngine& open, Lines* lines) {
  Progress progress("verifying", "");
  const auto partitions = log->Partitions(topics.events);
  if (!partitions.ok()) return partitions.status();
  for (int32_t p = 0; p < partitions.value(); ++p) {
    progress.Update(static_cast<double>(p) / partitions.value(), 0);
    auto chain = runtime::ReadChain(log, topics, group, p, host::WallClock());
    if (!chain.ok()) return chain.status();
    for (const runtime::ChainFinding& finding : chain.value().findings) {
      lines->push_back("partition " + std::to_string(p) + ": " + finding.text);
    }
    if (!chain.value().findings.empty()) continue;
    auto engine = open(p);
    if (!engine.ok() && engine.error().kind != base::ErrorKind::kCorrupt) return engine.status();
    if (!engine.ok()) {
      lines->push_back(engine.error().message);
      continue;
    }
    auto found = engine.value()->Verify(nullptr);
    if (!found.ok() && found.error().kind != base::ErrorKind::kCorrupt) return found.status();
    if (!found.ok()) found = Lines{found.error().message};
    lines->insert(lines->end(), found.value().begin(), found.value().end());
  }
  return {};
}

// What follows from the cases is not read for them, and damage in it would show when an engine
// needs it.
base::Status ReadThrough(log::Log* log, const std::string& topic, Lines* lines) {
  const auto partitions = log->Partitions(topic);
  if (!partitions.ok()) {
    const bool none = partitions.error().kind == base::ErrorKind::kNotFound;
    return none ? base::Status() : partitions.status();
  }
  for (int32_t number = 0; number < partitions.value(); ++number) {
    const auto bounds = log->Bounds({topic, number});
    if (!bounds.ok()) return bounds.status();
    auto reader = log->Open({topic, number}, bounds.value().first);
    if (!reader.ok()) return reader.status();
    const base::Status read = log::ReadAll(reader.value().get(), kReadAtOnce,
                                           [](const log::RecordBatch&) { return base::Status(); });
    if (!read.ok()) {
      lines->push_back(topic + "/" + std::to_string(number) + ": " + read.error().message +
                       ". No repair makes this up: restore the directory from a backup");
    }
  }
  return {};
}

base::Status VerifyData(const Settings& settings, Lines* lines) {
  const DataDir dir{settings.data};
  auto log = OpenDataLogToRead(dir);
  if (!log.ok()) return log.status();
  std::unique_ptr<runtime::Engine> engine;
  runtime::EngineOptions options;
  options.state_dir = dir.state();
  options.read_only = true;
  options.wall_clock = host::WallClock;
  options.monotonic = host::Monotonic;
  const auto open = [&](int32_t partition) -> base::Result<runtime::Engine*> {
    engine.reset();
    options.only_partitions = {partition};
    auto opened = runtime::Engine::Open(log.value().get(), options);
    if (!opened.ok()) return opened.error();
    engine = std::move(opened).value();
    return engine.get();
  };
  const runtime::TopicNames& topics = options.topics;
  auto status = VerifyAll(log.value().get(), topics, options.group, open, lines);
  engine.reset();
  for (const auto& topic : {topics.partials, topics.alerts, topics.backlog, topics.rejects}) {
    if (status.ok()) status = ReadThrough(log.value().get(), topic, lines);
  }
  return status;
}

// Reads the topics as a rebuild would: the chain of commits, and what the group has committed.
base::Status VerifyTopics(const Settings& settings, Lines* lines) {
  auto log = OpenBrokers(settings.brokers);
  if (!log.ok()) return log.status();
  const runtime::TopicNames topics = TopicsOf(settings.brokers);
  std::unique_ptr<Snapshot> snapshot;
  const auto open = [&](int32_t partition) -> base::Result<runtime::Engine*> {
    snapshot.reset();
    auto opened = Snapshot::Open(log.value().get(), topics, settings.group,
                                 std::vector<int32_t>{partition}, nullptr);
    if (!opened.ok()) return opened.error();
    snapshot = std::move(opened).value();
    return snapshot->engine();
  };
  const auto status = VerifyAll(log.value().get(), topics, settings.group, open, lines);
  return status.ok() ? status : WithWayOut(settings.brokers, status.error());
}

int Verify(const Settings& settings) {
  const bool brokers = settings.data.empty();
  Lines lines;
  const auto status = brokers ? VerifyTopics(settings, &lines) : VerifyData(settings, &lines);
  if (!status.ok()) return Fail(status.error());
  Table table({"difference"});
  for (const std::string& line : lines) table.Add({line});
  const Format format = FormatFromName(settings.format);
  if (format != Format::kText || !table.empty()) PrintTable(table, format);
  if (lines.empty()) {
    std::fprintf(stderr, "timers, figures, ids and the chain are what the cases imply\n");
    return kExitDone;
  }
  return Fail(kExitBadData, "Expected no differences, but found " +
                                Grouped(static_cast<int64_t>(lines.size())) +
                                ". Where the topics are damaged: caseclock state repair");
}

struct GetSettings {
  SourceSettings source;
  std::string case_id;
  std::string format;
};

int Get(const GetSettings& settings) {
  auto source = Source::Open(settings.source);
  if (!source.ok()) return Fail(source.error());
  auto json = source.value()->Get(
      TargetOf("/v1/cases/" + http::Encode(settings.case_id), {{"record", "1"}}));
  if (!json.ok()) return Fail(json.error());
  source.value().reset();
  return PrintAnswer(
      json.value(), FormatFromName(settings.format),
      [](const std::string& text, bool) { return ValueTable(text); }, "");
}

void AddGet(Command state) {
  Command get = state.Sub("get",
                          "One case as it is stored: `record` (its view, the events that the open "
                          "ledger page holds, alerts told) and `pages` (closed ones), as JSON or, "
                          "in text and csv, a row a value. For what it means there is explain");
  auto settings = std::make_shared<GetSettings>();
  get.Text("CASE", &settings->case_id, "Case id", true);
  AddSource(get, &settings->source);
  settings->format = "json";
  AddFormat(get, &settings->format);
  get.Run([settings] { return Get(*settings); });
}

}  // namespace

void AddState(Command root) {
  Command state = root.Sub("state", "Look at the state of the engine, check it, put it right");
  AddGet(state);
  Command verify =
      state.Sub("verify",
                "Check the chain of commits, and compare what is stored with what the case records "
                "imply; exit code 65 with all that differs. No process may hold the directory; on "
                "--brokers engines may be at work, and nothing of theirs is touched.");
  auto settings = std::make_shared<Settings>();
  verify.Text("--data", &settings->data, "Data directory");
  AddBrokers(verify, &settings->brokers);
  verify.NeedsOneOf({"--data", "--brokers"});
  verify.Text("--group", &settings->group,
              "With --brokers: the group of the engines, whose offsets the chain must meet");
  AddFormat(verify, &settings->format);
  verify.Run([settings] { return Verify(*settings); });

  Command repair = state.Sub(
      "repair",
      "Put damaged partitions right: their input is read again from the last commit beyond doubt, "
      "on top of the ledgers that can be read; what would change is shown, and what cannot be "
      "told. "
      "Written only after a yes at a terminal or with --yes; otherwise exit code 75. No engine may "
      "be at work");
  auto mending = std::make_shared<RepairSettings>();
  repair.Text("--data", &mending->data, "Data directory");
  AddBrokers(repair, &mending->brokers);
  repair.NeedsOneOf({"--data", "--brokers"});
  repair.Text("--group", &mending->group, "With --brokers: the group of the engines");
  repair.Flag("--yes", &mending->yes, "Write without asking");
  repair.Duration("--wait", &mending->wait,
                  "How long to wait for the sessions of engines that were stopped");
  repair.Run([mending] { return RunRepair(*mending); });
}

}  // namespace caseclock::cli
