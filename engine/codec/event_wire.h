#pragma once

// Inside the codec: parts of an event's encoding that several files share.

#include <string_view>

#include "engine/codec/event_codec.h"
#include "engine/codec/wire.h"
#include "engine/model/event.h"

namespace caseclock::codec {

// The fields of a CaseEvent, without tag and length around them.
void WriteEvent(const model::Event& event, bool with_case_id, wire::Writer* w);

// Which parts of the envelope the body gave; what is missing may come from headers.
struct Given {
  bool occurred_at = false;
};

// Decodes and checks all that is there, but does not ask for a whole envelope.
bool DecodeBody(std::string_view bytes, model::Event* event, Given* given, Rejected* rejected);
// Asks for a whole envelope.
bool CheckEnvelope(const model::Event& event, Given given, Rejected* rejected);

// Each checks one value and says what is wrong with it; `field` names it.
bool CheckDecision(model::Atom decision, Rejected* rejected);
bool CheckCode(std::string_view text, const char* field, Rejected* rejected);
bool CheckReference(std::string_view text, const char* field, Rejected* rejected);
bool CheckCaseId(std::string_view text, const char* field, Rejected* rejected);
bool CheckInstant(base::Instant t, const char* field, Rejected* rejected);

// Fills in `rejected`; false, so that callers can return it.
[[gnu::cold]] bool Refuse(model::RejectReason reason, std::string message, Rejected* rejected);
[[gnu::cold]] bool RefuseDamage(std::string_view what, Rejected* rejected);

}  // namespace caseclock::codec
