#pragma once

// The simulated force in real time: new cases come in and cases under way move on, at a visible
// pace instead of the true one. Pure: it is told the time.

#include <cstdint>
#include <string>
#include <vector>

#include "consumers/simulator/generator.h"

namespace caseclock::simulator {

struct LiveOptions {
  uint64_t seed = 1;
  std::string force = "wmp";
  double events_per_second = 2;
  Instant start;
  // Cases under way (Generator::TakePending); their next steps happen now instead of when planned.
  std::vector<std::vector<Planned>> pending;
  std::vector<Planned> plants;  // those of them that arrive after the start
};

// Where the numbers of a session's cases begin: from its second, beyond those of any history.
uint32_t SessionNumber(Instant start);

class Live {
 public:
  explicit Live(LiveOptions options);

  // What arrives up to `now`, in order. REQUIRES: `now` does not go back.
  std::vector<Generated> Until(Instant now);

 private:
  Generated Emit(Planned planned, Instant now);
  Planned Choose();

  LiveOptions options_;
  Random random_;
  Instant next_;
  uint32_t new_cases_ = 0;
  uint64_t emitted_ = 0;
};

}  // namespace caseclock::simulator
