#pragma once

// A warm standby: shadows one engine of a group. It follows `cases` of the partitions
// which that engine has, into a state directory of its own, and waits for its place: until the
// group has no member of that instance any more, because it left or its session ran out. Then it
// lets go of the stores, and an engine that is opened with the same options goes on from them
// under the same instance, so that what the old one may still have under way is fenced as by its
// own restart. Membership stays the group's: nothing is elected here, and taking the place of one
// who is alive after all does no harm but to end it.
//
// Threads: calls from one thread, stats() and health() from any. The log must outlive it.

#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <set>
#include <vector>

#include "engine/base/result.h"
#include "engine/log/log.h"
#include "engine/runtime/checkpoint_writer.h"
#include "engine/runtime/engine.h"
#include "engine/runtime/policies.h"
#include "engine/runtime/shared.h"

namespace caseclock::runtime {

class FollowedPartitions;

class Standby {
 public:
  // `options`: as for the engine that is to take the place; its `instance` is the one shadowed, its
  // `state_dir` another one. `patience`: how long a place that is free at the beginning is left to
  // its owner, which may be starting too. Errors: kNotFound (no topics), kConfig (no policies),
  // kIo, kUnavailable.
  static base::Result<std::unique_ptr<Standby>> Open(log::Log* log, const EngineOptions& options,
                                                     base::Duration patience);
  // Stops; the stores stand where their last checkpoints are.
  ~Standby();

  // Looks around; with `driven` also follows, a bounded part of what there is. True: the place is
  // free. Waits for a log that is away. Errors: kCorrupt with what was expected, found, and what to
  // do; kIo.
  base::Result<bool> Turn();
  // Turns until the place is free (true) or `cancelled` becomes true (false).
  base::Result<bool> AwaitPlace(const std::atomic<bool>& cancelled);
  // Lets go of the stores.
  base::Status Stop();

  // As of an engine, as far as it applies: where the followed partitions stand, and how long ago
  // all that could be read had been taken in (lag; absent before, and without partitions).
  [[nodiscard]] EngineStats stats() const;
  // The error that stopped it, if one did; any thread.
  [[nodiscard]] base::Status health() const { return shared_.health(); }
  // How many members the shadowed engine had when it was last seen; 0: never.
  [[nodiscard]] int members_seen() const { return members_seen_; }

 private:
  Standby();
  base::Status Begin();
  base::Result<bool> Look();
  base::Status ReadPolicies();
  void Want(const std::set<int32_t>& partitions);

  Shared shared_;
  base::Duration patience_;
  std::unique_ptr<PolicyReader> policies_;
  std::unique_ptr<CheckpointWriter> checkpoints_;
  std::vector<std::unique_ptr<FollowedPartitions>> lanes_;  // a thread each
  base::Duration next_look_;
  std::optional<base::Duration> free_since_;  // and never seen otherwise
  int members_seen_ = 0;
  bool away_ = false;  // the log, when it was last asked
};

}  // namespace caseclock::runtime
