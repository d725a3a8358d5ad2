#pragma once

// How long to gather before a commit: about eight times what a commit takes, so that at most an
// eighth of the time goes into commits, between 5 and 500 ms.

#include <algorithm>
#include <array>
#include <cstddef>

#include "engine/base/instant.h"

namespace caseclock::runtime {

class CommitPace {
 public:
  void Took(base::Duration time) {
    times_[next_++ % times_.size()] = time.us;
    count_ = std::min(count_ + 1, times_.size());
  }
  [[nodiscard]] base::Duration P95() const {
    if (count_ == 0) return {};
    std::array<int64_t, 64> sorted = times_;
    const size_t at = count_ * 95 / 100;
    std::nth_element(sorted.begin(), sorted.begin() + static_cast<std::ptrdiff_t>(at),
                     sorted.begin() + static_cast<std::ptrdiff_t>(count_));
    return {sorted[at]};
  }
  // What one takes at least on this log, however much is going on; zero: not known yet.
  [[nodiscard]] base::Duration Least() const {
    if (count_ == 0) return {};
    return {
        *std::min_element(times_.begin(), times_.begin() + static_cast<std::ptrdiff_t>(count_))};
  }
  [[nodiscard]] base::Duration Interval() const {
    return std::clamp(base::Duration{8 * P95().us}, base::Millis(5), base::Millis(500));
  }

 private:
  std::array<int64_t, 64> times_{};
  size_t next_ = 0;
  size_t count_ = 0;
};

}  // namespace caseclock::runtime
