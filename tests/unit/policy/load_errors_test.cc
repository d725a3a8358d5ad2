// Files, YAML, keys and values of the wrong kind, with the line they are told at.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/policy/policy_texts.h"

namespace caseclock::policy {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

TEST(LoadPolicyErrors, Files) {
  EXPECT_THAT(Told(LoadPolicyDir("/nowhere")),
              ElementsAre("/nowhere: Expected a directory of policies, but: No such file or "
                          "directory"));
  EXPECT_THAT(Told(LoadPolicyFiles({"/nowhere/x.yaml"})),
              ElementsAre("/nowhere/x.yaml: Expected a file that can be read, but it cannot"));
  EXPECT_THAT(Told(LoadPolicyTexts({{"a", Calendar("")}, {"a", "calendar: d"}})).front(),
              "a: Expected files with different names, but \"a\" is there twice");
  const std::string kinds =
      "Expected one of the keys workflow, queues or calendar, but there is none";
  EXPECT_THAT(Told(""), ElementsAre("f.yaml:1: " + kinds));
  EXPECT_THAT(Told("- a\n"), ElementsAre("f.yaml:1: " + kinds));
  EXPECT_THAT(Told("# nothing\nclocks: {}\n"), ElementsAre("f.yaml:1: " + kinds));
}

TEST(LoadPolicyErrors, Yaml) {
  EXPECT_THAT(Told("queues:\n  - {queue: a\n  b"),
              ElementsAre(HasSubstr("f.yaml:3: Expected YAML, but ")));
  EXPECT_THAT(Told("queues: &q []\nmore: *q\n"),
              ElementsAre("f.yaml:2: Expected values written out, but there is an alias (*name)"));
  EXPECT_THAT(Told("queues: []\n---\nqueues: []\n"),
              ElementsAre("f.yaml:3: Expected one document, but there is a second one"));
  EXPECT_THAT(Told("queues:\n  [a]: b\n"),
              ElementsAre("f.yaml:2: Expected a plain key, but there is a list or a map"));
  EXPECT_THAT(Told("queues: " + std::string(30, '[')).front(), HasSubstr("f.yaml:1: Expected "));
  EXPECT_THAT(Told("queues: \x01\xff\xfe").size(), 1U);
}

TEST(LoadPolicyErrors, UnknownKeysComeWithTheNearestOne) {
  EXPECT_THAT(Told(Clock("stop_on: closed")),
              ElementsAre(HasSubstr("but there is \"stop_on\" (did you mean \"stops_on\"?)")));
  EXPECT_THAT(Told(Clock("stop_on: closed"))[0],
              HasSubstr("f.yaml:14: Expected a key of a clock ("));
  EXPECT_THAT(
      Told(Calendar("holiday: []\n")),
      ElementsAre(
          "f.yaml:6: Expected a key of a calendar (calendar, version, zone, week, "
          "covers, holidays, special, meetings or source), but there is \"holiday\" (did you "
          "mean \"holidays\"?)"));
  EXPECT_THAT(Told(Calendar("colour: red\n")), ElementsAre(HasSubstr("there is \"colour\"")));
  EXPECT_THAT(Told(Calendar("colour: red\n"))[0], Not(HasSubstr("did you mean")));
}

TEST(LoadPolicyErrors, RepeatedAndMissingKeys) {
  EXPECT_THAT(Told(Calendar("version: 2\n")),
              ElementsAre("f.yaml:6: Expected each key of a calendar once, but \"version\" stands "
                          "in line 2 already"));
  EXPECT_THAT(Told("calendar: c\nversion: 1\nzone: UTC\nweek: {mon: 09:00-10:00}\n"),
              ElementsAre("f.yaml:1: Expected a calendar with covers, but it has none"));
  EXPECT_THAT(Told(Clock("source:")),
              ElementsAre("f.yaml:8: Expected a clock with source, but it has none"));
  EXPECT_THAT(Told("queues:\n  - {queue: a}\n"),
              ElementsAre("f.yaml:2: Expected a queue with workflow, but it has none",
                          "f.yaml:2: Expected a queue with calendar, but it has none"));
}

TEST(LoadPolicyErrors, WrongTypes) {
  EXPECT_THAT(Told("queues: marac\n"),
              ElementsAre("f.yaml:1: Expected the queues as a list, but it is \"marac\""));
  EXPECT_THAT(
      Told("queues: [marac]\n"),
      ElementsAre("f.yaml:1: Expected a queue as a map of keys and values, but it is \"marac\""));
  EXPECT_THAT(Told(Clock("restarts: yes")),
              ElementsAre("f.yaml:14: Expected true or false for restarts, but it is \"yes\""));
  EXPECT_THAT(Told(Clock("source: [a]")),
              ElementsAre("f.yaml:13: Expected the source, but it is a list"));
  EXPECT_THAT(
      Told(Workflow("      c: soon\n")),
      ElementsAre("f.yaml:7: Expected a clock as a map of keys and values, but it is \"soon\""));
  EXPECT_THAT(
      Told(Clock("pauses_for: [in custody]")),
      ElementsAre("f.yaml:14: Expected a reason for a pause as a code of 1 to 64 of A-Z a-z "
                  "0-9 _ . : / + -, but it is \"in custody\""));
  EXPECT_THAT(
      Told(Clock("pauses_for: [a, a]")),
      ElementsAre("f.yaml:14: Expected a reason for a pause once, but \"a\" is there twice"));
}

TEST(LoadPolicyErrors, AllAreToldAtOnce) {
  const LoadResult result =
      LoadPolicyTexts({{"w.yaml", Clock("limit: soon")},
                       {"c.yaml", Calendar("holidays: [never]\n")},
                       {"q.yaml", "queues:\n  - {queue: a, workflow: x, calendar: c}\n"},
                       {"y.yaml", Workflow("      d:\n        starts_on: nothing\n")}});
  EXPECT_FALSE(result.ok());
  EXPECT_THAT(Told(result),
              ElementsAre(HasSubstr("c.yaml:6"), HasSubstr("q.yaml:2"), HasSubstr("w.yaml:11"),
                          HasSubstr("y.yaml:1: Expected each workflow once")));
}

TEST(LoadPolicyErrors, StatutoryShapes) {
  EXPECT_THAT(Told(Clock("limits_by: rights")),
              ElementsAre("f.yaml:14: Expected limits beside limits_by, but there is one limit for "
                          "all"));
  EXPECT_THAT(
      Told(Clock("extends_for: [custody]")),
      ElementsAre("f.yaml:14: Expected extends_for as a map of keys and values, but it is a list"));
  EXPECT_THAT(Told(Clock("extends_for: {reasons: custody}")),
              ElementsAre("f.yaml:14: Expected extends_for with days, but it has none"));
  EXPECT_THAT(Told(Clock("extends_for: {reasons: custody, days: 0}")),
              ElementsAre(HasSubstr("f.yaml:14: Expected a number of days")));
  EXPECT_THAT(
      Told(Clock("pauses_for: custody\n        extends_for: {reasons: [custody], days: 3}")),
      ElementsAre("f.yaml:15: Expected a reason either to pause for or to extend for, but custody "
                  "is in pauses_for as well"));
  EXPECT_THAT(Told(Clock("extensions: [{authority: di, until: P3M}, {authority: di, until: P6M}]")),
              ElementsAre("f.yaml:14: Expected each authority once, but di is there twice"));
  EXPECT_THAT(Told(Clock("extensions: [{authority: di}]")),
              ElementsAre("f.yaml:14: Expected an extension with until, but it has none"));
}

TEST(LoadPolicyErrors, Meetings) {
  const auto clock = [](const std::string& more, const std::string& ladder) {
    return "workflow: w\nversions:\n  - version: v1\n    stages: [new]\n    risks: [high]\n"
           "    clocks:\n      c:\n        starts_on: referred\n" +
           more + "        deadline: {next_meeting: panel}\n        ladder: " + ladder +
           "\n        source: a test\n        stops_on: {performed: done}\n";
  };
  EXPECT_THAT(Told(clock("", "[{before: P2D}, breach]")), testing::IsEmpty());
  EXPECT_THAT(Told(clock("        limit: P1D\n", "[breach]")),
              ElementsAre("f.yaml:8: Expected no limit beside next_meeting, but there is one"));
  EXPECT_THAT(Told(clock("", "[50%, breach]")),
              ElementsAre(HasSubstr("Expected warnings so long before the meeting")));
  const std::string first = "    - {at: 2026-03-17T09:30:00Z, cutoff: 2026-03-10T17:00:00Z}\n";
  EXPECT_THAT(Told(Calendar("meetings:\n  panel:\n" + first)), testing::IsEmpty());
  EXPECT_THAT(Told(Calendar("meetings:\n  panel:\n" + first + first)),
              ElementsAre(HasSubstr("Expected meetings and their cut-offs in the order of time")));
  EXPECT_THAT(Told(Calendar("meetings:\n  panel:\n    - {at: 2026-03-17T09:30:00Z, cutoff: "
                            "2026-03-18T17:00:00Z}\n")),
              ElementsAre(HasSubstr("Expected a cut-off before the meeting")));
}

TEST(LoadPolicyErrors, Classes) {
  const auto with = [](const std::string& classes, const std::string& limits) {
    return "workflow: w\nversions:\n  - version: v1\n    stages: [new]\n    risks: [high]\n"
           "    classes:\n      rights: " +
           classes + "\n    clocks:\n      c:\n        starts_on: referred\n" + limits +
           "        deadline: elapsed\n        ladder: [breach]\n        source: a test\n"
           "        stops_on: {performed: done}\n";
  };
  const std::string sound = "{set_by: {performed: needs}, values: [more, less]}";
  EXPECT_THAT(
      Told(with(sound, "        limits_by: right\n        limits: {default: P1D}\n")),
      ElementsAre("f.yaml:11: Expected a class of this version, but there is no \"right\""));
  EXPECT_THAT(Told(with(sound, "        limits_by: rights\n        limits: {more: P1D}\n")),
              ElementsAre("f.yaml:12: Expected the limits with default, but it has none"));
  EXPECT_THAT(
      Told(with(sound, "        limits_by: rights\n        limits: {mor: P1D, default: P2D}\n")),
      ElementsAre(HasSubstr("(did you mean \"more\"?)")));
  EXPECT_THAT(Told(with("{set_by: closed, values: [more]}", "        limit: P1D\n")),
              ElementsAre(HasSubstr("f.yaml:7: Expected assessed or performed events")));
}

}  // namespace
}  // namespace caseclock::policy
