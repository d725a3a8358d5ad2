#include <memory>

#include "consumers/cli/commands.h"
#include "consumers/cli/exit_code.h"
#include "consumers/cli/output.h"
#include "consumers/cli/render.h"
#include "consumers/cli/source.h"
#include "consumers/http/json_text.h"
#include "consumers/http/message.h"

namespace caseclock::cli {
namespace {

struct ListSettings {
  SourceSettings source;
  bool standing = false;
  std::optional<base::Instant> since;
  std::string queue;
  int64_t limit = 1000;
  std::string format;
};

int List(const ListSettings& settings) {
  auto source = Source::Open(settings.source);
  if (!source.ok()) return Fail(source.error());
  auto listed = source.value()->GetList(
      TargetOf("/v1/alerts", {{"standing", settings.standing ? "1" : ""},
                              {"since", settings.since ? base::FormatInstant(*settings.since) : ""},
                              {"queue", settings.queue},
                              {"limit", std::to_string(settings.limit)}}));
  if (!listed.ok()) return Fail(listed.error());
  const std::string& json = listed.value().json;
  TellUnknownQueue(source.value().get(), settings.queue, json);
  source.value().reset();  // the reader of a pipe may want the directory
  const int code = PrintAnswer(json, FormatFromName(settings.format), AlertTable, "No alert.");
  TellRest(listed.value(), settings.limit, "alert");
  return code;
}

struct AckSettings {
  SourceSettings source;
  std::string id;
  std::string by;
  std::optional<base::Instant> until;
  std::string format;
};

int Acknowledge(const AckSettings& settings) {
  auto source = Source::Open(settings.source);
  if (!source.ok()) return Fail(source.error());
  std::string body;
  http::JsonWriter json(&body);
  json.Open('{').Key("by").Text(settings.by).Key("source").Text("caseclock-cli");
  if (settings.until) json.Key("until").Text(base::FormatInstant(*settings.until));
  json.Close('}');
  auto answer = source.value()->Post("/v1/alerts/" + http::Encode(settings.id) + "/ack",
                                     "application/json", body);
  if (!answer.ok()) return Fail(answer.error());
  return PrintAnswer(
      answer.value(), FormatFromName(settings.format),
      [](const std::string& text, bool) { return TakenTable(text); }, "");
}

}  // namespace

void AddAlerts(Command root) {
  Command alerts = root.Sub("alerts", "List alerts, or take one");
  Command list = alerts.Sub("list", "Alerts, the latest told first");
  auto settings = std::make_shared<ListSettings>();
  AddSource(list, &settings->source);
  list.Flag("--standing", &settings->standing, "Only those raised, acknowledged or escalated");
  list.Instant("--since", &settings->since, "Only what was told at or after");
  list.Text("--queue", &settings->queue, "One queue, or a prefix that ends in *; default: all");
  list.Number("--limit", &settings->limit, 1, 100'000, "At most so many");
  AddFormat(list, &settings->format);
  list.Run([settings] { return List(*settings); });

  Command ack = alerts.Sub("ack", "Take an alert: an `acknowledged` event for its case");
  auto taken = std::make_shared<AckSettings>();
  AddSource(ack, &taken->source,
            "Data directory; a process that holds it is asked to take the event, else it is "
            "appended to the log there and counts from the next `run` on");
  ack.Text("ID", &taken->id, "Alert id, 32 hex digits", true);
  ack.Text("--by", &taken->by, "Opaque reference of who takes it", true);
  ack.Instant("--until", &taken->until, "For how long; default: until it is resolved");
  ack.OwnMeaning("--until");
  AddFormat(ack, &taken->format);
  ack.Run([taken] { return Acknowledge(*taken); });
}

}  // namespace caseclock::cli
