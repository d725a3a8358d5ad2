#include "engine/runtime/standstill_watch.h"

#include "engine/host/thread_name.h"

#include <algorithm>
#include <chrono>
#include <utility>

namespace caseclock::runtime {
namespace {

using base::Duration;

constexpr std::chrono::milliseconds kLook{200};
constexpr Duration kLooksOften = base::Seconds(5);

}  // namespace

StandstillWatch::StandstillWatch(const Life* life, std::function<Duration()> monotonic,
                                 Duration longest, std::function<void(Duration)> report)
    : life_(life),
      monotonic_(std::move(monotonic)),
      longest_(longest),
      report_(std::move(report)),
      looked_at_(monotonic_()),
      moved_at_(looked_at_) {
  if (longest_ > Duration{} && report_) thread_ = std::thread([this] { Run(); });
}

StandstillWatch::~StandstillWatch() {
  {
    const std::lock_guard lock(mutex_);
    over_ = true;
  }
  changed_.notify_all();
  if (thread_.joinable()) thread_.join();
}

Duration StandstillWatch::Look() {
  const Duration now = monotonic_();
  if (now - std::exchange(looked_at_, now) > kLooksOften) moved_at_ = now;
  const uint64_t restored = life_->restored();
  if (std::exchange(restored_, restored) != restored) moved_at_ = now;
  return now - std::max(life_->Oldest(), moved_at_);
}

void StandstillWatch::Run() {
  host::NameThread("standstill");
  std::unique_lock lock(mutex_);
  while (!changed_.wait_for(lock, kLook, [this] { return over_; })) {
    lock.unlock();
    const Duration stood = Look();
    if (stood >= longest_) return report_(stood);
    lock.lock();
  }
}

}  // namespace caseclock::runtime
