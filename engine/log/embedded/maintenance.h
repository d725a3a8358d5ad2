#pragma once

// Retention and compaction: what makes a partition smaller. Offsets of what stays never change.
// REQUIRES for all: Core::maintenance_mutex held.

#include "engine/base/instant.h"
#include "engine/base/result.h"
#include "engine/log/embedded/core.h"

namespace caseclock::log::embedded {

// Both, for every topic that asks for it.
base::Status MaintainAll(Core* core, base::Instant now);

// Drops the blocks appended before `horizon`, oldest first, up to the first that is younger.
base::Status DropOldBlocks(Core* core, Partition* partition, base::Instant horizon);

// Of the blocks appended before `horizon`, keeps the last record of every key, unless that is a
// tombstone, and joins what is left to full blocks. Does nothing before enough is superseded (see
// EmbeddedOptions::compaction_dirty_ratio). Memory: compaction_map_bytes and three blocks; where
// the keys do not fit into the map, more passes are made, each of which rewrites what lies before.
// Two keys with the same 128-bit hash would be taken for one; with 10^12 keys the odds are 10^-15.
// Killed on the way it leaves a partition that reads the same, and starts over.
base::Status CompactPartition(Core* core, Partition* partition, base::Instant horizon);

}  // namespace caseclock::log::embedded
