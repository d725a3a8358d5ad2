#pragma once

// What is wrong with a policy file, and where. Loading reports all problems at once.

#include <map>
#include <string>
#include <vector>

namespace caseclock::policy {

struct Place {
  std::string file;
  int line = 0;  // from 1; 0 when the file as a whole is meant
};

enum class Severity { kError, kWarning };

struct Problem {
  std::string file;
  int line = 0;
  std::string message;  // "Expected …, but …"
  Severity severity = Severity::kError;
  bool operator==(const Problem&) const = default;
};

using Problems = std::vector<Problem>;

// Where the parts of a policy set were written, by path: "queue/wmp/marac",
// "calendar/england-and-wales", "workflow/marac/2026-01/clock/screening" and their like.
using Places = std::map<std::string, Place>;

// "marac.yaml:12: Expected …"; warnings read "marac.yaml:12: warning: Expected …".
std::string FormatProblem(const Problem& problem);
// One a line, without a newline behind the last.
std::string FormatProblems(const Problems& problems);

bool HasErrors(const Problems& problems);

}  // namespace caseclock::policy
