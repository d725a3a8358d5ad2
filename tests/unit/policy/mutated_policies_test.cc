// 1,000 mutated policies: whatever was done to one of the shipped files, loading answers soon, with
// messages that say where and what, or takes it; what must be wrong is refused.
//
// A failing seed is repeated with CASECLOCK_SEED=<seed> policy_tests.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <ctime>

#include "engine/policy/lint.h"
#include "tests/unit/policy/mutations.h"
#include "tests/unit/policy/policy_texts.h"

namespace caseclock::policy {
namespace {

constexpr uint32_t kSeeds = 1'000;
constexpr double kMostSeconds = 2;  // of the processor, for one set; milliseconds are usual

// Whether every byte of `text` is part of a UTF-8 sequence, and none is a control character.
bool CanBeShown(std::string_view text) {
  size_t follow = 0;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if ((byte & 0xc0) == 0x80) {
      if (follow-- == 0) return false;
      continue;
    }
    if (follow != 0 || byte < ' ' || byte == 0x7f || byte >= 0xf8) return false;
    follow = byte >= 0xf0 ? 3 : byte >= 0xe0 ? 2 : byte >= 0xc0 ? 1 : 0;
  }
  return follow == 0;
}

void WantSensible(const Problem& problem, const PolicyTexts& texts) {
  const auto file = std::find_if(texts.begin(), texts.end(),
                                 [&](const auto& f) { return f.first == problem.file; });
  ASSERT_NE(file, texts.end()) << "names no file of the set: " << FormatProblem(problem);
  const auto& text = file->second;
  const auto lines = std::count(text.begin(), text.end(), '\n') + 1;
  EXPECT_GE(problem.line, 1) << FormatProblem(problem);
  EXPECT_LE(problem.line, lines) << FormatProblem(problem);
  EXPECT_TRUE(problem.message.starts_with("Expected ")) << FormatProblem(problem);
  EXPECT_NE(problem.message.find(", but "), std::string::npos) << FormatProblem(problem);
  EXPECT_LE(problem.message.size(), 700U) << FormatProblem(problem);
  EXPECT_TRUE(CanBeShown(problem.message)) << FormatProblem(problem);
}

// Answers whether the seed makes a set that must be refused.
bool Try(const PolicyTexts& shipped, uint32_t seed) {
  const testing::Mutation mutation = testing::Mutate(shipped, seed);
  SCOPED_TRACE("again: CASECLOCK_SEED=" + std::to_string(seed) +
               " policy_tests --gtest_filter='MutatedPolicies.*'  (" + mutation.file + ": " +
               mutation.what + ")");
  const std::clock_t begin = std::clock();
  const LoadResult result = LoadPolicyTexts(mutation.texts);
  const double seconds = static_cast<double>(std::clock() - begin) / CLOCKS_PER_SEC;
  EXPECT_LE(seconds, kMostSeconds);
  EXPECT_NE(result.ok(), HasErrors(result.problems));
  for (const Problem& problem : result.problems) WantSensible(problem, mutation.texts);
  if (mutation.wrong) {
    EXPECT_FALSE(result.ok()) << "taken";
    EXPECT_TRUE(std::any_of(result.problems.begin(), result.problems.end(), [&](const Problem& p) {
      return p.file == mutation.file;
    })) << "nothing is told about the file that is wrong";
  }
  if (!result.ok()) return mutation.wrong;
  for (const Problem& problem :
       LintHorizon(*result.set, result.places, base::ParseInstant("2027-01-01T00:00:00Z").value()))
    WantSensible(problem, mutation.texts);
  return mutation.wrong;
}

TEST(MutatedPolicies, AreToldOrTaken) {
  const LoadResult shipped = LoadPolicyDir(ShippedFolder());
  ASSERT_TRUE(shipped.ok());
  if (const char* chosen = std::getenv("CASECLOCK_SEED"); chosen != nullptr) {
    Try(shipped.texts, static_cast<uint32_t>(std::strtoul(chosen, nullptr, 10)));
    return;
  }
  uint32_t wrong = 0;
  for (uint32_t seed = 1; seed <= kSeeds; ++seed) {
    wrong += Try(shipped.texts, seed) ? 1 : 0;
    if (HasFailure()) return;  // the first one is enough to read
  }
  EXPECT_GT(wrong, kSeeds / 5) << "few mutations are known to be wrong";
}

}  // namespace
}  // namespace caseclock::policy
