#include "engine/runtime/idle.h"

#include <algorithm>
#include <chrono>

namespace caseclock::runtime {
namespace {
constexpr std::chrono::milliseconds kAsk{20};
}

bool IdleWatch::Await(uint64_t round, const std::function<bool()>& give_up) {
  std::unique_lock lock(mutex_);
  for (;;) {
    if (Answered(round)) return true;
    changed_.wait_for(lock, kAsk);
    lock.unlock();
    if (give_up()) return false;
    lock.lock();
  }
}

bool IdleWatch::AllAnswered(uint64_t round) const {
  const std::lock_guard lock(mutex_);
  return Answered(round);
}

bool IdleWatch::Answered(uint64_t round) const {
  return std::all_of(seen_.begin(), seen_.end(), [&](uint64_t r) { return r >= round; });
}

bool IdleWatch::AwaitReady(const std::function<bool()>& give_up) {
  std::unique_lock lock(mutex_);
  for (;;) {
    if (std::all_of(ready_.begin(), ready_.end(), [](bool ready) { return ready; })) return true;
    changed_.wait_for(lock, kAsk);
    lock.unlock();
    if (give_up()) return false;
    lock.lock();
  }
}

}  // namespace caseclock::runtime
