// The lookups of engine/model that policies are written against.

#include <gtest/gtest.h>

#include "engine/model/policy.h"

namespace caseclock::model {
namespace {

Atom A(std::string_view text) {
  return Atom::Intern(text);
}

Event Of(EventBody body) {
  Event event;
  event.body = std::move(body);
  return event;
}

TEST(EventType, NamesGoThereAndBack) {
  for (size_t i = 0; i < kEventTypes; ++i) {
    const auto type = static_cast<EventType>(i);
    EXPECT_EQ(EventTypeFromName(EventTypeName(type)), type);
  }
  EXPECT_EQ(EventTypeName(EventType::kOutcome), "outcome");
  EXPECT_EQ(EventTypeName(EventType::kPolicyMoved), "policy_moved");
  EXPECT_EQ(EventTypeFromName("Referred"), std::nullopt);
  EXPECT_EQ(EventTypeFromName(""), std::nullopt);
}

TEST(PrincipalCode, IsWhatPoliciesMatchOn) {
  EXPECT_EQ(PrincipalCode(Of(Performed{A("home_visit"), A("done")})), A("home_visit"));
  EXPECT_EQ(PrincipalCode(Of(Screened{A("in"), {}, {}, {}})), A("in"));
  EXPECT_EQ(PrincipalCode(Of(Assessed{A("arms"), A("2"), A("high"), {}})), A("arms"));
  EXPECT_EQ(PrincipalCode(Of(Referred{A("q"), A("high"), A("nca"), {}, {}})), A("nca"));
  EXPECT_EQ(PrincipalCode(Of(Staged{A("heard")})), A("heard"));
  EXPECT_TRUE(PrincipalCode(Of(Acknowledged{})).empty());
}

TEST(Matches, OnlyWhileALookbackHolds) {
  const EventMatches repeat = {{EventType::kPerformed, {}, A("recent"), {}}};
  const EventMatches fresh = {{EventType::kPerformed, {}, {}, A("recent")}};
  const Event event = Of(Performed{A("incident"), {}});
  const std::vector<base::Atom> holding = {A("recent")};
  EXPECT_TRUE(Matches(repeat, event, holding));
  EXPECT_FALSE(Matches(repeat, event));
  EXPECT_FALSE(Matches(fresh, event, holding));
  EXPECT_TRUE(Matches(fresh, event));
}

TEST(Matches, AnyCodeOrOneOfTheListed) {
  const EventMatches matches = {{EventType::kScreened, {A("in"), A("out")}},
                                {EventType::kAssigned}};
  EXPECT_TRUE(Matches(matches, Of(Screened{A("out"), {}, {}, {}})));
  EXPECT_FALSE(Matches(matches, Of(Screened{A("returned"), {}, {}, {}})));
  EXPECT_TRUE(Matches(matches, Of(Assigned{A("h1"), {}})));
  EXPECT_FALSE(Matches(matches, Of(Staged{A("in")})));
  EXPECT_FALSE(Matches({}, Of(Staged{A("in")})));
}

TEST(FindQueue, FirstPatternWins) {
  PolicySet set;
  set.queues = {{"uci/none", A("a"), {}, {}}, {"uci/*", A("b"), {}, {}}, {"*", A("c"), {}, {}}};
  EXPECT_EQ(FindQueue(set, "uci/none")->workflow, A("a"));
  EXPECT_EQ(FindQueue(set, "uci/12")->workflow, A("b"));
  EXPECT_EQ(FindQueue(set, "uci")->workflow, A("c"));
  set.queues.pop_back();
  EXPECT_EQ(FindQueue(set, "uci"), nullptr);
}

TEST(VersionAt, IsTheLastOneEffective) {
  Workflow workflow{A("w"), {}};
  EXPECT_EQ(VersionAt(workflow, {}), nullptr);
  for (const char* name : {"one", "two", "three"}) {
    WorkflowVersion version;
    version.version = A(name);
    version.effective_from = base::Instant{static_cast<int64_t>(workflow.versions.size()) * 100};
    workflow.versions.push_back(version);
  }
  EXPECT_EQ(VersionAt(workflow, base::Instant{-1})->version, A("one"));
  EXPECT_EQ(VersionAt(workflow, base::Instant{100})->version, A("two"));
  EXPECT_EQ(VersionAt(workflow, base::Instant{199})->version, A("two"));
  EXPECT_EQ(VersionAt(workflow, base::kNever)->version, A("three"));
  EXPECT_EQ(FindVersion(workflow, A("two")), &workflow.versions[1]);
  EXPECT_EQ(FindVersion(workflow, A("four")), nullptr);
}

TEST(EventFingerprint, IsOfSourceAndIdAndFixedForEver) {
  EXPECT_EQ(EventFingerprint(A("rms"), "42"), base::Fingerprint(std::string_view("rms\00042", 6)));
  EXPECT_NE(EventFingerprint(A("a"), "bc"), EventFingerprint(A("ab"), "c"));
  EXPECT_EQ(EventFingerprint({}, ""), base::Fingerprint(std::string_view("\0", 1)));
  const std::string longest(1'000, 'x');
  EXPECT_EQ(EventFingerprint(A("s"), longest),
            base::Fingerprint(std::string("s") + '\0' + longest));
}

}  // namespace
}  // namespace caseclock::model
