#pragma once

// Taking answers of the HTTP interface apart. What is not there is empty: an answer of another
// version must not end the program.

#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>

namespace caseclock::cli {

using Json = nlohmann::ordered_json;

inline Json Parse(const std::string& text) {
  Json json = Json::parse(text, nullptr, false);
  return json.is_discarded() ? Json::array() : json;
}

// One queue alone comes as an object.
inline Json ListOf(const std::string& text) {
  Json json = Parse(text);
  return json.is_array() ? json : Json::array({json});
}

inline std::string Text(const Json& object, const char* key) {
  const auto found = object.find(key);
  if (found == object.end() || found->is_null()) return "";
  return found->is_string() ? found->get<std::string>() : found->dump();
}

inline int64_t Number(const Json& object, const char* key) {
  const auto found = object.find(key);
  return found == object.end() || !found->is_number() ? 0 : found->get<int64_t>();
}

inline Json Part(const Json& object, const char* key) {
  const auto found = object.find(key);
  return found == object.end() ? Json::object() : *found;
}

}  // namespace caseclock::cli
