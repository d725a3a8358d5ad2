#pragma once

// Which chunks of figures the `partials` topic holds of one input partition: after a rebuild some
// of them may be of no case any more, and nobody but the topic knows.

#include <cstdint>
#include <set>
#include <string>

#include "engine/base/result.h"
#include "engine/runtime/shared.h"

namespace caseclock::runtime {

// Keys as codec::FigureChunkKey makes them. Reads all of the topic. Errors: the log's.
base::Result<std::set<std::string>> ToldChunks(Shared* shared, int32_t partition);

}  // namespace caseclock::runtime
