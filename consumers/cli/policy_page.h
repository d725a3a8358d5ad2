#pragma once

// A policy as a page that a supervisor can read and sign: what is watched, by when, who answers for
// it, where each rule comes from, the hash of the set it is part of, and room for signatures.

#include <string>

#include "consumers/cli/page.h"
#include "engine/base/result.h"

namespace caseclock::cli {

// From the JSON of /v1/policies; of one workflow, or of all when `workflow` is empty. The same JSON
// gives the same page. Errors: kNotFound (no such workflow), kInvalid (not that JSON).
base::Result<Page> PolicyPage(const std::string& json, const std::string& workflow);

// The same JSON with one of its workflows and the queues of that. Errors: as above.
base::Result<std::string> OneWorkflow(const std::string& json, const std::string& workflow);

}  // namespace caseclock::cli
