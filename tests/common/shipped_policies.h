#pragma once

// The policies that ship, as the engine's topic of policies takes them: every file below
// deploy/policies, named by its path there. For programs built with CASECLOCK_SOURCE_DIR.

#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
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

// The same with one bank holiday more, and another version of the calendar that has it.
inline std::vector<model::PolicyText> WithHoliday(const std::string& day,
                                                  const std::string& version) {
  std::vector<model::PolicyText> files = ShippedPolicies();
  for (model::PolicyText& file : files) {
    if (file.name != "calendars/england-and-wales.yaml") continue;
    file.text.insert(file.text.find("holidays:\n") + 10, "  - " + day + "\n");
    const size_t at = file.text.find("version: ");
    file.text.replace(at, file.text.find('\n', at) - at, "version: " + version);
  }
  return files;
}

}  // namespace caseclock::tests
