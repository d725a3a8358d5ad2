#include "engine/core/close_page.h"

#include <algorithm>
#include <memory>
#include <vector>

#include "engine/base/check.h"
#include "engine/core/region.h"

namespace caseclock::core {
namespace {

using model::CaseState;
using model::CaseView;
using model::ClosedPage;
using model::LedgerPage;
using model::ToldAlert;

// Cycles named in `ended` are over within the page that is being closed.
bool EndedIn(const ToldAlert& told, const std::vector<EndedCycle>& ended) {
  return std::any_of(ended.begin(), ended.end(), [&](const EndedCycle& cycle) {
    return cycle.state.cycle == told.cycle && cycle.state.clock == told.clock;
  });
}

bool LivesIn(const ToldAlert& told, const CaseView& view) {
  return std::any_of(view.clocks.begin(), view.clocks.end(), [&](const model::ClockState& state) {
    return state.cycle == told.cycle && state.clock == told.clock;
  });
}

// Moves the first entries, about half a page of them, into a closed page.
LedgerPage CutPage(EntryDecoder decode, LedgerPage* page) {
  EntryPlace cut;
  ForEachEntry(*page, decode, {}, [&](EntryPlace place, const LedgerEntry&) {
    cut = place;
    return place.byte < model::kPageBytes / 2 && place.index + 1 < page->folded_count;
  });
  CHECK(cut.byte > 0);
  LedgerPage closed;
  closed.index = page->index;
  closed.entries = page->entries.substr(0, cut.byte);
  closed.fingerprints.assign(page->fingerprints.begin(), page->fingerprints.begin() + cut.index);
  closed.folded_count = cut.index;
  closed.folded_bytes = cut.byte;
  for (uint64_t target : page->voided) {
    if (HasFingerprint(closed, target)) closed.voided.push_back(target);
  }
  std::erase_if(page->voided, [&](uint64_t target) { return HasFingerprint(closed, target); });
  page->entries.erase(0, cut.byte);
  page->fingerprints.erase(page->fingerprints.begin(), page->fingerprints.begin() + cut.index);
  page->folded_count -= cut.index;
  page->folded_bytes -= cut.byte;
  page->last_folded_at -= cut.byte;
  ++page->index;
  return closed;
}

void CloseOnePage(const StepContext& context, CaseState* state, StepOutcome* outcome) {
  ClosedPage closed;
  if (state->before != nullptr) closed.before = *state->before;
  closed.page = CutPage(context.decode, &state->page);
  RegionOptions options;
  options.now = context.now;
  const LedgerPage* const only[] = {&closed.page};
  RegionFold fold = FoldRegion(context, state->case_id, closed.before, only, options);
  if (state->before == nullptr) state->before = std::make_unique<CaseView>();
  *state->before = std::move(fold.view);
  std::vector<ToldAlert> kept;
  for (ToldAlert& told : state->told) {
    const bool over = !LivesIn(told, state->view);
    if (over && EndedIn(told, fold.effects.ended)) {
      told.ended_in_page = closed.page.index;
      closed.told.push_back(std::move(told));
      continue;
    }
    if (over) told.ended_in_page = state->page.index;
    kept.push_back(std::move(told));
  }
  state->told = std::move(kept);
  outcome->pages.push_back(std::move(closed));
}

}  // namespace

void CloseFullPages(const StepContext& context, CaseState* state, StepOutcome* outcome) {
  while (state->page.folded_bytes > model::kPageBytes && state->page.folded_count > 1) {
    CloseOnePage(context, state, outcome);
  }
}

}  // namespace caseclock::core
