// Clocks that are written once for several names, and the codes that outcomes can have.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/policy/policy_texts.h"

namespace caseclock::policy {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

// From line 7 on.
std::string Each(const std::string& name, const std::string& names) {
  return Workflow(
      "      " + name + ":\n        for_each: " + names +
      "\n        starts_on: [{scheduled: action_*}, {performed: [*_asked, asked]}]\n"
      "        stops_on: {performed: action_*}\n        deadline: elapsed\n"
      "        limit: P7D\n        ladder: [breach]\n        source: a test, * and all\n");
}

TEST(LoadEach, MakesOneClockOfEachName) {
  std::string text = Each("action_*", "[police, housing]");
  text.replace(text.find("[*_asked"), 8, "[a_*_b");
  const LoadResult result = LoadPolicyTexts({{"f.yaml", text}});
  ASSERT_THAT(Told(result), IsEmpty());
  const auto& clocks = result.set->workflows[0].versions[0].clocks;
  ASSERT_EQ(clocks.size(), 2U);
  EXPECT_EQ(clocks[0].name, A("action_police"));
  EXPECT_EQ(clocks[1].name, A("action_housing"));
  EXPECT_THAT(clocks[1].starts_on[0].codes, ElementsAre(A("action_housing")));
  EXPECT_THAT(clocks[1].starts_on[1].codes, ElementsAre(A("a_housing_b"), A("asked")));
  EXPECT_THAT(clocks[1].stops_on[0].codes, ElementsAre(A("action_housing")));
  EXPECT_EQ(clocks[1].source, "a test, * and all");
  EXPECT_EQ(result.places.at("workflow/w/v1/clock/action_housing").line, 7);
}

TEST(LoadEach, OneNameNeedsNoList) {
  std::string text = Each("action_*", "police");
  text.replace(text.find("[*_asked"), 8, "[a_*");
  EXPECT_THAT(Told(text), IsEmpty());
}

TEST(LoadEach, SaysWhatIsWrong) {
  const auto told = [](const std::string& name, const std::string& names,
                       const std::string& piece = "", const std::string& otherwise = "") {
    std::string text = Each(name, names);
    text.replace(text.find("[*_asked"), 8, "[a_*");
    if (!piece.empty()) text.replace(text.find(piece), piece.size(), otherwise);
    return Told(text);
  };
  EXPECT_THAT(told("action", "[police, housing]"),
              ElementsAre("f.yaml:7: Expected a clock's name with * for each of its names, but "
                          "there is \"action\""));
  EXPECT_THAT(told("action_*", "[]"),
              ElementsAre("f.yaml:8: Expected names in for_each, but there is none"));
  EXPECT_THAT(told("action_*", "[police, police]"),
              ElementsAre(HasSubstr("f.yaml:8: Expected a name once")));
  EXPECT_THAT(told("action_*", "[the police]"),
              ElementsAre(HasSubstr("f.yaml:8: Expected a name")));
  // Told once, not for each of them; so is what the linter finds.
  EXPECT_THAT(told("action_*", "[police, housing]", "limit: P7D", "limit: P7X"),
              ElementsAre(HasSubstr("f.yaml:12: Expected a limit")));
  EXPECT_THAT(told("action_*", "[police, housing]", "stops_on: {performed: action_*}",
                   "stops_on: [{scheduled: any}, performed]"),
              ElementsAre(HasSubstr("f.yaml:10: ")));
  // Without for_each there is nothing that * could stand for.
  EXPECT_THAT(told("action_*", "[police]", "        for_each: [police]\n", ""),
              testing::Contains(HasSubstr("f.yaml:7: Expected a clock")));
}

TEST(LoadOutcomes, AreOfTheCodesThatThereAre) {
  const std::string clock = Clock("");
  const auto with = [&](const std::string& codes, const std::string& positive) {
    return clock + "    outcome_codes: " + codes +
           "\n    outcomes: [{text: all, positive: " + positive + "}]\n";
  };
  const LoadResult result =
      LoadPolicyTexts({{"f.yaml", with("[\"1\", 1A, \"2\"]", "[\"1\", 1A]")}});
  ASSERT_THAT(Told(result), IsEmpty());
  EXPECT_THAT(result.set->workflows[0].versions[0].outcome_codes,
              ElementsAre(A("1"), A("1A"), A("2")));
  EXPECT_THAT(Told(with("[\"1\", 1A]", "[\"1\", 1B]")),
              ElementsAre(HasSubstr("Expected one of outcome_codes (1 or 1A), but there is "
                                    "\"1B\"")));
  EXPECT_THAT(Told(clock + "    outcomes: [{text: all, positive: [x]}]\n"), IsEmpty());
}

}  // namespace
}  // namespace caseclock::policy
