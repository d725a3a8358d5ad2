// What a policy file may say.

#include "engine/policy/load.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/policy/policy_texts.h"

namespace caseclock::policy {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

TEST(LoadPolicy, AClockWithEverything) {
  const LoadResult result = LoadPolicyTexts({{"w.yaml", Workflow(R"(      c:
        starts_on: [referred, {screened: [in, out]}, performed: visit]
        stops_on: closed
        resets_on: {performed: [home_visit, office_visit]}
        from_referral: true
        restarts: true
        stops_at_close: false
        absence: true
        deadline: working_time
        calendar: c
        limits: {high: PT4H, ungraded: none, default: 8h}
        pauses_for: [custody, abroad]
        regrade: restart
        ladder: [50%, 75%, {before: PT1H}, breach, {overdue: {every: P1D, cap: 10}}]
        source: a test
)")},
                                             {"c.yaml", Calendar("")}});
  ASSERT_THAT(Told(result), IsEmpty());
  const model::ClockRule& clock = result.set->workflows[0].versions[0].clocks[0];
  EXPECT_EQ(clock.name, A("c"));
  ASSERT_EQ(clock.starts_on.size(), 3U);
  EXPECT_EQ(clock.starts_on[0].type, model::EventType::kReferred);
  EXPECT_THAT(clock.starts_on[1].codes, ElementsAre(A("in"), A("out")));
  EXPECT_EQ(clock.starts_on[2].type, model::EventType::kPerformed);
  EXPECT_THAT(clock.resets_on[0].codes, ElementsAre(A("home_visit"), A("office_visit")));
  EXPECT_TRUE(clock.from_referral && clock.after_stop == model::AfterStop::kRestart &&
              !clock.stops_at_close && clock.is_absence);
  EXPECT_TRUE(std::holds_alternative<model::WorkingTime>(clock.deadline));
  EXPECT_EQ(clock.calendar, A("c"));
  ASSERT_EQ(clock.targets.size(), 3U);
  EXPECT_TRUE(clock.targets[0].risk.empty() && !clock.targets[0].limit.has_value());
  EXPECT_EQ(clock.targets[1].risk, A("high"));
  EXPECT_EQ(clock.targets[2].limit->time, base::Hours(8));
  EXPECT_THAT(std::get<model::Disregard>(clock.exclusions[0]).reasons,
              ElementsAre(A("custody"), A("abroad")));
  EXPECT_EQ(clock.regrade, model::RegradeRule::kRestart);
  ASSERT_EQ(clock.ladder.size(), 5U);
  EXPECT_EQ(clock.ladder[0].name, A("warning_50"));
  EXPECT_EQ(clock.ladder[2].name, A("warning_before_PT1H"));
  EXPECT_EQ(clock.ladder[2].before, base::Hours(1));
  EXPECT_EQ(clock.ladder[3].kind, model::RungKind::kBreach);
  EXPECT_EQ(clock.ladder[4].every, base::Days(1));
  EXPECT_EQ(clock.ladder[4].cap, 10);
}

TEST(LoadPolicy, StatutoryShapes) {
  const LoadResult result = LoadPolicyTexts({{"w.yaml", R"(workflow: w
versions:
  - version: v1
    stages: [new]
    risks: [high]
    classes:
      rights: {set_by: [{assessed: needs}, {performed: needs}], values: [enhanced, standard]}
    clocks:
      yearly:
        starts_on: referred
        deadline: days_after_trigger_day
        limit: P1Y
        pauses_for: hospital
        extends_for: {reasons: [custody, abroad], days: 3}
        extensions:
          - {authority: inspector, until: P18M}
          - {authority: court, until: P2Y, granted_within: P19M}
        ladder: [breach]
        stops_on: {performed: done}
        source: a test
      told:
        starts_on: referred
        deadline: days_counting_trigger_day
        limits_by: rights
        limits: {enhanced: P1D, default: P5D}
        ladder: [breach]
        stops_on: {performed: done}
        source: a test
)"}});
  ASSERT_THAT(Told(result), IsEmpty());
  const model::WorkflowVersion& version = result.set->workflows[0].versions[0];
  ASSERT_EQ(version.classes.size(), 1U);
  EXPECT_THAT(version.classes[0].values, ElementsAre(A("enhanced"), A("standard")));
  EXPECT_EQ(version.classes[0].set_by.size(), 2U);
  const model::ClockRule& yearly = version.clocks[0];
  EXPECT_EQ(yearly.deadline, model::DeadlineRule(model::WholeDays{false}));
  ASSERT_EQ(yearly.exclusions.size(), 2U);
  EXPECT_EQ(std::get<model::ExtendTo>(yearly.exclusions[1]),
            (model::ExtendTo{{A("custody"), A("abroad")}, 3}));
  ASSERT_EQ(yearly.extensions.size(), 2U);
  EXPECT_EQ(yearly.extensions[1],
            (model::ExtensionStep{A("court"), base::Period{24, 0, {}}, base::Period{19, 0, {}}}));
  EXPECT_FALSE(yearly.extensions[0].granted_within.has_value());
  const model::ClockRule& told = version.clocks[1];
  EXPECT_EQ(told.deadline, model::DeadlineRule(model::WholeDays{true}));
  EXPECT_EQ(told.limits_by, A("rights"));
  ASSERT_EQ(told.targets.size(), 2U);
  EXPECT_EQ(told.targets[0].risk, A("enhanced"));
  EXPECT_TRUE(told.targets[1].risk.empty() && told.targets[1].limit->days == 5);
}

TEST(LoadPolicy, VersionsWithDates) {
  const std::string rest = "    stages: [a]\n    risks: []\n";
  const LoadResult result = LoadPolicyTexts(
      {{"w.yaml", "workflow: w\nversions:\n  - version: one\n" + rest +
                      "  - version: two\n    effective_from: 2026-01-01\n" + rest +
                      "    screening: {guidance: [g1, g2]}\n    qualifications: pip2\n"
                      "    outcomes: [{text: good, positive: [\"1\", 1A]}]\n"}});
  ASSERT_THAT(Told(result), ElementsAre(HasSubstr("none has runs_while: unqualified")));
  const auto& versions = result.set->workflows[0].versions;
  EXPECT_EQ(versions[0].effective_from, base::kLongAgo);
  EXPECT_EQ(base::FormatInstant(versions[1].effective_from), "2026-01-01T00:00:00Z");
  ASSERT_EQ(versions[1].screening.guidance.size(), 2U);
  EXPECT_EQ(versions[1].screening.guidance[1].version, A("g2"));
  EXPECT_THAT(versions[1].qualifications,
              ElementsAre(model::QualificationRule{{A("pip2")}, {}, {}}));
  EXPECT_THAT(versions[1].outcomes[0].positive, ElementsAre(A("1"), A("1A")));
}

TEST(LoadPolicy, QualificationsAndWhatRunsWhileTheyAreLacking) {
  const std::string clock =
      "\n        deadline: elapsed\n        limit: P1D\n        ladder: [breach]\n        source: "
      "s\n";
  const auto load = [&](const std::string& qualifications, const std::string& runs) {
    return LoadPolicyTexts(
        {{"w.yaml",
          "workflow: w\nversions:\n  - version: one\n    stages: [a, b]\n"
          "    risks: [high, low]\n" +
              qualifications + "    clocks:\n      c:\n        " + runs + clock}});
  };
  const LoadResult good =
      load("    qualifications: [arms, {one_of: [pip1, pip2], risks: high, stages: [b]}]\n",
           "runs_while: [unqualified, away]");
  ASSERT_THAT(Told(good), IsEmpty());
  const model::WorkflowVersion& version = good.set->workflows[0].versions[0];
  EXPECT_THAT(version.qualifications,
              ElementsAre(model::QualificationRule{{A("arms")}, {}, {}},
                          model::QualificationRule{{A("pip1"), A("pip2")}, {A("high")}, {A("b")}}));
  EXPECT_THAT(version.clocks[0].runs_while,
              ElementsAre(model::Lack::kUnqualified, model::Lack::kAway));
  EXPECT_EQ(version.clocks[0].after_stop, model::AfterStop::kRestart);

  EXPECT_THAT(
      Told(load("    qualifications: [{one_of: arms, risks: [hihg]}]\n", "runs_while: away")),
      ElementsAre(HasSubstr("did you mean \"high\"?")));
  EXPECT_THAT(Told(load("    qualifications: arms\n", "runs_while: unqualifed")),
              ElementsAre(HasSubstr("did you mean \"unqualified\"?")));
  EXPECT_THAT(Told(load("    qualifications: arms\n",
                        "runs_while: unqualified\n        stops_on: assigned")),
              ElementsAre(HasSubstr("but there is stops_on")));
  // Nobody can lack what nobody asks for.
  EXPECT_THAT(Told(load("", "runs_while: unqualified")),
              ElementsAre(HasSubstr("this version asks for no qualifications")));
}

TEST(LoadPolicy, ACaseload) {
  const auto load = [](const std::string& caseload) {
    return LoadPolicyTexts({{"w.yaml",
                             "workflow: w\nversions:\n  - version: one\n    stages: [a]\n"
                             "    risks: []\n" +
                                 caseload}});
  };
  const LoadResult good = load("    caseload: {limit: 50, source: a paper}\n");
  ASSERT_THAT(Told(good), IsEmpty());
  const auto& caseload = good.set->workflows[0].versions[0].caseload;
  ASSERT_TRUE(caseload.has_value());
  EXPECT_EQ(caseload->limit, 50);
  EXPECT_EQ(caseload->source, "a paper");
  EXPECT_FALSE(load("").set->workflows[0].versions[0].caseload.has_value());

  EXPECT_THAT(Told(load("    caseload: {limit: 0, source: s}\n")),
              ElementsAre(HasSubstr("w.yaml:6: Expected a number of cases from 1 to 10000")));
  EXPECT_THAT(Told(load("    caseload:\n      limit: many\n      source: s\n")),
              ElementsAre(HasSubstr("w.yaml:7: Expected a number of cases")));
  EXPECT_THAT(Told(load("    caseload: {limit: 50}\n")),
              ElementsAre(HasSubstr("Expected a caseload with source, but it has none")));
  EXPECT_THAT(Told(load("    caseload: {limits: 50, source: s}\n")),
              Contains(HasSubstr("did you mean \"limit\"?")));
  EXPECT_THAT(Told(load("    caseload: 50\n")), ElementsAre(HasSubstr("w.yaml:6: Expected")));
}

TEST(LoadPolicy, ACalendarWithEverything) {
  const LoadResult result =
      LoadPolicyTexts({{"c.yaml", Calendar("holidays: [2026-12-28, 2026-12-25]\n"
                                           "special: {2026-12-24: 09:00-12:00+13:00-15:00}\n"
                                           "source: nobody\n")}});
  ASSERT_THAT(Told(result), IsEmpty());
  const model::Calendar& calendar = result.set->calendars[0];
  EXPECT_EQ(calendar.id, A("c"));
  EXPECT_EQ(calendar.version, "1");
  EXPECT_EQ(calendar.zone.name, "Europe/London");
  EXPECT_GT(calendar.zone.transitions.size(), 100U);
  EXPECT_EQ(calendar.week[4], (std::vector<model::WorkSpan>{{32'400, 61'200}}));
  EXPECT_TRUE(calendar.week[5].empty());
  EXPECT_THAT(calendar.holidays, ElementsAre(20'812, 20'815));
  EXPECT_EQ(calendar.special.at(20'811).size(), 2U);
  EXPECT_EQ(calendar.first_day, 20'454);
}

}  // namespace
}  // namespace caseclock::policy
