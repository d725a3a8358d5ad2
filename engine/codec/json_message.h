#pragma once

// Inside the codec: generated messages ↔ JSON by reflection, in our dialect of proto3 JSON:
// snake_case out, either spelling in; 64-bit integers are numbers (in: or strings), a fixed64 is 16
// hex digits, an enum value its name in lower case without the enum's, a Duration is ISO 8601,
// bytes are text where they are plain text, else base64. Ours, because protobuf's own reader
// repeats the values it refuses in its messages. See proto/README.md.

#include <optional>
#include <string>
#include <string_view>

#include "engine/codec/event_codec.h"

namespace google::protobuf {
class Message;
}

namespace caseclock::codec {

// What a CloudEvents context says of an event, in headers or around it. Empty: not said.
struct CloudContext {
  std::string_view id;
  std::string_view source;
  std::string_view type;
  std::string_view time;
  std::string_view subject;
  std::optional<std::string_view> specversion;
  bool ambiguous = false;  // a header with two values
};

// JSON text of a CaseEvent → its binary form at the start of `scratch`, of `*size` bytes. With
// `structured`, or when it says so by itself (`specversion`), the text is a CloudEvent around one,
// as JSON in `data`, or in either form in `data_base64`; `context` is then filled in, its views
// pointing into `scratch` as well.
bool JsonToEventBytes(std::string_view json, bool structured, DecodeScratch* scratch, size_t* size,
                      CloudContext* context, Rejected* rejected);

std::string Base64(std::string_view bytes);
// RFC 4648, section 4, with padding and nothing else in it; nullopt: it is none.
std::optional<std::string> FromBase64(std::string_view text);

// Compact JSON of a message; absent and default fields left out.
std::string MessageToJson(const google::protobuf::Message& message);

}  // namespace caseclock::codec
