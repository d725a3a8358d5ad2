#pragma once

// A log as one test sees it: every topic, group and producer id gets the test's own prefix, so that
// many tests share one broker.

#include <memory>
#include <string>

#include "engine/log/log.h"

namespace caseclock::log::contract {

// `log` must outlive it.
std::unique_ptr<Log> Prefixed(Log* log, const std::string& prefix);

// Not used by any other test, in this process or another.
std::string FreshPrefix();

}  // namespace caseclock::log::contract
