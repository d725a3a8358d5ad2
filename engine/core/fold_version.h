#pragma once

// Which fold worked out what a store holds.

#include <cstdint>

namespace caseclock::core {

// To be raised with each change after which some ledger has another view, figure or timer under the
// same policies: a store that an earlier fold has written is then rebuilt from `cases` by itself.
// tests/scenarios/random_case_test.cc notices most such changes.
inline constexpr uint32_t kFoldVersion = 6;

}  // namespace caseclock::core
