// What begins a clock otherwise than by an event that happens: sums, notices, look-backs,
// schedules; and what screening decisions are held against.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/policy/policy_texts.h"

namespace caseclock::policy {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

constexpr char kAll[] = R"(workflow: w
versions:
  - version: "1"
    stages: [a, {name: b, enters_on: {performed: incident, when: recent}}]
    risks: []
    lookbacks:
      recent: {of: [referred, {performed: incident}], within: P12M}
    screening:
      sample_percent: 5
      guidance:
        - plain
        - {version: b, effective_from: 2026-01-01, in_at_score: 14, in_when: recent, judgement: [y]}
    clocks:
      moved:
        starts_on: {performed: move}
        stops_on: {performed: notified}
        resumes: true
        advance: {notice: {scheduled: move}, early: 2, late: 3, failed: failed}
        deadline: elapsed
        limit: P3D
        ladder: [0%, breach]
        source: a test
      failed:
        starts_on: {scheduled: move}
        stops_on: {performed: said}
        from_scheduled: true
        deadline: elapsed
        limit: P6D
        ladder: [breach]
        source: a test
      stay:
        accumulates: {from: {performed: arrive}, to: {performed: leave}, total: P7D, within: P12M}
        stops_on: {performed: notified}
        deadline: elapsed
        limit: P3D
        ladder: [breach]
        source: a test
      court:
        starts_on: {scheduled: trial}
        stops_on: {performed: trial}
        deadline: scheduled
        ladder: [50%, breach]
        source: a test
      doubt:
        starts_on: {screened: any, when: deviation, unless: sample}
        stops_on: {performed: look}
        deadline: elapsed
        limit: P7D
        ladder: [breach]
        source: a test
)";

TEST(LoadTriggers, Everything) {
  const LoadResult result = LoadPolicyTexts({{"w.yaml", kAll}});
  ASSERT_THAT(Told(result), IsEmpty());
  const model::WorkflowVersion& version = result.set->workflows[0].versions[0];
  ASSERT_EQ(version.lookbacks.size(), 1U);
  EXPECT_EQ(version.lookbacks[0].within, (base::Period{12, 0, {}}));
  EXPECT_EQ(version.stages[1].enters_on[0].when, A("recent"));
  EXPECT_EQ(version.screening.sample_percent, 5);
  ASSERT_EQ(version.screening.guidance.size(), 2U);
  EXPECT_EQ(version.screening.guidance[0].version, A("plain"));
  EXPECT_EQ(version.screening.guidance[1].in_at_score, 14);
  EXPECT_EQ(version.screening.guidance[1].in_when, A("recent"));
  EXPECT_THAT(version.screening.guidance[1].judgement, ElementsAre(A("y")));
  const auto& clocks = version.clocks;
  ASSERT_EQ(clocks.size(), 5U);
  EXPECT_EQ(clocks[0].after_stop, model::AfterStop::kResume);
  EXPECT_EQ(clocks[0].advance->early, 2);
  EXPECT_EQ(clocks[0].advance->failed, A("failed"));
  EXPECT_EQ(clocks[0].ladder[0].percent, 0);
  EXPECT_TRUE(clocks[1].from_scheduled);
  EXPECT_EQ(clocks[2].accumulates->total, base::Days(7));
  EXPECT_EQ(clocks[3].deadline, model::DeadlineRule(model::AtScheduled{}));
  ASSERT_EQ(clocks[4].starts_on.size(), 1U);
  EXPECT_THAT(clocks[4].starts_on[0].codes, IsEmpty());
  EXPECT_EQ(clocks[4].starts_on[0].when, A("deviation"));
  EXPECT_EQ(clocks[4].starts_on[0].unless, A("sample"));
}

// kAll with one piece of it put otherwise.
std::vector<std::string> With(const std::string& piece, const std::string& otherwise) {
  std::string text = kAll;
  const size_t at = text.find(piece);
  EXPECT_NE(at, std::string::npos) << piece;
  text.replace(at, piece.size(), otherwise);
  return Told(LoadPolicyTexts({{"w.yaml", text}}));
}

TEST(LoadTriggers, WhatElseScreeningGoesBy) {
  std::string text = kAll;
  text.replace(text.find("judgement: [y]"), 14, "score_of: dash, in_for_repeat_of: true");
  const LoadResult result = LoadPolicyTexts({{"w.yaml", text}});
  ASSERT_THAT(Told(result), IsEmpty());
  const auto& guidance = result.set->workflows[0].versions[0].screening.guidance;
  EXPECT_THAT(guidance[1].score_of, ElementsAre(A("dash")));
  EXPECT_TRUE(guidance[1].in_for_repeat_of);
  EXPECT_FALSE(guidance[0].in_for_repeat_of);
}

TEST(LoadTriggers, BeforeWhatIsScheduled) {
  std::string text = kAll;
  text.replace(text.find("deadline: scheduled"), 19, "deadline: {before_scheduled: P1M7D}");
  const LoadResult result = LoadPolicyTexts({{"w.yaml", text}});
  ASSERT_THAT(Told(result), IsEmpty());
  const auto& deadline = result.set->workflows[0].versions[0].clocks[3].deadline;
  EXPECT_EQ(deadline, model::DeadlineRule(model::AtScheduled{{1, 7, {}}}));
  EXPECT_EQ(model::DeadlineName(deadline), "before_scheduled");
  EXPECT_THAT(With("deadline: scheduled", "deadline: {before_scheduled: P0D}"),
              ElementsAre("w.yaml:41: Expected a time before what is scheduled as a period like "
                          "P7D, PT4H30M or 28d, but it is zero"));
  EXPECT_THAT(With("deadline: scheduled", "deadline: {}"),
              ElementsAre("w.yaml:41: Expected either next_meeting or before_scheduled, but there "
                          "is neither"));
  EXPECT_THAT(With("deadline: scheduled", "deadline: {before_scheduled: P7D, next_meeting: m}"),
              ElementsAre("w.yaml:41: Expected either next_meeting or before_scheduled, but there "
                          "are both"));
  EXPECT_THAT(With("deadline: scheduled", "deadline: {before_scheduled: P7D}\n        limit: P1D"),
              ElementsAre("w.yaml:39: Expected no limit beside scheduled, but there is one"));
}

TEST(LoadTriggers, SayWhatIsWrong) {
  EXPECT_THAT(With("resumes: true", "resumes: true\n        restarts: true"),
              ElementsAre("w.yaml:17: Expected either restarts or resumes, but there are both"));
  EXPECT_THAT(With("notice: {scheduled: move}", "notice: {performed: move}"),
              ElementsAre("w.yaml:18: Expected scheduled events as notice, which say a day, but "
                          "there are others"));
  EXPECT_THAT(With("failed: failed}", "failed: fialed}"),
              ElementsAre("w.yaml:18: Expected a clock of this version (moved, failed, stay, court "
                          "or doubt), but there is \"fialed\" (did you mean \"failed\"?)"));
  EXPECT_THAT(With("total: P7D", "total: PT0S"),
              ElementsAre("w.yaml:32: Expected a sum of time as a period like P7D, PT4H30M or 28d, "
                          "but it is zero"));
  EXPECT_THAT(
      With("starts_on: {scheduled: trial}", "starts_on: {performed: trial}"),
      ElementsAre("w.yaml:39: Expected a clock that starts on scheduled events alone, whose "
                  "instant it takes, but starts_on has others"));
  EXPECT_THAT(With("deadline: scheduled", "deadline: scheduled\n        limit: P1D"),
              ElementsAre("w.yaml:39: Expected no limit beside scheduled, but there is one"));
  EXPECT_THAT(With("deadline: scheduled", "deadline: scheduled\n        pauses_for: a"),
              ElementsAre("w.yaml:39: Expected no pauses of a clock that is due when it was "
                          "scheduled, but there is pauses_for"));
  EXPECT_THAT(With("when: recent}}", "when: resent}}"),
              ElementsAre("w.yaml:4: Expected a look-back of this version (recent, deviation or "
                          "sample), but there is \"resent\" (did you mean \"recent\"?)"));
  EXPECT_THAT(With("from: {performed: arrive}", "from: {performed: arrive, when: recent}"),
              ElementsAre("w.yaml:32: Expected events without when or unless in from, but there is "
                          "one"));
  EXPECT_THAT(With("- plain", "- {version: plain, effective_from: 2027-01-01}"),
              ElementsAre("w.yaml:12: Expected versions of the guidance in the order of "
                          "effective_from, but this one is before the one above"));
  EXPECT_THAT(With("      recent: {of: [referred",
                   "      sample: {of: referred, within: P1D}\n"
                   "      recent: {of: [referred"),
              ElementsAre("w.yaml:7: Expected a look-back of another name, but sample is a "
                          "condition of screened events"));
}

}  // namespace
}  // namespace caseclock::policy
