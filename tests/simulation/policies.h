#pragma once

// The workflow for IT incidents that ships, alone, with its calendar: every engine of a simulated
// run reads its policies anew, and all that ship take ten times as long to read.

#include <vector>

#include "engine/model/records.h"
#include "tests/common/shipped_policies.h"

namespace caseclock::simulation {

inline const std::vector<model::PolicyText>& SmallPolicies() {
  static const std::vector<model::PolicyText> kFiles = [] {
    std::vector<model::PolicyText> files;
    for (model::PolicyText& file : tests::ShippedPolicies()) {
      const bool wanted =
          file.name == "incident.yaml" || file.name.ends_with("round-the-clock.yaml");
      if (!wanted) continue;
      // None of it limits caseloads, whose figures are to be gone through as well.
      if (const size_t at = file.text.find("    clocks:\n"); at != std::string::npos)
        file.text.insert(at, "    caseload: {limit: 1, source: made up for tests}\n");
      files.push_back(std::move(file));
    }
    files.push_back({"queues.yaml",
                     "queues:\n  - {queue: demo/*, workflow: incident, team: demo, calendar: "
                     "round-the-clock}\n"});
    return files;
  }();
  return kFiles;
}

// The same after a correction: some days in the midst of the workload turn out to be holidays.
inline const std::vector<model::PolicyText>& CorrectedPolicies() {
  static const std::vector<model::PolicyText> kFiles = [] {
    std::vector<model::PolicyText> files = SmallPolicies();
    for (model::PolicyText& file : files) {
      if (!file.name.ends_with("round-the-clock.yaml")) continue;
      const std::string version = "version: 2026-01";
      file.text.replace(file.text.find(version), version.size(),
                        "version: 2026-02\n"
                        "holidays: [2026-03-18, 2026-03-19, 2026-03-20, 2026-03-21, 2026-03-22]");
    }
    return files;
  }();
  return kFiles;
}

}  // namespace caseclock::simulation
