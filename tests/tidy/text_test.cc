// The text rules: each is broken once on a small sample, then held over the whole repository.

#include <gtest/gtest.h>

#include <algorithm>

#include "tests/tidy/rules/repository.h"
#include "tests/tidy/rules/text.h"

namespace caseclock::tidy {
namespace {

using Rule = std::vector<Finding> (*)(const TextFile&);

std::string Apply(Rule rule, const std::string& path, const std::string& text,
                  bool executable = false) {
  return Report(rule({.path = path, .text = text, .executable = executable}));
}

TEST(TextRules, Lines) {
  const std::string wide(100, 'x');
  EXPECT_EQ(Apply(CheckLines, "engine/a.cc", wide + "\n"), "");
  EXPECT_EQ(Apply(CheckLines, "engine/a.cc", "\n" + wide + "x\n"),
            "engine/a.cc:2: Expected at most 100 columns, but found 101\n");
  EXPECT_NE(Apply(CheckLines, "tests/a.py", "\tpass\n"), "");
  EXPECT_NE(Apply(CheckLines, "engine/a.h", "int a = 1; \n"), "");
  EXPECT_EQ(Apply(CheckLines, "README.md", wide + wide), "");
}

TEST(TextRules, LinesCountCharactersNotBytes) {
  std::string line;
  for (int i = 0; i < 100; ++i) line += "–";
  EXPECT_EQ(Apply(CheckLines, "engine/a.cc", line), "");
}

TEST(TextRules, HeaderStart) {
  EXPECT_EQ(Apply(CheckHeaderStart, "engine/a.h", "#pragma once\n\n// What it is.\n"), "");
  EXPECT_NE(Apply(CheckHeaderStart, "engine/a.h", "#pragma once\n\n#include <string>\n"), "");
  EXPECT_NE(Apply(CheckHeaderStart, "engine/a.h", "// What it is.\n#pragma once\n"), "");
  EXPECT_NE(Apply(CheckHeaderStart, "engine/a.h", ""), "");
  EXPECT_EQ(Apply(CheckHeaderStart, "engine/a.cc", "#include <string>\n"), "");
}

TEST(TextRules, NotesToSelf) {
  EXPECT_NE(Apply(CheckNoNotesToSelf, "engine/a.cc", std::string("// TO") + "DO: later\n"), "");
  EXPECT_NE(Apply(CheckNoNotesToSelf, "README.md", std::string("FIX") + "ME\n"), "");
  EXPECT_EQ(Apply(CheckNoNotesToSelf, "deploy/x", "mktemp a.XXXXXX\n"), "");
}

TEST(TextRules, Sleep) {
  const std::string nap = std::string("std::this_thread::sleep") + "_for(1s);\n";
  EXPECT_NE(Apply(CheckNoSleep, "tests/unit/a_test.cc", nap), "");
  EXPECT_EQ(Apply(CheckNoSleep, "tests/bench/a_bench.cc", nap), "");
  EXPECT_NE(Apply(CheckNoSleep, "engine/runtime/a.cc", nap), "");
  EXPECT_NE(Apply(CheckNoSleep, "tests/e2e/a.py", std::string("time.sle") + "ep(1)\n"), "");
  EXPECT_EQ(Apply(CheckNoSleep, "deploy/demo", std::string("sle") + "ep 0.1\n"), "");
}

TEST(TextRules, TestSwitchedOff) {
  EXPECT_NE(
      Apply(CheckNoTestSwitchedOff, "tests/a_test.cc", std::string("TEST(A, DIS") + "ABLED_B)"),
      "");
  EXPECT_NE(Apply(CheckNoTestSwitchedOff, "tests/a_test.cc", std::string("GTEST") + "_SKIP()"), "");
  EXPECT_EQ(Apply(CheckNoTestSwitchedOff, "tests/a_test.cc", "TEST(A, B) {}"), "");
}

TEST(TextRules, TestMaySkipOnAConditionWithAReason) {
  const std::string skip = std::string("GTEST") + "_SKIP()";
  EXPECT_EQ(Apply(CheckNoTestSwitchedOff, "tests/a.cc", "if (!data) " + skip + " << \"why\";"), "");
  EXPECT_NE(Apply(CheckNoTestSwitchedOff, "tests/a.cc", "if (!data) " + skip + ";"), "");
  EXPECT_NE(Apply(CheckNoTestSwitchedOff, "tests/a.cc", skip + " << \"why\";"), "");
}

TEST(TextRules, MachinePath) {
  EXPECT_NE(Apply(CheckNoMachinePath, "README.md", std::string("cd /ho") + "me/ann/caseclock\n"),
            "");
  EXPECT_NE(Apply(CheckNoMachinePath, ".ci/run", std::string("cd /wo") + "rk/x\n"), "");
  EXPECT_EQ(Apply(CheckNoMachinePath, "README.md", "cd ~/caseclock\n"), "");
}

TEST(TextRules, RunBit) {
  EXPECT_NE(Apply(CheckRunBit, "deploy/demo", "#!/usr/bin/env bash\n"), "");
  EXPECT_EQ(Apply(CheckRunBit, "deploy/demo", "#!/usr/bin/env bash\n", true), "");
  EXPECT_NE(Apply(CheckRunBit, "README.md", "# Caseclock\n", true), "");
}

TEST(TextRules, PureIncludes) {
  EXPECT_NE(Apply(CheckPureIncludes, "engine/core/a.cc", "#include <chrono>\n"), "");
  EXPECT_NE(Apply(CheckPureIncludes, "engine/model/a.h", "#include <unordered_map>\n"), "");
  EXPECT_EQ(Apply(CheckPureIncludes, "engine/core/a.cc", "#include <vector>\n"), "");
  EXPECT_EQ(Apply(CheckPureIncludes, "engine/core/figures.cc", "#include <unordered_map>\n"), "");
  EXPECT_NE(Apply(CheckPureIncludes, "engine/core/figures.cc", "#include <mutex>\n"), "");
  EXPECT_EQ(Apply(CheckPureIncludes, "engine/runtime/a.cc", "#include <thread>\n"), "");
}

struct NamedRule {
  const char* name;
  Rule rule;
};
void PrintTo(const NamedRule& rule, std::ostream* out) {
  *out << rule.name;
}

class RepositoryText : public ::testing::TestWithParam<NamedRule> {};

TEST_P(RepositoryText, KeepsTheRule) {
  std::vector<Finding> findings;
  for (const TextFile& file : ReadRepository(CASECLOCK_SOURCE_DIR)) {
    for (Finding& finding : GetParam().rule(file)) findings.push_back(std::move(finding));
  }
  EXPECT_TRUE(findings.empty()) << Report(findings);
}

std::string NameOf(const ::testing::TestParamInfo<NamedRule>& rule) {
  return rule.param.name;
}

INSTANTIATE_TEST_SUITE_P(Rules, RepositoryText,
                         ::testing::Values(NamedRule{"Lines", CheckLines},
                                           NamedRule{"HeaderStart", CheckHeaderStart},
                                           NamedRule{"NotesToSelf", CheckNoNotesToSelf},
                                           NamedRule{"Sleep", CheckNoSleep},
                                           NamedRule{"TestSwitchedOff", CheckNoTestSwitchedOff},
                                           NamedRule{"MachinePath", CheckNoMachinePath},
                                           NamedRule{"RunBit", CheckRunBit},
                                           NamedRule{"PureIncludes", CheckPureIncludes}),
                         NameOf);

// The walk itself sees what it should: rules over no files would hold as well.
TEST(RepositoryText, IsRead) {
  const std::vector<TextFile> files = ReadRepository(CASECLOCK_SOURCE_DIR);
  const auto has = [&](const std::string& path, bool executable) {
    return std::any_of(files.begin(), files.end(), [&](const TextFile& file) {
      return file.path == path && file.executable == executable;
    });
  };
  EXPECT_TRUE(has("engine/core/step.h", false));
  EXPECT_TRUE(has("deploy/lib.sh", false));
  for (const char* script :
       {"deploy/install", "deploy/build", "deploy/test", "deploy/demo", ".ci/run"})
    EXPECT_TRUE(has(script, true)) << script;
}

}  // namespace
}  // namespace caseclock::tidy
