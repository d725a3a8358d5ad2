// Every clock that ships is exercised by a script: it is due, it is breached, and it is over.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <map>
#include <set>

#include "engine/policy/load.h"
#include "tests/scenarios/script.h"

namespace caseclock::tests {
namespace {

// What scripts say of a clock of a workflow.
using Exercised = std::map<std::pair<std::string, std::string>, std::set<std::string>>;

// The value of key=value among the words; empty: there is none.
std::string ValueOf(const std::vector<std::string>& words, const std::string& key) {
  for (const std::string& word : words) {
    if (word.starts_with(key + "=")) return word.substr(key.size() + 1);
  }
  return "";
}

std::string WorkflowOf(const model::PolicySet& set, const std::string& queue) {
  const model::QueueBinding* binding = model::FindQueue(set, queue);
  return binding == nullptr ? "" : binding->workflow.str();
}

// "due", "breached" or "over", where the line says so of a clock.
void Note(const ScriptLine& line, const std::string& workflow, Exercised* exercised) {
  if (line.verb == "clock" && line.words.size() > 1) {
    if (!ValueOf(line.words, "due").empty()) (*exercised)[{workflow, line.words[0]}].insert("due");
    if (line.words[1] == "off") (*exercised)[{workflow, line.words[0]}].insert("over");
  }
  if (line.verb == "told" && line.words.size() > 1) {
    const size_t slash = line.words[1].find('/');
    const std::string clock = line.words[1].substr(0, slash);
    const bool raised = line.words[0] == "raised";
    if (raised && line.words[1].ends_with("/breach")) {
      (*exercised)[{workflow, clock}].insert("breached");
    }
    if (!raised) (*exercised)[{workflow, clock}].insert("over");
  }
}

Exercised ByScripts(const model::PolicySet& set) {
  Exercised exercised;
  const std::string folder = std::string(CASECLOCK_SOURCE_DIR) + "/tests/scenarios/shipped";
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    if (entry.path().extension() != ".case") continue;
    std::string workflow;
    for (const ScriptLine& line : ReadScript(entry.path()).lines) {
      const bool enters = line.verb == "event" && line.words.size() > 2 &&
                          (line.words[2] == "referred" || line.words[2] == "transferred");
      if (enters) workflow = WorkflowOf(set, ValueOf(line.words, "queue"));
      Note(line, workflow, &exercised);
    }
  }
  return exercised;
}

TEST(ShippedRules, AreExercisedByScripts) {
  const auto loaded = policy::LoadPolicyDir(std::string(CASECLOCK_SOURCE_DIR) + "/deploy/policies");
  ASSERT_TRUE(loaded.ok());
  Exercised exercised = ByScripts(*loaded.set);
  std::vector<std::string> missing;
  for (const model::Workflow& workflow : loaded.set->workflows) {
    for (const model::ClockRule& clock : workflow.versions.back().clocks) {
      const auto& known = exercised[{workflow.name.str(), clock.name.str()}];
      for (const char* state : {"due", "breached", "over"}) {
        if (known.contains(state)) continue;
        missing.push_back(workflow.name.str() + "/" + clock.name.str() + " " + state);
      }
    }
  }
  EXPECT_THAT(missing, testing::IsEmpty());
}

// A limit that ships says where it comes from, and how sure that is.
TEST(ShippedRules, NameTheirSourcesAndConfidence) {
  const auto loaded = policy::LoadPolicyDir(std::string(CASECLOCK_SOURCE_DIR) + "/deploy/policies");
  ASSERT_TRUE(loaded.ok());
  for (const model::Workflow& workflow : loaded.set->workflows) {
    for (const model::ClockRule& clock : workflow.versions.back().clocks) {
      EXPECT_THAT(clock.source, testing::ContainsRegex("\\[(F-[HML]|M-[HML]|INF|DESIGN)[^]]*\\]"))
          << workflow.name.view() << "/" << clock.name.view();
    }
  }
}

}  // namespace
}  // namespace caseclock::tests
