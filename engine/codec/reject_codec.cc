#include <nlohmann/json.hpp>

#include "caseclock/v1/reject.pb.h"
#include "engine/base/time_text.h"
#include "engine/codec/generated.h"
#include "engine/codec/json_message.h"
#include "engine/codec/output_codec.h"
#include "engine/codec/validate.h"

namespace caseclock::codec {
namespace {

using Json = nlohmann::ordered_json;
using model::RejectReason;

// What clients sent: as text where it is some, else in base64 under `name`_base64.
void AddBytes(const std::string& name, std::string_view bytes, Json* object) {
  if (IsUtf8(bytes)) {
    (*object)[name] = bytes;
  } else {
    (*object)[name + "_base64"] = Base64(bytes);
  }
}

}  // namespace

std::string_view RejectReasonName(RejectReason reason) {
  switch (reason) {
    case RejectReason::kUnparsable:
      return "unparsable";
    case RejectReason::kUnknownField:
      return "unknown_field";
    case RejectReason::kNoEvent:
      return "no_event";
    case RejectReason::kMissingField:
      return "missing_field";
    case RejectReason::kContradiction:
      return "contradiction";
    case RejectReason::kBadCaseId:
      return "bad_case_id";
    case RejectReason::kBadInstant:
      return "bad_instant";
    case RejectReason::kBadCode:
      return "bad_code";
    case RejectReason::kBadText:
      return "bad_text";
    case RejectReason::kUnknownQueue:
      return "unknown_queue";
    case RejectReason::kTooLarge:
      return "too_large";
    case RejectReason::kNoValue:
      return "no_value";
    case RejectReason::kUnknownGrade:
      return "unknown_grade";
  }
  return "unspecified";
}

void EncodeReject(const model::Reject& reject, std::string* out) {
  v1::Reject message;
  if (reject.key) message.set_key(*reject.key);
  if (reject.value) message.set_value(*reject.value);
  message.set_value_size(reject.value_size);
  for (const model::RejectHeader& header : reject.headers) {
    v1::RejectHeader* added = message.add_headers();
    added->set_key(header.key);
    added->set_value(header.value);
  }
  message.set_topic(reject.topic);
  message.set_partition(reject.partition);
  message.set_offset(reject.offset);
  SetInstant(reject.timestamp, message.mutable_timestamp());
  message.set_reason(static_cast<v1::RejectReason>(reject.reason));
  message.set_message(reject.message);
  AppendMessage(message, out);
}

base::Status DecodeReject(std::string_view bytes, model::Reject* reject) {
  v1::Reject message;
  if (base::Status parsed = ParseMessage(bytes, "a reject", &message); !parsed.ok()) return parsed;
  *reject = {};
  if (message.has_key()) reject->key = message.key();
  if (message.has_value()) reject->value = message.value();
  reject->value_size = message.value_size();
  for (const v1::RejectHeader& header : message.headers())
    reject->headers.push_back({header.key(), header.value()});
  reject->topic = message.topic();
  reject->partition = message.partition();
  reject->offset = message.offset();
  reject->timestamp = GetInstant(message.timestamp());
  if (message.reason() < v1::REJECT_REASON_UNPARSABLE ||
      message.reason() > v1::REJECT_REASON_UNKNOWN_GRADE)
    return base::Error{base::ErrorKind::kCorrupt,
                       "Expected a reason this version knows in a reject, but it is another"};
  reject->reason = static_cast<RejectReason>(message.reason());
  reject->message = message.message();
  return {};
}

std::string RejectToJson(const model::Reject& reject) {
  Json json = {{"reason", RejectReasonName(reject.reason)},
               {"message", reject.message},
               {"topic", reject.topic},
               {"partition", reject.partition},
               {"offset", reject.offset},
               {"timestamp", base::FormatInstant(reject.timestamp)}};
  if (reject.key) AddBytes("key", *reject.key, &json);
  if (reject.value) AddBytes("value", *reject.value, &json);
  json["value_size"] = reject.value_size;
  Json& headers = json["headers"] = Json::array();
  for (const model::RejectHeader& header : reject.headers) {
    Json& added = headers.emplace_back(Json::object());
    AddBytes("key", header.key, &added);
    AddBytes("value", header.value, &added);
  }
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

}  // namespace caseclock::codec
