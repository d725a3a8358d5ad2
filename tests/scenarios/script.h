#pragma once

// A `.case` file as lines of words; what they mean is README.md here.

#include <string>
#include <vector>

#include "engine/base/instant.h"
#include "engine/base/result.h"

namespace caseclock::tests {

// One line of a script.
struct ScriptLine {
  int number = 0;
  std::string verb;
  std::vector<std::string> words;  // after the verb, before "->"
  std::string expected;            // after "->"
};

struct Script {
  std::string name;
  std::vector<ScriptLine> lines;
  std::vector<std::string> errors;
};

Script ReadScript(const std::string& path);

// An `event` line: INSTANT ID TYPE key=value… ; returns canonical bytes.
base::Result<std::string> EventBytes(const ScriptLine& line);

// "2026-03-02" and "2026-03-02T10" and "2026-03-02T10:15" are short for UTC.
base::Result<base::Instant> ReadScriptInstant(std::string text);

}  // namespace caseclock::tests
