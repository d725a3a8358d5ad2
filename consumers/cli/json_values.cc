#include "consumers/cli/json_values.h"

#include <algorithm>
#include <string>

#include "engine/codec/validate.h"

namespace caseclock::cli {
namespace {

// Follows an object to its end, piece by piece.
class ObjectEnd {
 public:
  // True: the object ends with `c`.
  bool EndsWith(char c) {
    if (quoted_) {
      quoted_ = escaped_ || c != '"';
      escaped_ = !escaped_ && c == '\\';
      return false;
    }
    if (c == '"') quoted_ = true;
    if (c == '{' || c == '[') ++depth_;
    if (c == '}' || c == ']') --depth_;
    return depth_ == 0;
  }

 private:
  int depth_ = 0;
  bool quoted_ = false;
  bool escaped_ = false;
};

}  // namespace

base::Result<bool> JsonValues::Fill() {
  if (ended_) return false;
  buffer_.erase(0, start_);
  start_ = 0;
  auto got = file_->Read(kReadAtOnce, &buffer_);
  if (!got.ok()) return got.error();
  ended_ = got.value() == 0;
  if (!began_ && buffer_.starts_with(codec::kByteOrderMark)) start_ = codec::kByteOrderMark.size();
  began_ = true;
  return !ended_;
}

base::Result<char> JsonValues::Look() {
  while (true) {
    while (start_ < buffer_.size()) {
      const char c = buffer_[start_];
      if (c != ' ' && c != '\t' && c != '\r' && c != '\n') return c;
      if (c == '\n') ++lines_;
      ++start_;
    }
    auto filled = Fill();
    if (!filled.ok()) return filled.error();
    if (!filled.value()) return '\0';
  }
}

JsonValues::Kind JsonValues::Broken(const std::string& problem) {
  line_ = lines_;
  problem_ = problem;
  return Kind::kBroken;
}

bool JsonValues::TakeSeparator(char c) {
  if (c == '[' && !in_array_ && !after_value_ && !after_array_) {
    in_array_ = true;
  } else if (c == ',' && in_array_ && after_value_) {
    after_value_ = false;
  } else if (c == ']' && in_array_) {
    in_array_ = false;
    after_value_ = false;
    after_array_ = true;
  } else {
    return false;
  }
  ++start_;
  return true;
}

base::Result<JsonValues::Kind> JsonValues::Next(std::string_view* value) {
  while (true) {
    auto next = Look();
    if (!next.ok()) return next.error();
    const char c = next.value();
    if (c == '\0' && ended_) {
      return in_array_ ? Broken("Expected ] at the end of the JSON array, but the file ends")
                       : Kind::kEnd;
    }
    if (TakeSeparator(c)) continue;
    if (after_array_) {
      return Broken("Expected nothing behind the JSON array of events, but there is something");
    }
    if (in_array_ && after_value_) {
      return Broken("Expected , or ] behind an event of the JSON array, but found neither");
    }
    if (c != '{') {
      return Broken(
          "Expected events as JSON objects, one after another or in an array, but found something "
          "else");
    }
    return TakeObject(value);
  }
}

base::Result<JsonValues::Kind> JsonValues::TakeObject(std::string_view* value) {
  ObjectEnd end;
  line_ = lines_;
  for (size_t looked = 0;; ++looked) {
    if (start_ + looked == buffer_.size()) {
      auto filled = Fill();
      if (!filled.ok()) return filled.error();
      if (!filled.value()) {
        return Broken("Expected the end of the event that begins on line " + std::to_string(line_) +
                      ", but the file ends");
      }
    }
    if (looked == limit_) {
      return Broken("Expected an event of at most 1 MiB, but one that begins on line " +
                    std::to_string(line_) + " has more");
    }
    if (!end.EndsWith(buffer_[start_ + looked])) continue;
    *value = std::string_view(buffer_).substr(start_, looked + 1);
    lines_ += std::count(value->begin(), value->end(), '\n');
    start_ += looked + 1;
    after_value_ = true;
    return Kind::kValue;
  }
}

}  // namespace caseclock::cli
