// What the linter finds where the files of a set meet: stages, queues, owners, calendars and how
// far they reach.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "engine/policy/lint.h"
#include "tests/unit/policy/policy_texts.h"

namespace caseclock::policy {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::StartsWith;

std::string Version(const std::string& rest) {
  return "workflow: w\nversions:\n  - version: v\n" + rest;
}

// A set of one queue; the calendar is `calendar`, the clock goes by `deadline` and `limit`.
PolicyTexts Set(const std::string& calendar, const std::string& deadline, const std::string& limit,
                const std::string& queue = "{queue: a, workflow: w, calendar: c, team: t}") {
  return {{"c.yaml", calendar},
          {"q.yaml", "queues:\n  - " + queue + "\n"},
          {"w.yaml", Version("    stages: [a]\n    risks: []\n    clocks:\n      k:\n"
                             "        starts_on: referred\n        deadline: " +
                             deadline + "\n" + limit +
                             "        ladder: [breach]\n        source: a test\n"
                             "        stops_on: {performed: done}\n")}};
}

std::vector<std::string> Horizon(const PolicyTexts& texts, const char* now) {
  const LoadResult loaded = LoadPolicyTexts(texts);
  EXPECT_THAT(Told(loaded), IsEmpty());
  std::vector<std::string> out;
  for (const Problem& p : LintHorizon(*loaded.set, loaded.places, base::ParseInstant(now).value()))
    out.push_back(FormatProblem(p));
  return out;
}

TEST(LintSet, StagesThatNoEventLeadsTo) {
  EXPECT_THAT(
      Told(Version("    risks: []\n    stages:\n      - new\n"
                   "      - {name: a, enters_on: [{assigned: lead}]}\n"
                   "      - {name: b, enters_on: [assigned]}\n")),
      ElementsAre(AllOf(StartsWith("f.yaml:7: warning: Expected events that lead to stage a"),
                        HasSubstr("each of its enters_on leads to a later stage: give it"))));
  EXPECT_THAT(
      Told(Version("    risks: []\n    stages:\n      - new\n      - lost\n"
                   "      - {name: b, enters_on: [assigned]}\n")),
      ElementsAre(AllOf(StartsWith("f.yaml:7: warning: Expected events that lead to stage lost"),
                        HasSubstr("say so with enters_on: {staged: lost}"))));
  EXPECT_THAT(Told(Version("    risks: []\n    stages:\n      - new\n"
                           "      - {name: lost, enters_on: {staged: lost}}\n"
                           "      - {name: b, enters_on: [assigned]}\n")),
              IsEmpty());
  EXPECT_THAT(Told(Version("    risks: []\n    stages: [new, active, done]\n")), IsEmpty());
}

TEST(LintSet, ClassesThatNothingSetsOrGoesBy) {
  const std::string head = "    stages: [a]\n    risks: []\n    classes:\n      rights: {set_by: ";
  EXPECT_THAT(Told(Version(head + "[], values: [more]}\n")),
              ElementsAre(AllOf(StartsWith("f.yaml:7: Expected an event that sets class rights"),
                                HasSubstr("name one, like {performed: needs_assessment}"))));
  const std::string set = head + "{performed: look}, values: [more]}\n    clocks:\n      k:\n" +
                          "        starts_on: referred\n        deadline: elapsed\n"
                          "        ladder: [breach]\n        source: a test\n"
                          "        stops_on: {performed: done}\n";
  EXPECT_THAT(Told(Version(set + "        limit: P1D\n")),
              ElementsAre(StartsWith("f.yaml:7: warning: Expected a clock whose limits go by")));
  EXPECT_THAT(
      Told(Version(set + "        limits_by: rights\n        limits: {more: P1D, default: P2D}\n")),
      IsEmpty());
}

TEST(LintSet, QueuesThatNoCaseReaches) {
  const std::string workflow = "workflow: w\nversions: [{version: v, stages: [a], risks: []}]\n";
  EXPECT_THAT(
      Told(LoadPolicyTexts({{"c.yaml", Calendar("")},
                            {"q.yaml",
                             "queues:\n  - {queue: a/*, workflow: w, calendar: c}\n"
                             "  - {queue: a/b, workflow: w, calendar: c}\n"
                             "  - {queue: a/b*, workflow: w, calendar: c}\n"
                             "  - {queue: a, workflow: w, calendar: c}\n"},
                            {"w.yaml", workflow}})),
      ElementsAre(AllOf(StartsWith("q.yaml:3: Expected a queue that cases can reach"),
                        HasSubstr("\"a/*\" above takes them all"), HasSubstr(": move it up")),
                  StartsWith("q.yaml:4: Expected a queue that cases can reach")));
}

TEST(LintSet, WorkflowsThatNoQueueRuns) {
  PolicyTexts texts = Set(Calendar(""), "elapsed", "        limit: P1D\n");
  EXPECT_THAT(Told(LoadPolicyTexts(texts)), IsEmpty());
  texts.emplace_back("x.yaml", "workflow: x\nversions: [{version: v, stages: [a], risks: []}]\n");
  EXPECT_THAT(Told(LoadPolicyTexts(texts)),
              ElementsAre(AllOf(StartsWith("x.yaml:1: warning: Expected a queue that workflow x"),
                                HasSubstr("add one to the queues"))));
}

TEST(LintSet, ClocksThatNobodyAnswersFor) {
  const std::string limit = "        limit: P1D\n";
  const std::string no_team = "{queue: a, workflow: w, calendar: c}";
  EXPECT_THAT(Told(LoadPolicyTexts(Set(Calendar(""), "elapsed", limit, no_team))),
              ElementsAre(AllOf(StartsWith("q.yaml:2: warning: Expected somebody who answers for "
                                           "clock k in queue a"),
                                HasSubstr(": add team here, or owner to the clock"))));
  EXPECT_THAT(Told(LoadPolicyTexts(
                  Set(Calendar(""), "elapsed", limit + "        owner: sergeant\n", no_team))),
              IsEmpty());
}

TEST(LintSet, TheOwnerOfAVersionIsThatOfItsClocks) {
  const LoadResult loaded = LoadPolicyTexts(
      {{"f.yaml",
        Version("    owner: sergeant\n    stages: [a]\n    risks: []\n    clocks:\n"
                "      k: {starts_on: referred, deadline: elapsed, limit: P1D, ladder: [breach], "
                "source: x}\n"
                "      l: {starts_on: referred, deadline: elapsed, limit: P1D, ladder: [breach], "
                "source: x, owner: chair}\n")}});
  ASSERT_TRUE(loaded.ok());
  const model::WorkflowVersion& version = loaded.set->workflows[0].versions[0];
  EXPECT_EQ(version.clocks[0].owner, A("sergeant"));
  EXPECT_EQ(version.clocks[1].owner, A("chair"));
}

TEST(LintSet, WorkingTimeWithoutWorkingHours) {
  const std::string idle =
      "calendar: c\nversion: 1\nzone: UTC\n"
      "covers: {from: 2026-01-01, to: 2026-12-31}\nweek: {}\n";
  for (const auto& [deadline, limit] :
       {std::pair("working_time", "PT4H"), std::pair("working_days", "P2D")}) {
    EXPECT_THAT(
        Told(LoadPolicyTexts(Set(idle, deadline, std::string("        limit: ") + limit + "\n"))),
        ElementsAre(AllOf(StartsWith("w.yaml:9: Expected working hours in calendar c of queue a"),
                          HasSubstr(": give its week hours"))));
  }
  EXPECT_THAT(Told(LoadPolicyTexts(Set(idle, "elapsed", "        limit: PT4H\n"))), IsEmpty());
}

TEST(LintSet, MeetingsThatTheCalendarHasNot) {
  const std::string meetings =
      "meetings:\n  panel:\n"
      "    - {at: 2026-03-05T10:00:00Z, cutoff: 2026-03-01T10:00:00Z}\n"
      "    - {at: 2026-04-05T10:00:00Z, cutoff: 2026-04-01T10:00:00Z}\n";
  EXPECT_THAT(Told(LoadPolicyTexts(Set(Calendar(""), "{next_meeting: panel}", ""))),
              ElementsAre(AllOf(StartsWith("w.yaml:9: Expected meetings of the kind panel"),
                                HasSubstr(": add them under meetings"))));
  const PolicyTexts texts = Set(Calendar(meetings), "{next_meeting: panel}", "");
  EXPECT_THAT(Horizon(texts, "2026-02-01T00:00:00Z"), IsEmpty());
  EXPECT_THAT(Horizon(texts, "2026-03-02T00:00:00Z"),
              ElementsAre(AllOf(StartsWith("c.yaml:7: warning: Expected more than one meeting"),
                                HasSubstr(": add the next ones"))));
  EXPECT_THAT(Horizon(texts, "2026-04-02T00:00:00Z"),
              ElementsAre(StartsWith("c.yaml:7: Expected a meeting of the kind panel")));
}

TEST(LintSet, CalendarsPastTheirHorizon) {
  const PolicyTexts texts =
      Set(Calendar("holidays: [2026-12-25]\n"), "working_days", "        limit: P5D\n");
  EXPECT_THAT(Horizon(texts, "2026-08-01T00:00:00Z"), IsEmpty());
  EXPECT_THAT(Horizon(texts, "2026-10-01T00:00:00Z"),
              ElementsAre(AllOf(StartsWith("c.yaml:4: warning: Expected a calendar that covers the "
                                           "longest limit"),
                                HasSubstr("c covers days up to 2026-12-31"),
                                HasSubstr(": add the bank holidays published since"))));
  EXPECT_THAT(Horizon(texts, "2027-01-01T00:00:00Z"),
              ElementsAre(AllOf(StartsWith("c.yaml:4: Expected a calendar that covers today"),
                                HasSubstr("set covers.to"))));
  // Where nothing goes by holidays, a calendar is only a time zone.
  EXPECT_THAT(Horizon(Set(Calendar(""), "elapsed", "        limit: P5D\n"), "2027-01-01T00:00:00Z"),
              IsEmpty());
}

}  // namespace
}  // namespace caseclock::policy
