#include <cstdio>
#include <memory>

#include "consumers/cli/commands.h"
#include "consumers/cli/exit_code.h"
#include "consumers/cli/local_engine.h"
#include "consumers/cli/output.h"
#include "consumers/cli/terminal.h"

namespace caseclock::cli {
namespace {

struct Settings {
  std::string data;
  std::string format;
};

int Verify(const Settings& settings) {
  auto local = LocalEngine::Open({settings.data});
  if (!local.ok()) return Fail(local.error());
  Progress progress("verifying", "");
  auto found = local.value()->engine()->Verify([&](double share) { progress.Update(share, 0); });
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
                "if it differs. No process may hold the directory.");
  auto settings = std::make_shared<Settings>();
  verify.Text("--data", &settings->data, "Data directory", true);
  AddFormat(verify, &settings->format);
  verify.Run([settings] { return Verify(*settings); });
}

}  // namespace caseclock::cli
