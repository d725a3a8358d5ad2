#pragma once

// Policy files changed as people and disks change them: from a seed, always the same.

#include <cstdint>
#include <string>

#include "engine/policy/load.h"

namespace caseclock::policy::testing {

struct Mutation {
  std::string file;    // the one that was changed
  std::string what;    // "renamed key stops_on in line 12"
  bool wrong = false;  // whether loading must refuse it
  // The changed file; with the others where it names them, which only the queues do.
  PolicyTexts texts;
};

// REQUIRES: `shipped` is a sound set with workflows, queues and calendars.
Mutation Mutate(const PolicyTexts& shipped, uint32_t seed);

}  // namespace caseclock::policy::testing
