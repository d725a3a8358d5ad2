#pragma once

// What text of clients must look like. Fast, because every event passes here.

#include <string_view>

namespace caseclock::codec {

inline constexpr size_t kCodeBytes = 64;
inline constexpr size_t kReferenceBytes = 256;
inline constexpr size_t kEventBytes = 1 << 20;
// UTF-8's, which some programs write at the start of a text; no part of it.
inline constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";

// [A-Za-z0-9_.:/+-]{1,64}
bool IsCode(std::string_view text);
// Well-formed UTF-8: no overlong forms, no surrogates, nothing beyond U+10FFFF.
bool IsUtf8(std::string_view text);
// How many bytes the UTF-8 character at the front of `text` has; 0: it begins with none. REQUIRES:
// not empty.
size_t CharacterSize(std::string_view text);
// Printable ASCII without spaces: a reference without a doubt, found in one pass.
bool IsPlainAscii(std::string_view text);
// C0 controls and DEL.
bool HasControl(std::string_view text);
// A control character, or a space of any kind: what prose has and a reference has not. REQUIRES:
// UTF-8.
bool HasGap(std::string_view text);

}  // namespace caseclock::codec
