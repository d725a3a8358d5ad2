// Names that refer to nothing or stand twice, with the line they are told at.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/policy/policy_texts.h"

namespace caseclock::policy {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

TEST(LoadPolicyErrors, UnknownNames) {
  EXPECT_THAT(Told(Clock("starts_on: refered")),
              ElementsAre(HasSubstr("there is \"refered\" (did you mean \"referred\"?)")));
  EXPECT_THAT(Told(Clock("starts_on: refered"))[0], HasSubstr("f.yaml:8: Expected an event ("));
  EXPECT_THAT(Told(Clock("starts_on: {staged: gone}")),
              ElementsAre("f.yaml:8: Expected a stage of this version (new or done), but there is "
                          "\"gone\" (did you mean \"done\"?)"));
  EXPECT_THAT(
      Told(Clock("starts_on: {screened: [in, inn]}")),
      ElementsAre("f.yaml:8: Expected a screening decision (in, out or returned), but there "
                  "is \"inn\" (did you mean \"in\"?)"));
  EXPECT_THAT(Told(Clock("starts_on: {interval_set: d}")),
              ElementsAre("f.yaml:8: Expected a clock of this version (c), but there is \"d\""));
  EXPECT_THAT(Told(Clock("limit: {high: P1D}")),
              ElementsAre("f.yaml:11: Expected a limit, but it is a map"));
  EXPECT_THAT(Told(Clock("deadline: workingtime")),
              ElementsAre("f.yaml:10: Expected a deadline (elapsed, working_time, "
                          "working_days, days_counting_trigger_day, "
                          "days_after_trigger_day or scheduled), "
                          "but there is \"workingtime\" (did you mean \"working_time\"?)"));
  EXPECT_THAT(Told(Clock("regrade: rebaze")),
              ElementsAre("f.yaml:14: Expected a rule for regrading (rebase, restart or keep), but "
                          "there is \"rebaze\" (did you mean \"rebase\"?)"));
  EXPECT_THAT(
      Told(Clock("calendar: england")),
      ElementsAre("f.yaml:14: Expected a calendar of this set, which has none, but there is "
                  "\"england\""));
  EXPECT_THAT(Told(Calendar("") + "zone: Europe/Lundon\n"), testing::SizeIs(1));
  EXPECT_THAT(Told("calendar: c\nversion: 1\nzone: Mars\ncovers: {from: 2026-01-01, to: "
                   "2026-12-31}\nweek: {}\n"),
              ElementsAre("f.yaml:3: Expected a time zone of /usr/share/zoneinfo such as "
                          "Europe/London, but there is no \"Mars\" (is tzdata installed?)"));
}

// One that has no name is not one to choose from.
TEST(LoadPolicyErrors, AQueueOfASetWithoutWorkflows) {
  const std::string queues = "queues:\n  - {queue: a/b, workflow: w, calendar: c}\n";
  const std::string told =
      "q.yaml:2: Expected a workflow of this set, which has none, but there is \"w\"";
  EXPECT_THAT(Told(LoadPolicyTexts({{"c.yaml", Calendar("")}, {"q.yaml", queues}})),
              ElementsAre(told));
  EXPECT_THAT(
      Told(LoadPolicyTexts(
          {{"c.yaml", Calendar("")}, {"f.yaml", "workflow:\nversions: []\n"}, {"q.yaml", queues}})),
      testing::Contains(told));
}

TEST(LoadPolicy, SourcesThatMustBeHeardFrom) {
  const auto with = [](const std::string& rules) {
    return LoadPolicyTexts({{"c.yaml", Calendar("")},
                            {"n.yaml",
                             "calendar: none\nversion: 1\nzone: Europe/London\n"
                             "covers: {from: 2026-01-01, to: 2026-12-31}\nweek: {}\n"},
                            {"q.yaml", "queues: []\nsources:\n" + rules}});
  };
  const LoadResult good = with(
      "  - {source: rms, silence: PT12H}\n"
      "  - {source: register, silence: PT9H, calendar: c, owner: data}\n");
  EXPECT_THAT(Told(good), testing::IsEmpty());
  ASSERT_TRUE(good.ok());
  const model::SourceRule by_day{A("rms"), base::Hours(12), {}, {}};
  const model::SourceRule by_office{A("register"), base::Hours(9), A("c"), A("data")};
  EXPECT_THAT(good.set->sources, ElementsAre(by_day, by_office));

  EXPECT_THAT(Told(with("  - {source: rms, silence: PT12H}\n"
                        "  - {source: rms, silence: PT30S}\n"
                        "  - {source: a, silence: P1D, calendar: cc}\n"
                        "  - {source: b}\n")),
              ElementsAre("q.yaml:4: Expected a silence of a minute or more, but it is PT30S",
                          HasSubstr("q.yaml:4: Expected each source once"),
                          HasSubstr("q.yaml:5: Expected a calendar of this set"),
                          HasSubstr("q.yaml:6: Expected")));
  EXPECT_THAT(Told(with("  - {source: rms, silence: PT12H, calendar: none}\n")),
              ElementsAre(HasSubstr("q.yaml:3: Expected working hours in calendar none of source "
                                    "rms, but it has none, so the source is never silent")));
}

TEST(LoadPolicyErrors, QueuesReferToWhatIsThere) {
  const PolicyTexts texts = {{"c.yaml", Calendar("")},
                             {"q.yaml",
                              "queues:\n"
                              "  - {queue: a, workflow: w, calendar: c}\n"
                              "  - queue: b\n"
                              "    workflow: ww\n"
                              "    calendar: cc\n"
                              "  - {queue: a, workflow: w, calendar: c}\n"
                              "  - {queue: a*b, workflow: w, calendar: c}\n"},
                             {"w.yaml", Clock("")}};
  EXPECT_THAT(
      Told(LoadPolicyTexts(texts)),
      ElementsAre("q.yaml:4: Expected a workflow of this set (w), but there is \"ww\" (did "
                  "you mean \"w\"?)",
                  "q.yaml:5: Expected a calendar of this set (c), but there is \"cc\" (did "
                  "you mean \"c\"?)",
                  "q.yaml:6: Expected each queue once, but this one stands in q.yaml:2 already",
                  "q.yaml:7: Expected a queue like wmp/marac, or a prefix that ends in *, "
                  "but there is \"a*b\""));
}

TEST(LoadPolicyErrors, NamesStandOnce) {
  EXPECT_THAT(Told(LoadPolicyTexts({{"a.yaml", Calendar("")}, {"b.yaml", Calendar("")}})),
              ElementsAre("b.yaml:1: Expected each calendar once, but this one stands in a.yaml:1 "
                          "already"));
  EXPECT_THAT(Told(LoadPolicyTexts({{"a.yaml", Clock("")}, {"b.yaml", Clock("")}})),
              ElementsAre("b.yaml:1: Expected each workflow once, but this one stands in a.yaml:1 "
                          "already"));
  const std::string twice = Clock("") + Clock("").substr(Workflow("").size());
  EXPECT_THAT(Told(twice),
              ElementsAre("f.yaml:14: Expected each clock once, but this one stands in f.yaml:7 "
                          "already"));
  EXPECT_THAT(
      Told("workflow: w\nversions:\n  - version: v\n    stages: [a, b, a]\n    risks: [x, x]\n"),
      ElementsAre("f.yaml:4: Expected each stage once, but \"a\" is there twice",
                  "f.yaml:5: Expected a risk once, but \"x\" is there twice"));
  EXPECT_THAT(Told("workflow: w\nversions: []\n"),
              ElementsAre("f.yaml:2: Expected at least one version, but there is none"));
  EXPECT_THAT(Told("workflow: w\nversions:\n  - version: v\n    stages: []\n    risks: []\n"),
              ElementsAre("f.yaml:4: Expected at least one stage, but there is none"));
}

}  // namespace
}  // namespace caseclock::policy
