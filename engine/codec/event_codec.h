#pragma once

// Case events on the wire ↔ model::Event. The wire is proto/caseclock/v1/event.proto, as protobuf
// or its proto3 JSON form. Decoding the binary form is written by hand over the bytes, because it
// is the hottest path of the engine: no message objects, no copies, no allocation but criteria
// lists. Stateless; any thread.

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/base/instant.h"
#include "engine/base/result.h"
#include "engine/model/event.h"
#include "engine/model/records.h"

namespace caseclock::codec {

// A record that could not be used: what is wrong, for the rejects topic and the sender.
struct Rejected {
  // Of what was met first.
  model::RejectReason reason = model::RejectReason::kUnparsable;
  std::string message;
  // What else is wrong with it, in the order in which it was met, each once and at most
  // kMoreReasons. Bytes that do not fit hide all that stands behind them.
  std::vector<std::pair<model::RejectReason, std::string>> more;
  uint32_t refusals = 0;            // so far, also those that are left out
  std::vector<std::string> fields;  // whose values were refused: they are not missing besides
};
inline constexpr size_t kMoreReasons = 15;
// All the messages in one line.
std::string AllMessages(const Rejected& rejected);

// A record of the input topic, as read.
struct WireRecord {
  std::optional<std::string_view> key;
  std::optional<std::string_view> value;
  base::Instant timestamp;
  std::span<const std::pair<std::string_view, std::string_view>> headers;
};

// Where a decoded event's views may point when not into the record itself (JSON, CloudEvents). Must
// outlive the event; reuse it from record to record.
struct DecodeScratch {
  std::string bytes;
};

// Decodes and validates one record: protobuf or JSON (by `content-type`, else by the first byte),
// CloudEvents binary (ce_ headers fill in what the body leaves out and must not contradict it) and
// structured mode. On false, `rejected` says why, with all reasons that hold, and `event` is
// unspecified.
bool DecodeRecord(const WireRecord& record, DecodeScratch* scratch, model::Event* event,
                  Rejected* rejected);

// The binary form alone, with the same validation.
bool DecodeEvent(std::string_view bytes, model::Event* event, Rejected* rejected);
// Appends the canonical binary form: fields in order of number, defaults left out. The same event
// gives the same bytes whichever form it came in: "same content" means equal canonical bytes.
void EncodeEvent(const model::Event& event, std::string* out);

// JSON object (snake_case or lowerCamelCase in) ↔ canonical binary bytes (snake_case out).
base::Result<std::string> EventFromJson(std::string_view json);
base::Result<std::string> EventToJson(std::string_view bytes);

// What an event of each kind may hold, in the order of the schema: "referred.queue",
// "referred.risk", … "policy_moved.reason".
std::vector<std::string_view> EventFieldNames();

// The CloudEvents type of an event on the way out: "caseclock.case.referred.v1".
std::string CloudEventType(model::EventType type);

}  // namespace caseclock::codec
