// Clocks that read well and cannot work: each rule of the linter where it fires, with the line it
// is told at, and where it does not.

#include "engine/policy/lint.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/policy/policy_texts.h"

namespace caseclock::policy {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::StartsWith;

// The clock stands in line 7, its ladder in 8, deadline in 9, limit in 11, and `rules` from 12 on.
std::vector<std::string> Linted(const std::string& rules,
                                const std::string& ladder = "[50%, breach]",
                                const std::string& limit = "limit: P7D") {
  return Told(
      "workflow: w\nversions:\n  - version: v\n    stages: [new, done]\n"
      "    risks: [high, low]\n    clocks:\n      c:\n        ladder: " +
      ladder + "\n        deadline: elapsed\n        source: a test\n        " + limit + "\n" +
      rules);
}

// One finding, at the line, with what stands there and what mends it.
testing::Matcher<std::vector<std::string>> At(int line, const std::string& severity,
                                              const std::string& but, const std::string& mend) {
  return ElementsAre(
      AllOf(StartsWith("f.yaml:" + std::to_string(line) + ": " + severity + "Expected "),
            HasSubstr(", but " + but), HasSubstr(": " + mend)));
}
testing::Matcher<std::vector<std::string>> Error(int line, const std::string& but,
                                                 const std::string& mend) {
  return At(line, "", but, mend);
}
testing::Matcher<std::vector<std::string>> Warning(int line, const std::string& but,
                                                   const std::string& mend) {
  return At(line, "warning: ", but, mend);
}

constexpr char kStart[] = "        starts_on: referred\n";
constexpr char kStop[] = "        stops_on: {performed: visit}\n";

TEST(Lint, ASoundClock) {
  EXPECT_THAT(Linted(std::string(kStart) + kStop), IsEmpty());
}

TEST(Lint, NeverStarts) {
  EXPECT_THAT(Linted(std::string("        starts_on: []\n") + kStop),
              Error(12, "starts_on has none", "name one, like referred"));
  EXPECT_THAT(Linted(std::string("        starts_on: [voided, policy_moved]\n") + kStop),
              Error(12, "no clock sees those of starts_on", "name what happens to the case"));
  EXPECT_THAT(Linted(std::string("        starts_on: closed\n") + kStop),
              Error(12, "closing stops it (stops_at_close)", "add stops_at_close: false"));
  EXPECT_THAT(Linted("        starts_on: closed\n        stops_at_close: false\n"
                     "        stops_on: reopened\n"),
              IsEmpty());
}

TEST(Lint, AnAbsenceWithoutLimitNeverBegins) {
  const std::string absence = std::string(kStart) + "        stops_on: assessed\n";
  EXPECT_THAT(Linted(absence + "        absence: true\n", "[breach]", "limit: none"),
              Error(14, "one of an absence begins only where it has a limit", "give it one"));
  EXPECT_THAT(Linted(absence, "[breach]", "limit: none"), IsEmpty());
}

TEST(Lint, StartsAndStopsOnTheSame) {
  const auto told =
      Error(13, "every event that starts the clock also stops it", "take it out of stops_on");
  EXPECT_THAT(Linted("        starts_on: {screened: in}\n        stops_on: screened\n"), told);
  EXPECT_THAT(Linted("        starts_on: {screened: [in, out]}\n"
                     "        stops_on: [{screened: in}, {screened: out}]\n"),
              told);
  EXPECT_THAT(Linted("        starts_on: [referred, {screened: in}]\n        stops_on: screened\n"),
              Warning(13, "screened: in also stops it", "take it out of one of them"));
  EXPECT_THAT(Linted("        starts_on: screened\n        stops_on: {screened: out}\n"),
              IsEmpty());
}

TEST(Lint, NeverStops) {
  const std::string open = std::string(kStart) + "        stops_at_close: false\n";
  EXPECT_THAT(Linted(open), Error(13, "there is no stops_on, no resets_on and closing does not",
                                  "name what fulfils it in stops_on"));
  EXPECT_THAT(Linted(kStart),
              Warning(7,
                      "there is no stops_on and no resets_on, so closing cancels it and it is "
                      "never met",
                      "name what fulfils it in stops_on, closed where that is closing the case"));
  EXPECT_THAT(Linted(std::string(kStart) + "        stops_on: closed\n"), IsEmpty());
  EXPECT_THAT(Linted(open + "        stops_on: voided\n"),
              Error(14, "no clock sees the events of stops_on", "name what fulfils it"));
  EXPECT_THAT(Linted(open + "        stops_on: [voided, closed]\n"),
              Warning(14, "voided is seen by no clock", "take it out"));
}

TEST(Lint, OnlyCancelled) {
  const std::string open = std::string(kStart) + "        stops_at_close: false\n";
  EXPECT_THAT(Linted(open + "        cancels_on: {closed: merged}\n"),
              Warning(7,
                      "there is no stops_on and no resets_on, so it is cancelled and it is "
                      "never met",
                      "name what fulfils it"));
  EXPECT_THAT(Linted(std::string(kStart) + kStop + "        cancels_on: {performed: visit}\n"),
              Warning(14, "stopping comes first, so the clock is never cancelled",
                      "take its events out of stops_on"));
  EXPECT_THAT(Linted(std::string(kStart) + kStop + "        cancels_on: {closed: merged}\n"),
              IsEmpty());
  EXPECT_THAT(Linted("        starts_on: [referred, {screened: in}]\n        stops_on: closed\n"
                     "        cancels_on: screened\n"),
              Warning(14, "screened: in also cancels it", "take it out of one of them"));
}

TEST(Lint, NeverResets) {
  EXPECT_THAT(Linted(std::string(kStart) + kStop + "        resets_on: {performed: visit}\n"),
              Warning(14, "stopping comes first, so the clock is never reset",
                      "take its events out of stops_on"));
  EXPECT_THAT(Linted(std::string(kStart) + kStop + "        resets_on: {performed: call}\n"),
              IsEmpty());
}

TEST(Lint, ResumesOverAReset) {
  const std::string both = std::string(kStart) + kStop + "        resets_on: {performed: call}\n";
  EXPECT_THAT(Linted(both + "        resumes: true\n"),
              Warning(14,
                      "the clock goes on where it was when it "
                      "resumes, and while it is stopped no event resets it",
                      "take restarts, or stop it by no event"));
  EXPECT_THAT(Linted(both + "        restarts: true\n"), IsEmpty());
}

TEST(Lint, NeverPauses) {
  const auto told =
      Error(14, "that pause stops, cancels or resets it first", "take it out of stops_on");
  EXPECT_THAT(Linted(std::string(kStart) + "        stops_on: {paused: [custody, death]}\n"
                                           "        pauses_for: custody\n"),
              told);
  EXPECT_THAT(
      Linted(std::string(kStart) + "        resets_on: paused\n        pauses_for: custody\n"),
      told);
  EXPECT_THAT(Linted(std::string(kStart) + "        stops_on: {paused: custody}\n"
                                           "        extends_for: {reasons: custody, days: 3}\n"),
              told);
  EXPECT_THAT(Linted(std::string(kStart) + "        stops_on: {paused: death}\n"
                                           "        pauses_for: custody\n"),
              IsEmpty());
  EXPECT_THAT(Linted(std::string(kStart) + kStop + "        pauses_for: []\n"),
              Warning(14, "there is none", "name one, like custody"));
}

TEST(Lint, NeverResumes) {
  const auto told =
      Error(14, "that resume stops, cancels or resets it first", "take it out of stops_on");
  EXPECT_THAT(Linted(std::string(kStart) + "        stops_on: {resumed: custody}\n"
                                           "        pauses_for: [abroad, custody]\n"),
              told);
  EXPECT_THAT(
      Linted(std::string(kStart) + "        resets_on: resumed\n        pauses_for: custody\n"),
      told);
  EXPECT_THAT(Linted(std::string(kStart) + "        stops_on: {resumed: abroad}\n"
                                           "        pauses_for: custody\n"),
              IsEmpty());
}

TEST(Lint, BeginsPaused) {
  EXPECT_THAT(
      Linted(std::string("        starts_on: {paused: custody}\n") + kStop +
             "        pauses_for: [abroad, custody]\n"),
      Error(12, "every event of starts_on is a pause of pauses_for", "start it on resumed"));
  EXPECT_THAT(Linted(std::string("        starts_on: [referred, {paused: custody}]\n") + kStop +
                     "        pauses_for: custody\n"),
              Warning(12, "one event of starts_on is a pause", "start it on resumed"));
  EXPECT_THAT(Linted(std::string("        starts_on: {paused: returned}\n") + kStop +
                     "        pauses_for: custody\n"),
              IsEmpty());
}

TEST(Lint, WarningsLongerThanTheLimit) {
  const std::string both = std::string(kStart) + kStop;
  const std::string ladder = "[{before: PT24H}, breach]";
  EXPECT_THAT(Linted(both, ladder, "limit: P2D"), IsEmpty());
  EXPECT_THAT(Linted(both, ladder, "limit: PT24H"),
              Error(8, "P1D before is at or ahead of the start for every limit", "warn later"));
  EXPECT_THAT(Linted(both, "[{before: P5D}, breach]", "limit: PT48H"), testing::SizeIs(1));
  EXPECT_THAT(Linted(both, ladder, "limits: {high: PT4H, default: P7D}"),
              Warning(8, "P1D before is at or ahead of the start for some limits", "warn later"));
  EXPECT_THAT(Linted(both, ladder, "limits: {high: P2D, low: none, default: none}"), IsEmpty());
}

TEST(Lint, RisksWithoutATarget) {
  const std::string both = std::string(kStart) + kStop;
  EXPECT_THAT(Linted(both, "[breach]", "limits: {high: P2D, default: none}"),
              Warning(11, "low falls to a default of none", "give it a limit"));
  EXPECT_THAT(Linted(both, "[breach]", "limits: {high: P2D}"), testing::SizeIs(2));  // by loading
  EXPECT_THAT(Linted(both, "[breach]", "limits: {high: P2D, default: P3D}"), IsEmpty());
  EXPECT_THAT(Linted(both, "[breach]", "limits: {high: P2D, low: none, default: none}"), IsEmpty());
  EXPECT_THAT(Linted(both, "[breach]", "limits: {ungraded: P2D, default: none}"), IsEmpty());
}

TEST(Lint, ExtensionsThatDoNotExtend) {
  const std::string both = std::string(kStart) + kStop;
  EXPECT_THAT(Linted(both + "        extensions: [{authority: inspector, until: P7D}]\n"),
              Error(14, "P7D of inspector ends no later", "it counts from where the cycle began"));
  EXPECT_THAT(Linted(both + "        extensions: [{authority: inspector, until: P6M},\n"
                            "                     {authority: chief, until: P6M}]\n"),
              Warning(14, "P6M of chief ends no later than that of inspector", "order them"));
  EXPECT_THAT(Linted(both + "        extensions: [{authority: inspector, until: P14D},\n"
                            "                     {authority: chief, until: P1M}]\n"),
              IsEmpty());
}

// A warning leaves the set usable, an error does not.
TEST(Lint, OnlyErrorsRefuseASet) {
  const std::string text =
      "workflow: w\nversions: [{version: v, stages: [a, {name: b, enters_on: [assigned]}, {name: "
      "c, enters_on: [assigned]}], risks: []}]\n";
  const LoadResult result = LoadPolicyTexts({{"f.yaml", text}});
  EXPECT_EQ(result.problems.size(), 1U);
  EXPECT_TRUE(result.ok());
}

}  // namespace
}  // namespace caseclock::policy
