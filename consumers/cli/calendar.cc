#include <cstdio>
#include <memory>

#include "consumers/cli/commands.h"
#include "consumers/cli/data_dir.h"
#include "consumers/cli/exit_code.h"
#include "consumers/cli/input_file.h"
#include "consumers/cli/output.h"
#include "consumers/cli/table.h"
#include "engine/core/calendar_vectors.h"
#include "engine/policy/calendar_vectors.h"

namespace caseclock::cli {
namespace {

struct Settings {
  std::string file;
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
  auto vectors = policy::ReadCalendarVectors(text.value());
  if (!vectors.ok()) return Fail(kExitBadData, settings.file + ": " + vectors.error().message);
  Table table({"id", "expected", "got", "ok"});
  size_t wrong = 0;
  for (const model::CalendarVector& vector : vectors.value()) {
    const std::string got = core::Answer(vector);
    const bool ok = got == vector.expected;
    if (!ok) ++wrong;
    table.Add({vector.id, vector.expected, got,
               Cell(ok ? "true" : "false", ok ? Colour::kGreen : Colour::kRed)});
  }
  PrintTable(table, FormatFromName(settings.format));
  std::fprintf(stderr, "%zu of %zu as expected\n", vectors.value().size() - wrong,
               vectors.value().size());
  return wrong == 0 ? kExitDone : kExitBadData;
}

}  // namespace

void AddCalendar(Command root) {
  Command calendar = root.Sub("calendar", "Hold the calendar arithmetic against worked cases");
  Command check =
      calendar.Sub("check", "Evaluate working-time vectors; exit code 65 if one differs");
  auto settings = std::make_shared<Settings>();
  check.Text("VECTORS", &settings->file,
             "CSV with the columns id, op, tz, week, holidays, special_hours, start, arg, expected",
             true);
  AddFormat(check, &settings->format);
  check.Run([settings] { return Check(*settings); });
}

}  // namespace caseclock::cli
