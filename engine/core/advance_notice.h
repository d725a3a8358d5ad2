#pragma once

// Clocks that may be fulfilled before what begins them happens (domain shape C6). Pure.

#include "engine/core/cycle_life.h"

namespace caseclock::core {

// Keeps a notice, or judges one by the event that it announced, as model::AdvanceNotice says; the
// clock that waits for its failure is cancelled when it did not fail. True: the event is covered,
// so that a cycle it begins is fulfilled. REQUIRES: the rule takes notices.
bool CoveredByNotice(const Occurrence& o, const model::ClockRule& rule);

}  // namespace caseclock::core
