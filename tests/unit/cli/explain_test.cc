// A case explained: what its ledger comes to, in the words that people read.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "consumers/cli/render.h"
#include "consumers/http/case_json.h"
#include "engine/base/check.h"
#include "engine/codec/case_codec.h"
#include "engine/codec/event_codec.h"
#include "engine/core/calendar.h"
#include "engine/core/explain.h"
#include "engine/policy/load.h"

namespace caseclock::cli {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

base::Instant At(const std::string& text) {
  return base::ParseInstant(text).value();
}

// A case under the policies of the scenarios, step by step.
class ExplainedCase : public ::testing::Test {
 protected:
  void SetUp() override {
    auto loaded = policy::LoadPolicyDir(CASECLOCK_SOURCE_DIR "/tests/scenarios/policies");
    ASSERT_TRUE(loaded.set.has_value());
    policies_ = std::move(*loaded.set);
    state_.case_id = "C-1";
  }

  // `arrives`: empty: when it happened.
  void Put(const std::string& id, const std::string& at, const std::string& body,
           const std::string& arrives = "") {
    const std::string& now = arrives.empty() ? at : arrives;
    const auto bytes =
        codec::EventFromJson(R"({"source":"rms","case_id":"C-1","actor":"U-7","event_id":")" + id +
                             R"(","occurred_at":")" + at + R"(",)" + body + "}");
    ASSERT_TRUE(bytes.ok()) << bytes.error().message;
    model::Event event;
    codec::Rejected rejected;
    ASSERT_TRUE(codec::DecodeEvent(bytes.value(), &event, &rejected));
    std::string entry;
    core::EventInput input;
    input.event = &event;
    input.arrival = {0, offset_++, At(now)};
    codec::EncodeLedgerEntry(event, input.arrival, &entry);
    input.entry = entry;
    core::Step(Context(now), input, {}, &state_, &outcome_);
    ASSERT_FALSE(outcome_.need_page.has_value());
  }

  std::string JsonAt(const std::string& at) {
    const core::Explanation explanation = core::Explain(Context(at), {}, state_);
    return http::ExplanationToJson(state_, explanation, At(at), std::nullopt);
  }
  std::string TextAt(const std::string& at) { return CaseText(JsonAt(at), false); }

  // From `at` on the local day of `day` is a holiday of the calendar.
  void AddHoliday(const char* calendar, const std::string& day, const std::string& at) {
    corrected_ = policies_;
    for (model::Calendar& office : corrected_.calendars) {
      if (office.id.view() != calendar) continue;
      office.version += "-corrected";
      office.holidays.push_back(core::LocalDay(office.zone, At(day)));
      std::sort(office.holidays.begin(), office.holidays.end());
      model::IndexHolidays(&office);
    }
    timeline_ = {{base::kLongAgo, &policies_}, {At(at), &corrected_}};
  }

  core::StepContext Context(const std::string& at) {
    const model::PolicySet* set = timeline_.empty() ? &policies_ : timeline_.back().set;
    return {set, &codec::DecodeLedgerEntry, At(at), false, timeline_};
  }

  model::PolicySet policies_;
  model::PolicySet corrected_;
  std::vector<model::PolicyPeriod> timeline_;
  model::CaseState state_;
  core::StepOutcome outcome_;
  int64_t offset_ = 0;
};

constexpr char kHalf[] = R"("rung":"warning_50","due_at":"2026-03-02T10:00:00Z","reached":true)";

TEST_F(ExplainedCase, NamesTheEventOfEachStretch) {
  Put("e1", "2026-03-02T00:00:00Z", R"("referred":{"queue":"test/a","risk":"medium"})");
  Put("e2", "2026-03-02T02:00:00Z", R"("paused":{"reason":"custody"})");
  Put("e3", "2026-03-02T05:00:00Z", R"("resumed":{"reason":"custody"})");
  const std::string text = TextAt("2026-03-02T06:00:00Z");
  EXPECT_THAT(text, HasSubstr("  + counted   2026-03-02T00:00:00Z to 2026-03-02T02:00:00Z  "
                              "02:00:00; began with referred e1 of rms\n"));
  EXPECT_THAT(text, HasSubstr("custody; began with paused e2 of rms\n"));
  EXPECT_THAT(text, HasSubstr("; began with resumed e3 of rms\n"));
  EXPECT_THAT(text, HasSubstr(", tzdata "));
}

TEST_F(ExplainedCase, ShowsTheOldAndTheNewDueInstantOfARegrade) {
  Put("e1", "2026-03-02T00:00:00Z", R"("referred":{"queue":"test/a","risk":"medium"})");
  Put("e2", "2026-03-02T01:00:00Z", R"("assessed":{"grade":"high"})");
  Put("e3", "2026-03-02T02:00:00Z",
      R"("interval_set":{"clock":"answer","interval":"P2D","authority":"di"})");
  const std::string text = TextAt("2026-03-02T03:00:00Z");
  EXPECT_THAT(text, HasSubstr("  at 2026-03-02T01:00:00Z limit rebased, by assessed e2 of rms, "
                              "recorded by U-7: due 2026-03-02T20:00:00Z before, "
                              "due 2026-03-02T10:00:00Z after\n"));
  EXPECT_THAT(text, HasSubstr("  interval fixed by interval_set e3 of rms, recorded by U-7, "
                              "authority di\n"));
}

// By which its warnings go then, and which no other line says.
TEST_F(ExplainedCase, ShowsWhatTheLadderOfAnExtendedClockGoesBy) {
  Put("e1", "2026-03-02T00:00:00Z", R"("referred":{"queue":"test/a","risk":"medium"})");
  EXPECT_THAT(TextAt("2026-03-02T03:00:00Z"), HasSubstr(", limit PT20H for medium (policy "));
  // One that is the same for every grade is not "for" the one that the case has.
  EXPECT_THAT(TextAt("2026-03-02T03:00:00Z"), HasSubstr(", limit PT24H (policy "));
  Put("e2", "2026-03-02T01:00:00Z",
      R"("extended":{"clock":"answer","until":"2026-03-06T04:00:00Z","authority":"di"})");
  const std::string text = TextAt("2026-03-02T03:00:00Z");
  EXPECT_THAT(text, HasSubstr("  extended until 2026-03-06T04:00:00Z: 4 d 04:00 from where it is "
                              "counted, of which the warnings are parts\n"));
  EXPECT_THAT(text, HasSubstr("  warning at 50 %: 2026-03-04T02:00:00Z\n"));
  // One that the rule outlasts is no matter of the ladder.
  Put("e3", "2026-03-02T02:00:00Z",
      R"("interval_set":{"clock":"answer","interval":"P9D","authority":"di"})");
  EXPECT_THAT(TextAt("2026-03-02T03:00:00Z"), HasSubstr("  extended until 2026-03-06T04:00:00Z\n"));
}

// Told at its instant, where the limit has moved since as well.
TEST_F(ExplainedCase, ShowsWhenARungWasReached) {
  Put("e1", "2026-03-02T00:00:00Z", R"("referred":{"queue":"test/a","risk":"medium"})");
  core::StepTick(Context("2026-03-02T15:00:00Z"), &state_, &outcome_);
  const std::string before = JsonAt("2026-03-02T15:00:00Z");
  EXPECT_THAT(before, HasSubstr(kHalf)) << before;
  Put("e2", "2026-03-02T15:00:00Z",
      R"("interval_set":{"clock":"answer","interval":"P1D","authority":"di"})");
  const std::string after = JsonAt("2026-03-02T15:00:01Z");
  EXPECT_THAT(after, HasSubstr(kHalf)) << after;
}

TEST_F(ExplainedCase, SaysHowLongBeforeADateItIsDue) {
  Put("e1", "2026-03-02T00:00:00Z", R"("referred":{"queue":"test/a","risk":"medium"})");
  Put("e2", "2026-03-02T01:00:00Z",
      R"("scheduled":{"activity":"departure","at":"2026-03-20T10:00:00Z"})");
  const std::string text = TextAt("2026-03-02T03:00:00Z");
  EXPECT_THAT(text, HasSubstr(", due 2026-03-13T10:00:00Z"));
  EXPECT_THAT(text, HasSubstr(", limit P7D before what is scheduled (policy "));
  EXPECT_THAT(text, HasSubstr("  scheduled for 2026-03-20T10:00:00Z\n"));
}

TEST_F(ExplainedCase, SaysOfACycleThatItWasCancelled) {
  Put("e1", "2026-03-02T00:00:00Z", R"("referred":{"queue":"test/a","risk":"medium"})");
  Put("e2", "2026-03-02T01:00:00Z", R"("assigned":{"handler":"h-1"})");
  Put("e3", "2026-03-02T02:00:00Z", R"("closed":{"reason":"nfa"})");
  const std::string text = TextAt("2026-03-02T03:00:00Z");
  EXPECT_THAT(text, HasSubstr("answer  cycle 1, cancelled 2026-03-02T02:00:00Z, "
                              "due 2026-03-02T20:00:00Z\n"));
  EXPECT_THAT(text, HasSubstr("unassigned  cycle 1, ended 2026-03-02T01:00:00Z, "
                              "due 2026-03-03T00:00:00Z, in time\n"));
  EXPECT_THAT(text, HasSubstr("; ended with closed e3 of rms\n"));
}

// Up to where it ended: what its segments add up to.
TEST_F(ExplainedCase, SaysWhatAnEndedCycleConsumed) {
  Put("e1", "2026-03-02T00:00:00Z", R"("referred":{"queue":"test/a","risk":"medium"})");
  Put("e2", "2026-03-02T02:00:00Z", R"("paused":{"reason":"custody"})");
  Put("e3", "2026-03-02T05:00:00Z", R"("resumed":{"reason":"custody"})");
  // A live one has it up to `running_since`.
  EXPECT_THAT(JsonAt("2026-03-02T06:00:00Z"),
              HasSubstr(R"("budget_seconds":72000,"consumed_seconds":7200)"));
  Put("e4", "2026-03-02T06:00:00Z", R"("performed":{"activity":"answer"})");
  const std::string json = JsonAt("2026-03-02T09:00:00Z");
  EXPECT_THAT(json, HasSubstr(R"("budget_seconds":72000,"consumed_seconds":10800)")) << json;
}

// One that ends in a pause has consumed what it had before that.
TEST_F(ExplainedCase, SaysWhatACycleThatEndedInAPauseConsumed) {
  Put("e1", "2026-03-02T00:00:00Z", R"("referred":{"queue":"test/a","risk":"medium"})");
  Put("e2", "2026-03-02T02:00:00Z", R"("paused":{"reason":"custody"})");
  Put("e3", "2026-03-02T06:00:00Z", R"("closed":{"reason":"nfa"})");
  const std::string json = JsonAt("2026-03-02T09:00:00Z");
  EXPECT_THAT(json, HasSubstr(R"("budget_seconds":72000,"consumed_seconds":7200)")) << json;
}

// The figures count such a cycle neither way.
TEST_F(ExplainedCase, ACycleWithoutALimitMetNone) {
  Put("e1", "2026-03-02T09:00:00Z", R"("referred":{"queue":"test/a"})");
  Put("e2", "2026-03-02T10:00:00Z", R"("performed":{"activity":"answer"})");
  EXPECT_THAT(JsonAt("2026-03-02T11:00:00Z"),
              HasSubstr(R"("cancelled":false,"met":false,"missed":false)"));
  const std::string text = TextAt("2026-03-02T11:00:00Z");
  EXPECT_THAT(text, HasSubstr("ended 2026-03-02T10:00:00Z, due -, without a limit"));
  EXPECT_THAT(text, Not(HasSubstr("in time")));
}

TEST_F(ExplainedCase, ListsTheStaysOfASum) {
  Put("e1", "2026-03-02T00:00:00Z", R"("referred":{"queue":"test/a","risk":"medium"})");
  Put("e2", "2026-03-03T00:00:00Z", R"("performed":{"activity":"arrive"})");
  Put("e3", "2026-03-05T00:00:00Z", R"("performed":{"activity":"leave"})");
  Put("e4", "2026-03-10T00:00:00Z", R"("performed":{"activity":"arrive"})");
  const std::string text = TextAt("2026-04-01T00:00:00Z");
  EXPECT_THAT(text, HasSubstr("  adds up     2026-03-03T00:00:00Z to 2026-03-05T00:00:00Z; began "
                              "with performed e2 of rms; ended with performed e3 of rms\n"));
  EXPECT_THAT(text, HasSubstr("to now; began with performed e4 of rms\n"));
  Put("e5", "2026-04-02T00:00:00Z", R"("performed":{"activity":"stay_notified"})");
  EXPECT_THAT(TextAt("2026-04-03T00:00:00Z"), HasSubstr("  adds up     2026-03-03T00:00:00Z"));
  EXPECT_THAT(TextAt("2026-04-03T00:00:00Z"), Not(HasSubstr("stay  cycle 1, due")));
}

// The calendar says when the agenda of which meeting closes, so that is what there is to check.
TEST_F(ExplainedCase, NamesTheMeetingThatALimitIs) {
  Put("e1", "2026-03-02T00:00:00Z", R"("referred":{"queue":"test/a","risk":"high"})");
  Put("e2", "2026-03-10T16:00:00Z", R"("performed":{"activity":"panel_referral"})");
  std::string text = TextAt("2026-03-11T00:00:00Z");
  EXPECT_THAT(text, HasSubstr("panel  cycle 1, due 2026-03-17T09:30:00Z"));
  EXPECT_THAT(text, HasSubstr("  counted from 2026-03-10T16:00:00Z, due at the next panel whose "
                              "agenda is open ("));
  EXPECT_THAT(text, HasSubstr("  = panel at 2026-03-17T09:30:00Z, by calendar office 1: its "
                              "agenda closes 2026-03-10T17:00:00Z\n"));
  const std::string clock = text.substr(text.find("panel  cycle"));
  EXPECT_THAT(clock.substr(0, clock.find("\n\n")), Not(HasSubstr("no limit")));
  // A pause that outlasts the agenda leads to the next one.
  Put("e3", "2026-03-12T00:00:00Z", R"("paused":{"reason":"custody"})");
  text = TextAt("2026-03-13T00:00:00Z");
  EXPECT_THAT(text, Not(HasSubstr("  = panel at")));
  Put("e4", "2026-03-20T00:00:00Z", R"("resumed":{"reason":"custody"})");
  EXPECT_THAT(TextAt("2026-03-21T00:00:00Z"),
              HasSubstr("  = panel at 2026-03-31T08:30:00Z, by calendar office 1: its agenda "
                        "closes 2026-03-24T17:00:00Z\n"));
  EXPECT_THAT(JsonAt("2026-03-21T00:00:00Z"),
              HasSubstr(R"("meeting":{"kind":"panel","at":"2026-03-31T08:30:00Z",)"
                        R"("cutoff":"2026-03-24T17:00:00Z"})"));
}

TEST_F(ExplainedCase, SaysWhereTheCalendarKnowsOfNoMeeting) {
  Put("e1", "2026-03-02T00:00:00Z", R"("referred":{"queue":"test/a","risk":"high"})");
  Put("e2", "2026-04-07T16:00:01Z", R"("performed":{"activity":"panel_referral"})");
  EXPECT_THAT(TextAt("2026-04-08T00:00:00Z"),
              HasSubstr("  = calendar office 1 knows of no panel whose agenda is open\n"));
}

// Whose doing it was that something was told: an event's, by its name, or that of time alone.
TEST_F(ExplainedCase, NamesTheCauseOfWhatWasTold) {
  Put("e1", "2026-03-02T00:00:00Z", R"("referred":{"queue":"test/a","risk":"medium"})");
  Put("e2", "2026-03-02T01:00:00Z", R"("assigned":{"handler":"h-1"})");
  core::StepTick(Context("2026-03-02T10:00:00Z"), &state_, &outcome_);
  Put("e3", "2026-03-02T11:00:00Z", R"("performed":{"activity":"answer"})");
  Put("e4", "2026-03-02T09:00:00Z", R"("performed":{"activity":"answer"})", "2026-03-02T12:00:00Z");
  const std::string text = TextAt("2026-03-02T13:00:00Z");
  EXPECT_THAT(text, HasSubstr("  raised 2026-03-02T10:00:00Z by time\n"
                              "  resolved 2026-03-02T11:00:00Z by performed e3 of rms\n"
                              "  retracted 2026-03-02T12:00:00Z by performed e4 of rms\n"));
  const std::string json = JsonAt("2026-03-02T13:00:00Z");
  EXPECT_THAT(json, HasSubstr(R"("at":"2026-03-02T10:00:00Z","cause":{"kind":"time"})"));
  EXPECT_THAT(json, HasSubstr(R"("cause":{"kind":"event","source":"rms","event_id":"e4",)"
                              R"("event":"performed","partition":0,"offset":3})"));
}

// One that was dated ahead is the cause when its day has come; what falls due after it is not.
TEST_F(ExplainedCase, NamesTheEventThatWasDatedAhead) {
  Put("e1", "2026-03-02T00:00:00Z", R"("referred":{"queue":"test/a","risk":"medium"})");
  Put("e2", "2026-03-02T12:00:00Z", R"("performed":{"activity":"answer"})", "2026-03-02T01:00:00Z");
  core::StepTick(Context("2026-03-02T10:00:00Z"), &state_, &outcome_);
  core::StepTick(Context("2026-03-02T12:00:00Z"), &state_, &outcome_);
  core::StepTick(Context("2026-03-03T01:00:00Z"), &state_, &outcome_);
  const std::string text = TextAt("2026-03-03T02:00:00Z");
  EXPECT_THAT(text, HasSubstr("  raised 2026-03-02T10:00:00Z by time\n"
                              "  resolved 2026-03-02T12:00:00Z by performed e2 of rms\n"));
  EXPECT_THAT(text, HasSubstr("unassigned, breach, due 2026-03-03T00:00:00Z\n"
                              "  raised 2026-03-03T01:00:00Z by time\n"));
}

// What fell due by time in the same step as such an event took effect is not its doing; what the
// event moved into the past is.
TEST_F(ExplainedCase, TellsTimeFromAnEventThatWasDatedAhead) {
  Put("e1", "2026-03-02T00:00:00Z", R"("referred":{"queue":"test/a","risk":"medium"})");
  Put("e2", "2026-03-02T15:00:00Z", R"("assessed":{"grade":"high"})", "2026-03-02T01:00:00Z");
  Put("e3", "2026-03-03T00:00:02Z", R"("performed":{"activity":"answer"})", "2026-03-02T01:00:00Z");
  for (const char* at : {"2026-03-02T10:00:00Z", "2026-03-02T15:00:00Z", "2026-03-03T00:00:05Z"}) {
    core::StepTick(Context(at), &state_, &outcome_);
  }
  const std::string text = TextAt("2026-03-03T01:00:00Z");
  EXPECT_THAT(text, HasSubstr("answer, breach, due 2026-03-02T10:00:00Z\n"
                              "  raised 2026-03-02T15:00:00Z by assessed e2 of rms\n"
                              "  resolved 2026-03-03T00:00:05Z by performed e3 of rms\n"));
  EXPECT_THAT(text, HasSubstr("unassigned, breach, due 2026-03-03T00:00:00Z\n"
                              "  raised 2026-03-03T00:00:05Z by time\n"));
}

// So is a transfer of what it takes along to another queue.
TEST_F(ExplainedCase, NamesTheTransferThatAnAlertWentAlongWith) {
  Put("e1", "2026-03-02T00:00:00Z", R"("referred":{"queue":"test/a","risk":"medium"})");
  Put("e2", "2026-03-02T12:00:00Z", R"("transferred":{"queue":"test/b"})", "2026-03-02T01:00:00Z");
  core::StepTick(Context("2026-03-02T10:00:00Z"), &state_, &outcome_);
  core::StepTick(Context("2026-03-02T12:00:00Z"), &state_, &outcome_);
  EXPECT_THAT(TextAt("2026-03-02T13:00:00Z"),
              HasSubstr("  raised 2026-03-02T10:00:00Z by time\n"
                        "  raised 2026-03-02T12:00:00Z by transferred e2 of rms\n"));
}

TEST_F(ExplainedCase, SaysThatACorrectedCalendarIsTheCause) {
  Put("e1", "2026-04-01T09:00:00Z", R"("referred":{"queue":"test/a","risk":"low"})");
  Put("e2", "2026-04-02T14:00:00Z", R"("performed":{"activity":"letter"})");
  core::StepTick(Context("2026-04-07T09:00:00Z"), &state_, &outcome_);
  AddHoliday("office", "2026-04-07T12:00:00Z", "2026-04-07T09:30:00Z");
  core::StepFollow(Context("2026-04-07T09:30:00Z"), &state_, &outcome_);
  EXPECT_THAT(TextAt("2026-04-07T10:00:00Z"),
              HasSubstr("  raised 2026-04-07T09:00:00Z by time\n"
                        "  resolved 2026-04-07T09:30:00Z by a corrected calendar\n"));
  EXPECT_THAT(JsonAt("2026-04-07T10:00:00Z"), HasSubstr(R"("cause":{"kind":"calendar"})"));
}

// Held for custody its time counts on, but it is not due as long as that lasts; the figures count
// it as paused.
TEST_F(ExplainedCase, SaysWhatAHeldClockWaitsFor) {
  Put("e1", "2026-03-02T00:00:00Z", R"("referred":{"queue":"test/a","risk":"medium"})");
  Put("e2", "2026-03-02T01:00:00Z", R"("performed":{"activity":"registration"})");
  Put("e3", "2026-12-20T09:00:00Z", R"("paused":{"reason":"custody"})");
  const std::string json = JsonAt("2026-12-21T00:00:00Z");
  const std::string yearly = json.substr(json.find(R"("clock":"yearly")"));
  EXPECT_THAT(yearly, HasSubstr(R"("due_at":null,"state":"held","running":false,)"
                                R"("running_since":"2026-03-02T01:00:00Z",)"
                                R"("unheld_due_at":"2027-03-03T00:00:00Z")"));
  EXPECT_THAT(yearly, HasSubstr(R"("held":[{"reason":"custody","days":3,)"));
  EXPECT_THAT(json, HasSubstr(R"("state":"running","running":true,)"));
  EXPECT_THAT(json, HasSubstr(R"("state":"paused","running":false,)"));
  EXPECT_THAT(
      TextAt("2026-12-21T00:00:00Z"),
      HasSubstr("yearly  cycle 1, held for custody: counts on, not due while that lasts\n"));
  EXPECT_THAT(
      TextAt("2026-12-21T00:00:00Z"),
      HasSubstr("  held for custody from 2026-12-20T09:00:00Z to now: not due in it; it would be "
                "due 2027-03-03T00:00:00Z, or if that lies in it, at the end of 3 days that begin "
                "with the day on which it ends\n"));
  Put("e4", "2027-04-01T09:00:00Z", R"("resumed":{"reason":"custody"})");
  EXPECT_THAT(JsonAt("2027-04-02T00:00:00Z"),
              HasSubstr(R"("due_at":"2027-04-03T23:00:00Z","state":"running","running":true,)"));
}

}  // namespace
}  // namespace caseclock::cli
