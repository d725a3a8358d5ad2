// A case explained: what its ledger comes to, in the words that people read.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "consumers/cli/render.h"
#include "consumers/http/case_json.h"
#include "engine/base/check.h"
#include "engine/codec/case_codec.h"
#include "engine/codec/event_codec.h"
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

  void Put(const std::string& id, const std::string& at, const std::string& body) {
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
    input.arrival = {0, offset_++, At(at)};
    codec::EncodeLedgerEntry(event, input.arrival, &entry);
    input.entry = entry;
    core::Step(Context(at), input, {}, &state_, &outcome_);
    ASSERT_FALSE(outcome_.need_page.has_value());
  }

  std::string JsonAt(const std::string& at) {
    const core::Explanation explanation = core::Explain(Context(at), {}, state_);
    return http::ExplanationToJson(state_, explanation, At(at), std::nullopt);
  }
  std::string TextAt(const std::string& at) { return CaseText(JsonAt(at), false); }

  core::StepContext Context(const std::string& at) {
    return {&policies_, &codec::DecodeLedgerEntry, At(at), false, {}};
  }

  model::PolicySet policies_;
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

}  // namespace
}  // namespace caseclock::cli
