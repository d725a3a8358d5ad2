#pragma once

// The program's own log: one line an observation on standard error, as
//   2026-03-02T10:15:00.123Z INFO  partition restored partition=3 records=1203
// The message is fixed text; what varies goes into fields. Never personal data: references and
// codes only. Any thread.

#include <concepts>
#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>

#include "engine/base/result.h"

namespace caseclock::host {

enum class Level : uint8_t { kDebug, kInfo, kWarning, kError, kOff };

// A key and a value of a log line. Values with blanks or quotes are quoted.
struct Field {
  std::string_view key;
  std::string value;

  Field(std::string_view k, std::string_view v) : key(k), value(v) {}
  Field(std::string_view k, const char* v) : key(k), value(v) {}
  Field(std::string_view k, const std::string& v) : key(k), value(v) {}
  Field(std::string_view k, bool v) : key(k), value(v ? "true" : "false") {}
  Field(std::string_view k, double v);
  template <std::integral T>
  Field(std::string_view k, T v) : key(k), value(std::to_string(v)) {}
};

void LogLine(Level level, std::string_view message, std::initializer_list<Field> fields = {});
inline void LogDebug(std::string_view m, std::initializer_list<Field> f = {}) {
  LogLine(Level::kDebug, m, f);
}
inline void LogInfo(std::string_view m, std::initializer_list<Field> f = {}) {
  LogLine(Level::kInfo, m, f);
}
inline void LogWarning(std::string_view m, std::initializer_list<Field> f = {}) {
  LogLine(Level::kWarning, m, f);
}
inline void LogError(std::string_view m, std::initializer_list<Field> f = {}) {
  LogLine(Level::kError, m, f);
}

// Lines below it are dropped. kInfo at the start.
void SetLogLevel(Level level);
[[nodiscard]] bool LogEnabled(Level level);
// "debug", "info", "warning", "error", "off"; kInvalid names them all.
base::Result<Level> ParseLevel(std::string_view text);

// The text of a line behind its level, for tests.
std::string FormatLine(std::string_view message, std::initializer_list<Field> fields);

}  // namespace caseclock::host
