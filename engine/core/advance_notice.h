#pragma once

// Clocks that may be fulfilled before what begins them happens: notice is given ahead. Pure.

#include <span>
#include <vector>

#include "engine/core/cycle_life.h"

namespace caseclock::core {

// Keeps a notice, or judges those that wait by the event that they announced, as
// model::AdvanceNotice says; the clock that waits for the failure of one is cancelled when that did
// not fail. True: the event is covered, so that a cycle it begins is fulfilled. REQUIRES: the rule
// takes notices.
bool CoveredByNotice(const Occurrence& o, const model::ClockRule& rule);

// Whether the clock counts for a notice of an earlier day than the one that the event gives.
bool AwaitsEarlier(const Occurrence& o, const model::ClockRule& rule);

// The clocks that run, or wait in a closed case, for the failure of notices; and, when the event
// has met all clocks, those of them that are over begin for the next notice that waits.
std::vector<base::Atom> AwaitedNotices(const Occurrence& o);
void AwaitNext(const Occurrence& o, std::span<const base::Atom> awaited);

}  // namespace caseclock::core
