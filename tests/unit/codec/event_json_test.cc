#include <gtest/gtest.h>

#include "engine/codec/event_codec.h"
#include "tests/unit/codec/random_values.h"

namespace caseclock::codec {
namespace {

constexpr std::string_view kReferred =
    R"({"event_id":"rms/000123","source":"rms","case_id":"C-000123",)"
    R"("occurred_at":"2026-03-02T10:15:00Z","referred":{"queue":"wmp/marac","risk":"high",)"
    R"("origin":"dash","subject":"S-88"}})";

// An event around `body`, with `more` in the envelope.
std::string Event(std::string_view body, std::string_view more = "") {
  return R"({"event_id":"e1","source":"rms","case_id":"C-1",)"
         R"("occurred_at":"2026-03-02T10:15:00Z",)" +
         std::string(more) + std::string(body) + "}";
}

std::string Again(std::string_view json) {
  const base::Result<std::string> bytes = EventFromJson(json);
  if (!bytes.ok()) return bytes.error().message;
  const base::Result<std::string> again = EventToJson(bytes.value());
  return again.ok() ? again.value() : again.error().message;
}

TEST(EventJson, IsWrittenAsItIsRead) {
  EXPECT_EQ(Again(kReferred), kReferred);
  for (const std::string& json :
       {Event(R"("closed":{})"), Event(R"("closed":{"reason":"merged","merged_into":"C-2"})"),
        Event(
            R"("scheduled":{"activity":"hearing","at":"2026-04-01T09:00:00.250Z","meeting":"M"})"),
        Event(R"("screened":{"decision":"in","criteria":["a","b"],"guidance":"v1","score":-3})"),
        Event(R"("interval_set":{"clock":"visit","interval":"P1Y6M","authority":"di"})"),
        Event(R"("notified":{"alert_id":"0123456789abcdef0123456789abcdef","receiver":"duty"})")})
    EXPECT_EQ(Again(json), json);
}

TEST(EventJson, TakesBothSpellings) {
  EXPECT_EQ(
      Again(R"({"eventId":"e1","source":"rms","caseId":"C-1","occurredAt":)"
            R"("2026-03-02T11:15:00+01:00","intervalSet":{"clock":"visit","interval":"28d"}})"),
      Event(R"("interval_set":{"clock":"visit","interval":"P28D"})"));
}

TEST(EventJson, SequenceIsANumberOrText) {
  const std::string expected =
      R"({"event_id":"e1","source":"rms","sequence":18446744073709551615,"case_id":"C-1",)"
      R"("occurred_at":"2026-03-02T10:15:00Z","closed":{}})";
  EXPECT_EQ(Again(Event(R"("closed":{})", R"("sequence":18446744073709551615,)")), expected);
  EXPECT_EQ(Again(Event(R"("closed":{})", R"("sequence":"18446744073709551615",)")), expected);
  EXPECT_NE(Again(Event(R"("closed":{})", R"("sequence":7.0,)")).find("\"sequence\":7,"),
            std::string::npos);
}

TEST(EventJson, NullIsAbsent) {
  EXPECT_EQ(Again(Event(R"("closed":{"reason":null},"paused":null)", R"("actor":null,)")),
            Event(R"("closed":{})"));
}

TEST(EventJson, EveryEventComesBack) {
  RandomValues random(1);
  for (int i = 0; i < 2'000; ++i) {
    std::string bytes;
    EncodeEvent(random.Event(), &bytes);
    const base::Result<std::string> json = EventToJson(bytes);
    ASSERT_TRUE(json.ok());
    const base::Result<std::string> again = EventFromJson(json.value());
    ASSERT_TRUE(again.ok()) << again.error().message << json.value();
    ASSERT_EQ(again.value(), bytes) << json.value();
  }
}

TEST(EventJson, SaysWhatIsWrong) {
  const std::pair<std::string, std::string> cases[] = {
      {"", "Expected a JSON object, but the text is not JSON at byte 1"},
      {"[1]", "Expected an object in the record, but it is array"},
      {Event(R"("closed":{})", R"("colour":"red",)"),
       "Expected the fields of an event, but there is `colour`"},
      {Event(R"("closed":{"why":"x"})"), "Expected the fields of closed, but there is `why`"},
      {Event(R"("closed":{"John Smith, 7 High St":"x"})"),
       "Expected the fields of closed, but there is one with a name of 21 bytes"},
      {Event(R"("exploded":{})"),
       "Expected an event that this version knows, but there is `exploded`"},
      {Event(R"("closed":{},"paused":{"reason":"custody"})"),
       "Expected one event, but there are two"},
      {Event(R"("closed":{"reason":7})"),
       "Expected a text in closed.reason, but it is a number of "
       "another kind"},
      {Event(R"("closed":[])"), "Expected an object in closed, but it is array"},
      {Event(R"("screened":{"decision":"in","criteria":"a"})"),
       "Expected a list in screened.criteria, but it is string"},
      {Event(R"("screened":{"decision":"in","score":3000000000})"),
       "Expected a whole number of 32 bits in screened.score, but it is a number of another kind"},
      {Event(R"("closed":{})", R"("sequence":-1,)"),
       "Expected a whole number from 0 in sequence, but it is a number of another kind"},
      {Event(R"("closed":{})", R"("sequence":1.5,)"),
       "Expected a whole number from 0 in sequence, but it is a number of another kind"},
      {Event(R"("closed":{})", R"("sequence":1e300,)"),
       "Expected a whole number from 0 in sequence, but it is a number of another kind"},
      {Event(R"("scheduled":{"activity":"a","at":"tomorrow"})"),
       "Expected an instant like 2026-03-02T10:15:00Z in scheduled.at, but it is none"},
      {Event(R"("scheduled":{"activity":"a","at":"1800-01-01T00:00:00Z"})"),
       "Expected an instant from 1900 up to 2199 in scheduled.at, but it lies outside"},
      {R"({"event_id":"e","source":"s","case_id":"c","closed":{}})",
       "Expected occurred_at, but it is missing"},
      {Event(R"("closed":{})", R"("eventId":"e2",)"),
       "Expected event_id once, but it is there in both spellings"},
      {Event(R"("interval_set":{"clock":"visit","interval":"P28D"},"intervalSet":{})"),
       "Expected interval_set once, but it is there in both spellings"},
      {Event(R"("closed":{})", R"("event_id":"e2",)"),
       "Expected each name once in the event, but there is `event_id` again"},
      {Event(R"("closed":{},"closed":{})"),
       "Expected each name once in the event, but there is `closed` again"},
      {Event(R"("closed":{"reason":"a","reason":"a"})"),
       "Expected each name once in closed, but there is `reason` again"},
  };
  for (const auto& [json, message] : cases) EXPECT_EQ(Again(json), message) << json;
}

// The parser takes a zero byte for the end of the text, so what follows would be passed over.
TEST(EventJson, AZeroByteIsNoEnd) {
  const std::string event = Event(R"("closed":{})");
  for (const std::string& after : {std::string(1, '\0'), std::string("\0{}", 3)}) {
    EXPECT_EQ(Again(event + after), "Expected a JSON object, but the text is not JSON at byte " +
                                        std::to_string(event.size() + 1));
  }
}

TEST(EventJson, DeepNestingIsNoHarm) {
  std::string deep(1 << 19, '[');
  EXPECT_FALSE(EventFromJson(deep).ok());
  deep += std::string(1 << 19, ']');
  EXPECT_EQ(Again(deep), "Expected an object in the record, but it is array");
}

TEST(EventJson, BytesThatAreNoEventAreAnError) {
  EXPECT_FALSE(EventToJson("\x08").ok());
}

}  // namespace
}  // namespace caseclock::codec
