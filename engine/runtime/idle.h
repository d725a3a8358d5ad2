#pragma once

// When is an engine idle? A round is begun; every worker answers it once it has found its input
// read, its timers fired and its work committed, all after the round began. If nothing was sent
// from partition to partition meanwhile, there was an instant at which all of them were idle.

#include <condition_variable>
#include <cstdint>
#include <functional>
#include <mutex>
#include <vector>

namespace caseclock::runtime {

class IdleWatch {
 public:
  void SetWorkers(size_t workers) {
    const std::lock_guard lock(mutex_);
    seen_.assign(workers, 0);
    ready_.assign(workers, false);
  }
  // The round to answer; 0: none has begun.
  [[nodiscard]] uint64_t round() const {
    const std::lock_guard lock(mutex_);
    return round_;
  }
  [[nodiscard]] uint64_t Begin() {
    const std::lock_guard lock(mutex_);
    return ++round_;
  }
  // `round`: as it stood before the worker last looked for input.
  void Answer(size_t worker, uint64_t round) {
    {
      const std::lock_guard lock(mutex_);
      if (seen_[worker] >= round) return;
      seen_[worker] = round;
    }
    changed_.notify_all();
  }
  [[nodiscard]] bool Answered(size_t worker, uint64_t round) const {
    const std::lock_guard lock(mutex_);
    return seen_[worker] >= round;
  }
  // True: every worker answered the round; false: `give_up` said so. Asks that every 20 ms.
  bool Await(uint64_t round, const std::function<bool()>& give_up);

  [[nodiscard]] bool AllAnswered(uint64_t round) const;

  // A worker is in the group and has restored what it was given, which may be nothing.
  void SetReady(size_t worker) {
    {
      const std::lock_guard lock(mutex_);
      ready_[worker] = true;
    }
    changed_.notify_all();
  }
  // Waits until every worker is ready, or `give_up`.
  bool AwaitReady(const std::function<bool()>& give_up);

 private:
  [[nodiscard]] bool Answered(uint64_t round) const;  // REQUIRES: mutex_ held

  mutable std::mutex mutex_;
  std::condition_variable changed_;
  uint64_t round_ = 0;
  std::vector<uint64_t> seen_;
  std::vector<bool> ready_;
};

}  // namespace caseclock::runtime
