#include "consumers/cli/main.h"

#include <cstdio>
#include <exception>

#include "consumers/cli/arguments.h"
#include "consumers/cli/commands.h"
#include "consumers/cli/exit_code.h"
#include "consumers/cli/terminal.h"
#include "consumers/http/version.h"

namespace caseclock::cli {
namespace {

constexpr char kHelp[] =
    "Caseclock: case events in, live backlog figures and deadline alerts out.\n"
    "Times are RFC 3339 (2026-03-02T10:15:00Z); durations ISO 8601 (P7D, PT4H) or 28d, 4h, 90m, "
    "30s.\n"
    "Every option is also an environment variable, and a key of the file given by --config: --data "
    "is\nCASECLOCK_DATA for each command that has it, CASECLOCK_RUN_DATA for `run` alone. A "
    "command "
    "goes on\nwithout a variable whose value only others know; one that none knows is an error.";

constexpr char kFooter[] =
    "Exit codes: 0 done, 64 usage, 65 bad data, 66 no such input, 69 service unavailable,\n"
    "            70 a defect, 74 input or output, 75 try again, 78 configuration.";

int Run(int argc, const char* const* argv) {
  Arguments arguments("caseclock", kHelp,
                      std::string("caseclock ") + kVersion + " (commit " + kCommit + ")");
  Command root = arguments.Root();
  root.Footer(kFooter);
  AddRun(root);
  AddEngine(root);
  AddTopics(root);
  AddSend(root);
  AddSimulate(root);
  AddBacklog(root);
  AddAlerts(root);
  AddCases(root);
  AddExplain(root);
  AddPolicy(root);
  AddCalendar(root);
  AddState(root);
  AddMigrate(root);
  AddRejects(root);
  AddSources(root);
  const int code = arguments.ParseAndRun(argc, argv);
  // Also when what could not be written was more than the buffer takes.
  if (std::fflush(stdout) != 0 || std::ferror(stdout) != 0) {
    return Fail(kExitIo, "Expected to write the output, but could not");
  }
  return code;
}

}  // namespace

int Main(int argc, const char* const* argv) {
  if (!HoldStandardStreams()) return Fail(kExitIo, "Expected to open /dev/null, but could not");
  try {
    return Run(argc, argv);
  } catch (const std::exception& defect) {
    return Fail(kExitDefect, std::string("Expected no exception, but: ") + defect.what());
  }
}

}  // namespace caseclock::cli
