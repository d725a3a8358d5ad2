#pragma once

// The topics of an engine, where the log is to make them as it is told (the embedded one; what
// Kafka needs beyond that is in `topics create`).

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "engine/log/log.h"
#include "engine/runtime/engine.h"

namespace caseclock::runtime {

// With their settings, `events` first. `partitions`: of `events`, and of what follows it.
std::vector<std::pair<std::string, log::TopicConfig>> EngineTopics(const TopicNames& names,
                                                                   int32_t partitions);

}  // namespace caseclock::runtime
