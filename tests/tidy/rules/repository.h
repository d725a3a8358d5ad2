#pragma once

// The repository as the rules see it: text files by their path from the root, in order of path.
// Build output, version control and caches are left out.

#include <string>
#include <vector>

namespace caseclock::tidy {

struct TextFile {
  std::string path;  // "engine/core/step.h"
  std::string text;
  bool executable = false;

  [[nodiscard]] bool IsHeader() const { return path.ends_with(".h"); }
  [[nodiscard]] bool IsCode() const { return IsHeader() || path.ends_with(".cc"); }
};

// One broken rule, as a compiler would say it.
struct Finding {
  std::string path;
  size_t line = 0;  // 0: the file as a whole
  std::string message;
};

std::vector<TextFile> ReadRepository(const std::string& root);

// "engine/core/step.h:12: message", one a line; empty for none.
std::string Report(const std::vector<Finding>& findings);

// The lines of a text, without their ends.
std::vector<std::string> Lines(const std::string& text);

}  // namespace caseclock::tidy
