// The routes as functions: what is asked, what is answered, what is refused.

#include "consumers/http/routes.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/cli/routes_fixture.h"

namespace caseclock::http {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

TEST_F(RoutesTest, SaysWhichSourcesAreSilent) {
  EXPECT_EQ(Get("/v1/sources").body, "[]\n");
  EXPECT_THAT(Get("/metrics").body, Not(HasSubstr("caseclock_source")));
  const auto at = base::Instant::FromSeconds(1'000'000);
  backend_.sources = {{base::Atom::Intern("rms"), at, at + base::Hours(6), true},
                      {base::Atom::Intern("register"), base::kLongAgo, at, false}};
  EXPECT_EQ(Get("/v1/sources").body,
            R"([{"source":"rms","heard_at":"1970-01-12T13:46:40Z",)"
            R"("due_at":"1970-01-12T19:46:40Z","silent":true},)"
            R"({"source":"register","heard_at":null,"due_at":"1970-01-12T13:46:40Z",)"
            R"("silent":false}])"
            "\n");
  const std::string metrics = Get("/metrics").body;
  EXPECT_THAT(metrics, HasSubstr("caseclock_source_silent{source=\"rms\"} 1\n"));
  EXPECT_THAT(metrics, HasSubstr("caseclock_source_silent{source=\"register\"} 0\n"));
  EXPECT_THAT(metrics, HasSubstr("caseclock_source_heard_seconds{source=\"rms\"} 1000000\n"));
  EXPECT_THAT(metrics, Not(HasSubstr("caseclock_source_heard_seconds{source=\"register\"}")));
}

TEST_F(RoutesTest, MeasuresCaseloadsWhereTheyAreLimited) {
  backend_.backlogs = {BacklogOf("a", 2)};
  EXPECT_THAT(Get("/metrics").body, Not(HasSubstr("caseload")));
  backend_.backlogs.push_back(BacklogOf("b", 120));
  backend_.backlogs[1].caseload = {50, 9, 61, 2, 112, {{"h-17", 61}, {"h-3", 51}}};
  const std::string metrics = Get("/metrics").body;
  EXPECT_THAT(metrics, HasSubstr("caseclock_caseload_limit_cases{queue=\"b\"} 50\n"));
  EXPECT_THAT(metrics, HasSubstr("caseclock_caseload_cases_max{queue=\"b\"} 61\n"));
  EXPECT_THAT(metrics, HasSubstr("caseclock_handlers_over_caseload{queue=\"b\"} 2\n"));
  EXPECT_THAT(metrics, Not(HasSubstr("h-17")));
  EXPECT_THAT(metrics, Not(HasSubstr("caseload{queue=\"a\"}")));
}

TEST_F(RoutesTest, FiltersBacklogsByQueueAndPrefix) {
  backend_.backlogs = {BacklogOf("uci/a", 1), BacklogOf("wmp/marac", 2), BacklogOf("wmp/rso", 3)};
  EXPECT_THAT(Get("/v1/backlog").body, HasSubstr("uci/a"));
  const Response prefix = Get("/v1/backlog?queue=wmp/*");
  EXPECT_THAT(prefix.body, HasSubstr("wmp/marac"));
  EXPECT_THAT(prefix.body, Not(HasSubstr("uci/a")));
  EXPECT_THAT(Get("/v1/backlog/wmp/rso").body, StartsWith("{\"queue\":\"wmp/rso\""));
  EXPECT_THAT(Get("/v1/backlog/wmp%2Frso").body, StartsWith("{\"queue\":\"wmp/rso\""));
  EXPECT_EQ(Get("/v1/backlog/wmp/none").status, 404);
  EXPECT_FALSE(backend_.asked.has_value());
}

TEST_F(RoutesTest, AsksForThePast) {
  backend_.now = base::ParseInstant("2026-03-02T10:15:00Z").value();
  EXPECT_EQ(Get("/v1/backlog?at=2026-03-02T10:15:00Z&known=now&queue=wmp/*&rollup=1").status, 200);
  ASSERT_TRUE(backend_.asked.has_value());
  EXPECT_EQ(base::FormatInstant(*backend_.asked->at), "2026-03-02T10:15:00Z");
  EXPECT_FALSE(backend_.asked->known_then);
  EXPECT_TRUE(backend_.asked->rollup);
  EXPECT_EQ(backend_.asked->queue, "wmp/*");
  EXPECT_EQ(Get("/v1/backlog?at=yesterday").status, 400);
  EXPECT_EQ(Get("/v1/backlog?at=2026-03-02T10:15:59Z").status, 200);  // clocks differ a little
  const Response ahead = Get("/v1/backlog?at=2026-03-02T10:16:01Z");
  EXPECT_EQ(ahead.status, 400);
  EXPECT_THAT(ahead.body, HasSubstr("lies ahead: now is 2026-03-02T10:15:00Z"));
  backend_.asked.reset();
  EXPECT_EQ(Get("/v1/backlog?at=now").status, 200);
  ASSERT_TRUE(backend_.asked.has_value());
  EXPECT_EQ(*backend_.asked->at, backend_.now);
  EXPECT_EQ(Get("/v1/alerts?since=now").status, 200);
  EXPECT_EQ(Get("/v1/alerts?since=yesterday").status, 400);
  EXPECT_EQ(Get("/v1/backlog?known=always").status, 400);
  const Response alone = Get("/v1/backlog?known=now");
  EXPECT_EQ(alone.status, 400);
  EXPECT_THAT(alone.body, HasSubstr("Expected known only together with at"));
}

// A mistyped parameter that is passed over answers another question than was asked.
TEST_F(RoutesTest, RefusesParametersThatItDoesNotKnow) {
  const struct {
    const char* target;
    const char* there_are;
  } cases[] = {
      {"/v1/backlog?que=wmp/rso", "queue, at, known, rollup"},
      {"/v1/backlog/wmp/rso?queue=x", "at, known, rollup"},
      {"/v1/cases?queue=a&stage=x", "queue, limit"},
      {"/v1/cases/C-1?raw=1", "record"},
      {"/v1/alerts?state=raised", "standing, since, queue, limit"},
      {"/v1/rejects?queue=x", "limit"},
      {"/v1/sources?limit=1", "none"},
      {"/v1/policies?at=now", "none"},
      {"/v1/counts?x", "none"},
      {"/v1/alerts/0123456789abcdef0123456789abcdef?x=1", "none"},
      {"/v1/stream?queue=a", "none"},
  };
  for (const auto& c : cases) {
    const Response response = Get(c.target);
    EXPECT_EQ(response.status, 400) << c.target;
    EXPECT_THAT(response.body, HasSubstr(std::string("; there are ") + c.there_are)) << c.target;
  }
  EXPECT_THAT(Get("/v1/cases?stage=x").body, HasSubstr("parameter stage"));
  EXPECT_THAT(Post("/v1/events?strict=1", "application/json", "[]").body,
              HasSubstr("; there are timestamps, unchecked"));
  // Those of pages are for caches and probes, and change no answer.
  EXPECT_EQ(Get("/?v=2").status, 200);
  EXPECT_EQ(Get("/healthz?probe=1").status, 200);
}

// One of two values that contradict would be passed over.
TEST_F(RoutesTest, TakesEachParameterOnce) {
  for (const char* target : {"/v1/cases?queue=a&queue=b", "/v1/alerts?limit=1&standing=1&limit=1",
                             "/v1/backlog?at=&at=2026-03-02T10:15:00Z"}) {
    const Response response = Get(target);
    EXPECT_EQ(response.status, 400) << target;
    EXPECT_THAT(response.body, HasSubstr("once, but it is there twice")) << target;
  }
  EXPECT_EQ(Get("/?v=1&v=2").status, 200);
}

TEST_F(RoutesTest, AFlagIsYesOrNo) {
  for (const char* target : {"/v1/alerts?standing=banana", "/v1/backlog?rollup=x",
                             "/v1/cases/C-1?record=yes!", "/v1/backlog/wmp/rso?rollup=2"}) {
    const Response response = Get(target);
    EXPECT_EQ(response.status, 400) << target;
    EXPECT_THAT(response.body, HasSubstr("=0, 1, false or true, but got ")) << target;
  }
  EXPECT_EQ(Post("/v1/events?unchecked=maybe", "application/json", "[]").status, 400);
  for (const char* yes : {"standing", "standing=", "standing=1", "standing=true"}) {
    EXPECT_EQ(Get(std::string("/v1/alerts?") + yes).status, 200) << yes;
    EXPECT_TRUE(backend_.asked_alerts.standing_only) << yes;
  }
  for (const char* no : {"standing=0", "standing=false"}) {
    EXPECT_EQ(Get(std::string("/v1/alerts?") + no).status, 200) << no;
    EXPECT_FALSE(backend_.asked_alerts.standing_only) << no;
  }
}

TEST_F(RoutesTest, ReadsFiltersAndLimits) {
  EXPECT_EQ(Get("/v1/cases?queue=wmp%2Frso&limit=7").status, 200);
  EXPECT_EQ(backend_.cases_queue, "wmp/rso");
  EXPECT_EQ(backend_.cases_limit, 7U);
  EXPECT_EQ(Get("/v1/cases?limit=0").status, 400);
  EXPECT_EQ(Get("/v1/cases?limit=9x").status, 400);
  EXPECT_EQ(Get("/v1/cases/C-1").status, 200);
  EXPECT_EQ(Get("/v1/cases/C-2").status, 404);
  EXPECT_THAT(Get("/v1/cases/C-1?record=1").body, StartsWith("{\"record\":"));
  EXPECT_EQ(Get("/v1/cases/C-2?record=1").status, 404);
  EXPECT_EQ(Get("/v1/alerts?standing=1&since=2026-03-02T10:15:00Z").status, 200);
  EXPECT_TRUE(backend_.asked_alerts.standing_only);
  EXPECT_TRUE(backend_.asked_alerts.since.has_value());
  EXPECT_EQ(Get("/v1/alerts?standing=0").status, 200);
  EXPECT_FALSE(backend_.asked_alerts.standing_only);
}

TEST_F(RoutesTest, SaysWhetherItIsReady) {
  EXPECT_EQ(Get("/readyz").status, 503);
  // Under load some records always wait.
  backend_.stats.lag = base::Seconds(29);
  backend_.stats.waiting_records = 400;
  backend_.stats.partitions = 4;
  EXPECT_EQ(
      Get("/readyz").body,
      "{\"ready\":true,\"caught_up\":false,\"lag_seconds\":29,\"ahead_seconds\":0,\"records\":0,"
      "\"waiting\":400,\"partitions\":4,\"standby\":false}\n");
  EXPECT_EQ(Get("/readyz").status, 200);
  backend_.stats.lag = base::Seconds(31);
  EXPECT_EQ(Get("/readyz").status, 503);
  backend_.stats.lag.reset();
  EXPECT_EQ(Get("/readyz").status, 503);
  backend_.stats.caught_up = true;
  EXPECT_EQ(Get("/readyz").status, 200);
  EXPECT_EQ(Get("/healthz").status, 200);
  backend_.health =
      base::Error{base::ErrorKind::kUnavailable, "Expected a steady clock, but it jumped"};
  EXPECT_EQ(Get("/healthz").status, 503);
  EXPECT_EQ(Get("/readyz").status, 503);
}

TEST_F(RoutesTest, ServesPageDescriptionAndMetrics) {
  EXPECT_THAT(Get("/").content_type, StartsWith("text/html"));
  EXPECT_THAT(Get("/page.js").content_type, StartsWith("text/javascript"));
  EXPECT_THAT(Get("/openapi.json").body, HasSubstr("/v1/events"));
  backend_.backlogs = {BacklogOf("a\"b", 2)};
  EXPECT_THAT(Get("/metrics").body, HasSubstr("caseclock_backlog_cases{queue=\"a\\\"b\"} 2\n"));
  EXPECT_EQ(Get("/etc/passwd").status, 404);
}

TEST_F(RoutesTest, SaysWhatMayBeAskedOfAPath) {
  const struct {
    const char* method;
    const char* path;
    int status;
    const char* allow;
  } cases[] = {{"GET", "/v1/events", 405, "POST"},
               {"GET", "/v1/alerts/abc/ack", 405, "POST"},
               {"POST", "/v1/alerts/abc", 405, "GET, HEAD"},
               {"POST", "/v1/backlog", 405, "GET, HEAD"},
               {"POST", "/v1/cases/C-1", 405, "GET, HEAD"},
               {"POST", "/", 405, "GET, HEAD"},
               {"POST", "/page.js", 405, "GET, HEAD"},
               {"HEAD", "/v1/stream", 405, "GET"},
               {"OPTIONS", "/v1/policies", 405, "GET, HEAD, POST"},
               {"DELETE", "/healthz", 405, "GET, HEAD"},
               {"get", "/healthz", 405, "GET, HEAD"},
               {"POST", "/nowhere", 404, nullptr},
               {"PATCH", "/v1/nothing", 404, nullptr},
               {"GET", "/v1/backlog/", 404, nullptr},
               {"HEAD", "/v1/backlog", 200, nullptr}};
  for (const auto& c : cases) {
    Request request;
    request.method = c.method;
    request.path = c.path;
    const Response response = routes_.Answer(request);
    EXPECT_EQ(response.status, c.status) << c.method << " " << c.path;
    if (c.allow == nullptr) {
      EXPECT_TRUE(response.headers.empty()) << c.method << " " << c.path;
    } else {
      EXPECT_THAT(response.headers,
                  ElementsAre(std::pair<std::string, std::string>("Allow", c.allow)))
          << c.method << " " << c.path;
    }
  }
}

TEST_F(RoutesTest, ACaseThatAnotherEngineHasIsNoCauseToTryAgain) {
  backend_.case_error = base::Error{base::ErrorKind::kUnavailable, "Expected it here"};
  EXPECT_EQ(Get("/v1/cases/C-7").status, 503);
  backend_.with_another = true;
  const Response response = Get("/v1/cases/C-7");
  EXPECT_EQ(response.status, 421);
  EXPECT_EQ(KindOf(421, response.body), base::ErrorKind::kUnavailable);
  backend_.case_error = {};
  EXPECT_EQ(Get("/v1/cases/C-7").status, 404);
}

// An empty list of a standby would say that there is nothing.
TEST_F(RoutesTest, AStandbyAnswersNoQuestion) {
  backend_.answers = base::Error{base::ErrorKind::kUnavailable, "Expected an engine at work"};
  for (const char* path : {"/v1/policies", "/v1/counts", "/v1/sources"}) {
    EXPECT_EQ(Get(path).status, 503) << path;
    EXPECT_THAT(Get(path).body, HasSubstr("Expected an engine at work")) << path;
  }
  EXPECT_EQ(Get("/healthz").status, 200);
}

TEST_F(RoutesTest, MetricsWithoutFiguresTellTheRest) {
  backend_.backlogs = {BacklogOf("wmp/marac", 4)};
  backend_.stats.budget_bytes = 512;
  backend_.stats.memory_bytes = 60;
  backend_.stats.cache_bytes = 10;
  backend_.stats.figures_bytes = 20;
  backend_.stats.store_bytes = 30;
  const std::string whole = Get("/metrics").body;
  for (const char* line :
       {"\ncaseclock_figures_readable 1\n", "\ncaseclock_memory_budget_bytes 512\n",
        "\ncaseclock_memory_bytes 60\n", "\ncaseclock_case_cache_bytes 10\n",
        "\ncaseclock_figures_bytes 20\n", "\ncaseclock_store_cache_bytes 30\n",
        "\ncaseclock_backlog_cases{queue=\"wmp/marac\"} 4\n"}) {
    EXPECT_THAT(whole, HasSubstr(line));
  }
  backend_.figures = base::Error{base::ErrorKind::kUnavailable, "Expected figures, but no"};
  const Response without = Get("/metrics");
  EXPECT_EQ(without.status, 200);
  EXPECT_THAT(without.body, HasSubstr("\ncaseclock_figures_readable 0\n"));
  EXPECT_THAT(without.body, HasSubstr("\ncaseclock_memory_bytes 60\n"));
  EXPECT_THAT(without.body, Not(HasSubstr("caseclock_backlog_cases")));
}

TEST_F(RoutesTest, ListsSayHowManyThereAre) {
  backend_.listed = 1'234;
  for (const char* path : {"/v1/cases?limit=1", "/v1/alerts?limit=1", "/v1/rejects?limit=1"}) {
    EXPECT_THAT(Get(path).headers,
                ::testing::Contains(std::pair<std::string, std::string>("Caseclock-Total", "1234")))
        << path;
  }
}

TEST_F(RoutesTest, CountsRecordsAndConflicts) {
  backend_.stats.records = 9;
  backend_.stats.conflicts = 2;
  const std::string counts = Get("/v1/counts").body;
  EXPECT_THAT(counts, HasSubstr("\"records\":9"));
  EXPECT_THAT(counts, HasSubstr("\"conflicts\":2"));
}

}  // namespace
}  // namespace caseclock::http
