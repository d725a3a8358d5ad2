// Conditions that never hold, sums and notices that never come about, ladders out of order: each
// rule of the linter where it fires, and where it does not.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "engine/policy/lint.h"
#include "tests/unit/policy/policy_texts.h"

namespace caseclock::policy {
namespace {

using testing::Contains;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

// A version with a clock `c` that stops on a visit, from the lines given for each.
std::vector<std::string> Linted(const std::string& version, const std::string& clock,
                                const std::string& deadline = "elapsed",
                                const std::string& limit = "limit: P30D") {
  return Told(
      "workflow: w\nversions:\n  - version: v\n    stages: [new]\n    risks: [high, low]\n" +
      version + "    clocks:\n      c:\n        deadline: " + deadline + "\n        " + limit +
      "\n        stops_on: {performed: visit}\n        source: a test\n" + clock);
}
std::vector<std::string> WithClock(const std::string& clock) {
  return Linted(
      "    lookbacks:\n      recent: {of: referred, within: P12M}\n"
      "    screening: {guidance: [g]}\n",
      clock + "        ladder: [breach]\n");
}
std::vector<std::string> WithLadder(const std::string& ladder, const std::string& deadline,
                                    const std::string& limit) {
  return Linted("", "        starts_on: assigned\n        ladder: " + ladder + "\n", deadline,
                limit);
}
constexpr char kRuns[] = "        starts_on: assigned\n        ladder: [breach]\n";

TEST(LintConditions, ThatNeverHold) {
  EXPECT_THAT(WithClock("        starts_on: [assigned, {referred: any, when: recent}]\n"),
              Contains(HasSubstr("nothing has happened before a case is referred")));
  EXPECT_THAT(WithClock("        starts_on: [{performed: x, when: deviation}]\n"),
              Contains(HasSubstr("deviation holds of screened events alone")));
  EXPECT_THAT(WithClock("        starts_on: [{performed: x, when: recent, unless: recent}]\n"),
              Contains(HasSubstr("it asks for recent and for its absence")));
  EXPECT_THAT(WithClock("        starts_on: [{performed: x, when: recent}, "
                        "{screened: any, when: deviation}]\n"),
              IsEmpty());
  EXPECT_THAT(
      Linted("    lookbacks:\n      l: {of: {performed: x, when: l}, within: P12M}\n", kRuns),
      Contains(HasSubstr("l asks for itself in every event of of")));
}

TEST(LintConditions, AssessmentsThatSetAClassStopNoLackOfAGrade) {
  const auto stopped_by = [](const std::string& match, const std::string& set_by) {
    return Told(
        "workflow: w\nversions:\n  - version: v\n    stages: [new]\n    risks: [high, low]\n"
        "    classes:\n      rights: {set_by: " +
        set_by +
        ", values: [more, less]}\n    clocks:\n      ungraded:\n        starts_on: referred\n"
        "        stops_on: " +
        match +
        "\n        deadline: elapsed\n        limits_by: rights\n        limits: {more: P1D, "
        "default: P2D}\n        ladder: [breach]\n        source: a test\n");
  };
  EXPECT_THAT(stopped_by("assessed", "{assessed: needs}"),
              Contains(HasSubstr("assessed: needs stops it as well, which sets class rights and no "
                                 "grade: name the tools")));
  EXPECT_THAT(stopped_by("{assessed: dash}", "{assessed: needs}"), IsEmpty());
  EXPECT_THAT(stopped_by("assessed", "{performed: needs}"), IsEmpty());
}

TEST(LintConditions, SumsThatAreNeverReached) {
  const auto sum = [](const std::string& to, const std::string& total) {
    return WithClock("        accumulates: {from: {performed: a}, to: {performed: " + to +
                     "}, total: " + total + ", within: P12M}\n");
  };
  EXPECT_THAT(sum("b", "P400D"), Contains(HasSubstr("do not lie within P1Y")));
  EXPECT_THAT(sum("a", "P7D"), Contains(HasSubstr("also ends one")));
  EXPECT_THAT(sum("b", "P7D"), IsEmpty());
}

TEST(LintConditions, ClassesThatAnotherTakes) {
  const auto classes = [](const std::string& second) {
    return Linted(
        "    classes:\n      a: {set_by: {assessed: needs}, values: [x, y]}\n      b: "
        "{set_by: {assessed: " +
            second + "}, values: [x, y]}\n",
        kRuns);
  };
  EXPECT_THAT(classes("needs"), Contains(HasSubstr("sets a class above, which takes it")));
  EXPECT_THAT(classes("other"), Not(Contains(HasSubstr("which takes it"))));
}

TEST(LintConditions, GradesThatComeTooLate) {
  const auto keep = [](const std::string& ungraded) {
    return Linted("", std::string(kRuns) + "        regrade: keep\n", "elapsed",
                  "limits: {ungraded: " + ungraded + ", default: P7D}");
  };
  EXPECT_THAT(keep("none"), Contains(HasSubstr("keep leaves it at that")));
  EXPECT_THAT(keep("P1D"), IsEmpty());
}

TEST(LintConditions, LaddersOutOfOrder) {
  EXPECT_THAT(WithLadder("[{before: P1D}, 50%, breach]", "elapsed", "limit: P30D"),
              Contains(HasSubstr("warning_before_P1D comes after warning_50")));
  EXPECT_THAT(WithLadder("[50%, {before: P1D}, breach]", "elapsed", "limit: P30D"), IsEmpty());
}

// Golden vector: "24-hour warning on a 2-calendar-day term is valid; 5-business-day warning on a
// 48-hour term is invalid" (OpenRegister D-6).
TEST(LintConditions, AWarningOfADayFitsATermOfTwo) {
  for (const char* deadline : {"days_counting_trigger_day", "days_after_trigger_day"}) {
    EXPECT_THAT(WithLadder("[{before: PT24H}, breach]", deadline, "limit: P2D"), IsEmpty());
    EXPECT_THAT(WithLadder("[{before: P5D}, breach]", deadline, "limit: P2D"),
                Contains(HasSubstr("ahead of the start for every limit")));
  }
}

TEST(LintConditions, QualificationsThatNobodyIsToldOf) {
  const std::string asks = "    qualifications: [mosovo]\n";
  EXPECT_THAT(Linted(asks, kRuns), Contains(HasSubstr("none has runs_while: unqualified")));
  EXPECT_THAT(
      Told("workflow: w\nversions:\n  - version: v\n    stages: [new]\n    risks: [high, low]\n" +
           asks +
           "    clocks:\n      c: {runs_while: [unqualified], deadline: elapsed, limit: P1D, "
           "ladder: [breach], source: a test}\n"),
      IsEmpty());
}

TEST(LintConditions, GuidanceThatComesLaterThanItsVersion) {
  const auto from = [](const std::string& day) {
    return Told(
        "workflow: w\nversions:\n  - version: v\n    effective_from: 2026-01-01\n    stages: "
        "[new]\n    risks: [high, low]\n    screening:\n      guidance: [{version: g, "
        "effective_from: " +
        day + "}]\n");
  };
  EXPECT_THAT(from("2030-01-01"), Contains(HasSubstr("every decision until then deviates")));
  EXPECT_THAT(from("2026-01-01"), IsEmpty());
}

TEST(LintConditions, NoticesOfWhatStartsNothing) {
  const auto notice = [](const std::string& activity) {
    return Told(
        "workflow: w\nversions:\n  - version: v\n    stages: [new]\n    risks: [high, low]\n"
        "    clocks:\n      c: {starts_on: {performed: move}, stops_on: {performed: told}, "
        "advance: {notice: {scheduled: " +
        activity +
        "}, early: 2, late: 3, failed: f}, "
        "restarts: true, deadline: days_counting_trigger_day, limit: P3D, ladder: "
        "[breach], source: s}\n      f: {starts_on: {scheduled: " +
        activity +
        "}, stops_on: {performed: said}, restarts: true, from_scheduled: true, deadline: "
        "days_counting_trigger_day, limit: P6D, ladder: [breach], source: s}\n");
  };
  EXPECT_THAT(notice("trip"), Contains(HasSubstr("trip is not in starts_on")));
  EXPECT_THAT(notice("move"), IsEmpty());
}

}  // namespace
}  // namespace caseclock::policy
