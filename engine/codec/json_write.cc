#include <google/protobuf/descriptor.h>
#include <google/protobuf/duration.pb.h>
#include <google/protobuf/message.h>
#include <google/protobuf/timestamp.pb.h>

#include <nlohmann/json.hpp>
#include <vector>

#include "engine/base/time_text.h"
#include "engine/codec/json_message.h"
#include "engine/codec/validate.h"

namespace caseclock::codec {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using Json = nlohmann::ordered_json;

Json ToJson(const Message& message);

std::string Hex(uint64_t value) {
  return base::ToHex({value, 0}).substr(0, 16);
}

bool IsPlainText(std::string_view bytes) {
  for (const char c : bytes) {
    if ((c >= 0 && c < ' ' && c != '\n' && c != '\r' && c != '\t') || c == '\x7f') return false;
  }
  return IsUtf8(bytes);
}

// "ALERT_STATE_RAISED" of AlertState → "raised".
std::string EnumName(const google::protobuf::EnumValueDescriptor& value) {
  size_t prefix = 1;  // the "_" after the enum's name
  for (const char c : value.type()->name()) prefix += c >= 'A' && c <= 'Z' ? 2 : 1;
  std::string name = value.name().substr(std::min(prefix - 1, value.name().size()));
  for (char& c : name) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  return name;
}

Json Scalar(const Message& message, const FieldDescriptor& field, int index) {
  const auto& r = *message.GetReflection();
  const bool one = index < 0;
  switch (field.cpp_type()) {
    case FieldDescriptor::CPPTYPE_INT32:
      return one ? r.GetInt32(message, &field) : r.GetRepeatedInt32(message, &field, index);
    case FieldDescriptor::CPPTYPE_INT64:
      return one ? r.GetInt64(message, &field) : r.GetRepeatedInt64(message, &field, index);
    case FieldDescriptor::CPPTYPE_UINT32:
      return one ? r.GetUInt32(message, &field) : r.GetRepeatedUInt32(message, &field, index);
    case FieldDescriptor::CPPTYPE_UINT64: {
      const uint64_t n =
          one ? r.GetUInt64(message, &field) : r.GetRepeatedUInt64(message, &field, index);
      if (field.type() == FieldDescriptor::TYPE_FIXED64) return Hex(n);
      return n;
    }
    case FieldDescriptor::CPPTYPE_DOUBLE:
      return one ? r.GetDouble(message, &field) : r.GetRepeatedDouble(message, &field, index);
    case FieldDescriptor::CPPTYPE_FLOAT:
      return one ? r.GetFloat(message, &field) : r.GetRepeatedFloat(message, &field, index);
    case FieldDescriptor::CPPTYPE_BOOL:
      return one ? r.GetBool(message, &field) : r.GetRepeatedBool(message, &field, index);
    case FieldDescriptor::CPPTYPE_ENUM:
      return EnumName(
          *(one ? r.GetEnum(message, &field) : r.GetRepeatedEnum(message, &field, index)));
    case FieldDescriptor::CPPTYPE_STRING: {
      std::string text =
          one ? r.GetString(message, &field) : r.GetRepeatedString(message, &field, index);
      if (field.type() == FieldDescriptor::TYPE_BYTES && !IsPlainText(text)) return Base64(text);
      return text;
    }
    case FieldDescriptor::CPPTYPE_MESSAGE:
      return ToJson(one ? r.GetMessage(message, &field)
                        : r.GetRepeatedMessage(message, &field, index));
  }
  return {};
}

// Null where the seconds would leave the range of Duration; only damage says such things.
Json TimeJson(int64_t seconds, int64_t nanos, bool instant) {
  constexpr int64_t kMost = 9'000'000'000'000;
  if (seconds < -kMost || seconds > kMost) return nullptr;
  const base::Duration time{seconds * 1'000'000 + nanos / 1'000};
  return instant ? base::FormatInstant(base::Instant{time.us}) : base::FormatDuration(time);
}

Json ToJson(const Message& message) {
  if (const auto* time = dynamic_cast<const google::protobuf::Timestamp*>(&message))
    return TimeJson(time->seconds(), time->nanos(), true);
  if (const auto* time = dynamic_cast<const google::protobuf::Duration*>(&message))
    return TimeJson(time->seconds(), time->nanos(), false);
  const auto& reflection = *message.GetReflection();
  std::vector<const FieldDescriptor*> fields;
  reflection.ListFields(message, &fields);
  Json object = Json::object();
  for (const FieldDescriptor* field : fields) {
    if (!field->is_repeated()) {
      object[field->name()] = Scalar(message, *field, -1);
      continue;
    }
    Json& list = object[field->name()] = Json::array();
    for (int i = 0; i < reflection.FieldSize(message, field); ++i)
      list.push_back(Scalar(message, *field, i));
  }
  return object;
}

}  // namespace

std::string Base64(std::string_view bytes) {
  static constexpr char kDigits[] =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string text;
  text.reserve((bytes.size() + 2) / 3 * 4);
  for (size_t i = 0; i < bytes.size(); i += 3) {
    const size_t given = std::min<size_t>(3, bytes.size() - i);
    uint32_t group = 0;
    for (size_t j = 0; j < 3; ++j)
      group = group << 8 | (j < given ? static_cast<uint8_t>(bytes[i + j]) : 0);
    for (size_t j = 0; j < 4; ++j) text += j <= given ? kDigits[group >> (18 - 6 * j) & 63] : '=';
  }
  return text;
}

std::optional<std::string> FromBase64(std::string_view text) {
  const auto value = [](char c) -> int {
    if (c >= 'A' && c <= 'Z') return c - 'A';
    if (c >= 'a' && c <= 'z') return c - 'a' + 26;
    if (c >= '0' && c <= '9') return c - '0' + 52;
    return c == '+' ? 62 : c == '/' ? 63 : -1;
  };
  if (text.size() % 4 != 0) return std::nullopt;
  const size_t padding = text.ends_with("==") ? 2 : text.ends_with('=') ? 1 : 0;
  std::string bytes;
  bytes.reserve(text.size() / 4 * 3);
  for (size_t i = 0; i < text.size(); i += 4) {
    const size_t digits = i + 4 == text.size() ? 4 - padding : 4;
    uint32_t group = 0;
    for (size_t j = 0; j < 4; ++j) {
      const int digit = j < digits ? value(text[i + j]) : 0;
      if (digit < 0) return std::nullopt;
      group = group << 6 | static_cast<uint32_t>(digit);
    }
    for (size_t j = 0; j + 1 < digits; ++j) bytes += static_cast<char>(group >> (16 - 8 * j));
  }
  return bytes;
}

std::string MessageToJson(const Message& message) {
  // `replace`, because a reader of JSON must never meet bytes that are not UTF-8.
  return ToJson(message).dump(-1, ' ', false, Json::error_handler_t::replace);
}

}  // namespace caseclock::codec
