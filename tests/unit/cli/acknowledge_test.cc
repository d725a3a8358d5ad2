// Who takes an alert: an event for its case, or a refusal with the reason.

#include "consumers/http/acknowledge.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <iterator>
#include <set>

#include "tests/unit/cli/routes_fixture.h"

namespace caseclock::http {
namespace {

using ::testing::HasSubstr;

// It has no case, whose ledger would keep who took it.
TEST_F(RoutesTest, AnAlertOfASourceIsTakenByNobody) {
  model::Alert alert = AlertOf("", false);
  alert.source = base::Atom::Intern("rms");
  backend_.alerts = {alert};
  const auto answer =
      Post("/v1/alerts/" + base::ToHex(alert.id) + "/ack", "application/json", R"({"by":"U-7"})");
  EXPECT_EQ(answer.status, 400);
  EXPECT_THAT(answer.body, HasSubstr("of source rms"));
  EXPECT_TRUE(backend_.appended.empty());
}

TEST_F(RoutesTest, AcknowledgesByAnEvent) {
  backend_.alerts = {AlertOf("C-1", false)};
  const std::string path = "/v1/alerts/" + base::ToHex(backend_.alerts[0].id) + "/ack";
  const Response taken =
      Post(path, "application/json", R"({"by":"officer/7","until":"2026-03-02T10:15:00Z"})");
  EXPECT_EQ(taken.status, 202) << taken.body;
  ASSERT_EQ(backend_.appended.size(), 1U);
  model::Event event;
  codec::Rejected rejected;
  ASSERT_TRUE(codec::DecodeEvent(backend_.appended[0].bytes, &event, &rejected));
  EXPECT_EQ(event.type(), model::EventType::kAcknowledged);
  EXPECT_EQ(event.case_id, "C-1");
  EXPECT_EQ(event.actor, "officer/7");
  // The same once more within the second is the same event.
  EXPECT_EQ(
      Post(path, "application/json", R"({"by":"officer/7","until":"2026-03-02T10:15:00Z"})").status,
      202);
  EXPECT_EQ(backend_.appended[0].bytes, backend_.appended[1].bytes);

  EXPECT_EQ(Post(path, "application/json", "{}").status, 400);
  EXPECT_EQ(Post(path, "application/json", R"({"by":"x","until":"soon"})").status, 400);
  EXPECT_EQ(Post("/v1/alerts/xyz/ack", "application/json", R"({"by":"x"})").status, 400);
  const std::string other = "/v1/alerts/" + base::ToHex(base::Hash("other")) + "/ack";
  EXPECT_EQ(Post(other, "application/json", R"({"by":"x"})").status, 404);
}

// Each counts, and the later one of a second is the later one in the ledger.
TEST_F(RoutesTest, AcknowledgementsOfOneSecondAreTold) {
  backend_.alerts = {AlertOf("C-1", false)};
  const std::string path = "/v1/alerts/" + base::ToHex(backend_.alerts[0].id) + "/ack";
  const char* const bodies[] = {R"({"by":"U-7","until":"2026-03-02T10:15:00Z"})",
                                R"({"by":"U-7","until":"2026-03-02T11:15:00Z"})",
                                R"({"by":"U-7"})",
                                R"({"by":"U-8"})",
                                R"({"by":"U-8","source":"rms"})",
                                R"({"by":"U-7","until":"2026-03-02T10:15:00Z"})"};
  for (const char* body : bodies) EXPECT_EQ(Post(path, "application/json", body).status, 202);
  ASSERT_EQ(backend_.appended.size(), std::size(bodies));
  std::set<std::string> ids;
  base::Instant last = backend_.now - base::Duration{1};
  for (const CheckedEvent& appended : backend_.appended) {
    model::Event event;
    codec::Rejected rejected;
    ASSERT_TRUE(codec::DecodeEvent(appended.bytes, &event, &rejected));
    if (!ids.insert(std::string(event.event_id)).second) continue;
    EXPECT_GT(event.occurred_at, last);
    last = event.occurred_at;
  }
  EXPECT_EQ(ids.size(), 5U);
  EXPECT_EQ(backend_.appended.front().bytes, backend_.appended.back().bytes);
  // A second later it is another one.
  backend_.now = backend_.now + base::Seconds(1);
  EXPECT_EQ(Post(path, "application/json", bodies[0]).status, 202);
  EXPECT_NE(backend_.appended.front().bytes, backend_.appended.back().bytes);
}

TEST_F(RoutesTest, RefusesAcknowledgementsThatSayNothing) {
  backend_.alerts = {AlertOf("C-1", false)};
  backend_.now = base::Instant::FromSeconds(1'772'446'500);  // 2026-03-02T10:15:00Z
  const std::string path = "/v1/alerts/" + base::ToHex(backend_.alerts[0].id) + "/ack";
  for (const char* until : {"2026-03-02T10:14:59Z", "2026-03-02T10:15:00Z"}) {
    const Response past =
        Post(path, "application/json", std::string(R"({"by":"U-7","until":")") + until + "\"}");
    EXPECT_EQ(past.status, 400);
    EXPECT_THAT(past.body, HasSubstr("now is 2026-03-02T10:15:00Z"));
  }
  EXPECT_EQ(Post(path, "application/json", R"({"by":"U-7","until":1772446600})").status, 400);
  for (const auto state : {model::AlertState::kResolved, model::AlertState::kRetracted}) {
    backend_.alerts[0].state = state;
    const Response over = Post(path, "application/json", R"({"by":"U-7"})");
    EXPECT_EQ(over.status, 409);
    EXPECT_THAT(over.body,
                HasSubstr(std::string("was ") + std::string(model::AlertStateName(state)) + " at"));
  }
  EXPECT_TRUE(backend_.appended.empty());
  for (const auto state : {model::AlertState::kAcknowledged, model::AlertState::kEscalated}) {
    backend_.alerts[0].state = state;
    EXPECT_EQ(Post(path, "application/json", R"({"by":"U-7"})").status, 202);
  }
}

}  // namespace
}  // namespace caseclock::http
