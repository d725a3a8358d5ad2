#pragma once

// Policy files as the tests of loading write them, sound but for what a test puts in, and what
// loading told about them.

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/policy/load.h"

namespace caseclock::policy {

inline base::Atom A(std::string_view text) {
  return base::Atom::Intern(text);
}

inline std::vector<std::string> Told(const LoadResult& result) {
  std::vector<std::string> out;
  for (const Problem& problem : result.problems) out.push_back(FormatProblem(problem));
  return out;
}

inline std::vector<std::string> Told(const std::string& text) {
  return Told(LoadPolicyTexts({{"f.yaml", text}}));
}

// A workflow of one version; lines 1 to 6, clocks from line 7 on.
inline std::string Workflow(const std::string& clocks) {
  return "workflow: w\n"
         "versions:\n"
         "  - version: v1\n"
         "    stages: [new, {name: done, enters_on: [{staged: done}]}]\n"
         "    risks: [high, low]\n"
         "    clocks:\n" +
         clocks;
}

// A sound clock from line 7 to 13, with one line put in place of that with the same key, or added
// as line 14.
inline std::string Clock(const std::string& line) {
  std::vector<std::pair<std::string, std::string>> lines = {
      {"starts_on", "referred"}, {"stops_on", "{performed: visit}"}, {"deadline", "elapsed"},
      {"limit", "P7D"},          {"ladder", "[50%, breach]"},        {"source", "a test"}};
  std::string out = "      c:\n";
  const std::string key = line.substr(0, line.find(':'));
  bool placed = line.empty();
  for (const auto& [k, v] : lines) {
    out += "        " + (k == key ? line : k + ": " + v) + "\n";
    placed = placed || k == key;
  }
  return Workflow(placed ? out : out + "        " + line + "\n");
}

inline std::string Calendar(const std::string& more) {
  return "calendar: c\n"
         "version: 1\n"
         "zone: Europe/London\n"
         "covers: {from: 2026-01-01, to: 2026-12-31}\n"
         "week: {mon-fri: 09:00-17:00}\n" +
         more;
}

inline std::string ShippedFolder() {
  return CASECLOCK_SOURCE_DIR "/deploy/policies";
}

}  // namespace caseclock::policy
