#pragma once

// Notices that a thread does not come back from what it does: from a call of a library, say, that
// never ends. Whoever holds partitions then keeps them from everybody else, and says nothing.

#include <condition_variable>
#include <functional>
#include <mutex>
#include <thread>

#include "engine/base/instant.h"
#include "engine/runtime/shared.h"

namespace caseclock::runtime {

class StandstillWatch {
 public:
  // `report` is called, once, from a thread of the watch, when nothing has moved for `longest`;
  // zero: never. `monotonic` and `life` must outlive it.
  StandstillWatch(const Life* life, std::function<base::Duration()> monotonic,
                  base::Duration longest, std::function<void(base::Duration)> report);
  // Ends the watch.
  ~StandstillWatch();

  // What its thread does every moment: for how long a worker has stood still, and no restore has
  // moved. Between two looks that lie seconds apart nothing is held against anybody: the process
  // as a whole stood still (SIGSTOP, a machine that was paused).
  base::Duration Look();

 private:
  void Run();

  const Life* const life_;
  const std::function<base::Duration()> monotonic_;
  const base::Duration longest_;
  const std::function<void(base::Duration)> report_;
  base::Duration looked_at_;
  base::Duration moved_at_;  // the latest that is known of a restore, or of all
  uint64_t restored_ = 0;
  std::mutex mutex_;
  std::condition_variable changed_;
  bool over_ = false;  // guarded by mutex_
  std::thread thread_;
};

}  // namespace caseclock::runtime
