// Every way in which a screening decision contradicts the guidance, and those in which it does not.

#include "engine/core/screening.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "engine/base/time_text.h"

namespace caseclock::core {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

base::Atom A(std::string_view text) {
  return base::Atom::Intern(text);
}

base::Instant At(const char* text) {
  return base::ParseInstant(text).value();
}

model::ScreeningRule Rule() {
  model::ScreeningRule rule;
  rule.guidance.push_back({A("old"), base::kLongAgo, 10, {}, {}, {}, {}, false});
  rule.guidance.push_back({A("now"),
                           At("2026-01-01T00:00:00Z"),
                           14,
                           {A("dash")},
                           {A("escalation")},
                           {A("professional")},
                           A("repeat"),
                           true});
  return rule;
}

std::vector<std::string> Deviations(const model::Screened& screened,
                                    const char* at = "2026-03-02T09:00:00Z", bool repeat = false) {
  const std::vector<base::Atom> holding =
      repeat ? std::vector{A("repeat")} : std::vector<base::Atom>{};
  std::vector<std::string> codes;
  for (const base::Atom code : DeviationsOf(Rule(), screened, At(at), {holding})) {
    codes.push_back(code.str());
  }
  return codes;
}

TEST(Screening, OutAlthoughTheGuidanceSaysIn) {
  EXPECT_THAT(Deviations({A("out"), {}, A("now"), 13}), IsEmpty());
  EXPECT_THAT(Deviations({A("out"), {}, A("now"), 14}), ElementsAre("out_against_score"));
  EXPECT_THAT(Deviations({A("out"), {A("escalation")}, A("now"), 3}),
              ElementsAre("out_against_criteria"));
  EXPECT_THAT(Deviations({A("out"), {A("professional")}, A("now"), 3}),
              ElementsAre("judgement_lowered"));
  EXPECT_THAT(Deviations({A("out"), {}, A("now"), {}}, "2026-03-02T09:00:00Z", true),
              ElementsAre("repeat_missed"));
}

TEST(Screening, InNeedsGrounds) {
  EXPECT_THAT(Deviations({A("in"), {}, A("now"), 14}), IsEmpty());
  EXPECT_THAT(Deviations({A("in"), {A("professional")}, A("now"), 2}), IsEmpty());
  EXPECT_THAT(Deviations({A("in"), {}, A("now"), {}}, "2026-03-02T09:00:00Z", true), IsEmpty());
  EXPECT_THAT(Deviations({A("in"), {A("visible")}, A("now"), 2}),
              ElementsAre("in_without_grounds"));
}

TEST(Screening, ByTheGuidanceInForceThen) {
  EXPECT_THAT(Deviations({A("in"), {}, A("old"), 12}),
              ElementsAre("guidance_not_in_force", "in_without_grounds"));
  EXPECT_THAT(Deviations({A("in"), {}, A("old"), 12}, "2025-12-31T23:59:59Z"), IsEmpty());
  EXPECT_THAT(Deviations({A("in"), {}, A("now"), 14}, "2025-12-31T23:59:59Z"),
              ElementsAre("guidance_not_in_force"));
  EXPECT_THAT(Deviations({A("in"), {}, A("another"), 14}), ElementsAre("guidance_unknown"));
  EXPECT_THAT(Deviations({A("in"), {}, {}, 14}), ElementsAre("guidance_not_named"));
}

// What an earlier version of the workflow knew is superseded, not unknown.
TEST(Screening, ByGuidanceOfAnEarlierVersion) {
  const std::vector<base::Atom> before = {A("older")};
  const base::Instant at = At("2026-03-02T09:00:00Z");
  EXPECT_THAT(DeviationsOf(Rule(), {A("in"), {}, A("older"), 14}, at, {{}}, before),
              ElementsAre(A("guidance_not_in_force")));
  EXPECT_THAT(DeviationsOf(Rule(), {A("in"), {}, A("another"), 14}, at, {{}}, before),
              ElementsAre(A("guidance_unknown")));
  EXPECT_THAT(DeviationsOf(Rule(), {A("in"), {}, A("now"), 14}, at, {{}}, {{A("now")}}), IsEmpty());
}

// The checklist was assessed before; the decision says nothing of it, or less.
TEST(Screening, ByTheScoreOfAnAssessment) {
  const base::Instant at = At("2026-03-02T09:00:00Z");
  const std::vector<model::AssessedScore> high = {{A("arms"), 3}, {A("dash"), 14}};
  const std::vector<model::AssessedScore> other = {{A("arms"), 20}, {A("dash"), 13}};
  const auto judged = [&](const char* decision, std::optional<int32_t> score, const auto& scores) {
    return DeviationsOf(Rule(), {A(decision), {}, A("now"), score}, at, {{}, scores});
  };
  EXPECT_THAT(judged("out", {}, high), ElementsAre(A("out_against_score")));
  EXPECT_THAT(judged("out", 5, high), ElementsAre(A("out_against_score")));
  EXPECT_THAT(judged("in", {}, high), IsEmpty());
  EXPECT_THAT(judged("out", {}, other), IsEmpty());
  EXPECT_THAT(judged("in", 14, other), IsEmpty());
  // Guidance that takes it from no tool goes by the decision alone.
  const model::Screened then{A("out"), {}, A("old"), {}};
  EXPECT_THAT(DeviationsOf(Rule(), then, At("2025-03-02T09:00:00Z"), {{}, high}), IsEmpty());
}

TEST(Screening, ByTheReferralThatNamesAnEarlierCase) {
  const base::Instant at = At("2026-03-02T09:00:00Z");
  EXPECT_THAT(DeviationsOf(Rule(), {A("out"), {}, A("now"), {}}, at, {{}, {}, true}),
              ElementsAre(A("repeat_missed")));
  EXPECT_THAT(DeviationsOf(Rule(), {A("in"), {}, A("now"), {}}, at, {{}, {}, true}), IsEmpty());
  EXPECT_THAT(DeviationsOf(Rule(), {A("out"), {}, A("old"), {}}, At("2025-03-02T09:00:00Z"),
                           {{}, {}, true}),
              IsEmpty());
}

TEST(Screening, ReturnedIsNoDecisionAndNoGuidanceAsksForNothing) {
  EXPECT_THAT(Deviations({A("returned"), {}, {}, 20}), IsEmpty());
  EXPECT_THAT(DeviationsOf({}, {A("out"), {}, {}, 20}, At("2026-03-02T09:00:00Z"), {{}}),
              IsEmpty());
}

TEST(Screening, TheSampleIsTheShareAskedFor) {
  model::ScreeningRule rule;
  rule.sample_percent = 5;
  int sampled = 0;
  for (int i = 0; i < 10'000; ++i) {
    const std::string id = "e" + std::to_string(i);
    model::Event event;
    event.source = A("rms");
    event.event_id = id;
    sampled += IsSampled(rule, event) ? 1 : 0;
    EXPECT_FALSE(IsSampled({}, event));
  }
  EXPECT_NEAR(sampled, 500, 100);
}

}  // namespace
}  // namespace caseclock::core
