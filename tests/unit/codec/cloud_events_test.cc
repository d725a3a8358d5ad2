#include <gtest/gtest.h>

#include <vector>

#include "engine/codec/event_codec.h"

namespace caseclock::codec {
namespace {

using model::RejectReason;
using Headers = std::vector<std::pair<std::string_view, std::string_view>>;

constexpr std::string_view kWhole =
    R"({"event_id":"e1","source":"rms","case_id":"C-1","occurred_at":"2026-03-02T10:15:00Z",)"
    R"("paused":{"reason":"custody"}})";
constexpr std::string_view kData = R"({"paused":{"reason":"custody"}})";

// Decodes to canonical JSON, or to the message of the reject.
struct Decoded {
  std::string text;
  RejectReason reason{};
};

Decoded Decode(std::string_view value, const Headers& headers, std::string_view key = "") {
  WireRecord record;
  if (!key.empty()) record.key = key;
  record.value = value;
  record.headers = headers;
  DecodeScratch scratch;
  model::Event event;
  Rejected rejected;
  if (!DecodeRecord(record, &scratch, &event, &rejected))
    return {rejected.message, rejected.reason};
  std::string bytes;
  EncodeEvent(event, &bytes);
  return {EventToJson(bytes).value(), {}};
}

Headers With(Headers headers, std::string_view key, std::string_view value) {
  for (auto& [name, old] : headers) {
    if (name != key) continue;
    old = value;
    return headers;
  }
  headers.emplace_back(key, value);
  return headers;
}

const Headers kContext = {{"ce_specversion", "1.0"},
                          {"ce_id", "e1"},
                          {"ce_source", "rms"},
                          {"ce_type", "caseclock.case.paused.v1"},
                          {"ce_time", "2026-03-02T10:15:00Z"},
                          {"ce_subject", "C-1"}};

TEST(CloudEvents, HeadersFillInTheEnvelope) {
  EXPECT_EQ(Decode(kData, kContext).text, kWhole);
  Headers hyphens;
  std::vector<std::string> names;
  names.reserve(kContext.size());
  for (const auto& [key, value] : kContext) {
    names.push_back("Ce-" + std::string(key.substr(3)));
    hyphens.emplace_back(names.back(), value);
  }
  EXPECT_EQ(Decode(kData, hyphens).text, kWhole);
}

TEST(CloudEvents, HeadersThatAgreeAreWelcome) {
  EXPECT_EQ(Decode(kWhole, kContext, "C-1").text, kWhole);
  EXPECT_EQ(Decode(kWhole, With(kContext, "ce_time", "2026-03-02T11:15:00.000+01:00")).text,
            kWhole);
  // A type of the sender's own says nothing about ours.
  EXPECT_EQ(Decode(kWhole, With(kContext, "ce_type", "uk.police.rms.custody")).text, kWhole);
}

TEST(CloudEvents, AProtobufBodyTooAndTheKey) {
  const std::string bytes = EventFromJson(kWhole).value();
  EXPECT_EQ(Decode(bytes, kContext).text, kWhole);
  const std::string data(
      "\xba\x01\x09\x0a\x07"
      "custody",
      12);
  EXPECT_EQ(Decode(data, kContext).text, kWhole);
  Headers no_subject = kContext;
  no_subject.pop_back();
  EXPECT_EQ(Decode(data, no_subject, "C-1").text, kWhole);
  EXPECT_EQ(Decode(data, no_subject).text, "Expected case_id, but it is missing");
}

TEST(CloudEvents, WhatContradictsIsNamed) {
  const std::pair<Headers, std::string> cases[] = {
      {With(kContext, "ce_id", "e2"),
       "Expected the CloudEvents id and event_id to say the same, but they differ"},
      {With(kContext, "ce_source", "nich"),
       "Expected the CloudEvents source and source to say the same, but they differ"},
      {With(kContext, "ce_time", "2026-03-02T10:15:01Z"),
       "Expected the CloudEvents time and occurred_at to say the same, but they differ"},
      {With(kContext, "ce_subject", "C-2"),
       "Expected the CloudEvents subject and case_id to say the same, but they differ"},
      {With(kContext, "ce_type", "caseclock.case.resumed.v1"),
       "Expected the CloudEvents type caseclock.case.paused.v1 around this event, but it is "
       "another"},
      {With(kContext, "ce_type", "caseclock.case.paused.v2"),
       "Expected the CloudEvents type caseclock.case.paused.v1 around this event, but it is "
       "another"},
  };
  for (const auto& [headers, message] : cases) {
    const Decoded decoded = Decode(kWhole, headers);
    EXPECT_EQ(decoded.text, message);
    EXPECT_EQ(decoded.reason, RejectReason::kContradiction);
  }
}

TEST(CloudEvents, HeadersAreCheckedLikeTheBody) {
  const std::string long_id(257, 'x');
  const std::tuple<std::string_view, std::string_view, RejectReason> cases[] = {
      {"ce_id", long_id, RejectReason::kBadText},
      {"ce_source", "two words", RejectReason::kBadCode},
      {"ce_time", "noon", RejectReason::kBadInstant},
      {"ce_time", "2300-01-01T00:00:00Z", RejectReason::kBadInstant},
      {"ce_subject", "C\n", RejectReason::kBadCaseId},
  };
  for (const auto& [key, value, reason] : cases)
    EXPECT_EQ(Decode(kData, With(kContext, key, value)).reason, reason) << key;
}

TEST(CloudEvents, StructuredMode) {
  const std::string event =
      R"({"specversion":"1.0","id":"e1","source":"rms","type":"caseclock.case.paused.v1",)"
      R"("subject":"C-1","time":"2026-03-02T10:15:00Z","datacontenttype":"application/json",)"
      R"("partitionkey":"C-1","data":)";
  const Headers type = {{"content-type", "application/cloudevents+json; charset=UTF-8"}};
  EXPECT_EQ(Decode(event + std::string(kData) + "}", type, "C-1").text, kWhole);
  EXPECT_EQ(Decode(event + std::string(kWhole) + "}", type).text, kWhole);
  // It says so by itself.
  EXPECT_EQ(Decode(event + std::string(kData) + "}", {}).text, kWhole);
  EXPECT_EQ(Decode(event + R"({"resumed":{}}})", type).reason, RejectReason::kContradiction);
  EXPECT_EQ(Decode(event + R"({"paused":{"reason":"custody"},"case_id":"C-2"}})", type).reason,
            RejectReason::kContradiction);
  EXPECT_EQ(Decode(R"({"specversion":"1.0","id":"e1"})", type).text,
            "Expected a CloudEvent with an event in `data` or `data_base64`, but there is neither");
  EXPECT_EQ(Decode(R"({"specversion":"1.0","id":7,"data":{}})", type).text,
            "Expected a text in id, but it is a number of another kind");
  EXPECT_EQ(Decode(event + std::string(kData) + R"(,"id":"e2"})", type, "C-1").text,
            "Expected each name once in the CloudEvent, but there is `id` again");
}

TEST(CloudEvents, StructuredModeWithBytes) {
  const auto event = [](const std::string& members) {
    return R"({"specversion":"1.0","id":"e1","source":"rms","type":"caseclock.case.paused.v1",)"
           R"("subject":"C-1","time":"2026-03-02T10:15:00Z",)" +
           members + "}";
  };
  const auto with = [&](const std::string& type, const std::string& base64) {
    return Decode(event(R"("datacontenttype":")" + type + R"(","data_base64":")" + base64 + "\""),
                  {});
  };
  // {"paused":{"reason":"custody"}}, and the same in protobuf.
  const std::string json = "eyJwYXVzZWQiOnsicmVhc29uIjoiY3VzdG9keSJ9fQ==";
  const std::string protobuf = "ugEJCgdjdXN0b2R5";
  EXPECT_EQ(with("application/json", json).text, kWhole);
  EXPECT_EQ(with("application/x-protobuf", protobuf).text, kWhole);
  // A type that is none of ours leaves it to the first byte, as for records.
  EXPECT_EQ(with("application/octet-stream", json).text, kWhole);
  EXPECT_EQ(with("application/octet-stream", protobuf).text, kWhole);
  EXPECT_EQ(Decode(event(R"("data_base64":")" + protobuf + "\""), {}).text, kWhole);

  EXPECT_EQ(with("application/json", protobuf).reason, RejectReason::kBadText);
  EXPECT_EQ(with("application/protobuf", json).reason, RejectReason::kUnparsable);
  for (const char* broken : {"ugEJCgdjdXN0b2R", "ugEJ CgdjdXN0b2R5", "ugEJCgdjdXN0b2R*", "=gEJ",
                             "ugE=Cgdj", "ugEJCgdjdXN0b2R5=", "u==="}) {
    const Decoded decoded = with("application/protobuf", broken);
    EXPECT_EQ(decoded.text, "Expected base64 in data_base64, but it is none") << broken;
    EXPECT_EQ(decoded.reason, RejectReason::kUnparsable);
  }
  EXPECT_EQ(Decode(event(R"("data_base64":7)"), {}).text,
            "Expected a text in data_base64, but it is a number of another kind");
  const Decoded both = Decode(event(R"("data":{},"data_base64":"")"), {});
  EXPECT_EQ(both.text, "Expected one of `data` and `data_base64`, but there are both");
  EXPECT_EQ(both.reason, RejectReason::kContradiction);
}

TEST(CloudEvents, OfAnotherVersionAreRefused) {
  const Headers type = {{"content-type", "application/cloudevents+json"}};
  const auto structured = [&](const std::string& version) {
    return Decode("{" + version + R"("id":"e1","source":"rms","subject":"C-1",)" +
                      R"("time":"2026-03-02T10:15:00Z","data":)" + std::string(kData) + "}",
                  type);
  };
  EXPECT_EQ(structured(R"("specversion":"1.0",)").text, kWhole);
  const char* another = "Expected the CloudEvents specversion 1.0, but it is another";
  for (const char* version : {R"("specversion":"0.3",)", R"("specversion":"1",)",
                              R"("specversion":"2.0",)", R"("specversion":1.0,)"}) {
    EXPECT_EQ(structured(version).text, another) << version;
  }
  const Decoded none = structured("");
  EXPECT_EQ(none.text, "Expected the CloudEvents specversion 1.0, but there is none");
  EXPECT_EQ(none.reason, RejectReason::kMissingField);
  EXPECT_EQ(structured(R"("specversion":null,)").text, none.text);

  EXPECT_EQ(Decode(kData, With(kContext, "ce_specversion", "0.3")).text, another);
  EXPECT_EQ(Decode(kData, With(kContext, "ce_specversion", "")).text, another);
  // Without one the other headers count all the same: that is what they were agreed to be.
  EXPECT_EQ(Decode(kData, Headers(kContext.begin() + 1, kContext.end())).text, kWhole);
}

TEST(CloudEvents, HeadersInBothSpellingsAgree) {
  EXPECT_EQ(Decode(kData, With(kContext, "ce-id", "e1")).text, kWhole);
  const Decoded decoded = Decode(kData, With(kContext, "ce-id", "e2"));
  EXPECT_EQ(decoded.text, "Expected each CloudEvents header with one value, but one has two");
  EXPECT_EQ(decoded.reason, RejectReason::kContradiction);
}

TEST(CloudEvents, TheContentTypeDecides) {
  const std::string bytes = EventFromJson(kWhole).value();
  const auto with_type = [](std::string_view type) { return Headers{{"Content-Type", type}}; };
  EXPECT_EQ(Decode(bytes, with_type("application/x-protobuf")).text, kWhole);
  EXPECT_EQ(Decode(bytes, with_type("Application/Protobuf")).text, kWhole);
  EXPECT_EQ(Decode(kWhole, with_type("application/json;charset=utf-8")).text, kWhole);
  EXPECT_EQ(Decode(kWhole, with_type("application/octet-stream")).text, kWhole);
  EXPECT_EQ(Decode(" \r\n\t" + std::string(kWhole), {}).text, kWhole);
  EXPECT_EQ(Decode(kWhole, with_type("application/protobuf")).reason, RejectReason::kUnparsable);
  EXPECT_EQ(Decode("no JSON", with_type("application/json")).reason, RejectReason::kUnparsable);
}

TEST(CloudEvents, TypeOnTheWayOut) {
  EXPECT_EQ(CloudEventType(model::EventType::kReferred), "caseclock.case.referred.v1");
  EXPECT_EQ(CloudEventType(model::EventType::kIntervalSet), "caseclock.case.interval_set.v1");
}

}  // namespace
}  // namespace caseclock::codec
