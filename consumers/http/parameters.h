#pragma once

// The parameters of a query: which a path knows, and how flags among them are written.

#include <string>

#include "consumers/http/message.h"

namespace caseclock::http {

// Why the query of the request cannot be answered: a parameter that a resource under /v1/ does not
// know or that is there twice, or a flag that is neither yes nor no; empty: nothing. Those of pages
// and probes are not looked at, for they change no answer.
std::string ProblemOfQuery(const Request& request);

// The value; empty: not given.
std::string Parameter(const Request& request, const std::string& name);
// A flag: there, and neither 0 nor false. REQUIRES: ProblemOfQuery found nothing.
bool IsSet(const Request& request, const std::string& name);

}  // namespace caseclock::http
