#pragma once

// CHECK: always on, for states the program itself must never reach. A failed check prints where it
// stands and the expression, and aborts; a restart recovers from the log. Bad input, refused events
// and a failing environment are values (base/result.h), never checks.

#include <cstdio>
#include <cstdlib>

namespace caseclock::base::internal {
[[noreturn]] inline void CheckFailed(const char* file, int line, const char* expression) {
  std::fprintf(stderr, "%s:%d: CHECK failed: %s\n", file, line, expression);
  std::abort();
}
}  // namespace caseclock::base::internal

#define CHECK(condition)                                                        \
  do {                                                                          \
    if (!(condition)) [[unlikely]]                                              \
      ::caseclock::base::internal::CheckFailed(__FILE__, __LINE__, #condition); \
  } while (false)
