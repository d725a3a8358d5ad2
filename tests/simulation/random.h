#pragma once

// The one source of chance of a simulated run: everything that is not fixed is drawn from here, in
// the order of the run, so that a seed is the run. (SplitMix64: Steele, Lea, Flood 2014.)

#include <cstdint>

namespace caseclock::simulation {

class Random {
 public:
  explicit Random(uint64_t seed) : state_(seed) {}

  uint64_t Next() {
    uint64_t z = (state_ += 0x9e3779b97f4a7c15U);
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9U;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebU;
    return z ^ (z >> 31);
  }
  // 0 … n - 1. REQUIRES: n > 0
  int Below(int n) { return static_cast<int>(Next() % static_cast<uint64_t>(n)); }
  // from … to
  int Between(int from, int to) { return from + Below(to - from + 1); }
  bool OneIn(int n) { return Below(n) == 0; }
  // A source of its own, so that what one part draws does not shift another part's.
  Random Fork() { return Random(Next()); }

 private:
  uint64_t state_;
};

}  // namespace caseclock::simulation
