#pragma once

// The policies of a script: those it begins under, and those that come into force on the way, by
// lines like
//
//   corrected 2026-04-02T12 office +2026-04-07 -2026-04-06
//
// From that instant on there is another version of the calendar, with one holiday more and one
// less.

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "engine/policy/load.h"
#include "tests/scenarios/script.h"

namespace caseclock::tests {

// The sets in force one after another; they live as long as a copy of this does.
struct ScriptTimeline {
  std::vector<std::shared_ptr<const model::PolicySet>> sets;
  std::vector<model::PolicyPeriod> periods;
};

class ScriptPolicies {
 public:
  // Errors: kConfig, with every problem.
  static base::Result<ScriptPolicies> Load(const std::string& directory);
  // Errors: kInvalid (a line that corrects nothing), kConfig.
  base::Result<ScriptTimeline> For(const Script& script);

 private:
  base::Result<std::shared_ptr<const model::PolicySet>> Compile();

  policy::PolicyTexts texts_;
  std::map<std::string, std::shared_ptr<const model::PolicySet>> compiled_;  // by canonical text
};

}  // namespace caseclock::tests
