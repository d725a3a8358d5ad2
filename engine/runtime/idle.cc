#include "engine/runtime/idle.h"

#include <algorithm>
#include <chrono>
#include <numeric>

namespace caseclock::runtime {
namespace {
constexpr std::chrono::milliseconds kAsk{20};
}

bool IdleWatch::Await(uint64_t round, const std::function<bool()>& give_up) {
  std::unique_lock lock(mutex_);
  for (;;) {
    if (std::all_of(seen_.begin(), seen_.end(), [&](uint64_t r) { return r >= round; })) {
      return true;
    }
    changed_.wait_for(lock, kAsk);
    lock.unlock();
    if (give_up()) return false;
    lock.lock();
  }
}

bool IdleWatch::AwaitReady(int partitions, const std::function<bool()>& give_up) {
  std::unique_lock lock(mutex_);
  for (;;) {
    if (std::accumulate(ready_.begin(), ready_.end(), 0) >= partitions) return true;
    changed_.wait_for(lock, kAsk);
    lock.unlock();
    if (give_up()) return false;
    lock.lock();
  }
}

}  // namespace caseclock::runtime
