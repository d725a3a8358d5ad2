#include "consumers/cli/time_settings.h"

namespace caseclock::cli {

void AddTime(Command command, TimeSettings* settings) {
  command.Choice("--clock", &settings->clock, {"wall", "log"},
                 "Time: the wall clock, or the log's own (for history)");
  command.Instant("--until", &settings->until, "With --clock log: let time run on to this instant");
  command.OnlyIf("--until", [settings] { return settings->is_log(); });
}

std::string ProblemOfTime(const TimeSettings& settings) {
  if (!settings.until || settings.is_log()) return "";
  return "Expected --until only with --clock log, but got it with --clock wall";
}

}  // namespace caseclock::cli
