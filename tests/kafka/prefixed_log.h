#pragma once

// A log as one test sees it: every topic, group and producer id gets the test's own prefix, so that
// many tests share one broker.

#include <memory>
#include <string>
#include <vector>

#include "engine/log/log.h"

namespace caseclock::log::contract {

// `log` must outlive it.
std::unique_ptr<Log> Prefixed(Log* log, const std::string& prefix);

// The values that can be read in partition 0 of a topic, in order.
std::vector<std::string> ValuesIn(Log* log, const std::string& topic);

// Not used by any other test, in this process or another.
std::string FreshPrefix();

}  // namespace caseclock::log::contract
