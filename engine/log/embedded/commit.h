#pragma once

// The one way records enter the log. Commits are serial; each is one atomic write.

#include <optional>
#include <vector>

#include "engine/base/result.h"
#include "engine/log/embedded/core.h"
#include "engine/log/embedded/pending.h"
#include "engine/log/log.h"

namespace caseclock::log::embedded {

// What must still hold at the moment of the commit.
struct CommitGuard {
  const ProducerSlot* slot = nullptr;  // null: no producer
  int64_t epoch = 0;
  std::optional<GroupToken> token;
};

// Gives offsets (Part::base), writes, and then shows everything to readers at once. Leaves
// `pending` to be cleared by the caller. kAborted: the guard's token is no longer that of a member.
// Errors: kFenced, kIo; nothing is visible then.
base::Result<CommitOutcome> Commit(Core* core, const CommitGuard& guard, Pending* pending);

}  // namespace caseclock::log::embedded
