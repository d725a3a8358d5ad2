// A set that follows another: what it must keep, and where it says that it does not.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "engine/policy/succession.h"
#include "tests/unit/policy/policy_texts.h"

namespace caseclock::policy {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

const char kRules[] =
    "workflow: w\n"
    "versions:\n"
    "  - version: v1\n"
    "    stages: [new, done]\n"
    "    risks: [high, low]\n"
    "    clocks:\n"
    "      c:\n"
    "        starts_on: referred\n"
    "        stops_on: {staged: done}\n"
    "        deadline: elapsed\n"
    "        limits: {high: P7D, default: P28D}\n"
    "        pauses_for: [custody]\n"
    "        ladder: [50%, breach]\n"
    "        source: a test\n";

const char kSecond[] =
    "  - version: v2\n"
    "    effective_from: 2026-06-01\n"
    "    stages: [new]\n"
    "    risks: [high]\n";

std::string With(const std::string& what, const std::string& by) {
  std::string text = kRules;
  const size_t at = text.find(what);
  EXPECT_NE(at, std::string::npos) << what;
  return text.replace(at, what.size(), by);
}

// What is wrong with `next` as the successor of `active`.
std::vector<std::string> Told(const std::string& active, const std::string& next) {
  const LoadResult was = LoadPolicyTexts({{"w.yaml", active}});
  const LoadResult is = LoadPolicyTexts({{"w.yaml", next}});
  EXPECT_TRUE(was.ok() && is.ok());
  std::vector<std::string> out;
  for (const Problem& problem : CheckSuccession(*was.set, is)) {
    out.push_back(FormatProblem(problem));
  }
  return out;
}

std::string Differs(const std::string& line, const std::string& name, const std::string& parts) {
  return "w.yaml:" + line + ": Expected " + name +
         " to stay as it is, because cases may stand under it, but what differs is " + parts +
         ": give the new rules a version of their own";
}

TEST(Succession, TakesWhatIsTheSameAndWhatIsNew) {
  EXPECT_THAT(Told(kRules, kRules), IsEmpty());
  EXPECT_THAT(Told(kRules, kRules + std::string(kSecond)), IsEmpty());
  EXPECT_THAT(Told(kRules, With("source: a test", "source: a better source")), IsEmpty());
}

TEST(Succession, RefusesAnyChangeOfAClock) {
  const std::string c = "the clock c in version v1 of workflow w";
  const auto changed = [](const std::string& what, const std::string& by) {
    return Told(kRules, With(what, by));
  };
  EXPECT_THAT(changed("high: P7D", "high: P6D"), ElementsAre(Differs("7", c, "limits")));
  EXPECT_THAT(changed("high: P7D, ", ""), ElementsAre(Differs("7", c, "limits")));
  EXPECT_THAT(changed("[custody]", "[custody, abroad]"),
              ElementsAre(Differs("7", c, "pauses_for")));
  EXPECT_THAT(Told(kRules + std::string("    outcome_codes: [a]\n"),
                   kRules + std::string("    outcome_codes: [a, b]\n")),
              ElementsAre(Differs("3", "version v1 of workflow w", "outcome_codes")));
  EXPECT_THAT(changed("[50%, breach]", "[75%, breach]"), ElementsAre(Differs("7", c, "ladder")));
  EXPECT_THAT(changed("deadline: elapsed", "deadline: working_days"),
              ElementsAre(Differs("7", c, "deadline")));
  EXPECT_THAT(changed("        deadline", "        restarts: true\n        deadline"),
              ElementsAre(Differs("7", c, "restarts or resumes")));
  EXPECT_THAT(changed("stops_on: {staged: done}", "stops_on: [{staged: done}, closed]"),
              ElementsAre(Differs("7", c, "stops_on")));
  EXPECT_THAT(changed("starts_on: referred", "starts_on: [referred, assessed]"),
              ElementsAre(Differs("7", c, "starts_on")));
}

TEST(Succession, RefusesAnyChangeOfAVersion) {
  const std::string v1 = "version v1 of workflow w";
  const auto limit = [](const std::string& by) {
    return With("[high, low]\n", "[high, low]\n    caseload: {limit: " + by + "}\n");
  };
  EXPECT_THAT(Told(kRules, limit("50, source: s")), ElementsAre(Differs("3", v1, "caseload")));
  EXPECT_THAT(Told(limit("50, source: s"), kRules), ElementsAre(Differs("3", v1, "caseload")));
  EXPECT_THAT(Told(limit("50, source: s"), limit("60, source: s")),
              ElementsAre(Differs("3", v1, "caseload")));
  EXPECT_THAT(Told(limit("50, source: s"), limit("50, source: a better one")), IsEmpty());
  EXPECT_THAT(Told(kRules, With("[high, low]", "[high, low, none]")),
              ElementsAre(Differs("3", v1, "risks")));
  EXPECT_THAT(Told(kRules, With("[new, done]", "[new, listed, done]")),
              ElementsAre(Differs("3", v1, "stages")));
  const std::string both = kRules + std::string(kSecond);
  std::string later = both;
  later.replace(later.find("2026-06-01"), 10, "2026-07-01");
  EXPECT_THAT(Told(both, later),
              ElementsAre(Differs("15", "version v2 of workflow w", "effective_from")));
}

TEST(Succession, NamesAllThatIsGoneOrNewInAnOldVersion) {
  EXPECT_THAT(Told(kRules + std::string(kSecond), With("      c:\n", "      d:\n")),
              ElementsAre("w.yaml:3: Expected the clock c in version v1 of workflow w to stay, "
                          "because cases may stand under it, but it is gone",
                          "w.yaml:7: Expected no other clocks in version v1 of workflow w than "
                          "before, because cases may stand under it, but d is new: give the new "
                          "rules a version of their own",
                          "w.yaml:1: Expected version v2 of workflow w to stay, because cases may "
                          "stand under it, but it is gone"));
  EXPECT_THAT(Told(kRules, With("workflow: w", "workflow: x")),
              ElementsAre("policies: Expected version v1 of workflow w to stay, because cases may "
                          "stand under it, but it is gone"));
}

// Lists of days are kept and extended; one day that is taken out is a correction.
TEST(Succession, RefusesACalendarThatForgets) {
  const auto calendar = [](const std::string& version, const std::string& from,
                           const std::string& holidays, const std::string& meetings) {
    return "calendar: c\nversion: \"" + version +
           "\"\nzone: Europe/London\ncovers: {from: " + from +
           ", to: 2027-12-31}\nweek: {mon-fri: 09:00-17:00}\nholidays: [" + holidays +
           "]\nmeetings: {panel: [" + meetings + "]}\nsource: s\n";
  };
  const std::string days = "2026-01-01, 2026-04-03, 2026-12-25";
  const std::string march = "{at: 2026-03-17T09:30:00Z, cutoff: 2026-03-10T17:00:00Z}";
  const std::string april = "{at: 2026-04-14T08:30:00Z, cutoff: 2026-04-07T16:00:00Z}";
  const std::string both = march + ", " + april;
  const std::string first = calendar("1", "2026-01-01", days, both);
  const auto next = [&](const std::string& from, const std::string& holidays,
                        const std::string& meetings) {
    return Told(first, calendar("2", from, holidays, meetings));
  };
  EXPECT_THAT(next("2026-01-01", days + ", 2026-12-28", both), IsEmpty());
  EXPECT_THAT(next("2026-01-01", "2026-01-01, 2026-12-25", march), IsEmpty());
  EXPECT_THAT(next("2026-02-01", "2026-04-03, 2026-12-25", both),
              ElementsAre(HasSubstr("but it covers less")));
  EXPECT_THAT(next("2026-01-01", days, april), ElementsAre(HasSubstr("the first ones are gone")));
  EXPECT_THAT(next("2026-01-01", "2026-12-25", both),
              ElementsAre(HasSubstr("but 2 are gone and no day near them is new, 2026-01-01 and "
                                    "2026-04-03: keep the days")));
  // In the midst as well; but not what was moved.
  EXPECT_THAT(next("2026-01-01", "2026-01-01", both),
              ElementsAre(HasSubstr("2026-04-03 and 2026-12-25")));
  EXPECT_THAT(next("2026-01-01", "2026-01-02, 2026-04-10, 2026-12-25", both), IsEmpty());
}

}  // namespace
}  // namespace caseclock::policy
