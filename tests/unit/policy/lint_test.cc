// Rules that read well and cannot work.

#include "engine/policy/lint.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "engine/policy/load.h"

namespace caseclock::policy {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

std::vector<std::string> Told(const PolicyTexts& texts) {
  std::vector<std::string> out;
  for (const Problem& problem : LoadPolicyTexts(texts).problems)
    out.push_back(FormatProblem(problem));
  return out;
}

// The clock stands in line 7, its ladder in line 8.
std::vector<std::string> Clock(const std::string& rules,
                               const std::string& ladder = "[50%, breach]",
                               const std::string& limit = "limit: P7D") {
  return Told({{"f.yaml",
                "workflow: w\nversions:\n  - version: v\n    stages: [new, done]\n"
                "    risks: [high, low]\n    clocks:\n      c:\n        ladder: " +
                    ladder + "\n        deadline: elapsed\n        source: a test\n        " +
                    limit + "\n" + rules}});
}

constexpr char kStart[] = "        starts_on: referred\n";
constexpr char kStop[] = "        stops_on: {performed: visit}\n";

TEST(Lint, ASoundClock) {
  EXPECT_THAT(Clock(std::string(kStart) + kStop), IsEmpty());
}

TEST(Lint, NeverStarts) {
  EXPECT_THAT(
      Clock(std::string("        starts_on: []\n") + kStop),
      ElementsAre("f.yaml:7: Expected an event that starts the clock, but starts_on has none"));
  EXPECT_THAT(
      Clock(std::string("        starts_on: [voided, policy_moved]\n") + kStop),
      ElementsAre("f.yaml:7: Expected an event that starts the clock, but no clock sees those "
                  "of starts_on"));
  EXPECT_THAT(Clock(std::string("        starts_on: closed\n") + kStop),
              ElementsAre("f.yaml:7: Expected an event that starts the clock, but closing stops it "
                          "(stops_at_close)"));
  EXPECT_THAT(Clock("        starts_on: closed\n        stops_at_close: false\n        stops_on: "
                    "reopened\n"),
              IsEmpty());
}

TEST(Lint, StartsAndStopsOnTheSame) {
  const std::string told =
      "f.yaml:7: Expected starts_on and stops_on to differ, but every event that starts the clock "
      "also stops it";
  EXPECT_THAT(Clock("        starts_on: {screened: in}\n        stops_on: screened\n"),
              ElementsAre(told));
  EXPECT_THAT(Clock("        starts_on: {screened: [in, out]}\n        stops_on: [{screened: in}, "
                    "{screened: out}]\n"),
              ElementsAre(told));
  EXPECT_THAT(Clock("        starts_on: screened\n        stops_on: {screened: out}\n"), IsEmpty());
}

TEST(Lint, NeverStops) {
  EXPECT_THAT(Clock(std::string(kStart) + "        stops_at_close: false\n"),
              ElementsAre("f.yaml:7: Expected something that stops the clock, but there is no "
                          "stops_on, no resets_on and closing does not stop it"));
  EXPECT_THAT(Clock(kStart), IsEmpty());
}

TEST(Lint, NeverResets) {
  EXPECT_THAT(Clock(std::string(kStart) + kStop + "        resets_on: {performed: visit}\n"),
              ElementsAre("f.yaml:7: warning: Expected resets_on to differ from stops_on, but "
                          "stopping comes first, so the clock is never reset"));
}

TEST(Lint, NeverPauses) {
  const std::string told =
      "f.yaml:7: Expected a clock that can pause for custody, but that pause "
      "stops or resets it first";
  EXPECT_THAT(Clock(std::string(kStart) +
                    "        stops_on: {paused: [custody, death]}\n        pauses_for: custody\n"),
              ElementsAre(told));
  EXPECT_THAT(
      Clock(std::string(kStart) + "        resets_on: paused\n        pauses_for: custody\n"),
      ElementsAre(told));
  EXPECT_THAT(Clock(std::string(kStart) + kStop + "        pauses_for: []\n"),
              ElementsAre("f.yaml:7: warning: Expected reasons in pauses_for, but there is none"));
}

TEST(Lint, WarningsLongerThanTheLimit) {
  const std::string both = std::string(kStart) + kStop;
  const std::string ladder = "[{before: PT24H}, breach]";
  EXPECT_THAT(Clock(both, ladder, "limit: P2D"), IsEmpty());
  EXPECT_THAT(Clock(both, ladder, "limit: PT24H"),
              ElementsAre("f.yaml:8: Expected a warning within the limit, but P1D before is at or "
                          "ahead of the start for every limit"));
  EXPECT_THAT(Clock(both, "[{before: P5D}, breach]", "limit: PT48H"), testing::SizeIs(1));
  EXPECT_THAT(
      Clock(both, ladder, "limits: {high: PT4H, default: P7D}"),
      ElementsAre("f.yaml:8: warning: Expected a warning within the limit, but P1D before is "
                  "at or ahead of the start for some limits"));
  EXPECT_THAT(Clock(both, ladder, "limits: {high: P2D, default: none}"), IsEmpty());
}

TEST(Lint, StagesThatNoEventLeadsTo) {
  EXPECT_THAT(
      Told({{"f.yaml",
             "workflow: w\nversions:\n  - version: v\n    risks: []\n    stages:\n"
             "      - new\n"
             "      - {name: a, enters_on: [{assigned: lead}]}\n"
             "      - {name: b, enters_on: [assigned]}\n"}}),
      ElementsAre("f.yaml:3: warning: Expected events that lead to stage a, but each of its "
                  "enters_on leads to a later stage"));
}

TEST(Lint, QueuesThatNoCaseReaches) {
  const std::string calendar =
      "calendar: c\nversion: 1\nzone: UTC\n"
      "covers: {from: 2026-01-01, to: 2026-12-31}\nweek: {mon: 00:00-24:00}\n";
  const std::string workflow = "workflow: w\nversions: [{version: v, stages: [a], risks: []}]\n";
  EXPECT_THAT(
      Told({{"c.yaml", calendar},
            {"q.yaml",
             "queues:\n  - {queue: a/*, workflow: w, calendar: c}\n"
             "  - {queue: a/b, workflow: w, calendar: c}\n"
             "  - {queue: a/b*, workflow: w, calendar: c}\n"
             "  - {queue: a, workflow: w, calendar: c}\n"},
            {"w.yaml", workflow}}),
      ElementsAre("q.yaml:3: Expected a queue that cases can reach, but \"a/*\" above takes "
                  "them all (the first match wins)",
                  HasSubstr("q.yaml:4: Expected a queue that cases can reach")));
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
