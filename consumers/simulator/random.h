#pragma once

// Random numbers that are the same on every machine: the standard library's distributions are not.
// SplitMix64 (G. Steele, D. Lea, C. Flood, "Fast Splittable Pseudorandom Number Generators", 2014).

#include <cstdint>
#include <initializer_list>
#include <utility>

#include "engine/base/instant.h"

namespace caseclock::simulator {

class Random {
 public:
  explicit Random(uint64_t seed) : state_(seed) {}
  // A stream of its own for one thing (a case, say) of one seed.
  static Random For(uint64_t seed, uint64_t kind, uint64_t number) {
    return Random(Mix(Mix(Mix(seed) ^ kind) ^ number));
  }

  uint64_t Next() {
    state_ += 0x9E3779B97F4A7C15ULL;
    return Mix(state_);
  }
  // 0 … bound - 1. REQUIRES: bound > 0
  uint64_t Below(uint64_t bound) { return Next() % bound; }
  // 0 ≤ x < 1
  double Unit() { return static_cast<double>(Next() >> 11) * 0x1.0p-53; }
  bool Chance(double probability) { return Unit() < probability; }
  // Anything in [least, most); whole seconds.
  base::Duration Between(base::Duration least, base::Duration most) {
    const double seconds = Unit() * static_cast<double>((most - least).us) / 1e6;
    return least + base::Seconds(static_cast<int64_t>(seconds));
  }
  // Around `mean`, with a long tail, as waiting times of people are; whole seconds. The third
  // power of a uniform number has the mean 1/4.
  base::Duration Wait(base::Duration mean) {
    const double u = Unit();
    const double factor = 0.3 + 2.8 * u * u * u;
    const double seconds = static_cast<double>(mean.us) * factor / 1e6;
    return base::Seconds(static_cast<int64_t>(seconds) + 1);
  }
  // One of the choices, by their weights.
  template <typename T>
  T Pick(std::initializer_list<std::pair<T, double>> choices) {
    double sum = 0;
    for (const auto& choice : choices) sum += choice.second;
    double at = Unit() * sum;
    for (const auto& choice : choices) {
      at -= choice.second;
      if (at < 0) return choice.first;
    }
    return choices.begin()->first;
  }

 private:
  static uint64_t Mix(uint64_t x) {
    x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9ULL;
    x = (x ^ (x >> 27)) * 0x94D049BB133111EBULL;
    return x ^ (x >> 31);
  }
  uint64_t state_;
};

}  // namespace caseclock::simulator
