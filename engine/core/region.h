#pragma once

// Folding a stretch of the ledger: closed pages, then the newest one. Pure.

#include <functional>
#include <span>
#include <string_view>

#include "engine/core/fold.h"
#include "engine/core/ledger.h"
#include "engine/core/step.h"

namespace caseclock::core {

// How far the fold of a page came.
struct FoldMark {
  uint32_t count = 0;    // entries
  uint32_t bytes = 0;    // of them
  uint32_t last_at = 0;  // where the last one begins
};

// What happened to one entry, for `explain`.
struct FoldedEntry {
  uint32_t page = 0;
  uint32_t index = 0;
  bool voided = false;
  Refusal refusal = Refusal::kNone;
};

struct RegionOptions {
  base::Instant now;                        // entries after it are left alone
  base::Instant arrived_by = base::kNever;  // entries that came later are left out
  bool voids_by_arrival = false;            // honour only voids that had come by `arrived_by`,
                                            // instead of the pages' marks
  const std::function<void(const LedgerEntry&, const FoldedEntry&)>* visit = nullptr;
};

// A fold under way; a copy of it goes on by itself.
struct RegionFold {
  model::CaseView view;
  FoldEffects effects;
  FoldMark newest;  // in the page folded last
};

// Folds the entries of `page` that lie from `from` on and before the byte `until` into `fold`. Each
// entry is judged by the policies in force when it happened. `voids`: targets of voids, in the
// place of the page's marks, with `voids_by_arrival`.
void FoldPage(const StepContext& context, std::string_view case_id, const model::LedgerPage& page,
              EntryPlace from, size_t until, const RegionOptions& options,
              std::span<const uint64_t> voids, RegionFold* fold);

// Folds `pages` (ascending, the last one possibly with entries ahead of `now`) on top of `start`.
RegionFold FoldRegion(const StepContext& context, std::string_view case_id, model::CaseView start,
                      std::span<const model::LedgerPage* const> pages,
                      const RegionOptions& options);

}  // namespace caseclock::core
