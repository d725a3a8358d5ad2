// DecodeRecord: which form a record is in, and what its headers and key add.

#include <cctype>

#include "engine/base/time_text.h"
#include "engine/codec/event_codec.h"
#include "engine/codec/event_wire.h"
#include "engine/codec/json_message.h"
#include "engine/codec/validate.h"

namespace caseclock::codec {
namespace {

using model::RejectReason;

constexpr std::string_view kTypePrefix = "caseclock.case.";
constexpr std::string_view kTypeSuffix = ".v1";

char Lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

bool SameLetters(std::string_view a, std::string_view lower) {
  if (a.size() != lower.size()) return false;
  for (size_t i = 0; i < a.size(); ++i) {
    if (Lower(a[i]) != lower[i]) return false;
  }
  return true;
}

Form Sniff(std::string_view value) {
  const size_t first = value.find_first_not_of(" \t\r\n");
  const bool brace = first != std::string_view::npos && value[first] == '{';
  return brace ? Form::kJson : Form::kProtobuf;
}

// Headers of the Kafka binding of CloudEvents in binary mode; `ce-id`, as over HTTP, is taken too.
void ReadHeader(std::string_view key, std::string_view value, std::string_view* content_type,
                CloudContext* context) {
  if (key == "content-type" || SameLetters(key, "content-type")) *content_type = value;
  if (key.size() < 4 || !SameLetters(key.substr(0, 2), "ce") || (key[2] != '_' && key[2] != '-'))
    return;
  const std::string_view name = key.substr(3);
  const auto take = [&](const char* attribute, std::string_view* slot) {
    if (!SameLetters(name, attribute)) return;
    context->ambiguous |= !slot->empty() && *slot != value;
    *slot = value;
  };
  take("id", &context->id);
  take("source", &context->source);
  take("type", &context->type);
  take("time", &context->time);
  take("subject", &context->subject);
  if (SameLetters(name, "specversion")) context->specversion = value;
}

// None is no matter among headers: the five that count are named in the contract, and that is not
// one of them.
void CheckHeaders(const CloudContext& context, Rejected* rejected) {
  if (context.specversion) (void)CheckSpecVersion(*context.specversion, rejected);
  if (context.ambiguous)
    (void)Refuse(RejectReason::kContradiction,
                 "Expected each CloudEvents header with one value, but one has two", rejected);
}

bool RefuseContradiction(const char* attribute, const char* field, Rejected* rejected) {
  return Refuse(
      RejectReason::kContradiction,
      std::string("Expected ") + attribute + " and " + field + " to say the same, but they differ",
      rejected);
}

// A type of another kind of name is the sender's own and says nothing about ours.
bool CheckType(std::string_view type, model::EventType event, Rejected* rejected) {
  if (!type.starts_with(kTypePrefix) || type == CloudEventType(event)) return true;
  return Refuse(RejectReason::kContradiction,
                "Expected the CloudEvents type " + CloudEventType(event) +
                    " around this event, but it is another",
                rejected);
}

void ApplyTime(std::string_view text, model::Event* event, Given* given, Rejected* rejected) {
  const base::Result<base::Instant> time = base::ParseInstant(text);
  if (!time.ok()) {
    (void)RefuseValue(RejectReason::kBadInstant, "an instant like 2026-03-02T10:15:00Z",
                      "the CloudEvents time", "it is none", rejected);
    given->occurred_at = true;  // though of no use
    return;
  }
  if (given->occurred_at && event->occurred_at != time.value()) {
    (void)RefuseContradiction("the CloudEvents time", "occurred_at", rejected);
    return;
  }
  event->occurred_at = time.value();
  given->occurred_at = true;
  (void)CheckInstant(event->occurred_at, "the CloudEvents time", rejected);
}

// The key of the record, or what says the same: the case id, or the handler of a fact about one.
void ApplyKey(std::string_view key, const char* what, const Given& given, model::Event* event,
              Rejected* rejected) {
  if (IsFactOfHandler(*event, given)) {
    if (model::RecordKey(*event) != key) (void)RefuseContradiction(what, "handler", rejected);
  } else if (event->case_id.empty()) {
    event->case_id = key;
    (void)CheckCaseId(key, what, rejected);
  } else if (event->case_id != key) {
    (void)RefuseContradiction(what, "case_id", rejected);
  }
}

// Fills in what the body left out, and finds what contradicts it.
void Apply(const CloudContext& context, model::Event* event, Given* given, Rejected* rejected) {
  if (!context.id.empty()) {
    if (event->event_id.empty()) {
      event->event_id = context.id;
      (void)CheckReference(context.id, "the CloudEvents id", rejected);
    } else if (event->event_id != context.id) {
      (void)RefuseContradiction("the CloudEvents id", "event_id", rejected);
    }
  }
  if (!context.source.empty()) {
    if (!event->source.empty()) {
      if (event->source.view() != context.source)
        (void)RefuseContradiction("the CloudEvents source", "source", rejected);
    } else if (!TakeCode(context.source, "the CloudEvents source", &event->source, rejected)) {
      given->source = true;  // though of no use
    }
  }
  if (!context.subject.empty())
    ApplyKey(context.subject, "the CloudEvents subject", *given, event, rejected);
  if (!context.time.empty()) ApplyTime(context.time, event, given, rejected);
  if (!context.type.empty() && given->event) (void)CheckType(context.type, event->type(), rejected);
}

}  // namespace

Form FormOf(std::string_view content_type, std::string_view body) {
  if (content_type == "application/protobuf") return Form::kProtobuf;  // nearly always
  if (content_type.empty()) return Sniff(body);
  const std::string_view type = content_type.substr(0, content_type.find_first_of("; "));
  if (SameLetters(type, "application/protobuf") || SameLetters(type, "application/x-protobuf"))
    return Form::kProtobuf;
  if (SameLetters(type, "application/json")) return Form::kJson;
  if (SameLetters(type, "application/cloudevents+json")) return Form::kStructured;
  return Sniff(body);
}

bool DecodeRecord(const WireRecord& record, DecodeScratch* scratch, model::Event* event,
                  Rejected* rejected) {
  Forget(rejected);
  if (!record.value)
    return Refuse(RejectReason::kNoValue, "Expected an event, but the record is a tombstone",
                  rejected);
  if (record.value->size() > kEventBytes)
    return Refuse(RejectReason::kTooLarge,
                  "Expected an event of at most 1 MiB, but the record has " +
                      std::to_string(record.value->size()) + " bytes",
                  rejected);
  std::string_view content_type;
  CloudContext context;
  for (const auto& [key, value] : record.headers) ReadHeader(key, value, &content_type, &context);
  CheckHeaders(context, rejected);
  const Form form = FormOf(content_type, *record.value);
  std::string_view bytes = *record.value;
  CloudContext around;
  if (form != Form::kProtobuf) {
    size_t size = 0;
    if (!JsonToEventBytes(bytes, form == Form::kStructured, scratch, &size, &around, rejected))
      return false;
    bytes = std::string_view(scratch->bytes).substr(0, size);
  }
  Given given;
  if (!DecodeBody(bytes, event, &given, rejected)) return false;
  if (form != Form::kProtobuf) Apply(around, event, &given, rejected);
  Apply(context, event, &given, rejected);
  // A fact about a handler is for every partition: its key says nothing.
  if (record.key && !record.key->empty() && !IsFactOfHandler(*event, given))
    ApplyKey(*record.key, "the record's key", given, event, rejected);
  CheckEnvelope(*event, given, rejected);
  return !IsRefused(*rejected);
}

std::string CloudEventType(model::EventType type) {
  std::string text(kTypePrefix);
  text += EventTypeName(type);
  text += kTypeSuffix;
  return text;
}

}  // namespace caseclock::codec
