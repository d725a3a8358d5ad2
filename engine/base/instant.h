#pragma once

// Points and spans of time. Microseconds, because records systems write at most that and 64 bits
// then reach beyond any date we accept. Time is always passed in: nothing here reads a clock.

#include <compare>
#include <cstdint>
#include <limits>

namespace caseclock::base {

// A span in microseconds; may be negative.
struct Duration {
  int64_t us = 0;
  auto operator<=>(const Duration&) const = default;
};

// A point in time: microseconds since 1970-01-01T00:00:00Z, without leap seconds.
struct Instant {
  int64_t us = 0;
  auto operator<=>(const Instant&) const = default;

  // Whole seconds since the epoch, rounded down (also before 1970).
  [[nodiscard]] constexpr int64_t Seconds() const {
    return us >= 0 ? us / 1'000'000 : -((-us + 999'999) / 1'000'000);
  }
  static constexpr Instant FromSeconds(int64_t seconds) { return Instant{seconds * 1'000'000}; }
  static constexpr Instant FromMillis(int64_t millis) { return Instant{millis * 1'000}; }
  [[nodiscard]] constexpr int64_t Millis() const {
    return us >= 0 ? us / 1'000 : -((-us + 999) / 1'000);
  }
};

inline constexpr Instant kNever{std::numeric_limits<int64_t>::max()};
inline constexpr Instant kLongAgo{std::numeric_limits<int64_t>::min()};

constexpr Instant operator+(Instant t, Duration d) {
  return Instant{t.us + d.us};
}
constexpr Instant operator-(Instant t, Duration d) {
  return Instant{t.us - d.us};
}
constexpr Duration operator-(Instant a, Instant b) {
  return Duration{a.us - b.us};
}
constexpr Duration operator+(Duration a, Duration b) {
  return Duration{a.us + b.us};
}
constexpr Duration operator-(Duration a, Duration b) {
  return Duration{a.us - b.us};
}

constexpr Duration Seconds(int64_t n) {
  return Duration{n * 1'000'000};
}
constexpr Duration Millis(int64_t n) {
  return Duration{n * 1'000};
}
constexpr Duration Hours(int64_t n) {
  return Seconds(n * 3'600);
}
constexpr Duration Days(int64_t n) {
  return Hours(n * 24);
}

// The instants an event may carry: 1900-01-01 up to (not including) 2200-01-01, UTC. Beyond it a
// timestamp is a fault of its source, and calendar arithmetic would not be trustworthy.
inline constexpr Instant kEarliestInstant = Instant::FromSeconds(-2'208'988'800);
inline constexpr Instant kLatestInstant = Instant::FromSeconds(7'258'118'400);

}  // namespace caseclock::base
