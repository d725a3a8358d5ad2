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
  std::string format;
};

int Sources(const Settings& settings) {
  auto source = Source::Open(settings.source);
  if (!source.ok()) return Fail(source.error());
  auto json = source.value()->Get("/v1/sources");
  if (!json.ok()) return Fail(json.error());
  source.value().reset();
  return PrintAnswer(json.value(), FormatFromName(settings.format), SourceTable,
                     "The policies name no source that must be heard from.");
}

}  // namespace

void AddSources(Command root) {
  Command command =
      root.Sub("sources", "Records systems that must be heard from, and which of them are silent");
  auto settings = std::make_shared<Settings>();
  AddSource(command, &settings->source);
  AddFormat(command, &settings->format);
  command.Run([settings] { return Sources(*settings); });
}

}  // namespace caseclock::cli
