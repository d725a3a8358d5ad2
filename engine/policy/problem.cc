#include "engine/policy/problem.h"

#include <algorithm>

namespace caseclock::policy {

std::string FormatProblem(const Problem& problem) {
  std::string out = problem.file;
  if (problem.line > 0) out += ":" + std::to_string(problem.line);
  out += problem.severity == Severity::kWarning ? ": warning: " : ": ";
  return out + problem.message;
}

bool HasErrors(const Problems& problems) {
  return std::any_of(problems.begin(), problems.end(),
                     [](const Problem& p) { return p.severity == Severity::kError; });
}

std::string FormatProblems(const Problems& problems) {
  std::string text;
  for (const Problem& problem : problems) {
    if (!text.empty()) text += '\n';
    text += FormatProblem(problem);
  }
  return text;
}

}  // namespace caseclock::policy
