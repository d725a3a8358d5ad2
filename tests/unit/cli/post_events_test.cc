// POST /v1/events: every form that is taken, and what is said of the others.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/cli/routes_fixture.h"

namespace caseclock::http {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

constexpr char kEvent[] =
    R"({"event_id":"1","source":"rms","case_id":"C-1","occurred_at":"2026-03-02T10:15:00Z",)"
    R"("referred":{"queue":"wmp/marac"}})";

const CloudEventHeaders kCloudEvent = {{"ce-specversion", "1.0"},
                                       {"ce-id", "1"},
                                       {"ce-source", "rms"},
                                       {"ce-type", "caseclock.case.referred.v1"},
                                       {"ce-time", "2026-03-02T10:15:00Z"},
                                       {"ce-subject", "C-1"}};
constexpr char kData[] = R"({"referred":{"queue":"wmp/marac"}})";

TEST_F(RoutesTest, TakesOneEventOrManyInEveryForm) {
  const std::string one = kEvent;
  EXPECT_EQ(Post("/v1/events", "application/json", one).body, "[{\"partition\":1,\"offset\":0}]\n");
  EXPECT_EQ(Post("/v1/events", "application/json", "[" + one + " , " + one + "]").status, 202);
  EXPECT_EQ(Post("/v1/events", "application/x-ndjson", one + "\n\n" + one + "\n").status, 202);
  EXPECT_EQ(Post("/v1/events", "", one + "\n" + one).status, 202);
  std::string delimited;
  AppendVarint(backend_.appended[0].bytes.size(), &delimited);
  delimited += backend_.appended[0].bytes;
  EXPECT_EQ(Post("/v1/events?timestamps=occurred", "application/x-protobuf", delimited).status,
            202);
  EXPECT_TRUE(backend_.appended_occurred);
  EXPECT_EQ(backend_.appended.size(), 8U);
  EXPECT_EQ(backend_.appended.back().case_id, "C-1");
}

// No ten bytes are an event, so a body that begins with the tag of an event id has no length in
// front.
TEST_F(RoutesTest, TakesOneEventInProtobufAsItIs) {
  ASSERT_EQ(Post("/v1/events", "application/json", kEvent).status, 202);
  const std::string whole = backend_.appended[0].bytes;
  for (const char* type :
       {"application/x-protobuf", "application/protobuf", "application/octet-stream", ""}) {
    EXPECT_EQ(Post("/v1/events", type, whole).status, 202) << type;
    EXPECT_EQ(backend_.appended.back().bytes, whole) << type;
  }
  // In another order of fields, which no length could be the first byte of.
  const std::string id = whole.substr(0, 3);
  ASSERT_EQ(id, std::string("\x0a\x01") + "1");
  EXPECT_EQ(Post("/v1/events", "application/x-protobuf", whole.substr(3) + id).status, 202);
  EXPECT_EQ(backend_.appended.back().bytes, whole);
  EXPECT_EQ(backend_.appended.size(), 6U);

  const Response bad = Post("/v1/events", "application/x-protobuf", whole.substr(0, 8));
  EXPECT_EQ(bad.status, 400);
  EXPECT_THAT(bad.body, HasSubstr("Expected case_id, but it is missing"));
  EXPECT_THAT(bad.body, Not(HasSubstr("length")));
  const Response neither = Post("/v1/events", "application/x-protobuf", whole.substr(3, 20));
  EXPECT_EQ(neither.status, 400);
  EXPECT_THAT(neither.body, HasSubstr("but 1 cannot"));
  EXPECT_THAT(neither.body, HasSubstr("Expected one event in protobuf, or many, each after its "
                                      "length as a varint, but the body is neither"));
}

// The length of one may be the byte of a bracket, and its first tag is that of a line's end.
TEST_F(RoutesTest, TakesEventsInProtobufOfEveryLength) {
  for (size_t length = 80; length < 130; ++length) {
    std::string id = "e";
    std::string bytes;
    do {
      const std::string event = std::string(R"({"event_id":")") + id +
                                R"(","source":"rms","case_id":"C-1","occurred_at":)" +
                                R"("2026-03-02T10:15:00Z","referred":{"queue":"wmp/marac"}})";
      ASSERT_EQ(Post("/v1/events", "application/json", event).status, 202);
      bytes = backend_.appended.back().bytes;
      id += 'x';
    } while (bytes.size() < length);
    ASSERT_EQ(bytes.size(), length);
    std::string delimited;
    AppendVarint(bytes.size(), &delimited);
    delimited += bytes;
    EXPECT_EQ(Post("/v1/events", "application/x-protobuf", delimited + delimited).status, 202)
        << length;
  }
}

TEST_F(RoutesTest, AppendsNothingWhenOneEventIsBadAndNamesEach) {
  const Response response =
      Post("/v1/events", "application/json", std::string("[") + kEvent + ",{\"x\":1},{}]");
  EXPECT_EQ(response.status, 400);
  EXPECT_THAT(response.body, HasSubstr("\"index\":1"));
  EXPECT_THAT(response.body, HasSubstr("\"index\":2"));
  EXPECT_THAT(response.body, Not(HasSubstr("\"index\":0")));
  EXPECT_TRUE(backend_.appended.empty());
}

TEST_F(RoutesTest, TakesUncheckedEventsAsTheyAre) {
  const std::string lines = std::string(kEvent) + "\nno event\n";
  EXPECT_EQ(Post("/v1/events?unchecked=1", "application/x-ndjson", lines).status, 202);
  ASSERT_EQ(backend_.appended.size(), 2U);
  EXPECT_EQ(backend_.appended[0].bytes, kEvent);
  EXPECT_EQ(backend_.appended[0].case_id, "C-1");
  EXPECT_EQ(backend_.appended[1].bytes, "no event");
  EXPECT_EQ(backend_.appended[1].case_id, "");
  EXPECT_EQ(Post("/v1/events?unchecked=0", "application/x-ndjson", lines).status, 400);
  EXPECT_EQ(Post("/v1/events?unchecked=1", "application/x-protobuf", "\x05no").status, 400);
  EXPECT_EQ(Post("/v1/events?unchecked=1", "application/json", "{}", {{"ce-id", "1"}}).status, 400);
  EXPECT_EQ(backend_.appended.size(), 2U);
}

TEST_F(RoutesTest, TakesCloudEventsInAllModes) {
  ASSERT_EQ(Post("/v1/events", "application/json", kEvent).status, 202);
  const std::string whole = backend_.appended[0].bytes;
  // Binary: headers around JSON or protobuf.
  EXPECT_EQ(Post("/v1/events", "application/json", kData, kCloudEvent).status, 202);
  EXPECT_EQ(Post("/v1/events", "application/protobuf", whole, kCloudEvent).status, 202);
  // Structured and batched.
  const std::string structured =
      R"({"specversion":"1.0","id":"1","source":"rms","type":"caseclock.case.referred.v1",)"
      R"("subject":"C-1","time":"2026-03-02T10:15:00Z","data":)" +
      std::string(kData) + "}";
  EXPECT_EQ(Post("/v1/events", "application/cloudevents+json", structured).status, 202);
  EXPECT_EQ(Post("/v1/events", "application/cloudevents-batch+json",
                 "[" + structured + "," + structured + "]")
                .status,
            202);
  ASSERT_EQ(backend_.appended.size(), 6U);
  for (const CheckedEvent& event : backend_.appended) {
    EXPECT_EQ(event.bytes, whole);
    EXPECT_EQ(event.case_id, "C-1");
  }
}

TEST_F(RoutesTest, HeadersOfACloudEventMustFitItsBody) {
  CloudEventHeaders other = kCloudEvent;
  other.back().second = "C-2";
  const Response differs = Post("/v1/events", "application/json", kEvent, other);
  EXPECT_EQ(differs.status, 400);
  EXPECT_THAT(differs.body, HasSubstr("Expected the CloudEvents subject and case_id"));
  const Response many = Post("/v1/events", "application/json",
                             "[" + std::string(kEvent) + "," + kEvent + "]", kCloudEvent);
  EXPECT_EQ(many.status, 400);
  EXPECT_THAT(many.body, HasSubstr("application/cloudevents-batch+json"));
  EXPECT_TRUE(backend_.appended.empty());
}

TEST_F(RoutesTest, SaysWhichContentTypesThereAre) {
  EXPECT_THAT(Post("/v1/events", "text/html", kEvent).body,
              HasSubstr("application/cloudevents-batch+json, but got text/html"));
  EXPECT_THAT(
      Post("/v1/events", "application/json", std::string(kEvent) + "\n" + kEvent + "\n").body,
      HasSubstr("application/x-ndjson"));
  EXPECT_THAT(Get("/openapi.json").body, HasSubstr("application/cloudevents-batch+json"));
}

TEST_F(RoutesTest, NamesEveryReasonOfAnEvent) {
  const Response response =
      Post("/v1/events", "application/json",
           R"({"event_id":"1","source":"two words","case_id":"a b","colour":1,)"
           R"("paused":{"reason":"x y"}})");
  EXPECT_EQ(response.status, 400);
  for (const char* part : {"but 1 cannot", "`colour`", "in source, but", "in case_id, but",
                           "in paused.reason, but", "Expected occurred_at, but it is missing"}) {
    EXPECT_THAT(response.body, HasSubstr(part));
  }
  EXPECT_THAT(response.body, Not(HasSubstr("Expected source, but it is missing")));
}

TEST_F(RoutesTest, RefusesBodiesThatAreNoEvents) {
  EXPECT_EQ(Post("/v1/events", "application/json", "").status, 400);
  EXPECT_EQ(Post("/v1/events", "application/json", "[]").status, 400);
  EXPECT_EQ(Post("/v1/events", "application/json", "[{]").status, 400);
  EXPECT_EQ(Post("/v1/events", "application/x-protobuf", "\x7fxx").status, 400);
  EXPECT_EQ(Post("/v1/events", "text/html", kEvent).status, 415);
  EXPECT_EQ(Post("/v1/events?timestamps=maybe", "application/json", kEvent).status, 400);
  EXPECT_TRUE(backend_.appended.empty());
}

// One answer for the whole body, in place of one for each piece that it makes no sense as.
TEST_F(RoutesTest, SaysWhatWasExpectedOfABodyOfAnotherForm) {
  const std::string one = kEvent;
  const struct {
    const char* type;
    std::string body;
    const char* says;
  } cases[] = {
      {"application/json", "hello world", "begins like neither"},
      {"application/json", "5", "begins like neither"},
      {"application/json", "\"text\"", "begins like neither"},
      {"application/json", "[1]", "Expected an object in the record, but it is a number\""},
      {"application/x-ndjson", "[" + one + "]", "goes as application/json"},
      {"application/x-ndjson", "[" + one + ",\n" + one + "]", "goes as application/json"},
      {"application/x-protobuf", one, "is JSON"},
      {"application/x-protobuf", "[" + one + "]", "is JSON"},
      {"", "hello world", "the body is other text"},
      {"", "event_id,source\n1,rms\n", "takes CSV"},
      {"application/octet-stream", "hello", "the body is other text"},
      {"text/plain", "hello", "but got text/plain"},
  };
  for (const auto& c : cases) {
    const Response response = Post("/v1/events", c.type, c.body);
    EXPECT_GE(response.status, 400) << c.type << " " << c.body;
    EXPECT_THAT(response.body, HasSubstr(c.says)) << c.type << " " << c.body;
    EXPECT_THAT(response.body, Not(HasSubstr("\"index\":1"))) << c.type << " " << c.body;
  }
  EXPECT_TRUE(backend_.appended.empty());
  EXPECT_EQ(Post("/v1/events", "application/json", "\xEF\xBB\xBF[" + one + "]").status, 202);
}

}  // namespace
}  // namespace caseclock::http
