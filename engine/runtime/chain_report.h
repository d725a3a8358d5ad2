#pragma once

// The chain of a whole partition of `cases`, read from the log alone, for `state verify` and `state
// repair`.

#include <optional>
#include <string>
#include <vector>

#include "engine/base/result.h"
#include "engine/log/log.h"
#include "engine/runtime/chain.h"
#include "engine/runtime/engine.h"

namespace caseclock::runtime {

struct ChainReport {
  std::vector<ChainFinding> findings;  // since the last repair; empty: all is well
  model::CommitRecord last;
  base::Hash128 hash;                         // of its bytes
  std::optional<log::GroupOffset> committed;  // by the group
};

// `group` empty: what it has committed is not looked at. `now`: by the wall clock, for what
// compaction may have taken. Engines may be at work meanwhile. Errors:
// kUnavailable, kNotFound, kIo.
base::Result<ChainReport> ReadChain(log::Log* log, const TopicNames& topics,
                                    const std::string& group, int32_t partition, base::Instant now);

}  // namespace caseclock::runtime
