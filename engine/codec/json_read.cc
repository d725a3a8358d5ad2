#include <google/protobuf/descriptor.h>
#include <google/protobuf/message.h>
#include <google/protobuf/timestamp.pb.h>

#include <charconv>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>

#include "caseclock/v1/event.pb.h"
#include "engine/base/time_text.h"
#include "engine/codec/event_wire.h"
#include "engine/codec/json_message.h"
#include "engine/codec/validate.h"

namespace caseclock::codec {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using model::RejectReason;

// The members of an object. The library's own map keeps the last of two under one name, and nobody
// would know that the text said two things.
template <typename Name, typename Value, typename Less, typename Allocator>
struct Members : std::map<Name, Value, Less, Allocator> {
  using Base = std::map<Name, Value, Less, Allocator>;
  using Base::Base;

  // By which the parser adds each.
  Value& operator[](const Name& name) {
    const auto [at, added] = this->try_emplace(name);
    if (!added) repeated = name;
    return at->second;
  }

  Name repeated;  // one that was there again; empty: none, or the empty one, which none knows
};
using Json = nlohmann::basic_json<Members>;

// Where in the text we are, for messages: "referred.queue".
std::string Path(const std::string& within, std::string_view name) {
  return within.empty() ? std::string(name) : within + "." + std::string(name);
}

// A field's name is repeated only if it can be no more than a name.
std::string Quoted(std::string_view name) {
  return IsCode(name) ? "`" + std::string(name) + "`"
                      : "one with a name of " + std::to_string(name.size()) + " bytes";
}

bool RefuseKind(const std::string& path, const char* expected, const Json& value,
                Rejected* rejected) {
  const bool object = std::string_view(expected) == "an object";
  const char* const found = !value.is_number() ? value.type_name()
                            : object           ? "a number"
                                               : "a number of another kind";
  return RefuseValue(RejectReason::kUnparsable, expected, path, std::string("it is ") + found,
                     rejected);
}

const FieldDescriptor* FindField(const Descriptor& type, const std::string& name) {
  if (const FieldDescriptor* field = type.FindFieldByName(name)) return field;
  return type.FindFieldByCamelcaseName(name);
}

// A whole number, as a number or as text.
template <typename Integer>
std::optional<Integer> ToInteger(const Json& value) {
  if (value.is_number_unsigned()) {
    const auto n = value.get<uint64_t>();
    if (std::in_range<Integer>(n)) return static_cast<Integer>(n);
  } else if (value.is_number_integer()) {
    const auto n = value.get<int64_t>();
    if (std::in_range<Integer>(n)) return static_cast<Integer>(n);
  } else if (value.is_number_float()) {
    const auto n = value.get<double>();
    constexpr double kExact = 9007199254740992.0;  // 2^53
    if (n >= -kExact && n <= kExact && n == static_cast<double>(static_cast<int64_t>(n)) &&
        std::in_range<Integer>(static_cast<int64_t>(n)))
      return static_cast<Integer>(n);
  } else if (value.is_string()) {
    const std::string& text = value.get_ref<const std::string&>();
    Integer n{};
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), n);
    if (error == std::errc() && end == text.data() + text.size()) return n;
  }
  return std::nullopt;
}

bool ReadTimestamp(const Json& value, const std::string& path, Message* message,
                   Rejected* rejected) {
  const base::Result<base::Instant> t =
      value.is_string() ? base::ParseInstant(value.get_ref<const std::string&>())
                        : base::Result<base::Instant>(base::Error{});
  if (!t.ok())
    return RefuseValue(RejectReason::kBadInstant, "an instant like 2026-03-02T10:15:00Z", path,
                       "it is none", rejected);
  auto* time = google::protobuf::DynamicCastToGenerated<google::protobuf::Timestamp>(message);
  time->set_seconds(t.value().Seconds());
  time->set_nanos(static_cast<int32_t>(t.value().us - t.value().Seconds() * 1'000'000) * 1'000);
  return true;
}

bool ReadObject(const Json& object, const std::string& path, Message* message, Rejected* rejected);

bool ReadValue(const Json& value, const FieldDescriptor& field, const std::string& path,
               Message* message, Rejected* rejected) {
  const auto& r = *message->GetReflection();
  switch (field.cpp_type()) {
    case FieldDescriptor::CPPTYPE_STRING: {
      if (!value.is_string()) return RefuseKind(path, "a text", value, rejected);
      const std::string& text = value.get_ref<const std::string&>();
      field.is_repeated() ? r.AddString(message, &field, text) : r.SetString(message, &field, text);
      return true;
    }
    case FieldDescriptor::CPPTYPE_INT32: {
      const auto n = ToInteger<int32_t>(value);
      if (!n) return RefuseKind(path, "a whole number of 32 bits", value, rejected);
      r.SetInt32(message, &field, *n);
      return true;
    }
    case FieldDescriptor::CPPTYPE_UINT64: {
      const auto n = ToInteger<uint64_t>(value);
      if (!n) return RefuseKind(path, "a whole number from 0", value, rejected);
      r.SetUInt64(message, &field, *n);
      return true;
    }
    case FieldDescriptor::CPPTYPE_MESSAGE: {
      Message* inner = r.MutableMessage(message, &field);
      if (field.message_type() == google::protobuf::Timestamp::descriptor())
        return ReadTimestamp(value, path, inner, rejected);
      return ReadObject(value, path, inner, rejected);
    }
    case FieldDescriptor::CPPTYPE_INT64:
    case FieldDescriptor::CPPTYPE_UINT32:
    case FieldDescriptor::CPPTYPE_DOUBLE:
    case FieldDescriptor::CPPTYPE_FLOAT:
    case FieldDescriptor::CPPTYPE_BOOL:
    case FieldDescriptor::CPPTYPE_ENUM:
      break;  // no event has one
  }
  return RefuseKind(path, "a kind of value this version reads", value, rejected);
}

bool RefuseName(const std::string& path, const std::string& name, const Json& value,
                Rejected* rejected) {
  // Beside the envelope, an object can only have been meant as an event.
  if (path.empty() && value.is_object())
    return Refuse(RejectReason::kNoEvent,
                  "Expected an event that this version knows, but there is " + Quoted(name),
                  rejected);
  return Refuse(RejectReason::kUnknownField,
                "Expected the fields of " + (path.empty() ? std::string("an event") : path) +
                    ", but there is " + Quoted(name),
                rejected);
}

bool ReadField(const Json& value, const FieldDescriptor& field, const std::string& path,
               Message* message, Rejected* rejected) {
  if (field.is_repeated()) {
    if (!value.is_array()) return RefuseKind(path, "a list", value, rejected);
    for (const Json& element : value) {
      if (!ReadValue(element, field, path, message, rejected) && !GoesOn(*rejected)) return false;
    }
    return true;
  }
  const auto& r = *message->GetReflection();
  if (field.real_containing_oneof() != nullptr &&
      r.HasOneof(*message, field.real_containing_oneof()))
    return Refuse(RejectReason::kUnparsable, "Expected one event, but there are two", rejected);
  return ReadValue(value, field, path, message, rejected);
}

// REQUIRES: an object.
bool CheckNames(const Json& object, const std::string& path, Rejected* rejected) {
  const std::string& name = object.get_ref<const Json::object_t&>().repeated;
  return name.empty() || RefuseValue(RejectReason::kUnparsable, "each name once", path,
                                     "there is " + Quoted(name) + " again", rejected);
}

// `name`, which has a value in `object`, is one of the two spellings of the field.
bool HasOtherSpelling(const Json& object, const std::string& name, const FieldDescriptor& field) {
  if (name == field.name()) return false;  // that is found when the other one is looked at
  const auto other = object.find(field.name());
  return other != object.end() && !other->is_null();
}

bool ReadObject(const Json& object, const std::string& path, Message* message, Rejected* rejected) {
  const std::string what = path.empty() ? "the event" : path;
  if (!object.is_object()) return RefuseKind(what, "an object", object, rejected);
  if (!CheckNames(object, what, rejected) && !GoesOn(*rejected)) return false;
  for (const auto& [name, value] : object.items()) {
    const FieldDescriptor* field = FindField(*message->GetDescriptor(), name);
    if (field == nullptr) {
      (void)RefuseName(path, name, value, rejected);
    } else if (!value.is_null() && HasOtherSpelling(object, name, *field)) {
      (void)Refuse(
          RejectReason::kUnparsable,
          "Expected " + Path(path, field->name()) + " once, but it is there in both spellings",
          rejected);
    } else if (!value.is_null()) {
      (void)ReadField(value, *field, Path(path, field->name()), message, rejected);
    }
    if (!GoesOn(*rejected)) return false;
  }
  return true;
}

bool Parse(std::string_view text, Json* json, Rejected* rejected) {
  if (!IsUtf8(text))
    return Refuse(RejectReason::kBadText, "Expected JSON in UTF-8, but it is not UTF-8", rejected);
  const auto refuse = [rejected](const std::string& at) {
    return Refuse(RejectReason::kUnparsable,
                  "Expected a JSON object, but the text is not JSON" + at, rejected);
  };
  // The library takes one for the end of the text.
  if (const size_t zero = text.find('\0'); zero != std::string_view::npos)
    return refuse(" at byte " + std::to_string(zero + 1));
  try {
    *json = Json::parse(text);
    return true;
  } catch (const Json::exception& e) {
    const auto* at = dynamic_cast<const Json::parse_error*>(&e);
    return refuse(at == nullptr ? std::string() : " at byte " + std::to_string(at->byte));
  }
}

// The context of a CloudEvent in structured mode; other attributes are extensions and ignored.
bool ReadContext(const Json& cloud_event, std::string* text, CloudContext* context,
                 Rejected* rejected) {
  const std::pair<const char*, std::string_view CloudContext::*> kAttributes[] = {
      {"id", &CloudContext::id},
      {"source", &CloudContext::source},
      {"type", &CloudContext::type},
      {"time", &CloudContext::time},
      {"subject", &CloudContext::subject}};
  size_t total = text->size();
  for (const auto& [name, member] : kAttributes) {
    const auto it = cloud_event.find(name);
    if (it == cloud_event.end() || it->is_null()) continue;
    if (!it->is_string()) return RefuseKind(name, "a text", *it, rejected);
    total += it->get_ref<const std::string&>().size();
  }
  text->reserve(total);  // so that the views stay good
  for (const auto& [name, member] : kAttributes) {
    const auto it = cloud_event.find(name);
    if (it == cloud_event.end() || it->is_null()) continue;
    const std::string& value = it->get_ref<const std::string&>();
    const size_t at = text->size();
    *text += value;
    context->*member = std::string_view(*text).substr(at);
  }
  return true;
}

// The version first: in another one the rest may mean anything.
bool CheckVersion(const Json& cloud_event, Rejected* rejected) {
  const auto version = cloud_event.find("specversion");
  if (version == cloud_event.end() || version->is_null())
    return Refuse(RejectReason::kMissingField,
                  "Expected the CloudEvents specversion 1.0, but there is none", rejected);
  const bool text = version->is_string();
  return CheckSpecVersion(text ? version->get_ref<const std::string&>() : std::string(), rejected);
}

// The event of a CloudEvent: as JSON in `data`, or as bytes in `data_base64`, which
// `datacontenttype` says the form of.
bool ReadData(const Json& cloud_event, DecodeScratch* scratch, v1::CaseEvent* event, bool* binary,
              Rejected* rejected) {
  const auto data = cloud_event.find("data");
  const auto encoded = cloud_event.find("data_base64");
  const bool both = data != cloud_event.end() && encoded != cloud_event.end();
  if (both)
    return Refuse(RejectReason::kContradiction,
                  "Expected one of `data` and `data_base64`, but there are both", rejected);
  if (data != cloud_event.end()) return ReadObject(*data, "", event, rejected);
  if (encoded == cloud_event.end())
    return Refuse(
        RejectReason::kUnparsable,
        "Expected a CloudEvent with an event in `data` or `data_base64`, but there is neither",
        rejected);
  if (!encoded->is_string()) return RefuseKind("data_base64", "a text", *encoded, rejected);
  auto bytes = FromBase64(encoded->get_ref<const std::string&>());
  if (!bytes)
    return RefuseValue(RejectReason::kUnparsable, "base64", "data_base64", "it is none", rejected);
  const auto type = cloud_event.find("datacontenttype");
  const bool typed = type != cloud_event.end() && type->is_string();
  *binary = FormOf(typed ? type->get_ref<const std::string&>() : std::string(), *bytes) ==
            Form::kProtobuf;
  if (*binary) {
    scratch->bytes = std::move(*bytes);
    return true;
  }
  Json json;
  return Parse(*bytes, &json, rejected) && ReadObject(json, "", event, rejected);
}

}  // namespace

bool JsonToEventBytes(std::string_view text, bool structured, DecodeScratch* scratch, size_t* size,
                      CloudContext* context, Rejected* rejected) {
  Json json;
  if (!Parse(text, &json, rejected)) return false;
  if (!json.is_object()) return RefuseKind("the record", "an object", json, rejected);
  structured = structured || json.contains("specversion");
  if (structured && (!CheckVersion(json, rejected) ||
                     (!CheckNames(json, "the CloudEvent", rejected) && !GoesOn(*rejected))))
    return false;
  v1::CaseEvent event;
  bool binary = false;
  // What cannot be read is left out, so that the rest is looked at too.
  const bool read = structured ? ReadData(json, scratch, &event, &binary, rejected)
                               : ReadObject(json, "", &event, rejected);
  if (!read) return false;
  if (!binary) {
    scratch->bytes.clear();
    event.AppendToString(&scratch->bytes);
  }
  *size = scratch->bytes.size();
  return !structured || ReadContext(json, &scratch->bytes, context, rejected);
}

}  // namespace caseclock::codec
