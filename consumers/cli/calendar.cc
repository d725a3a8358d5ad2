#include <cstdio>
#include <memory>

#include "consumers/cli/commands.h"
#include "consumers/cli/exit_code.h"
#include "consumers/cli/input_file.h"
#include "consumers/cli/output.h"
#include "consumers/cli/policy_files.h"
#include "consumers/cli/table.h"
#include "consumers/cli/terminal.h"
#include "engine/core/calendar_vectors.h"
#include "engine/policy/calendar_vectors.h"

namespace caseclock::cli {
namespace {

struct Settings {
  std::string file;
  std::string policy;
  std::string format;
};

base::Result<std::string> ReadAll(const std::string& name) {
  auto file = InputFile::Open(name);
  if (!file.ok()) return file.error();
  std::string text;
  while (true) {
    auto got = file.value()->Read(1 << 16, &text);
    if (!got.ok()) return got.error();
    if (got.value() == 0) return text;
  }
}

int Check(const Settings& settings) {
  auto text = ReadAll(settings.file);
  if (!text.ok()) return Fail(text.error());
  std::vector<model::Calendar> known;
  if (policy::NamesCalendars(text.value())) {
    const auto path = PoliciesOr(settings.policy);
    if (!path.ok()) return Fail(path.error());
    auto loaded = LoadPolicies({path.value()});
    if (!loaded.ok()) return Fail(loaded.error());
    PrintProblems(loaded.value().problems);
    if (!loaded.value().ok())
      return Fail(kExitBadData, "Expected policies without errors, but there are some");
    known = std::move(loaded.value().set->calendars);
  }
  const auto read = policy::ReadCalendarVectors(text.value(), settings.file, known);
  PrintProblems(read.problems);
  Table table({"id", "expected", "got", "ok"});
  size_t wrong = 0;
  for (const model::CalendarVector& vector : read.vectors) {
    const std::string got = core::Answer(vector);
    const bool ok = got == vector.expected;
    if (!ok) ++wrong;
    if (core::BeyondHorizon(vector)) {
      std::fprintf(stderr, "%s: beyond the days that calendar %s %s covers\n", vector.id.c_str(),
                   vector.calendar.id.str().c_str(), vector.calendar.version.c_str());
    }
    table.Add({vector.id, vector.expected, got,
               Cell(ok ? "true" : "false", ok ? Colour::kGreen : Colour::kRed)});
  }
  PrintTable(table, FormatFromName(settings.format));
  const size_t bad = read.problems.size();
  std::fprintf(stderr, "%zu of %zu as expected%s\n", read.vectors.size() - wrong,
               read.vectors.size(),
               bad == 0 ? "" : (", " + Counted(static_cast<int64_t>(bad), "bad row")).c_str());
  return wrong + bad == 0 ? kExitDone : kExitBadData;
}

}  // namespace

void AddCalendar(Command root) {
  Command calendar = root.Sub("calendar", "Hold the calendar arithmetic against worked cases");
  Command check =
      calendar.Sub("check",
                   "Evaluate working-time vectors; exit code 65 if one differs or cannot be "
                   "read, each of those told as file:line: message");
  auto settings = std::make_shared<Settings>();
  check.Text(
      "VECTORS", &settings->file,
      "CSV with the columns id, op, tz, week, holidays, special_hours, start, arg, expected; "
      "or calendar, a name, in place of tz to special_hours",
      true);
  check.Text("--policy", &settings->policy,
             "Directory of policies whose calendars can be named; default: those shipped");
  AddFormat(check, &settings->format);
  check.Run([settings] { return Check(*settings); });
}

}  // namespace caseclock::cli
