// Limits, ladders, dates and hours that cannot be, with the line they are told at.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/policy/policy_texts.h"

namespace caseclock::policy {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

TEST(LoadPolicyErrors, Limits) {
  EXPECT_THAT(Told(Clock("limit: 7 days")),
              ElementsAre("f.yaml:11: Expected a limit as a period like P7D, PT4H30M or 28d, but "
                          "there is no unit w, d, h, m, s or y in \"7 days\""));
  EXPECT_THAT(
      Told(Clock("limit: PT0S")),
      ElementsAre("f.yaml:11: Expected a limit as a period like P7D, PT4H30M or 28d, but it "
                  "is zero"));
  EXPECT_THAT(
      Told(Clock("deadline: working_time")),
      ElementsAre("f.yaml:11: Expected a limit of working time in hours like PT4H, but there "
                  "are days, which are not of one length"));
  std::string days = Clock("deadline: working_days");
  days.replace(days.find("P7D"), 3, "PT4H");
  EXPECT_THAT(Told(days), ElementsAre("f.yaml:11: Expected a limit of working days like P5D, "
                                      "but there is something else"));
  EXPECT_THAT(Told(Clock("limits: {high: P1D}")),
              ElementsAre("f.yaml:8: Expected either limit or limits, but there are both"));
  EXPECT_THAT(Told(Clock("limit:")),
              ElementsAre("f.yaml:8: Expected either limit or limits, but there is neither"));
}

TEST(LoadPolicyErrors, LimitsByRisk) {
  const auto by_risk = [](const std::string& limits) {
    std::string text = Clock("");
    return text.replace(text.find("limit: P7D"), 10, "limits: " + limits);
  };
  EXPECT_THAT(Told(by_risk("{high: P1D, default: P7D}")), IsEmpty());
  EXPECT_THAT(Told(by_risk("{high: P1D, low: none, ungraded: none}")), IsEmpty());
  EXPECT_THAT(Told(by_risk("{high: P1D, ungraded: none}")),
              ElementsAre("f.yaml:11: Expected a limit or none for every risk, or a default, but "
                          "there is none for low"));
  EXPECT_THAT(
      Told(by_risk("{hihg: P1D, default: P7D}")),
      ElementsAre("f.yaml:11: Expected a key of the limits (high, low, ungraded or default), "
                  "but there is \"hihg\" (did you mean \"high\"?)"));
}

TEST(LoadPolicyErrors, Ladders) {
  const auto ladder = [](const std::string& rungs) { return Told(Clock("ladder: " + rungs)); };
  const std::string at = "f.yaml:12: Expected ";
  EXPECT_THAT(ladder("[50%]"), ElementsAre(at + "a ladder with a breach, but there is none"));
  EXPECT_THAT(ladder("[breach, 50%]"),
              ElementsAre(at + "warnings before the breach, but this one comes after it"));
  EXPECT_THAT(ladder("[100%, breach]"),
              ElementsAre(at + "a percentage from 0 to 99, but it is \"100\""));
  const std::string order =
      "warnings in the order of time, but this one comes earlier than the one before";
  EXPECT_THAT(ladder("[75%, 50%, breach]"), ElementsAre(at + order));
  EXPECT_THAT(ladder("[{before: PT1H}, {before: PT2H}, breach]"), ElementsAre(at + order));
  EXPECT_THAT(ladder("[breach, breach]"),
              ElementsAre(at + "one breach after the warnings, but it comes after another breach"));
  EXPECT_THAT(ladder("[breach, {overdue: {every: P1D, cap: 2}}, {overdue: {every: P1D, cap: 2}}]"),
              ElementsAre(at + "overdue once, but it is there twice"));
  EXPECT_THAT(
      ladder("[breach, {overdue: {every: P1M, cap: 2}}]"),
      ElementsAre(at + "a time between repeats of fixed length, but there are months or years"));
  EXPECT_THAT(ladder("[breach, {overdue: {every: P1D, cap: 0}}]"),
              ElementsAre(at + "a number of repeats from 1 to 1000, but it is \"0\""));
  EXPECT_THAT(
      ladder("[breach, late]"),
      ElementsAre(at + "a rung: 75%, {before: PT24H}, breach or {overdue: {every: P1D, cap: "
                       "10}}, but there is \"late\""));
}

TEST(LoadPolicyErrors, EffectiveDates) {
  const auto two = [](const std::string& first, const std::string& second) {
    const std::string rest = "    stages: [a]\n    risks: [x]\n";
    return Told("workflow: w\nversions:\n  - version: one\n" + first + rest + "  - version: two\n" +
                second + rest);
  };
  EXPECT_THAT(two("", ""), ElementsAre("f.yaml:6: Expected effective_from in every version but the "
                                       "first, but there is none"));
  EXPECT_THAT(
      two("    effective_from: 2026-01-01\n", "    effective_from: 2026-01-01T00:00:00Z\n"),
      ElementsAre("f.yaml:8: Expected versions in the order of effective_from, but this one "
                  "is not after the one before"));
  EXPECT_THAT(two("", "    effective_from: soon\n"),
              ElementsAre("f.yaml:7: Expected effective_from like 2026-01-01 or "
                          "2026-01-01T00:00:00Z, but there is no date of the form YYYY-MM-DD in "
                          "\"soon\""));
}

TEST(LoadPolicyErrors, Calendars) {
  EXPECT_THAT(
      Told(Calendar("holidays: [25 Dec, 2027-01-01, 2026-12-25, 2026-12-25]\n")),
      ElementsAre("f.yaml:6: Expected a holiday as a date like 2026-12-25, but it is \"25 Dec\"",
                  "f.yaml:6: Expected a holiday within the days that the calendar covers, but "
                  "it lies outside",
                  "f.yaml:6: Expected each holiday once, but 2026-12-25 is there already"));
  EXPECT_THAT(
      Told(Calendar("special:\n  2026-12-24: 9-12\n")),
      ElementsAre("f.yaml:7: Expected hours like 09:00-17:00 or 09:00-12:00+13:00-17:00, but "
                  "there is \"9-12\""));
  const auto week = [](const std::string& text) {
    return Told(
        "calendar: c\nversion: 1\nzone: UTC\ncovers: {from: 2026-02-01, to: 2026-01-01}\n"
        "week:\n" +
        text);
  };
  const std::string covers =
      "f.yaml:4: Expected a last day after the first one, but it comes before";
  EXPECT_THAT(week("  monday: 09:00-17:00\n"),
              ElementsAre(covers,
                          "f.yaml:6: Expected a day or days of the week like mon or mon-fri, "
                          "but there is \"monday\""));
  EXPECT_THAT(week("  mon-wed: 09:00-17:00\n  wed: 09:00-12:00\n"),
              ElementsAre(covers,
                          "f.yaml:7: Expected hours once for each day of the week, but "
                          "\"wed\" has a day that has hours already"));
  EXPECT_THAT(week("  mon: 17:00-09:00\n"), testing::SizeIs(2));
}

}  // namespace
}  // namespace caseclock::policy
