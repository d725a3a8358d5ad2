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
  PolicyTexts texts;   // the whole set, with that file changed
};

// REQUIRES: `shipped` is a sound set with workflows, queues and calendars.
Mutation Mutate(const PolicyTexts& shipped, uint32_t seed);

}  // namespace caseclock::policy::testing
