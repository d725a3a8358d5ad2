#include <memory>

#include "consumers/cli/commands.h"
#include "consumers/cli/exit_code.h"
#include "consumers/cli/output.h"
#include "consumers/cli/render.h"
#include "consumers/cli/source.h"

namespace caseclock::cli {
namespace {

struct Settings {
  SourceSettings source;
  std::string queue;
  bool rollup = false;
  bool clocks = false;
  bool screening = false;
  bool caseload = false;
  std::optional<base::Instant> at;
  std::string known;
  std::string format;
};

int Backlog(const Settings& settings) {
  if (!settings.known.empty() && !settings.at) {
    return Fail(kExitUsage, "Expected --known only together with --at, but got it alone");
  }
  auto source = Source::Open(settings.source);
  if (!source.ok()) return Fail(source.error());
  auto json = source.value()->Get(
      TargetOf("/v1/backlog", {{"queue", settings.queue},
                               {"rollup", settings.rollup ? "1" : ""},
                               {"at", settings.at ? base::FormatInstant(*settings.at) : ""},
                               {"known", settings.known}}));
  if (!json.ok()) return Fail(json.error());
  // One queue by its name is asked for as GET /v1/backlog/{queue} does; a prefix is a filter. The
  // figures of a roll-up alone do not show that they are of nothing. Where nobody has told figures
  // yet, it may be there all the same.
  const bool one = !settings.queue.empty() && !settings.queue.ends_with('*');
  if (one && (settings.rollup || IsEmptyList(json.value()))) {
    const UnknownQueue unknown = FindUnknownQueue(source.value().get(), settings.queue);
    if (unknown.others) return Fail(kExitNoInput, unknown.problem);
  }
  TellUnknownQueue(source.value().get(), settings.queue, json.value());
  const auto table = settings.clocks      ? ClockTable
                     : settings.screening ? ScreeningTable
                     : settings.caseload  ? CaseloadTable
                                          : BacklogTable;
  const std::string none = settings.screening  ? "Nothing was screened in the last 28 days"
                           : settings.caseload ? "No queue with cases limits caseloads"
                                               : "No queue has figures";
  source.value().reset();
  return PrintAnswer(
      json.value(), FormatFromName(settings.format), table,
      none + (settings.queue.empty() ? std::string() : " under " + settings.queue) + ".",
      BacklogNote);
}

}  // namespace

void AddBacklog(Command root) {
  Command command = root.Sub("backlog", "Figures of the queues, now or at an instant of the past");
  auto settings = std::make_shared<Settings>();
  AddSource(command, &settings->source);
  command.Text("--queue", &settings->queue, "One queue, or a prefix that ends in *; default: all");
  command.Flag("--rollup", &settings->rollup, "One result over all of them");
  command.Flag("--clocks", &settings->clocks,
               "A line a clock instead of a line a queue (text, csv)");
  command.Flag("--screening", &settings->screening,
               "Screening decisions by guidance and role instead (text, csv)");
  command.Flag("--caseload", &settings->caseload,
               "Handlers with more open cases than the policy's limit instead (text, csv)");
  command.Instant("--at", &settings->at,
                  "Figures as of this instant of the past, or of now, by a scan over all cases");
  command.Choice(
      "--known", &settings->known, {"then", "now"},
      "With --at: only what had arrived by it, by the calendars of then (default), or all that "
      "is known today, by those of today");
  command.OnlyIf("--known", [settings] { return settings->at.has_value(); });
  command.OneOf({"--clocks", "--screening", "--caseload"});
  AddFormat(command, &settings->format);
  command.Footer(
      "Exit code 66: there are figures, but none of the queue that --queue names.\n"
      "Without --at, figures are as of now while an engine runs, and else as of the last that it\n"
      "processed; with --rollup too. Text says the instant; the rest has as_of and watermark.");
  command.Run([settings] { return Backlog(*settings); });
}

}  // namespace caseclock::cli
