// What a policy file may say, and every way in which it may be wrong, with the line it is told at.

#include "engine/policy/load.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>

namespace caseclock::policy {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

base::Atom A(std::string_view text) {
  return base::Atom::Intern(text);
}

std::vector<std::string> Told(const LoadResult& result) {
  std::vector<std::string> out;
  for (const Problem& problem : result.problems) out.push_back(FormatProblem(problem));
  return out;
}

std::vector<std::string> Problems(const std::string& text) {
  return Told(LoadPolicyTexts({{"f.yaml", text}}));
}

// A workflow of one version; lines 1 to 6, clocks from line 7 on.
std::string Workflow(const std::string& clocks) {
  return "workflow: w\n"
         "versions:\n"
         "  - version: v1\n"
         "    stages: [new, {name: done, enters_on: [{staged: done}]}]\n"
         "    risks: [high, low]\n"
         "    clocks:\n" +
         clocks;
}

// A sound clock from line 7 to 13, with one line put in place of that with the same key, or added
// as line 14.
std::string Clock(const std::string& line) {
  std::vector<std::pair<std::string, std::string>> lines = {
      {"starts_on", "referred"}, {"stops_on", "{performed: visit}"}, {"deadline", "elapsed"},
      {"limit", "P7D"},          {"ladder", "[50%, breach]"},        {"source", "a test"}};
  std::string out = "      c:\n";
  const std::string key = line.substr(0, line.find(':'));
  bool placed = line.empty();
  for (const auto& [k, v] : lines) {
    out += "        " + (k == key ? line : k + ": " + v) + "\n";
    placed = placed || k == key;
  }
  return Workflow(placed ? out : out + "        " + line + "\n");
}

std::string Calendar(const std::string& more) {
  return "calendar: c\n"
         "version: 1\n"
         "zone: Europe/London\n"
         "covers: {from: 2026-01-01, to: 2026-12-31}\n"
         "week: {mon-fri: 09:00-17:00}\n" +
         more;
}

// ------------------------------------------------------------------------------ what it may say

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
  EXPECT_TRUE(clock.from_referral && clock.restarts && !clock.stops_at_close && clock.is_absence);
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

TEST(LoadPolicy, VersionsWithDates) {
  const std::string rest = "    stages: [a]\n    risks: []\n";
  const LoadResult result = LoadPolicyTexts(
      {{"w.yaml", "workflow: w\nversions:\n  - version: one\n" + rest +
                      "  - version: two\n    effective_from: 2026-01-01\n" + rest +
                      "    screening: {guidance: [g1, g2]}\n    qualifications: pip2\n"
                      "    outcomes: [{text: good, positive: [\"1\", 1A]}]\n"}});
  ASSERT_THAT(Told(result), IsEmpty());
  const auto& versions = result.set->workflows[0].versions;
  EXPECT_EQ(versions[0].effective_from, base::kLongAgo);
  EXPECT_EQ(base::FormatInstant(versions[1].effective_from), "2026-01-01T00:00:00Z");
  EXPECT_THAT(versions[1].screening_guidance, ElementsAre(A("g1"), A("g2")));
  EXPECT_THAT(versions[1].qualifications, ElementsAre(A("pip2")));
  EXPECT_THAT(versions[1].outcomes[0].positive, ElementsAre(A("1"), A("1A")));
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

// -------------------------------------------------------------------------------- files and YAML

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
  EXPECT_THAT(Problems(""), ElementsAre("f.yaml:1: " + kinds));
  EXPECT_THAT(Problems("- a\n"), ElementsAre("f.yaml:1: " + kinds));
  EXPECT_THAT(Problems("# nothing\nclocks: {}\n"), ElementsAre("f.yaml:1: " + kinds));
}

TEST(LoadPolicyErrors, Yaml) {
  EXPECT_THAT(Problems("queues:\n  - {queue: a\n  b"),
              ElementsAre(HasSubstr("f.yaml:3: Expected YAML, but ")));
  EXPECT_THAT(Problems("queues: &q []\nmore: *q\n"),
              ElementsAre("f.yaml:2: Expected values written out, but there is an alias (*name)"));
  EXPECT_THAT(Problems("queues: []\n---\nqueues: []\n"),
              ElementsAre("f.yaml:3: Expected one document, but there is a second one"));
  EXPECT_THAT(Problems("queues:\n  [a]: b\n"),
              ElementsAre("f.yaml:2: Expected a plain key, but there is a list or a map"));
  EXPECT_THAT(Problems("queues: " + std::string(30, '[')).front(),
              HasSubstr("f.yaml:1: Expected "));
  EXPECT_THAT(Problems("queues: \x01\xff\xfe").size(), 1U);
}

// ------------------------------------------------------------------------------------------ keys

TEST(LoadPolicyErrors, UnknownKeysComeWithTheNearestOne) {
  EXPECT_THAT(Problems(Clock("stop_on: closed")),
              ElementsAre(HasSubstr("but there is \"stop_on\" (did you mean \"stops_on\"?)")));
  EXPECT_THAT(Problems(Clock("stop_on: closed"))[0],
              HasSubstr("f.yaml:14: Expected a key of a clock ("));
  EXPECT_THAT(Problems(Calendar("holiday: []\n")),
              ElementsAre("f.yaml:6: Expected a key of a calendar (calendar, version, zone, week, "
                          "covers, holidays, special or source), but there is \"holiday\" (did you "
                          "mean \"holidays\"?)"));
  EXPECT_THAT(Problems(Calendar("colour: red\n")), ElementsAre(HasSubstr("there is \"colour\"")));
  EXPECT_THAT(Problems(Calendar("colour: red\n"))[0], Not(HasSubstr("did you mean")));
}

TEST(LoadPolicyErrors, RepeatedAndMissingKeys) {
  EXPECT_THAT(Problems(Calendar("version: 2\n")),
              ElementsAre("f.yaml:6: Expected each key of a calendar once, but \"version\" stands "
                          "in line 2 already"));
  EXPECT_THAT(Problems("calendar: c\nversion: 1\nzone: UTC\nweek: {mon: 09:00-10:00}\n"),
              ElementsAre("f.yaml:1: Expected a calendar with covers, but it has none"));
  EXPECT_THAT(Problems(Clock("source:")),
              ElementsAre("f.yaml:8: Expected a clock with source, but it has none"));
  EXPECT_THAT(Problems("queues:\n  - {queue: a}\n"),
              ElementsAre("f.yaml:2: Expected a queue with workflow, but it has none",
                          "f.yaml:2: Expected a queue with calendar, but it has none"));
}

TEST(LoadPolicyErrors, WrongTypes) {
  EXPECT_THAT(Problems("queues: marac\n"),
              ElementsAre("f.yaml:1: Expected the queues as a list, but it is \"marac\""));
  EXPECT_THAT(
      Problems("queues: [marac]\n"),
      ElementsAre("f.yaml:1: Expected a queue as a map of keys and values, but it is \"marac\""));
  EXPECT_THAT(Problems(Clock("restarts: yes")),
              ElementsAre("f.yaml:14: Expected true or false for restarts, but it is \"yes\""));
  EXPECT_THAT(Problems(Clock("source: [a]")),
              ElementsAre("f.yaml:13: Expected the source, but it is a list"));
  EXPECT_THAT(
      Problems(Workflow("      c: soon\n")),
      ElementsAre("f.yaml:7: Expected a clock as a map of keys and values, but it is \"soon\""));
  EXPECT_THAT(
      Problems(Clock("pauses_for: [in custody]")),
      ElementsAre("f.yaml:14: Expected a reason for a pause as a code of 1 to 64 of A-Z a-z "
                  "0-9 _ . : / + -, but it is \"in custody\""));
  EXPECT_THAT(
      Problems(Clock("pauses_for: [a, a]")),
      ElementsAre("f.yaml:14: Expected a reason for a pause once, but \"a\" is there twice"));
}

// -------------------------------------------------------------------------------- names and codes

TEST(LoadPolicyErrors, UnknownNames) {
  EXPECT_THAT(Problems(Clock("starts_on: refered")),
              ElementsAre(HasSubstr("there is \"refered\" (did you mean \"referred\"?)")));
  EXPECT_THAT(Problems(Clock("starts_on: refered"))[0], HasSubstr("f.yaml:8: Expected an event ("));
  EXPECT_THAT(Problems(Clock("starts_on: {staged: gone}")),
              ElementsAre("f.yaml:8: Expected a stage of this version (new or done), but there is "
                          "\"gone\" (did you mean \"done\"?)"));
  EXPECT_THAT(
      Problems(Clock("starts_on: {screened: [in, inn]}")),
      ElementsAre("f.yaml:8: Expected a screening decision (in, out or returned), but there "
                  "is \"inn\" (did you mean \"in\"?)"));
  EXPECT_THAT(Problems(Clock("starts_on: {interval_set: d}")),
              ElementsAre("f.yaml:8: Expected a clock of this version (c), but there is \"d\""));
  EXPECT_THAT(Problems(Clock("limit: {high: P1D}")),
              ElementsAre("f.yaml:11: Expected a limit, but it is a map"));
  EXPECT_THAT(Problems(Clock("deadline: workingtime")),
              ElementsAre("f.yaml:10: Expected a deadline (elapsed, working_time or working_days), "
                          "but there is \"workingtime\" (did you mean \"working_time\"?)"));
  EXPECT_THAT(Problems(Clock("regrade: rebaze")),
              ElementsAre("f.yaml:14: Expected a rule for regrading (rebase, restart or keep), but "
                          "there is \"rebaze\" (did you mean \"rebase\"?)"));
  EXPECT_THAT(Problems(Clock("calendar: england")),
              ElementsAre("f.yaml:14: Expected a calendar of this set, but there is \"england\""));
  EXPECT_THAT(Problems(Calendar("") + "zone: Europe/Lundon\n"), testing::SizeIs(1));
  EXPECT_THAT(Problems("calendar: c\nversion: 1\nzone: Mars\ncovers: {from: 2026-01-01, to: "
                       "2026-12-31}\nweek: {}\n"),
              ElementsAre("f.yaml:3: Expected a time zone of /usr/share/zoneinfo such as "
                          "Europe/London, but there is no \"Mars\" (is tzdata installed?)"));
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
  EXPECT_THAT(Problems(twice),
              ElementsAre("f.yaml:14: Expected each clock once, but this one stands in f.yaml:7 "
                          "already"));
  EXPECT_THAT(
      Problems(
          "workflow: w\nversions:\n  - version: v\n    stages: [a, b, a]\n    risks: [x, x]\n"),
      ElementsAre("f.yaml:4: Expected each stage once, but \"a\" is there twice",
                  "f.yaml:5: Expected a risk once, but \"x\" is there twice"));
  EXPECT_THAT(Problems("workflow: w\nversions: []\n"),
              ElementsAre("f.yaml:2: Expected at least one version, but there is none"));
  EXPECT_THAT(Problems("workflow: w\nversions:\n  - version: v\n    stages: []\n    risks: []\n"),
              ElementsAre("f.yaml:4: Expected at least one stage, but there is none"));
}

// -------------------------------------------------------------------------------- limits, ladders

TEST(LoadPolicyErrors, Limits) {
  EXPECT_THAT(Problems(Clock("limit: 7 days")),
              ElementsAre("f.yaml:11: Expected a limit as a period like P7D, PT4H30M or 28d, but "
                          "there is no unit w, d, h, m, s or y in \"7 days\""));
  EXPECT_THAT(
      Problems(Clock("limit: PT0S")),
      ElementsAre("f.yaml:11: Expected a limit as a period like P7D, PT4H30M or 28d, but it "
                  "is zero"));
  EXPECT_THAT(
      Problems(Clock("deadline: working_time")),
      ElementsAre("f.yaml:11: Expected a limit of working time in hours like PT4H, but there "
                  "are days, which are not of one length"));
  std::string days = Clock("deadline: working_days");
  days.replace(days.find("P7D"), 3, "PT4H");
  EXPECT_THAT(Problems(days), ElementsAre("f.yaml:11: Expected a limit of working days like P5D, "
                                          "but there is something else"));
  EXPECT_THAT(Problems(Clock("limits: {high: P1D}")),
              ElementsAre("f.yaml:8: Expected either limit or limits, but there are both"));
  EXPECT_THAT(Problems(Clock("limit:")),
              ElementsAre("f.yaml:8: Expected either limit or limits, but there is neither"));
}

TEST(LoadPolicyErrors, LimitsByRisk) {
  const auto by_risk = [](const std::string& limits) {
    std::string text = Clock("");
    return text.replace(text.find("limit: P7D"), 10, "limits: " + limits);
  };
  EXPECT_THAT(Problems(by_risk("{high: P1D, default: P7D}")), IsEmpty());
  EXPECT_THAT(Problems(by_risk("{high: P1D, low: none, ungraded: none}")), IsEmpty());
  EXPECT_THAT(Problems(by_risk("{high: P1D, ungraded: none}")),
              ElementsAre("f.yaml:11: Expected a limit or none for every risk, or a default, but "
                          "there is none for low"));
  EXPECT_THAT(
      Problems(by_risk("{hihg: P1D, default: P7D}")),
      ElementsAre("f.yaml:11: Expected a key of the limits (high, low, ungraded or default), "
                  "but there is \"hihg\" (did you mean \"high\"?)"));
}

TEST(LoadPolicyErrors, Ladders) {
  const auto ladder = [](const std::string& rungs) { return Problems(Clock("ladder: " + rungs)); };
  const std::string at = "f.yaml:12: Expected ";
  EXPECT_THAT(ladder("[50%]"), ElementsAre(at + "a ladder with a breach, but there is none"));
  EXPECT_THAT(ladder("[breach, 50%]"),
              ElementsAre(at + "warnings before the breach, but this one comes after it"));
  EXPECT_THAT(ladder("[0%, breach]"),
              ElementsAre(at + "a percentage from 1 to 99, but it is \"0\""));
  EXPECT_THAT(ladder("[100%, breach]"),
              ElementsAre(at + "a percentage from 1 to 99, but it is \"100\""));
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

// -------------------------------------------------------------------------- versions, calendars

TEST(LoadPolicyErrors, EffectiveDates) {
  const auto two = [](const std::string& first, const std::string& second) {
    const std::string rest = "    stages: [a]\n    risks: [x]\n";
    return Problems("workflow: w\nversions:\n  - version: one\n" + first + rest +
                    "  - version: two\n" + second + rest);
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
      Problems(Calendar("holidays: [25 Dec, 2027-01-01, 2026-12-25, 2026-12-25]\n")),
      ElementsAre("f.yaml:6: Expected a holiday as a date like 2026-12-25, but it is \"25 Dec\"",
                  "f.yaml:6: Expected a holiday within the days that the calendar covers, but "
                  "it lies outside",
                  "f.yaml:6: Expected each holiday once, but 2026-12-25 is there already"));
  EXPECT_THAT(
      Problems(Calendar("special:\n  2026-12-24: 9-12\n")),
      ElementsAre("f.yaml:7: Expected hours like 09:00-17:00 or 09:00-12:00+13:00-17:00, but "
                  "there is \"9-12\""));
  const auto week = [](const std::string& text) {
    return Problems(
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

// ---------------------------------------------------------------------------------- shipped, hash

std::string Shipped() {
  return CASECLOCK_SOURCE_DIR "/deploy/policies";
}

TEST(ShippedPolicies, LoadWithoutProblems) {
  const LoadResult result = LoadPolicyDir(Shipped());
  EXPECT_THAT(Told(result), IsEmpty());
  ASSERT_TRUE(result.ok());
  for (const char* queue : {"wmp/marac", "wmp/rso", "wmp/ocset", "wmp/investigation", "uci/none",
                            "police/burglary", "demo/x"}) {
    const model::QueueBinding* binding = model::FindQueue(*result.set, queue);
    ASSERT_NE(binding, nullptr) << queue;
    const model::Workflow* workflow = model::FindWorkflow(*result.set, binding->workflow);
    for (const char* clock : {"unassigned", "ungraded"}) {
      const model::ClockRule* rule = model::FindClock(workflow->versions[0], A(clock));
      ASSERT_NE(rule, nullptr) << queue;
      EXPECT_TRUE(rule->is_absence);
    }
  }
}

// Whatever is done to a file, loading answers.
TEST(ShippedPolicies, DamagedFilesAreProblemsNotCrashes) {
  const LoadResult shipped = LoadPolicyDir(Shipped());
  std::mt19937_64 random(5);
  for (int round = 0; round < 400; ++round) {
    PolicyTexts texts = shipped.texts;
    std::string& text = texts[random() % texts.size()].second;
    for (uint64_t i = 0, n = 1 + random() % 4; i < n; ++i) {
      const size_t at = random() % text.size();
      const size_t size = std::min<size_t>(random() % 30, text.size() - at);
      switch (random() % 4) {
        case 0:
          text[at] = static_cast<char>(random());
          break;
        case 1:
          text.erase(at, std::min(size, text.size() - 1));
          break;
        case 2:
          text.insert(at, text.substr(random() % text.size(), size));
          break;
        default:
          text.insert(at, 1, "[]{}:,#&*!|>'\"%-\n \t"[random() % 20]);
          break;
      }
    }
    const LoadResult result = LoadPolicyTexts(texts);
    EXPECT_NE(result.ok(), HasErrors(result.problems));
  }
}

TEST(Hash, IsOfTheContentAndSurvivesTheLog) {
  const LoadResult result = LoadPolicyDir(Shipped());
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
