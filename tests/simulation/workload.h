#pragma once

// What a simulated run is fed: a few random cases, and what goes wrong with their records on the
// way in. Small, so that a run takes milliseconds; the variety comes from the number of seeds.

#include <optional>
#include <string>
#include <vector>

#include "engine/base/instant.h"
#include "tests/simulation/random.h"

namespace caseclock::simulation {

struct Input {
  std::optional<std::string> key;
  std::optional<std::string> value;
  base::Instant timestamp;
};

struct Workload {
  std::vector<std::string> cases;
  // In the order of arrival: late ones, repeats, conflicts, voids, orphans, records without a key,
  // and records that cannot be used.
  std::vector<Input> inputs;
};

Workload MakeWorkload(Random random);

// Before the first of them happens.
base::Instant WorkloadBegins();
// By when every record has arrived; where the clock runs on to at the end.
base::Instant WorkloadEnds();
// In its midst: when calendars are corrected.
base::Instant CorrectedAt();

}  // namespace caseclock::simulation
