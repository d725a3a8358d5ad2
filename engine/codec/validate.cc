#include "engine/codec/validate.h"

#include <array>
#include <cstdint>
#include <cstring>

namespace caseclock::codec {
namespace {

constexpr std::array<bool, 256> kCodeChars = [] {
  std::array<bool, 256> chars{};
  for (const char c : std::string_view("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
                                       "0123456789_.:/+-"))
    chars[static_cast<uint8_t>(c)] = true;
  return chars;
}();

constexpr uint64_t kHighBits = 0x8080808080808080U;
constexpr uint64_t kOnes = 0x0101010101010101U;

uint64_t Load(const char* p) {
  uint64_t word;
  std::memcpy(&word, p, 8);
  return word;
}

bool IsContinuation(uint8_t byte) {
  return (byte & 0xc0) == 0x80;
}

}  // namespace

bool IsCode(std::string_view text) {
  if (text.empty() || text.size() > kCodeBytes) return false;
  bool good = true;
  for (const char c : text) good &= kCodeChars[static_cast<uint8_t>(c)];
  return good;
}

bool IsPlainAscii(std::string_view text) {
  size_t i = 0;
  uint64_t bad = 0;
  for (; i + 8 <= text.size(); i += 8) {
    const uint64_t word = Load(text.data() + i);
    // A byte below 0x21 borrows into its high bit; DEL is 0x7f, which alone gets there by adding 1.
    bad |= word | (word - kOnes * 0x21) | (word + kOnes);
  }
  bad &= kHighBits;
  for (; i < text.size(); ++i) {
    const auto byte = static_cast<uint8_t>(text[i]);
    bad |= static_cast<uint64_t>(byte <= 0x20 || byte >= 0x7f);
  }
  return bad == 0;
}

// Well-formed sequences are those of Unicode 15, table 3-7.
size_t CharacterSize(std::string_view text) {
  const auto byte = [&](size_t i) { return static_cast<uint8_t>(text[i]); };
  const uint8_t lead = byte(0);
  if (lead < 0x80) return 1;
  const size_t size = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : 2;
  if (lead < 0xc2 || lead > 0xf4 || text.size() < size) return 0;
  for (size_t i = 1; i < size; ++i) {
    if (!IsContinuation(byte(i))) return 0;
  }
  if (lead == 0xe0 && byte(1) < 0xa0) return 0;
  if (lead == 0xed && byte(1) > 0x9f) return 0;
  if (lead == 0xf0 && byte(1) < 0x90) return 0;
  if (lead == 0xf4 && byte(1) > 0x8f) return 0;
  return size;
}

bool IsUtf8(std::string_view text) {
  size_t i = 0;
  while (i < text.size()) {
    if (i + 8 <= text.size() && (Load(text.data() + i) & kHighBits) == 0) {
      i += 8;
    } else {
      const size_t size = CharacterSize(text.substr(i));
      if (size == 0) return false;
      i += size;
    }
  }
  return true;
}

bool HasGap(std::string_view text) {
  // U+00A0, U+1680, U+2000 to U+200B, U+2028, U+2029, U+202F, U+205F, U+3000.
  static constexpr std::string_view kSpaces[] = {
      " ",
      "\xc2\xa0",
      "\xe1\x9a\x80",
      "\xe2\x80\xa8",
      "\xe2\x80\xa9",
      "\xe2\x80\xaf",
      "\xe2\x81\x9f",
      "\xe3\x80\x80",
  };
  if (HasControl(text)) return true;
  for (const std::string_view space : kSpaces) {
    if (text.find(space) != std::string_view::npos) return true;
  }
  for (size_t at = text.find("\xe2\x80"); at < text.size(); at = text.find("\xe2\x80", at + 3)) {
    if (static_cast<uint8_t>(text[at + 2]) <= 0x8b) return true;
  }
  return false;
}

bool HasControl(std::string_view text) {
  for (const char c : text) {
    const auto byte = static_cast<uint8_t>(c);
    if (byte < 0x20 || byte == 0x7f) return true;
  }
  return false;
}

}  // namespace caseclock::codec
