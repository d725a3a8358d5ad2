#pragma once

// What the parsers of time texts share: a reader of digits and signs, and their error messages.
// Private to engine/base.

#include <charconv>
#include <cstdint>
#include <string>
#include <string_view>

#include "engine/base/result.h"

namespace caseclock::base::internal {

inline constexpr int64_t kSecond = 1'000'000;
inline constexpr int64_t kMinute = 60 * kSecond;
inline constexpr int64_t kHour = 60 * kMinute;
inline constexpr int64_t kDay = 24 * kHour;

// Messages repeat what was given, but never a control character or a megabyte.
inline std::string Quoted(std::string_view text) {
  constexpr size_t kMost = 60;
  std::string out = "\"";
  for (const char c : text.substr(0, kMost)) out += c >= ' ' && c <= '~' ? c : '?';
  return out + (text.size() > kMost ? "…\"" : "\"");
}

inline Error Invalid(std::string_view expected, std::string_view but, std::string_view text) {
  return {ErrorKind::kInvalid, "Expected " + std::string(expected) + ", but " + std::string(but) +
                                   " in " + Quoted(text)};
}

inline bool IsDigit(char c) {
  return c >= '0' && c <= '9';
}

// Reads from the front of a text; a failed read leaves it where it was.
class TextReader {
 public:
  explicit TextReader(std::string_view text) : rest_(text) {}

  [[nodiscard]] bool AtEnd() const { return rest_.empty(); }
  [[nodiscard]] char Peek() const { return rest_.empty() ? '\0' : rest_.front(); }
  bool Take(char c) {
    if (Peek() != c || rest_.empty()) return false;
    rest_.remove_prefix(1);
    return true;
  }
  // Exactly `digits` digits.
  bool Number(size_t digits, int* value) {
    if (rest_.size() < digits) return false;
    int n = 0;
    for (size_t i = 0; i < digits; ++i) {
      if (!IsDigit(rest_[i])) return false;
      n = n * 10 + (rest_[i] - '0');
    }
    rest_.remove_prefix(digits);
    *value = n;
    return true;
  }
  // One or more digits; 12 of them are more than any limit here.
  bool Count(int64_t* value) {
    const std::string_view digits = Digits();
    if (digits.empty() || digits.size() > 12) return false;
    std::from_chars(digits.data(), digits.data() + digits.size(), *value);
    return true;
  }
  // A decimal fraction after its point, in microseconds; finer digits are dropped.
  bool Fraction(int64_t* us) {
    const std::string_view digits = Digits();
    *us = 0;
    for (size_t i = 0; i < 6; ++i) *us = *us * 10 + (i < digits.size() ? digits[i] - '0' : 0);
    return !digits.empty() && digits.size() <= 9;
  }

 private:
  std::string_view Digits() {
    size_t n = 0;
    while (n < rest_.size() && IsDigit(rest_[n])) ++n;
    const std::string_view digits = rest_.substr(0, n);
    rest_.remove_prefix(n);
    return digits;
  }

  std::string_view rest_;
};

// `value` with `digits` digits.
inline void PutDigits(int64_t value, int digits, char* out) {
  for (int i = digits - 1; i >= 0; --i, value /= 10) out[i] = static_cast<char>('0' + value % 10);
}

}  // namespace caseclock::base::internal
