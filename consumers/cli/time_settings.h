#pragma once

// By which time cases are judged, as `run` and `engine` take it from the command line.

#include <optional>
#include <string>

#include "consumers/cli/arguments.h"
#include "engine/base/instant.h"
#include "engine/runtime/engine.h"

namespace caseclock::cli {

struct TimeSettings {
  std::string clock = "wall";          // or "log": the time of the records, for history
  std::optional<base::Instant> until;  // with "log": time runs on to this instant; absent: it stops

  [[nodiscard]] bool is_log() const { return clock == "log"; }
  [[nodiscard]] runtime::ClockMode mode() const {
    return is_log() ? runtime::ClockMode::kLog : runtime::ClockMode::kWall;
  }
};

// Adds --clock and --until. `settings` must outlive the command.
void AddTime(Command command, TimeSettings* settings);
// What on the command line contradicts; empty: nothing.
std::string ProblemOfTime(const TimeSettings& settings);

}  // namespace caseclock::cli
