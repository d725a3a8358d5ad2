#pragma once

// Parts of the command `state` that have files of their own.

#include <string>

#include "consumers/cli/brokers.h"
#include "engine/base/instant.h"

namespace caseclock::cli {

struct RepairSettings {
  std::string data;
  BrokerSettings brokers;
  std::string group = "caseclock";
  bool yes = false;
  base::Duration wait = base::Seconds(60);  // for the partitions of members that have ended
};
// The exit code: 0 repaired, or nothing to repair; 75 no consent, or engines are at work.
int RunRepair(const RepairSettings& settings);

}  // namespace caseclock::cli
