#include <cstdio>
#include <memory>

#include "consumers/cli/commands.h"
#include "consumers/cli/exit_code.h"
#include "consumers/cli/local_engine.h"
#include "consumers/cli/output.h"
#include "consumers/cli/terminal.h"
#include "consumers/cli/topic_reader.h"

namespace caseclock::cli {
namespace {

struct Settings {
  std::string data;
  BrokerSettings brokers;
  std::string group = "caseclock";
  std::string format;
};

using Lines = base::Result<std::vector<std::string>>;

Lines VerifyData(const Settings& settings, Progress* progress) {
  auto local = LocalEngine::Open({settings.data});
  if (!local.ok()) return local.error();
  return local.value()->engine()->Verify([&](double share) { progress->Update(share, 0); });
}

// Reads the topics as a rebuild would: the chain of commits, and what the group has committed.
Lines VerifyTopics(const Settings& settings, Progress* progress) {
  const auto tell = [&](double share) { progress->Update(share, 0); };
  auto log = OpenBrokers(settings.brokers);
  if (!log.ok()) return log.error();
  auto snapshot = Snapshot::Open(log.value().get(), TopicsOf(settings.brokers), settings.group,
                                 std::nullopt, tell);
  if (!snapshot.ok()) return WithWayOut(settings.brokers, snapshot.error());
  return snapshot.value()->engine()->Verify(tell);
}

int Verify(const Settings& settings) {
  const bool brokers = settings.data.empty();
  if ((brokers && BrokersOf(settings.brokers).empty()) ||
      (!brokers && !settings.brokers.brokers.empty())) {
    return Fail(kExitConfig, "Expected one of --data DIR and --brokers HOST:PORT");
  }
  Progress progress("verifying", "");
  auto found = brokers ? VerifyTopics(settings, &progress) : VerifyData(settings, &progress);
  progress.Done();
  if (!found.ok()) return Fail(found.error());
  Table table({"difference"});
  for (const std::string& line : found.value()) table.Add({line});
  const Format format = FormatFromName(settings.format);
  if (format != Format::kText || !table.empty()) PrintTable(table, format);
  if (found.value().empty()) {
    std::fprintf(stderr, "timers, figures, ids and the chain are what the cases imply\n");
    return kExitDone;
  }
  return Fail(kExitBadData, "Expected no differences, but found " +
                                Grouped(static_cast<int64_t>(found.value().size())));
}

}  // namespace

void AddState(Command root) {
  Command state = root.Sub("state", "Work on the state of the engine");
  Command verify =
      state.Sub("verify",
                "Compare what is stored with what the case records imply; exit code 65 "
                "if it differs. No process may hold the directory; on --brokers engines may be at "
                "work, and nothing of theirs is touched.");
  auto settings = std::make_shared<Settings>();
  verify.Text("--data", &settings->data, "Data directory");
  AddBrokers(verify, &settings->brokers);
  verify.Text("--group", &settings->group,
              "With --brokers: the group of the engines, whose offsets the chain must meet");
  AddFormat(verify, &settings->format);
  verify.Run([settings] { return Verify(*settings); });
}

}  // namespace caseclock::cli
