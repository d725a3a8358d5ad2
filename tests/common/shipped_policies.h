#pragma once

// The policies that ship, as the engine's topic of policies takes them: every file below
// deploy/policies, named by its path there. For programs built with CASECLOCK_SOURCE_DIR.

#include <filesystem>
#include <fstream>
#include <sstream>
#include <vector>

#include "engine/model/records.h"

namespace caseclock::tests {

inline std::vector<model::PolicyText> ShippedPolicies() {
  const std::filesystem::path root = CASECLOCK_SOURCE_DIR "/deploy/policies";
  std::vector<model::PolicyText> files;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(root)) {
    if (entry.path().extension() != ".yaml") continue;
    std::ifstream in(entry.path());
    std::stringstream text;
    text << in.rdbuf();
    files.push_back({std::filesystem::relative(entry.path(), root).string(), text.str()});
  }
  return files;
}

}  // namespace caseclock::tests
