#pragma once

// Inside the codec: parts of an event's encoding that several files share.

#include <string_view>

#include "engine/codec/event_codec.h"
#include "engine/codec/wire.h"
#include "engine/model/event.h"

namespace caseclock::codec {

// The fields of a CaseEvent, without tag and length around them.
void WriteEvent(const model::Event& event, bool with_case_id, wire::Writer* w);

// How a body is written.
enum class Form { kProtobuf, kJson, kStructured };
// By its content type; one that is none of ours says nothing, as many clients set a general one, so
// then by the first byte.
Form FormOf(std::string_view content_type, std::string_view body);

// Which parts of the envelope the body gave; what is missing may come from headers.
struct Given {
  bool occurred_at = false;
  bool source = false;  // set where what was given is of no use, so that it is not missing as well
  bool event = false;
};

// Decodes and checks all that is there, but does not ask for a whole envelope. False: the bytes do
// not fit, or there is enough wrong with them; true says nothing about refusals (see IsRefused).
bool DecodeBody(std::string_view bytes, model::Event* event, Given* given, Rejected* rejected);
// Whether it is about a handler and has no case.
inline bool IsFactOfHandler(const model::Event& event, const Given& given) {
  return given.event && !model::HandlerOf(event).empty();
}
// Asks for a whole envelope.
void CheckEnvelope(const model::Event& event, Given given, Rejected* rejected);

// Each checks one value and says what is wrong with it; `field` names it.
bool CheckDecision(model::Atom decision, Rejected* rejected);
// Whether a merger names the case that goes on.
void CheckMerger(const model::Closed& closed, Rejected* rejected);
// Whether it is the version of CloudEvents that is read here.
bool CheckSpecVersion(std::string_view version, Rejected* rejected);
bool TakeCode(std::string_view text, const char* field, model::Atom* code, Rejected* rejected);
bool CheckReference(std::string_view text, const char* field, Rejected* rejected);
bool CheckCaseId(std::string_view text, const char* field, Rejected* rejected);
bool CheckInstant(base::Instant t, const char* field, Rejected* rejected);

// Before a record is looked at.
inline void Forget(Rejected* rejected) {
  rejected->message.clear();
  rejected->more.clear();
  rejected->refusals = 0;
  rejected->fields.clear();
}
inline bool IsRefused(const Rejected& rejected) {
  return rejected.refusals != 0;
}
// Whether what stands behind a refused value is looked at too: a record with thousands of bad
// values is not worth it.
inline bool GoesOn(const Rejected& rejected) {
  constexpr uint32_t kMostRefusals = 64;
  return rejected.refusals < kMostRefusals;
}
// Refuses a missing field, unless its value, or the whole event it belongs to, was refused before.
void CheckGiven(bool given, std::string_view field, Rejected* rejected);

// Each adds to `rejected`; false, so that callers can return it.
[[gnu::cold]] bool Refuse(model::RejectReason reason, std::string message, Rejected* rejected);
// What stands in that field, with the message "Expected … in <field>, but …".
[[gnu::cold]] bool RefuseValue(model::RejectReason reason, std::string_view expected,
                               std::string_view field, std::string_view found, Rejected* rejected);
[[gnu::cold]] bool RefuseDamage(std::string_view what, Rejected* rejected);

}  // namespace caseclock::codec
