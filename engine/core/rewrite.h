#pragma once

// Rewriting history: what a late event, a void or a won conflict does to the ledger and everything
// folded from it. Costs the pages from the change on, never the whole case. Pure.

#include <optional>
#include <span>

#include "engine/core/ledger.h"
#include "engine/core/step.h"

namespace caseclock::core {

// A change of the ledger, before it is folded. Pages are named by index.
struct LedgerChange {
  std::optional<uint32_t> remove_from;  // the loser of a conflict: page, by `fingerprint`
  std::optional<uint32_t> insert_into;  // page; the place within is found by order
  const model::Event* event = nullptr;  // with insert_into
  std::string_view entry;
  uint64_t fingerprint = 0;         // of the event inserted or removed
  std::optional<uint32_t> void_in;  // page that holds the target
  uint64_t void_target = 0;

  // The first page that changes.
  [[nodiscard]] uint32_t FirstPage(uint32_t newest) const;
};

// The first closed page the fold must begin at to judge a change in `first_page`: earlier when its
// checkpoint is stale. Absent: load the page in `need` first.
std::optional<uint32_t> RegionStart(uint32_t first_page, const model::CaseState& state,
                                    std::span<const model::ClosedPage> loaded, uint32_t* need);

// The page in which `event` belongs by order, walking back from the newest. Absent: load `need`.
std::optional<uint32_t> PageFor(const model::Event& event, EntryDecoder decode,
                                const model::CaseState& state,
                                std::span<const model::ClosedPage> loaded, uint32_t* need);

// Applies `change`, folds from `start` on (what lies before the change once, the rest as it was and
// as it is), tells what follows from it. `loaded` reaches from `start` or before to the newest
// closed page. Without a change: just folds again.
void Rewrite(const StepContext& context, const LedgerChange& change, uint32_t start,
             std::optional<model::Arrival> cause, std::span<const model::ClosedPage> loaded,
             model::CaseState* state, StepOutcome* outcome);

}  // namespace caseclock::core
