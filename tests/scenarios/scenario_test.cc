#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>

#include "engine/policy/load.h"
#include "tests/scenarios/case_runner.h"

namespace caseclock::tests {
namespace {

std::vector<std::string> Scripts() {
  std::vector<std::string> paths;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(
           std::string(CASECLOCK_SOURCE_DIR) + "/tests/scenarios")) {
    if (entry.path().extension() == ".case") paths.push_back(entry.path());
  }
  std::sort(paths.begin(), paths.end());
  return paths;
}

// Scripts in `shipped/` run under the policies that ship with the program, the others under the
// plain ones of this folder.
base::Result<ScriptTimeline> PoliciesFor(const std::string& path, const Script& script) {
  const bool shipped = path.find("/shipped/") != std::string::npos;
  const std::string root(CASECLOCK_SOURCE_DIR);
  auto policies =
      ScriptPolicies::Load(root + (shipped ? "/deploy/policies" : "/tests/scenarios/policies"));
  if (!policies.ok()) return policies.error();
  return policies.value().For(script);
}

class Scenario : public testing::TestWithParam<std::string> {};

TEST_P(Scenario, Holds) {
  const Script script = ReadScript(GetParam());
  const auto policies = PoliciesFor(GetParam(), script);
  ASSERT_TRUE(policies.ok()) << policies.error().message;
  for (const std::string& problem : RunScript(script, policies.value())) {
    ADD_FAILURE() << problem;
  }
}

TEST_P(Scenario, EndsTheSameInAnyOrder) {
  const Script script = ReadScript(GetParam());
  const auto policies = PoliciesFor(GetParam(), script);
  ASSERT_TRUE(policies.ok()) << policies.error().message;
  const char* fixed = std::getenv("CASECLOCK_SEED");
  const uint64_t first = fixed != nullptr ? std::strtoull(fixed, nullptr, 10) : 1;
  const uint64_t count = fixed != nullptr ? 1 : 60;
  for (uint64_t seed = first; seed < first + count; ++seed) {
    const auto problems = RunShuffled(script, policies.value(), seed);
    for (const std::string& problem : problems) {
      ADD_FAILURE() << problem << "\nagain: CASECLOCK_SEED=" << seed
                    << " scenario_tests --gtest_filter='*EndsTheSame*'";
    }
    if (!problems.empty()) break;
  }
}

INSTANTIATE_TEST_SUITE_P(All, Scenario, testing::ValuesIn(Scripts()), [](const auto& param) {
  std::string name = std::filesystem::path(param.param).stem();
  for (char& c : name) {
    if (std::isalnum(static_cast<unsigned char>(c)) == 0) c = '_';
  }
  return name;
});

}  // namespace
}  // namespace caseclock::tests
