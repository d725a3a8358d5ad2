#pragma once

// The JSON Schema (draft 2020-12) of policy files, for editors: what engine/policy/layout.h says,
// in their words. It knows keys, kinds of value and fixed names; names that refer to each other,
// and whether rules can work, are told by `policy check` alone.

#include <string>
#include <vector>

namespace caseclock::cli {

// "policy" (a workflow's file), "queues", "calendar".
const std::vector<std::string>& PolicyFileKinds();
// Of one kind; empty: of all three, told apart by the key a file begins with. Indented, with a
// newline at its end. REQUIRES: a kind, or empty.
std::string PolicySchema(const std::string& kind);

}  // namespace caseclock::cli
