#include "engine/host/clock.h"

#include <ctime>

namespace caseclock::host {
namespace {

int64_t Read(clockid_t id) {
  timespec t{};
  clock_gettime(id, &t);
  return int64_t{t.tv_sec} * 1'000'000 + t.tv_nsec / 1'000;
}

}  // namespace

base::Instant WallClock() {
  return base::Instant{Read(CLOCK_REALTIME)};
}
base::Duration Monotonic() {
  return base::Duration{Read(CLOCK_MONOTONIC)};
}

}  // namespace caseclock::host
