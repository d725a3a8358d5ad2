// Every way a record can be unusable: its reason, and a message that says what was expected without
// repeating what the record says.

#include <gtest/gtest.h>

#include <functional>

#include "caseclock/v1/event.pb.h"
#include "engine/codec/event_codec.h"

namespace caseclock::codec {
namespace {

using model::RejectReason;

v1::CaseEvent Good() {
  v1::CaseEvent event;
  event.set_event_id("rms/1");
  event.set_source("rms");
  event.set_case_id("C-1");
  event.mutable_occurred_at()->set_seconds(1'772'446'500);
  event.mutable_referred()->set_queue("wmp/marac");
  return event;
}

struct Outcome {
  bool ok = false;
  RejectReason reason{};
  std::string message;
};

Outcome Decode(std::optional<std::string_view> value, std::optional<std::string_view> key = {}) {
  WireRecord record;
  record.key = key;
  record.value = value;
  DecodeScratch scratch;
  model::Event event;
  Rejected rejected;
  const bool ok = DecodeRecord(record, &scratch, &event, &rejected);
  return {ok, rejected.reason, rejected.message};
}

// The outcome of a good event after a change.
Outcome Changed(const std::function<void(v1::CaseEvent*)>& change) {
  v1::CaseEvent event = Good();
  change(&event);
  return Decode(event.SerializeAsString());
}

// The good event's bytes as text, with one piece of them replaced: what the generated class would
// not write.
Outcome Replaced(std::string_view what, std::string_view by) {
  std::string bytes = Good().SerializeAsString();
  const size_t at = bytes.find(what);
  EXPECT_NE(at, std::string::npos);
  bytes.replace(at, what.size(), by);
  return Decode(bytes);
}

#define EXPECT_REJECT(outcome, expected_reason, expected_message) \
  do {                                                            \
    const Outcome rejected_outcome = (outcome);                   \
    EXPECT_FALSE(rejected_outcome.ok);                            \
    EXPECT_EQ(rejected_outcome.reason, expected_reason);          \
    EXPECT_EQ(rejected_outcome.message, expected_message);        \
  } while (false)

TEST(Reject, NothingOfAGoodEvent) {
  const Outcome outcome = Decode(Good().SerializeAsString());
  EXPECT_TRUE(outcome.ok) << outcome.message;
}

TEST(Reject, NoValue) {
  EXPECT_REJECT(Decode(std::nullopt, "C-1"), RejectReason::kNoValue,
                "Expected an event, but the record is a tombstone");
}

TEST(Reject, TooLarge) {
  // NOLINTNEXTLINE(bugprone-string-constructor): as large as it says
  EXPECT_REJECT(Decode(std::string(50'000'000, 'x')), RejectReason::kTooLarge,
                "Expected an event of at most 1 MiB, but the record has 50000000 bytes");
  model::Event event;
  Rejected rejected;
  EXPECT_FALSE(DecodeEvent(std::string((1 << 20) + 1, 'x'), &event, &rejected));
  EXPECT_EQ(rejected.reason, RejectReason::kTooLarge);
}

TEST(Reject, Unparsable) {
  EXPECT_REJECT(
      Decode("\xff\xff\xff"), RejectReason::kUnparsable,
      "Expected a protobuf CaseEvent, but the bytes break off or do not fit at the envelope");
  EXPECT_REJECT(Decode(Good().SerializeAsString() + "\x0a"), RejectReason::kUnparsable,
                "Expected a protobuf CaseEvent, but the bytes break off or do not fit at event_id");
  EXPECT_REJECT(Decode("{\"event_id\": "), RejectReason::kUnparsable,
                "Expected a JSON object, but the text is not JSON at byte 14");
  // Two events, one after the other.
  v1::CaseEvent second;
  second.mutable_closed();
  EXPECT_REJECT(Decode(Good().SerializeAsString() + second.SerializeAsString()),
                RejectReason::kUnparsable, "Expected one event, but there are two");
}

// Where the case goes on is what the event is about.
TEST(Reject, AMergerWithoutTheSurvivingCase) {
  const auto closed = [](const std::string& reason, const std::string& into) {
    return Changed([&](auto* e) {
      e->mutable_closed()->set_reason(reason);
      if (!into.empty()) e->mutable_closed()->set_merged_into(into);
    });
  };
  EXPECT_REJECT(closed("merged", ""), RejectReason::kMissingField,
                "Expected the surviving case in closed.merged_into, because closed.reason is "
                "merged, but it is missing");
  EXPECT_TRUE(closed("merged", "C-2").ok);
  EXPECT_TRUE(closed("done", "").ok);
  // Prose is refused as such.
  EXPECT_REJECT(closed("merged", "the other case"), RejectReason::kBadText,
                "Expected a reference of at most 256 bytes without spaces in closed.merged_into, "
                "but it holds spaces, as prose does");
}

TEST(Reject, AFactAboutAHandler) {
  const auto fact = [](const auto& change) {
    return Changed([&](auto* e) {
      e->clear_case_id();
      change(e);
    });
  };
  EXPECT_REJECT(fact([](auto* e) { e->mutable_qualified()->set_handler("h1"); }),
                RejectReason::kMissingField, "Expected qualified.qualification, but it is missing");
  EXPECT_REJECT(Changed([](auto* e) { e->mutable_absent()->set_handler("h1"); }),
                RejectReason::kContradiction,
                "Expected no case_id in an event about a handler, but there is one");
  EXPECT_REJECT(fact([](auto* e) {
                  e->mutable_absent()->set_handler("h1");
                  e->mutable_absent()->mutable_until()->set_seconds(e->occurred_at().seconds());
                }),
                RejectReason::kBadInstant,
                "Expected an instant after the beginning in absent.until, but it is not");
  EXPECT_REJECT(fact([](auto* e) {
                  e->mutable_qualified()->set_handler("h1");
                  e->mutable_qualified()->set_qualification("arms");
                  e->mutable_qualified()->mutable_from()->set_seconds(2000);
                  e->mutable_qualified()->mutable_until()->set_seconds(1000);
                }),
                RejectReason::kBadInstant,
                "Expected an instant after the beginning in qualified.until, but it is not");
}

TEST(Reject, NoEvent) {
  EXPECT_REJECT(Changed([](auto* e) { e->clear_event(); }), RejectReason::kNoEvent,
                "Expected an event, but the envelope holds none");
  EXPECT_REJECT(Decode(""), RejectReason::kNoEvent,
                "Expected an event, but the envelope holds none");
  EXPECT_REJECT(Decode("\xaa\x02\x00"), RejectReason::kNoEvent,
                "Expected an event that this version knows, but field 37 holds another");
}

TEST(Reject, MissingField) {
  EXPECT_REJECT(Changed([](auto* e) { e->clear_event_id(); }), RejectReason::kMissingField,
                "Expected event_id, but it is missing");
  EXPECT_REJECT(Changed([](auto* e) { e->clear_source(); }), RejectReason::kMissingField,
                "Expected source, but it is missing");
  EXPECT_REJECT(Changed([](auto* e) { e->clear_case_id(); }), RejectReason::kMissingField,
                "Expected case_id, but it is missing");
  EXPECT_REJECT(Changed([](auto* e) { e->clear_occurred_at(); }), RejectReason::kMissingField,
                "Expected occurred_at, but it is missing");
  EXPECT_REJECT(Changed([](auto* e) { e->mutable_referred()->clear_queue(); }),
                RejectReason::kMissingField, "Expected referred.queue, but it is missing");
  EXPECT_REJECT(Changed([](auto* e) { e->mutable_scheduled()->set_activity("hearing"); }),
                RejectReason::kMissingField, "Expected scheduled.at, but it is missing");
  EXPECT_REJECT(Changed([](auto* e) { e->mutable_interval_set()->set_clock("visit"); }),
                RejectReason::kMissingField, "Expected interval_set.interval, but it is missing");
  EXPECT_REJECT(Changed([](auto* e) { e->mutable_notified(); }), RejectReason::kMissingField,
                "Expected notified.alert_id, but it is missing");
}

TEST(Reject, BadCaseId) {
  const auto with = [](const std::string& id) {
    return Changed([&](auto* e) { e->set_case_id(id); });
  };
  EXPECT_TRUE(with(std::string(256, 'x')).ok);
  EXPECT_TRUE(with("Fall-nº-7").ok);
  EXPECT_REJECT(
      with(std::string(10'000, 'x')), RejectReason::kBadCaseId,
      "Expected a case id of 1 to 256 bytes without spaces in case_id, but it has 10000 bytes");
  const std::string spaces =
      "Expected a case id of 1 to 256 bytes without spaces in case_id, but it holds spaces, as "
      "prose does";
  EXPECT_REJECT(with("the Miller case"), RejectReason::kBadCaseId, spaces);
  EXPECT_REJECT(with("C-1 "), RejectReason::kBadCaseId, spaces);
  // A no-break space, an em space, an ideographic one.
  EXPECT_REJECT(with("C\xc2\xa0"
                     "1"),
                RejectReason::kBadCaseId, spaces);
  EXPECT_REJECT(with("C\xe2\x80\x83"
                     "1"),
                RejectReason::kBadCaseId, spaces);
  EXPECT_REJECT(with("C\xe3\x80\x80"
                     "1"),
                RejectReason::kBadCaseId, spaces);
  EXPECT_TRUE(with("C\xe2\x80\x93"
                   "1")
                  .ok)
      << "an en dash is no space";
  EXPECT_REJECT(
      with("C\n1"), RejectReason::kBadCaseId,
      "Expected a case id of 1 to 256 bytes without spaces in case_id, but it holds control "
      "characters");
  EXPECT_REJECT(
      with(std::string("C\0", 2)), RejectReason::kBadCaseId,
      "Expected a case id of 1 to 256 bytes without spaces in case_id, but it holds control "
      "characters");
}

TEST(Reject, BadInstant) {
  const auto at = [](int64_t seconds, int32_t nanos) {
    return Changed([&](auto* e) {
      e->mutable_occurred_at()->set_seconds(seconds);
      e->mutable_occurred_at()->set_nanos(nanos);
    });
  };
  const std::string message =
      "Expected an instant from 1900 up to 2199 in occurred_at, but it lies outside";
  EXPECT_TRUE(at(-2'208'988'800, 0).ok);
  EXPECT_TRUE(at(7'258'118'399, 999'999'999).ok);
  EXPECT_REJECT(at(-2'208'988'801, 999'999'999), RejectReason::kBadInstant, message);
  EXPECT_REJECT(at(7'258'118'400, 0), RejectReason::kBadInstant, message);
  EXPECT_REJECT(at(0, -1), RejectReason::kBadInstant, message);
  EXPECT_REJECT(at(0, 1'000'000'000), RejectReason::kBadInstant, message);
  EXPECT_REJECT(at(INT64_MAX, 0), RejectReason::kBadInstant, message);
  EXPECT_REJECT(Changed([](auto* e) {
                  e->mutable_extended()->set_clock("c");
                  e->mutable_extended()->mutable_until()->set_seconds(-9'000'000'000);
                }),
                RejectReason::kBadInstant,
                "Expected an instant from 1900 up to 2199 in extended.until, but it lies outside");
  EXPECT_REJECT(Changed([](auto* e) {
                  e->mutable_interval_set()->set_clock("c");
                  e->mutable_interval_set()->set_interval("every fortnight");
                }),
                RejectReason::kBadInstant,
                "Expected a period like P7D or PT4H30M of at most 1000 years in "
                "interval_set.interval, but it is none");
}

TEST(Reject, BadCode) {
  const std::string code = "Expected a code (1 to 64 of A-Z a-z 0-9 _ . : / + -) in ";
  EXPECT_REJECT(Changed([](auto* e) { e->mutable_paused()->set_reason("he is in custody"); }),
                RejectReason::kBadCode, code + "paused.reason, but it holds other characters");
  EXPECT_REJECT(Changed([](auto* e) { e->set_source(std::string(65, 'x')); }),
                RejectReason::kBadCode, code + "source, but it has 65 bytes");
  EXPECT_REJECT(Changed([](auto* e) {
                  e->mutable_screened()->set_decision("in");
                  e->mutable_screened()->add_criteria("");
                }),
                RejectReason::kBadCode, code + "screened.criteria, but it is empty");
  EXPECT_REJECT(Replaced("wmp/marac", "wmp\xff\xff\xff\xff\xff\xff"), RejectReason::kBadCode,
                code + "referred.queue, but it is not UTF-8");
  EXPECT_REJECT(Changed([](auto* e) {
                  e->mutable_screened()->set_decision("in");
                  for (int i = 0; i < 65; ++i) e->mutable_screened()->add_criteria("c");
                }),
                RejectReason::kBadCode,
                "Expected at most 64 codes in screened.criteria, but there are more");
  EXPECT_REJECT(Changed([](auto* e) { e->mutable_acknowledged()->set_alert_id("ABCD"); }),
                RejectReason::kBadCode,
                "Expected 32 lower-case hex digits in acknowledged.alert_id, but it is something "
                "else of 4 bytes");
}

// Beyond the limit two codes could not be told apart any more.
TEST(Reject, ACodeTooMany) {
  const auto paused_for = [](const char* reason) {
    return Changed([&](auto* e) { e->mutable_paused()->set_reason(reason); });
  };
  ASSERT_TRUE(paused_for("seen_before").ok);  // and with it all other codes of the event
  const size_t most = base::AtomLimit();
  base::SetAtomLimit(0);
  EXPECT_TRUE(paused_for("seen_before").ok);
  EXPECT_REJECT(paused_for("never_seen_before"), RejectReason::kBadCode,
                "Expected one of the 0 codes that this process has seen in paused.reason, but it "
                "is one more: does a source send ids as codes?");
  base::SetAtomLimit(most);
  EXPECT_FALSE(model::Atom::Intern("never_seen_before").lost());
}

TEST(Reject, ADecisionThatIsNone) {
  const auto with = [](const std::string& decision) {
    return Changed([&](auto* e) { e->mutable_screened()->set_decision(decision); });
  };
  for (const char* decision : {"in", "out", "returned"}) EXPECT_TRUE(with(decision).ok) << decision;
  for (const char* other : {"accepted", "In", "yes"}) {
    EXPECT_REJECT(with(other), RejectReason::kBadCode,
                  "Expected in, out or returned in screened.decision, but it is another code");
  }
  EXPECT_REJECT(Decode(R"({"event_id":"1","source":"rms","case_id":"C-1",)"
                       R"("occurred_at":"2026-03-02T09:00:00Z","screened":{"decision":"maybe"}})"),
                RejectReason::kBadCode,
                "Expected in, out or returned in screened.decision, but it is another code");
}

TEST(Reject, BadText) {
  EXPECT_REJECT(Changed([](auto* e) { e->set_actor(std::string(257, 'x')); }),
                RejectReason::kBadText,
                "Expected a reference of at most 256 bytes without spaces in actor, but it has 257 "
                "bytes");
  EXPECT_REJECT(
      Changed([](auto* e) { e->set_event_id("a\tb"); }), RejectReason::kBadText,
      "Expected a reference of at most 256 bytes without spaces in event_id, but it holds "
      "control characters");
  const auto prose = [](const std::string& field) {
    return "Expected a reference of at most 256 bytes without spaces in " + field +
           ", but it holds spaces, as prose does";
  };
  EXPECT_REJECT(Changed([](auto* e) { e->set_actor("PC Smith, on nights"); }),
                RejectReason::kBadText, prose("actor"));
  EXPECT_REJECT(Changed([](auto* e) { e->set_event_id("the first one"); }), RejectReason::kBadText,
                prose("event_id"));
  EXPECT_REJECT(Changed([](auto* e) { e->mutable_referred()->set_subject("Jo Bloggs"); }),
                RejectReason::kBadText, prose("referred.subject"));
  EXPECT_REJECT(Changed([](auto* e) { e->mutable_linked()->set_case_id("his other case"); }),
                RejectReason::kBadText, prose("linked.case_id"));
  EXPECT_REJECT(Changed([](auto* e) { e->mutable_notified()->set_receiver("the duty DI"); }),
                RejectReason::kBadCode,
                "Expected a code (1 to 64 of A-Z a-z 0-9 _ . : / + -) in notified.receiver, but it "
                "holds other characters");
  EXPECT_REJECT(
      Replaced("rms/1", "rms/\xff"), RejectReason::kBadText,
      "Expected a reference of at most 256 bytes without spaces in event_id, but it is not "
      "UTF-8");
  EXPECT_REJECT(
      Replaced("C-1", "C-\xc3"), RejectReason::kBadText,
      "Expected a reference of at most 256 bytes without spaces in case_id, but it is not "
      "UTF-8");
  EXPECT_REJECT(Decode("{\"event_id\": \"\xff\"}"), RejectReason::kBadText,
                "Expected JSON in UTF-8, but it is not UTF-8");
}

TEST(Reject, KeyContradiction) {
  EXPECT_TRUE(Decode(Good().SerializeAsString(), "C-1").ok);
  EXPECT_TRUE(Decode(Good().SerializeAsString(), "").ok);
  EXPECT_REJECT(Decode(Good().SerializeAsString(), "C-2"), RejectReason::kContradiction,
                "Expected the record's key and case_id to say the same, but they differ");
}

// The messages of a record, the first and the others.
std::vector<std::string> MessagesOf(std::string_view value) {
  WireRecord record;
  record.value = value;
  DecodeScratch scratch;
  model::Event event;
  Rejected rejected;
  if (DecodeRecord(record, &scratch, &event, &rejected)) return {};
  std::vector<std::string> all = {rejected.message};
  for (const auto& [reason, message] : rejected.more) all.push_back(message);
  return all;
}

TEST(Reject, AllReasonsThatHold) {
  const std::string code = "Expected a code (1 to 64 of A-Z a-z 0-9 _ . : / + -) in ";
  v1::CaseEvent event = Good();
  event.clear_event_id();
  event.set_source("two words");
  event.mutable_screened()->set_decision("perhaps");
  event.mutable_screened()->add_criteria("a b");
  event.mutable_screened()->add_criteria("c d");
  event.clear_occurred_at();
  const std::vector<std::string> expected = {
      code + "source, but it holds other characters",
      code + "screened.criteria, but it holds other characters",
      "Expected in, out or returned in screened.decision, but it is another code",
      "Expected event_id, but it is missing", "Expected occurred_at, but it is missing"};
  EXPECT_EQ(MessagesOf(event.SerializeAsString()), expected);
  Rejected rejected;
  model::Event decoded;
  EXPECT_FALSE(DecodeEvent(event.SerializeAsString(), &decoded, &rejected));
  EXPECT_EQ(rejected.more.size(), 4U);
  EXPECT_EQ(AllMessages(rejected), expected[0] + "; " + expected[1] + "; " + expected[2] + "; " +
                                       expected[3] + "; " + expected[4]);
  // A good one after it is good.
  EXPECT_TRUE(DecodeEvent(Good().SerializeAsString(), &decoded, &rejected));
}

TEST(Reject, AFactWithoutItsHandlerLacksNoCase) {
  v1::CaseEvent event = Good();
  event.clear_case_id();
  event.mutable_absent();
  EXPECT_EQ(MessagesOf(event.SerializeAsString()),
            std::vector<std::string>{"Expected absent.handler, but it is missing"});
}

TEST(Reject, AllReasonsThatHoldInJson) {
  const std::vector<std::string> expected = {
      "Expected a text in case_id, but it is a number of another kind",
      "Expected the fields of an event, but there is `colour`",
      "Expected an instant like 2026-03-02T10:15:00Z in occurred_at, but it is none",
      ("Expected a code (1 to 64 of A-Z a-z 0-9 _ . : / + -) in paused.reason, but it holds other "
       "characters"),
      "Expected event_id, but it is missing"};
  EXPECT_EQ(MessagesOf(R"({"source":"rms","case_id":7,"colour":"blue","occurred_at":"noon",)"
                       R"("paused":{"reason":"x y"}})"),
            expected);
  EXPECT_EQ(MessagesOf(R"({"event_id":"1","source":"rms","case_id":"C","paused":"custody",)"
                       R"("occurred_at":"2026-03-02T09:00:00Z"})"),
            std::vector<std::string>{"Expected an object in paused, but it is string"});
}

TEST(Reject, NotMoreReasonsThanArePrinted) {
  std::string json = "{";
  for (int i = 0; i < 5000; ++i) json += "\"x" + std::to_string(i) + "\":1,";
  json.back() = '}';
  EXPECT_EQ(MessagesOf(json).size(), 1 + kMoreReasons);
}

}  // namespace
}  // namespace caseclock::codec
