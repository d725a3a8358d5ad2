#pragma once

// The clocks of the machines that engines run on. They go with the broker's; but wall time can also
// leap, for days in which nothing reaches the broker, and at last it stands still, so that what
// came of a run can be compared with another one at the same instant.

#include <optional>

#include "tests/simulation/broker.h"

namespace caseclock::simulation {

class Clocks {
 public:
  // `broker` outlives it.
  explicit Clocks(const Broker* broker) : broker_(broker) {}

  [[nodiscard]] base::Instant Wall() const {
    return stands_at_ ? *stands_at_ : broker_->Now() + leapt_;
  }
  [[nodiscard]] base::Duration Monotonic() const {
    return broker_->Now() + leapt_ - broker_->options.start;
  }
  // To `t`, unless it is later already.
  void LeapTo(base::Instant t) {
    if (Wall() < t) leapt_ = leapt_ + (t - Wall());
  }
  // REQUIRES: no engine is at work.
  void StandAt(base::Instant t) { stands_at_ = t; }

 private:
  const Broker* const broker_;
  base::Duration leapt_;
  std::optional<base::Instant> stands_at_;
};

}  // namespace caseclock::simulation
