#include <algorithm>
#include <array>
#include <type_traits>
#include <utility>

#include "engine/codec/event_codec.h"
#include "engine/codec/event_fields.h"
#include "engine/codec/event_wire.h"
#include "engine/codec/validate.h"

namespace caseclock::codec {
namespace {

using model::Event;
using wire::Reader;

constexpr size_t kMostCriteria = 64;

bool TakeBytes(const char* field, uint32_t tag, Reader* in, std::string_view* bytes,
               Rejected* rejected) {
  return wire::ReadBytes(tag, in, bytes) || RefuseDamage(field, rejected);
}

// Take: reads and checks one field. `given` stays false for what counts as left out. False: the
// bytes do not fit, or there is enough wrong with them; a value that was refused is passed over, so
// that all reasons come together.

bool Take(const char* field, uint32_t tag, Reader* in, model::Atom* value, bool* given,
          Rejected* rejected) {
  std::string_view bytes;
  if (!TakeBytes(field, tag, in, &bytes, rejected)) return false;
  *given = !bytes.empty();
  if (bytes.empty()) return *value = model::Atom(), true;
  return TakeCode(bytes, field, value, rejected) || GoesOn(*rejected);
}

bool Take(const char* field, uint32_t tag, Reader* in, std::string_view* value, bool* given,
          Rejected* rejected) {
  if (!TakeBytes(field, tag, in, value, rejected)) return false;
  *given = !value->empty();
  return CheckReference(*value, field, rejected) || GoesOn(*rejected);
}

bool Take(const char* field, uint32_t tag, Reader* in, std::vector<model::Atom>* values,
          bool* given, Rejected* rejected) {
  std::string_view bytes;
  if (!TakeBytes(field, tag, in, &bytes, rejected)) return false;
  *given = true;
  model::Atom value;
  if (!TakeCode(bytes, field, &value, rejected)) return GoesOn(*rejected);
  if (values->size() == kMostCriteria)
    return RefuseValue(model::RejectReason::kBadCode, "at most 64 codes", field, "there are more",
                       rejected);
  values->push_back(value);
  return true;
}

bool Take(const char* field, uint32_t tag, Reader* in, std::optional<int32_t>* value, bool* given,
          Rejected* rejected) {
  *given = true;
  return wire::Read(tag, in, value) || RefuseDamage(field, rejected);
}

bool Take(const char* field, uint32_t tag, Reader* in, base::Instant* value, bool* given,
          Rejected* rejected) {
  std::string_view bytes;
  int64_t seconds = 0;
  int64_t nanos = 0;
  if (!TakeBytes(field, tag, in, &bytes, rejected)) return false;
  if (!wire::TakeSecondsAndNanos(bytes, &seconds, &nanos)) return RefuseDamage(field, rejected);
  // What is no Timestamp at all is out of range too, so that one message serves both.
  if (!wire::ToInstant(seconds, nanos, value)) *value = base::kNever;
  *given = true;
  return CheckInstant(*value, field, rejected) || GoesOn(*rejected);
}

bool Take(const char* field, uint32_t tag, Reader* in, std::optional<base::Instant>* value,
          bool* given, Rejected* rejected) {
  return Take(field, tag, in, &value->emplace(), given, rejected);
}

bool Take(const char* field, uint32_t tag, Reader* in, base::Period* value, bool* given,
          Rejected* rejected) {
  std::string_view bytes;
  if (!TakeBytes(field, tag, in, &bytes, rejected)) return false;
  if (bytes.empty()) return true;
  *given = true;
  base::Result<base::Period> period = base::ParsePeriod(bytes);
  if (!period.ok())  // its message would repeat the text
    return RefuseValue(model::RejectReason::kBadInstant,
                       "a period like P7D or PT4H30M of at most 1000 years", field, "it is none",
                       rejected) ||
           GoesOn(*rejected);
  *value = period.value();
  return true;
}

bool Take(const char* field, uint32_t tag, Reader* in, base::Hash128* value, bool* given,
          Rejected* rejected) {
  std::string_view bytes;
  if (!TakeBytes(field, tag, in, &bytes, rejected)) return false;
  if (bytes.empty()) return true;
  *given = true;
  return base::FromHex(bytes, value) ||
         RefuseValue(model::RejectReason::kBadCode, "32 lower-case hex digits", field,
                     "it is something else of " + std::to_string(bytes.size()) + " bytes",
                     rejected) ||
         GoesOn(*rejected);
}

template <typename Body>
bool TakeFields(std::string_view bytes, Body* body, Rejected* rejected) {
  constexpr auto kFields = FieldsOf(static_cast<const Body*>(nullptr));
  Reader in(bytes);
  uint32_t given_numbers = 0;
  while (!in.AtEnd()) {
    uint32_t tag = 0;
    if (!in.ReadTag(&tag)) return RefuseDamage("the event", rejected);
    bool known = false;
    const auto take = [&](const auto& field) {
      if (wire::NumberOf(tag) != field.number) return true;
      known = true;
      bool given = false;
      if (!Take(field.name, tag, &in, &(body->*field.member), &given, rejected)) return false;
      if (given) given_numbers |= 1U << field.number;
      return true;
    };
    if (!std::apply([&](const auto&... field) { return (take(field) && ...); }, kFields))
      return false;
    if (!known && !in.Skip(tag)) return RefuseDamage("the event", rejected);
  }
  const auto whole = [&](const auto& field) {
    if (field.required && (given_numbers >> field.number & 1) == 0)
      CheckGiven(false, field.name, rejected);
  };
  std::apply([&](const auto&... field) { (whole(field), ...); }, kFields);
  return true;
}

using TakeEventFunction = bool (*)(std::string_view, Event*, Rejected*);

template <size_t kIndex>
bool TakeEvent(std::string_view bytes, Event* event, Rejected* rejected) {
  auto& body = event->body.emplace<kIndex>();
  if (!TakeFields(bytes, &body, rejected)) return false;
  if constexpr (std::is_same_v<std::decay_t<decltype(body)>, model::Screened>) {
    if (!body.decision.empty()) (void)CheckDecision(body.decision, rejected);
  }
  if constexpr (std::is_same_v<std::decay_t<decltype(body)>, model::Closed>)
    CheckMerger(body, rejected);
  return true;
}

constexpr auto kTakeEvent = []<size_t... kIndex>(std::index_sequence<kIndex...>) {
  return std::array<TakeEventFunction, sizeof...(kIndex)>{&TakeEvent<kIndex>...};
}
(std::make_index_sequence<model::kEventTypes>());

bool RefuseUnknownEvent(uint32_t number, Rejected* rejected) {
  return Refuse(model::RejectReason::kNoEvent,
                "Expected an event that this version knows, but field " + std::to_string(number) +
                    " holds another",
                rejected);
}

bool HasNoEvent(const Rejected& rejected) {
  const auto no_event = [](const auto& other) {
    return other.first == model::RejectReason::kNoEvent;
  };
  return (IsRefused(rejected) && rejected.reason == model::RejectReason::kNoEvent) ||
         std::any_of(rejected.more.begin(), rejected.more.end(), no_event);
}

bool TakeOneOf(uint32_t tag, Reader* in, bool* have_event, Event* event, Rejected* rejected) {
  const size_t index = EventIndex(wire::NumberOf(tag));
  if (index >= model::kEventTypes) {
    (void)RefuseUnknownEvent(wire::NumberOf(tag), rejected);
    return in->Skip(tag) || RefuseDamage("the event", rejected);
  }
  if (*have_event)
    return Refuse(model::RejectReason::kUnparsable, "Expected one event, but there are two",
                  rejected);
  *have_event = true;
  std::string_view bytes;
  return TakeBytes("the event", tag, in, &bytes, rejected) &&
         kTakeEvent[index](bytes, event, rejected);
}

}  // namespace

bool DecodeBody(std::string_view bytes, Event* event, Given* given, Rejected* rejected) {
  event->event_id = {};
  event->source = {};
  event->sequence = 0;
  event->case_id = {};
  event->occurred_at = {};
  event->actor = {};
  *given = {};
  bool ignored = false;
  Reader in(bytes);
  while (!in.AtEnd()) {
    uint32_t tag = 0;
    if (!in.ReadTag(&tag)) return RefuseDamage("the envelope", rejected);
    bool good = true;
    switch (wire::NumberOf(tag)) {
      case kEventId:
        good = Take("event_id", tag, &in, &event->event_id, &ignored, rejected);
        break;
      case kSource:
        good = Take("source", tag, &in, &event->source, &ignored, rejected);
        break;
      case kSequence:
        good = wire::Read(tag, &in, &event->sequence) || RefuseDamage("sequence", rejected);
        break;
      case kCaseId:
        good = TakeBytes("case_id", tag, &in, &event->case_id, rejected) &&
               (event->case_id.empty() || CheckCaseId(event->case_id, "case_id", rejected) ||
                GoesOn(*rejected));
        break;
      case kOccurredAt:
        good = Take("occurred_at", tag, &in, &event->occurred_at, &given->occurred_at, rejected);
        break;
      case kActor:
        good = Take("actor", tag, &in, &event->actor, &ignored, rejected);
        break;
      default:
        if (wire::NumberOf(tag) >= kFirstEvent && wire::NumberOf(tag) <= kLastEvent) {
          good = TakeOneOf(tag, &in, &given->event, event, rejected);
        } else {
          good = in.Skip(tag) || RefuseDamage("the envelope", rejected);
        }
    }
    if (!good) return false;
  }
  // One that this version does not know was refused above.
  if (!given->event && !HasNoEvent(*rejected))
    (void)Refuse(model::RejectReason::kNoEvent, "Expected an event, but the envelope holds none",
                 rejected);
  return true;
}

bool DecodeEvent(std::string_view bytes, Event* event, Rejected* rejected) {
  Given given;
  Forget(rejected);
  if (bytes.size() > kEventBytes)
    return Refuse(
        model::RejectReason::kTooLarge,
        "Expected an event of at most 1 MiB, but it has " + std::to_string(bytes.size()) + " bytes",
        rejected);
  if (!DecodeBody(bytes, event, &given, rejected)) return false;
  CheckEnvelope(*event, given, rejected);
  return !IsRefused(*rejected);
}

}  // namespace caseclock::codec
