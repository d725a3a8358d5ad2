#pragma once

// Some of the partitions that a standby follows, and the thread that does. Partitions come and go
// as the engine that is shadowed gets and loses them.

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <thread>

#include "engine/runtime/checkpoint_writer.h"
#include "engine/runtime/engine.h"
#include "engine/runtime/restore.h"
#include "engine/runtime/shared.h"
#include "engine/runtime/task.h"

namespace caseclock::runtime {

class FollowedPartitions {
 public:
  FollowedPartitions(Shared* shared, CheckpointWriter* writer) : shared_(shared), writer_(writer) {}
  ~FollowedPartitions();

  // From now on these; any thread.
  void Want(std::set<int32_t> partitions);
  // Follows no longer than to there, by the monotonic clock; any thread. At first: not at all.
  void FollowUntil(base::Duration until) { until_ = until; }
  // Works in a thread of its own until Stop. What cannot go on is told by Shared::Fail.
  void Start();
  // Without Start: one turn over all of them. True: there may be more to read at once.
  base::Result<bool> Turn();
  // REQUIRES: Shared::stopping. Lets go of all stores.
  base::Status Stop();

  // Adds where they stand to offsets, clock (the least), lag (how long ago all there was had been
  // taken in, of the one that is furthest behind) and bytes; any thread.
  void AddTo(base::Duration now, EngineStats* stats) const;

 private:
  struct Follower {
    Follower(Shared* shared, int32_t number, CheckpointWriter* writer)
        : task(shared, number), restore(shared, &task, writer) {}
    Task task;
    Restore restore;
  };
  struct Standing {
    std::optional<base::Duration> at_end;  // when it was last at the end; absent: never
    int64_t offset = 0;
    base::Instant clock = base::kNever;
    size_t cache_bytes = 0;
    size_t figures_bytes = 0;
  };
  void Run();
  base::Status TakeUp();
  base::Result<bool> Follow(int32_t number, Follower* follower, bool* gone);
  static base::Status LetGo(Follower* follower);
  void Note(int32_t number, Follower* follower);

  Shared* const shared_;
  CheckpointWriter* const writer_;
  std::map<int32_t, std::unique_ptr<Follower>> followers_;
  std::thread thread_;
  bool trouble_ = false;  // the last turn met a log that was away
  std::atomic<base::Duration> until_{base::Duration{INT64_MIN}};
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::set<int32_t> wanted_;               // guarded by mutex_
  std::map<int32_t, Standing> standings_;  // likewise
};

}  // namespace caseclock::runtime
