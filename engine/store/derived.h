#pragma once

// What the store keeps beside a case so that it can be found: when its timer fires, and its entries
// in the index of open cases and of clocks, which may run on after a case is closed. A pure
// function of the case, so it cannot drift; it is not stored in the case's record, and compared
// with it by `state verify`.

#include <algorithm>
#include <memory>
#include <utility>
#include <vector>

#include "engine/base/atom.h"
#include "engine/base/instant.h"
#include "engine/model/case_state.h"

namespace caseclock::store {

// A clock is in the index only when nothing will happen to the case up to its due instant: it is
// overdue, or no rung is left before. Any other one will be touched again by its timer in time, so
// the index stays small and still names the most overdue case of every clock.
struct Derived {
  base::Instant timer_at = base::kNever;
  base::Atom queue;                                       // of the entries below
  base::Instant opened_at = base::kNever;                 // kNever: not open
  std::vector<std::pair<base::Atom, base::Instant>> due;  // clock, due instant
  // Whom its ledger has named, open or not: facts about them are facts for it. Most cases name one,
  // so that he has no list.
  base::Atom handler;
  std::vector<base::Atom> others;

  [[nodiscard]] bool Names(base::Atom one) const {
    return handler == one || std::find(others.begin(), others.end(), one) != others.end();
  }
  bool operator==(const Derived&) const = default;
};

Derived Derive(const model::CaseState& state);

// One for all who need it: the cached case, and the checkpoint that is being written of it.
using SharedDerived = std::shared_ptr<const Derived>;
// nullptr: a case that has nothing in the store.
const Derived& ValueOf(const SharedDerived& derived);

}  // namespace caseclock::store
