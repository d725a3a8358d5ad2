#include <memory>

#include "consumers/cli/commands.h"
#include "consumers/cli/exit_code.h"
#include "consumers/cli/output.h"
#include "consumers/cli/render.h"
#include "consumers/cli/source.h"
#include "consumers/http/message.h"

namespace caseclock::cli {
namespace {

struct Settings {
  SourceSettings source;
  std::string queue;
  int64_t limit = 50;
  std::string case_id;
  std::string format;
};

int Cases(const Settings& settings) {
  auto source = Source::Open(settings.source);
  if (!source.ok()) return Fail(source.error());
  auto listed = source.value()->GetList(TargetOf(
      "/v1/cases", {{"queue", settings.queue}, {"limit", std::to_string(settings.limit)}}));
  if (!listed.ok()) return Fail(listed.error());
  const std::string& json = listed.value().json;
  TellUnknownQueue(source.value().get(), settings.queue, json);
  source.value().reset();  // the reader of a pipe may want the directory
  const int code = PrintAnswer(json, FormatFromName(settings.format), CaseTable, "No open case.");
  TellRest(listed.value(), settings.limit, "open case");
  return code;
}

int Explain(const Settings& settings) {
  auto source = Source::Open(settings.source);
  if (!source.ok()) return Fail(source.error());
  auto json = source.value()->Get("/v1/cases/" + http::Encode(settings.case_id));
  if (!json.ok()) return Fail(json.error());
  const Format format = FormatFromName(settings.format);
  if (format == Format::kText) {
    Print(CaseText(json.value(), UseColours(), TextWidth()));
    return kExitDone;
  }
  source.value().reset();
  return PrintAnswer(
      json.value(), format, [](const std::string& text, bool) { return LedgerTable(text); }, "");
}

}  // namespace

void AddCases(Command root) {
  Command command = root.Sub("cases", "Open cases, most urgent first");
  auto settings = std::make_shared<Settings>();
  AddSource(command, &settings->source);
  command.Text("--queue", &settings->queue, "One queue, or a prefix that ends in *; default: all");
  command.Number("--limit", &settings->limit, 1, 100'000, "At most so many");
  AddFormat(command, &settings->format);
  command.Run([settings] { return Cases(*settings); });
}

void AddExplain(Command root) {
  Command command = root.Sub(
      "explain", "One case: its ledger, stage, clocks, and the arithmetic of each due instant");
  auto settings = std::make_shared<Settings>();
  command.Text("CASE", &settings->case_id, "Case id", true);
  AddSource(command, &settings->source);
  AddFormat(command, &settings->format);
  command.Footer("As csv only the ledger is printed.");
  command.Run([settings] { return Explain(*settings); });
}

}  // namespace caseclock::cli
