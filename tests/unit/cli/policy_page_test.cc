// What a page of a policy says of screening, by the policies that ship.

#include "consumers/cli/policy_page.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "consumers/http/policy_json.h"
#include "engine/policy/load.h"

namespace caseclock::cli {
namespace {

using ::testing::HasSubstr;

TEST(PolicyPage, TellsTheSampleOfDecisionsAndWhatScoresCount) {
  const auto loaded = policy::LoadPolicyDir(CASECLOCK_SOURCE_DIR "/deploy/policies");
  ASSERT_TRUE(loaded.set.has_value());
  const auto page = PolicyPage(http::PolicySetToJson(*loaded.set), "marac");
  ASSERT_TRUE(page.ok());
  const std::string text = page.value().ToMarkdown();
  EXPECT_THAT(text, HasSubstr("5 % of the decisions are looked at again, whatever they say"));
  EXPECT_THAT(text, HasSubstr("a score of 14 and more, also of “dash”"));
  EXPECT_THAT(text, HasSubstr("a referral that names an earlier case"));
}

}  // namespace
}  // namespace caseclock::cli
