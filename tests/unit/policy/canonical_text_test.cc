// The text and the hash of a policy set, by which the log knows it.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/policy/policy_texts.h"

namespace caseclock::policy {
namespace {

using testing::IsEmpty;

TEST(Hash, IsOfTheContentAndSurvivesTheLog) {
  const LoadResult result = LoadPolicyDir(ShippedFolder());
  ASSERT_TRUE(result.ok());
  EXPECT_EQ(result.set->hash.size(), 32U);
  const auto back = ParseCanonicalText(CanonicalText(result.texts));
  ASSERT_TRUE(back.ok());
  EXPECT_EQ(back.value(), result.texts);
  const LoadResult again = LoadPolicyTexts(back.value());
  EXPECT_THAT(Told(again), IsEmpty());
  EXPECT_EQ(again.set->hash, result.set->hash);
  PolicyTexts shuffled(result.texts.rbegin(), result.texts.rend());
  EXPECT_EQ(LoadPolicyTexts(shuffled).set->hash, result.set->hash);
  shuffled[0].second += "# a comment\n";
  EXPECT_NE(LoadPolicyTexts(shuffled).set->hash, result.set->hash);
}

TEST(Hash, IsFixedForEver) {
  const PolicyTexts texts = {{"c.yaml", Calendar("")}, {"zones/Europe/London", "version x\n- 0\n"}};
  const LoadResult result = LoadPolicyTexts(texts);
  ASSERT_TRUE(result.ok());
  EXPECT_EQ(CanonicalText(texts).substr(0, 40), "caseclock-policies 1\nfile 115 c.yaml\ncal");
  EXPECT_EQ(result.set->hash, "45fee0fea9815956ef8b09fc3da66f3a");
}

TEST(Hash, ASetCarriesItsClockChanges) {
  const LoadResult result =
      LoadPolicyTexts({{"c.yaml", Calendar("")},
                       {"zones/Europe/London", "version old\n- 0\n1000 3600\n"},
                       {"zones/Europe/Paris", "unused"}});
  ASSERT_TRUE(result.ok());
  EXPECT_EQ(result.set->calendars[0].zone.version, "old");
  EXPECT_EQ(result.set->calendars[0].zone.transitions.size(), 2U);
  EXPECT_EQ(result.texts.size(), 2U);
}

TEST(CanonicalText, BrokenTextIsRefused) {
  for (const char* text :
       {"", "caseclock-policies 2\n", "caseclock-policies 1\nfile 5 a\nabc\n",
        "caseclock-policies 1\nfile x a\nabc\n", "caseclock-policies 1\nfile 3\nabc\n",
        "caseclock-policies 1\nfile 3 a\nabcd\n"})
    EXPECT_FALSE(ParseCanonicalText(text).ok()) << text;
}

}  // namespace
}  // namespace caseclock::policy
