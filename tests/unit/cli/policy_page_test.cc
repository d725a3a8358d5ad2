// What a page of a policy says of screening, by the policies that ship.

#include "consumers/cli/policy_page.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "consumers/http/policy_json.h"
#include "engine/policy/load.h"

namespace caseclock::cli {
namespace {

using ::testing::HasSubstr;

// The page of a workflow that ships, as text.
std::string PageOf(const std::string& workflow) {
  const auto loaded = policy::LoadPolicyDir(CASECLOCK_SOURCE_DIR "/deploy/policies");
  EXPECT_TRUE(loaded.set.has_value());
  const auto page = PolicyPage(http::PolicySetToJson(*loaded.set), workflow);
  EXPECT_TRUE(page.ok());
  return page.value().ToMarkdown();
}

TEST(PolicyPage, TellsWhatIsDueBeforeADateAndWhatOutcomesThereAre) {
  const std::string rso = PageOf("rso");
  EXPECT_THAT(rso, HasSubstr("7 days before the date that is set"));
  EXPECT_THAT(rso, HasSubstr("It is due 7 days before the instant that it was scheduled for"));
  EXPECT_THAT(PageOf("investigation"), HasSubstr("An outcome is one of 1, 1A, 2, 3,"));
  EXPECT_THAT(PageOf("marac"), HasSubstr("When “action police” is given a date"));
}

TEST(PolicyPage, TellsTheSampleOfDecisionsAndWhatScoresCount) {
  const std::string text = PageOf("marac");
  EXPECT_THAT(text, HasSubstr("5 % of the decisions are looked at again, whatever they say"));
  EXPECT_THAT(text, HasSubstr("a score of 14 and more, also of “dash”"));
  EXPECT_THAT(text, HasSubstr("a referral that names an earlier case"));
}

}  // namespace
}  // namespace caseclock::cli
