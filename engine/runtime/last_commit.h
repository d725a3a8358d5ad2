#pragma once

// The newest commit of a partition, without reading the rest of it: it lies a few records before
// the end, unless transactions were aborted since.

#include <cstdint>
#include <optional>
#include <string>

#include "engine/base/result.h"
#include "engine/log/log.h"

namespace caseclock::runtime {

// The bytes of the last commit record of a partition of `cases` before offset `end`; absent: there
// is none. Errors: those of the log.
base::Result<std::optional<std::string>> LastCommitBefore(log::Log* log,
                                                          const log::TopicPartition& cases,
                                                          int64_t end);

}  // namespace caseclock::runtime
