#pragma once

// Events as a client sends them, one or many: told apart, checked by the codec, and brought into
// the canonical binary form that goes into the log. Pure. Used by POST /v1/events and by `send`.

#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "engine/base/instant.h"
#include "engine/codec/event_codec.h"

namespace caseclock::http {

// An event that passed the codec, ready for the log.
struct CheckedEvent {
  std::string case_id;  // the record's key: of a fact about a handler, the handler
  bool about_handler = false;
  base::Instant occurred_at;
  std::string bytes;  // canonical binary form
};

// Checks one event. `content_type`: of the record ("application/cloudevents+json" for structured
// CloudEvents); empty: JSON and protobuf are told apart by the first byte. `cloud_event`: headers
// of CloudEvents in binary mode, as Request has them; they fill in what the event leaves out and
// must not contradict it.
using CloudEventHeaders = std::vector<std::pair<std::string, std::string>>;
std::variant<CheckedEvent, codec::Rejected> CheckEvent(std::string_view raw,
                                                       std::string_view content_type,
                                                       const CloudEventHeaders& cloud_event = {});

enum class BodyForm {
  kJson,             // one object, or an array of objects
  kJsonLines,        // an object a line; empty lines are skipped
  kProtobuf,         // each event after its length as a varint, or one as it is
  kCloudEvent,       // one structured CloudEvent
  kCloudEventBatch,  // a JSON array of them
};

struct BadEvent {
  size_t index = 0;  // of the event in the body, from 0
  codec::Rejected why;
};
struct CheckedBody {
  std::vector<CheckedEvent> events;
  std::vector<BadEvent> bad;  // every one, in order
};
// With `cloud_event` headers the body is one event; in protobuf then without its length. Without
// them one in protobuf may lack its length, too: the two cannot be taken for each other.
CheckedBody CheckBody(std::string_view body, BodyForm form,
                      const CloudEventHeaders& cloud_event = {});

// The same for who leaves the judgement to the engine: every event as it is, good or bad; case id
// and instant are filled in where it can be read. `bad` has what cannot even be cut into events.
CheckedBody UncheckedBody(std::string_view body, BodyForm form);

// Pieces of `body`, without looking inside the events. On false the rest of the body after the
// pieces found makes no sense, and `problem` says why.
bool SplitBody(std::string_view body, BodyForm form, std::vector<std::string_view>* pieces,
               std::string* problem);
// The elements of a JSON array as they stand in the text. False: it is not an array.
bool SplitJsonArray(std::string_view text, std::vector<std::string_view>* elements);

// Reads a varint off the front. False: `bytes` ends too early or it is no varint.
bool TakeVarint(std::string_view* bytes, uint64_t* value);
void AppendVarint(uint64_t value, std::string* out);

}  // namespace caseclock::http
