// The policies that ship load; damaged ones are told, whatever was done to them.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <random>

#include "tests/unit/policy/policy_texts.h"

namespace caseclock::policy {
namespace {

using testing::IsEmpty;

TEST(ShippedPolicies, LoadWithoutProblems) {
  const LoadResult result = LoadPolicyDir(ShippedFolder());
  EXPECT_THAT(Told(result), IsEmpty());
  ASSERT_TRUE(result.ok());
  for (const char* queue : {"wmp/marac", "wmp/rso", "wmp/ocset", "wmp/investigation", "uci/none",
                            "police/burglary", "demo/x"}) {
    const model::QueueBinding* binding = model::FindQueue(*result.set, queue);
    ASSERT_NE(binding, nullptr) << queue;
    const model::Workflow* workflow = model::FindWorkflow(*result.set, binding->workflow);
    for (const char* clock : {"unassigned", "ungraded"}) {
      const model::ClockRule* rule = model::FindClock(workflow->versions[0], A(clock));
      ASSERT_NE(rule, nullptr) << queue;
      EXPECT_TRUE(rule->is_absence);
    }
  }
}

// Whatever is done to a file, loading answers.
TEST(ShippedPolicies, DamagedFilesAreProblemsNotCrashes) {
  const LoadResult shipped = LoadPolicyDir(ShippedFolder());
  std::mt19937_64 random(5);
  for (int round = 0; round < 400; ++round) {
    PolicyTexts texts = shipped.texts;
    std::string& text = texts[random() % texts.size()].second;
    for (uint64_t i = 0, n = 1 + random() % 4; i < n; ++i) {
      const size_t at = random() % text.size();
      const size_t size = std::min<size_t>(random() % 30, text.size() - at);
      switch (random() % 4) {
        case 0:
          text[at] = static_cast<char>(random());
          break;
        case 1:
          text.erase(at, std::min(size, text.size() - 1));
          break;
        case 2:
          text.insert(at, text.substr(random() % text.size(), size));
          break;
        default:
          text.insert(at, 1, "[]{}:,#&*!|>'\"%-\n \t"[random() % 20]);
          break;
      }
    }
    const LoadResult result = LoadPolicyTexts(texts);
    EXPECT_NE(result.ok(), HasErrors(result.problems));
  }
}

}  // namespace
}  // namespace caseclock::policy
