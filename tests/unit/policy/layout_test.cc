// The table of keys: what it says is what the loader does and what the folder's README tells.

#include "engine/policy/layout.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <regex>
#include <set>
#include <sstream>

#include "engine/policy/reader.h"
#include "tests/unit/policy/policy_texts.h"

namespace caseclock::policy {
namespace {

void Collect(const Value& value, std::set<const Layout*>* layouts) {
  if (value.map != nullptr && layouts->insert(value.map).second) {
    for (const Key& key : value.map->keys) Collect(key.value, layouts);
  }
  for (const Value& part : value.of) Collect(part, layouts);
}

// Every layout that a file can lead to.
std::set<const Layout*> Reachable() {
  std::set<const Layout*> layouts;
  for (const Layout* file : {&WorkflowFile(), &QueuesFile(), &CalendarFile()}) {
    layouts.insert(file);
    for (const Key& key : file->keys) Collect(key.value, &layouts);
  }
  return layouts;
}

TEST(Layout, TheReadmeTellsOfEveryKey) {
  std::ifstream in(ShippedFolder() + "/README.md");
  std::stringstream readme;
  readme << in.rdbuf();
  const std::string text = readme.str();
  for (const Layout* layout : Reachable()) {
    for (const Key& key : layout->keys) {
      const std::string name(key.name);
      const std::regex told("(^|[^a-z_])" + name + "([^a-z_]|$)");
      EXPECT_TRUE(std::regex_search(text, told)) << layout->what << ": " << name;
      EXPECT_FALSE(key.says.empty()) << layout->what << ": " << name;
    }
  }
}

TEST(Layout, EveryNamedDeadlineAndRegradeIsADifferentRule) {
  std::vector<model::DeadlineRule> deadlines;
  for (const std::string_view name : DeadlineNames()) {
    const bool scheduled = name == "scheduled";
    const std::string limit = scheduled                ? ""
                              : name == "working_time" ? ", limit: PT4H"
                                                       : ", limit: P7D";
    const LoadResult loaded =
        LoadPolicyTexts({{"f.yaml", Workflow(std::string("      c: {starts_on: ") +
                                             (scheduled ? "{scheduled: x}" : "referred") +
                                             ", deadline: " + std::string(name) + limit +
                                             ", ladder: [breach], source: a test}\n")}});
    ASSERT_TRUE(loaded.ok()) << name;
    deadlines.push_back(loaded.set->workflows[0].versions[0].clocks[0].deadline);
    for (size_t i = 0; i + 1 < deadlines.size(); ++i)
      EXPECT_FALSE(deadlines[i] == deadlines.back()) << name;
  }
  std::set<model::RegradeRule> regrades;
  for (const std::string_view name : RegradeNames()) {
    const LoadResult loaded = LoadPolicyTexts({{"f.yaml", Clock("regrade: " + std::string(name))}});
    ASSERT_TRUE(loaded.ok()) << name;
    regrades.insert(loaded.set->workflows[0].versions[0].clocks[0].regrade);
  }
  EXPECT_EQ(regrades.size(), RegradeNames().size());
}

TEST(Layout, CodesAreWhatTheirPatternSays) {
  const std::regex pattern{std::string(kCodePattern)};
  for (int c = 1; c < 256; ++c) {
    const std::string text(1, static_cast<char>(c));
    EXPECT_EQ(IsCode(text), c < 128 && std::regex_match(text, pattern)) << c;
  }
  for (const size_t size : {0U, 1U, 64U, 65U}) {
    const std::string text(size, 'a');
    EXPECT_EQ(IsCode(text), std::regex_match(text, pattern)) << size;
  }
}

}  // namespace
}  // namespace caseclock::policy
