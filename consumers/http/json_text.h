#pragma once

// JSON written by hand: small, without a library in every file. Whoever writes keeps the brackets.

#include <cstdint>
#include <string>
#include <string_view>

namespace caseclock::http {

// Appends `text` as a JSON string; bytes that are not UTF-8 become U+FFFD.
void AppendJsonString(std::string_view text, std::string* out);
std::string JsonString(std::string_view text);

// Appends members of an object or elements of an array, with commas where they belong.
class JsonWriter {
 public:
  explicit JsonWriter(std::string* out) : out_(out) {}
  JsonWriter& Open(char bracket);   // '{' or '['
  JsonWriter& Close(char bracket);  // '}' or ']'
  JsonWriter& Key(std::string_view key);
  JsonWriter& Text(std::string_view value);
  JsonWriter& Number(int64_t value);
  JsonWriter& Bool(bool value);
  JsonWriter& Null();
  JsonWriter& Raw(std::string_view json);  // a value that is JSON already

 private:
  void Separate();
  std::string* out_;
  bool comma_ = false;
};

}  // namespace caseclock::http
