#include <cstdio>
#include <memory>
#include <nlohmann/json.hpp>

#include "consumers/cli/commands.h"
#include "consumers/cli/data_dir.h"
#include "consumers/cli/exit_code.h"
#include "consumers/cli/output.h"
#include "consumers/cli/render.h"
#include "consumers/cli/source.h"
#include "consumers/cli/terminal.h"
#include "consumers/http/engine_backend.h"

namespace caseclock::cli {
namespace {

struct Settings {
  SourceSettings source;
  int64_t limit = 100;
  bool raw = false;
  std::string format;
};

// The bytes may hold anything, personal data too: they are printed only when asked for, one record
// a line or so, and only from a directory that this process can open itself.
int PrintRaw(const Settings& settings) {
  const bool brokers = !settings.source.brokers.brokers.empty();
  if (settings.source.data.empty() && !brokers) {
    return Fail(kExitUsage,
                "Expected --raw with --data or --brokers, but got neither: bytes are not "
                "sent over HTTP");
  }
  auto log =
      brokers ? OpenBrokers(settings.source.brokers) : OpenDataLogToRead({settings.source.data});
  if (!log.ok()) return Fail(log.error());
  int64_t seen = 0;
  const std::string topic =
      brokers ? TopicsOf(settings.source.brokers).rejects : runtime::TopicNames().rejects;
  const base::Status status =
      http::ForEachReject(log.value().get(), topic, [&](const model::Reject& reject) {
        if (seen++ < settings.limit) Print(reject.value.value_or("") + "\n");
      });
  if (!status.ok() && status.error().kind != base::ErrorKind::kNotFound) {
    return Fail(status.error());
  }
  TellRest({{}, static_cast<uint64_t>(seen)}, settings.limit, "reject");
  return kExitDone;
}

// A conflict is no reject, for one of the two events stands; but who looks here looks for both.
void TellConflicts(Source* source) {
  const auto counts = source->Get("/v1/counts");
  if (!counts.ok()) return;  // the answer stands without it
  const auto json = nlohmann::json::parse(counts.value(), nullptr, false);
  const int64_t conflicts = json.is_object() ? json.value("conflicts", int64_t{0}) : 0;
  if (conflicts == 0) return;
  std::fprintf(stderr,
               "caseclock: since this engine started, %s came with the id of another event and "
               "other content; that is settled, not rejected: `caseclock explain CASE` shows what "
               "stands\n",
               Counted(conflicts, "record").c_str());
}

int List(const Settings& settings) {
  if (settings.raw) return PrintRaw(settings);
  auto source = Source::Open(settings.source);
  if (!source.ok()) return Fail(source.error());
  auto listed =
      source.value()->GetList(TargetOf("/v1/rejects", {{"limit", std::to_string(settings.limit)}}));
  if (!listed.ok()) return Fail(listed.error());
  const std::string& json = listed.value().json;
  TellConflicts(source.value().get());
  source.value().reset();
  const int code = PrintAnswer(
      json, FormatFromName(settings.format),
      [](const std::string& text, bool) { return RejectTable(text); }, "No reject.");
  TellRest(listed.value(), settings.limit, "reject");
  return code;
}

}  // namespace

void AddRejects(Command root) {
  Command rejects = root.Sub("rejects", "Records that could not be used");
  Command list =
      rejects.Sub("list", "The newest first: where each stood, and why; its bytes only by --raw");
  auto settings = std::make_shared<Settings>();
  AddSource(list, &settings->source,
            "Data directory; a process that holds it is asked (with --raw there may be none), else "
            "it is opened for reading");
  list.Number("--limit", &settings->limit, 1, 100'000, "At most so many");
  list.Flag(
      "--raw", &settings->raw,
      "Print the bytes instead, the oldest first, in no --format (they may hold personal data, so "
      "no process hands them out: not with --from)");
  AddFormat(list, &settings->format);
  list.OneOf({"--raw", "--format"});
  list.Run([settings] { return List(*settings); });
}

}  // namespace caseclock::cli
