#include "engine/core/rewrite.h"

#include <algorithm>

#include "engine/base/check.h"
#include "engine/core/facts.h"
#include "engine/core/reconcile.h"
#include "engine/core/region.h"

namespace caseclock::core {
namespace {

using model::CaseState;
using model::CaseView;
using model::ClosedPage;
using model::LedgerPage;
using model::ToldAlert;

// A closed page that has grown past this is cut up again with all that lie after it.
constexpr size_t kClosedPageBytesMax = 4 * model::kPageBytes;

const ClosedPage* FindLoaded(std::span<const ClosedPage> loaded, uint32_t index) {
  for (const ClosedPage& page : loaded) {
    if (page.page.index == index) return &page;
  }
  return nullptr;
}

// The stretch of the case that is being rewritten, as working copies.
struct Workspace {
  std::vector<ClosedPage> closed;             // ascending, from the start of the region
  std::vector<bool> touched;                  // by the change itself
  base::Instant changed_from = base::kNever;  // the earliest entry inserted, removed or voided
  CaseState* state;

  Workspace(uint32_t start, std::span<const ClosedPage> loaded, CaseState* s) : state(s) {
    for (const ClosedPage& page : loaded) {
      if (page.page.index >= start) closed.push_back(page);
    }
    CHECK(closed.size() == state->page.index - start);
    touched.assign(closed.size(), false);
  }

  [[nodiscard]] CaseView Start() const {
    if (!closed.empty()) return closed.front().before;
    return state->before == nullptr ? CaseView() : *state->before;
  }
  LedgerPage& Page(uint32_t index) {
    if (index == state->page.index) return state->page;
    const size_t at = index - closed.front().page.index;
    touched[at] = true;
    return closed[at].page;
  }
  [[nodiscard]] std::vector<const LedgerPage*> Pages() const {
    std::vector<const LedgerPage*> pages;
    for (const ClosedPage& page : closed) pages.push_back(&page.page);
    pages.push_back(&state->page);
    return pages;
  }
};

RegionResult FoldWorkspace(const StepContext& context, const Workspace& work,
                           FoldEffects* effects) {
  RegionOptions options;
  options.now = context.now;
  return FoldRegion(context, work.state->case_id, work.Start(), work.Pages(), options, effects);
}

void ApplyChange(const StepContext& context, const LedgerChange& change, Workspace* work) {
  bool voided = false;  // a void names an id: it holds for whichever content has won it
  if (change.remove_from) {
    LedgerPage& page = work->Page(*change.remove_from);
    voided = IsVoided(page, change.fingerprint);
    const auto place = FindById(page, context.decode, change.fingerprint);
    CHECK(place.has_value());
    LedgerEntry entry;
    context.decode(std::string_view(page.entries).substr(place->byte), &entry);
    work->changed_from = std::min(work->changed_from, entry.event.occurred_at);
    RemoveEntry(*place, entry.size, &page);
  }
  if (change.insert_into) {
    work->changed_from = std::min(work->changed_from, change.event->occurred_at);
    LedgerPage& page = work->Page(*change.insert_into);
    InsertEntry(PlaceFor(page, context.decode, *change.event), change.entry, change.fingerprint,
                &page);
    auto& pending = work->state->pending_voids;
    const auto awaited = std::find(pending.begin(), pending.end(), change.fingerprint);
    if (awaited != pending.end()) {
      voided = true;
      pending.erase(awaited);
    }
    const bool is_void = change.event->type() == model::EventType::kVoided;
    if (voided && !is_void) page.voided.push_back(change.fingerprint);  // a void is not voided
  }
  if (change.void_in) {
    LedgerPage& page = work->Page(*change.void_in);
    const auto place = FindById(page, context.decode, change.void_target);
    CHECK(place.has_value());
    LedgerEntry entry;
    context.decode(std::string_view(page.entries).substr(place->byte), &entry);
    work->changed_from = std::min(work->changed_from, entry.event.occurred_at);
    if (!IsVoided(page, change.void_target)) page.voided.push_back(change.void_target);
  }
}

void SubtractFacts(const std::vector<model::FigureDelta>& before,
                   std::vector<model::FigureDelta>* facts) {
  for (model::FigureDelta fact : before) {
    fact.count = -fact.count;
    facts->push_back(fact);
  }
}

// Alerts of cycles that are over go to the page in which they ended; the others stay in the record.
void HandOutTold(std::vector<ToldAlert> told, Workspace* work) {
  std::vector<std::vector<ToldAlert>> by_page(work->closed.size());
  work->state->told.clear();
  for (ToldAlert& alert : told) {
    const bool in_closed = !work->closed.empty() &&
                           alert.ended_in_page >= work->closed.front().page.index &&
                           alert.ended_in_page < work->state->page.index;
    if (in_closed) {
      by_page[alert.ended_in_page - work->closed.front().page.index].push_back(std::move(alert));
    } else {
      work->state->told.push_back(std::move(alert));
    }
  }
  for (size_t i = 0; i < by_page.size(); ++i) {
    const bool had = !work->closed[i].told.empty();
    if (had || !by_page[i].empty()) work->touched[i] = true;
    work->closed[i].told = std::move(by_page[i]);
  }
}

std::vector<ToldAlert> GatherTold(const Workspace& work) {
  std::vector<ToldAlert> told;
  for (const ClosedPage& page : work.closed) {
    told.insert(told.end(), page.told.begin(), page.told.end());
  }
  told.insert(told.end(), work.state->told.begin(), work.state->told.end());
  return told;
}

void TakeFold(RegionResult fold, Workspace* work) {
  CaseState& state = *work->state;
  state.view = std::move(fold.view);
  state.page.folded_count = fold.newest.count;
  state.page.folded_bytes = fold.newest.bytes;
  state.page.last_folded_at = fold.newest.last_at;
  for (size_t i = 0; i < work->closed.size(); ++i) {
    LedgerPage& page = work->closed[i].page;
    page.folded_count = static_cast<uint32_t>(page.fingerprints.size());
    page.folded_bytes = static_cast<uint32_t>(page.entries.size());
    work->closed[i].before = std::move(fold.before[i]);
  }
  if (state.before != nullptr) *state.before = std::move(fold.before.back());
}

// Puts the pages from the overgrown one on back into the newest, to be closed again in order.
void MergeFrom(size_t first, Workspace* work) {
  CaseState& state = *work->state;
  LedgerPage merged = std::move(work->closed[first].page);
  std::vector<ToldAlert> told = std::move(work->closed[first].told);
  auto append = [&merged](const LedgerPage& page) {
    merged.entries += page.entries;
    merged.fingerprints.insert(merged.fingerprints.end(), page.fingerprints.begin(),
                               page.fingerprints.end());
    merged.voided.insert(merged.voided.end(), page.voided.begin(), page.voided.end());
  };
  for (size_t i = first + 1; i < work->closed.size(); ++i) {
    append(work->closed[i].page);
    told.insert(told.end(), work->closed[i].told.begin(), work->closed[i].told.end());
  }
  const auto shift = static_cast<uint32_t>(merged.entries.size());
  const auto shift_count = static_cast<uint32_t>(merged.fingerprints.size());
  append(state.page);
  merged.folded_count = state.page.folded_count + shift_count;
  merged.folded_bytes = state.page.folded_bytes + shift;
  merged.last_folded_at = state.page.last_folded_at + shift;
  for (ToldAlert& alert : told) alert.ended_in_page = merged.index;
  for (ToldAlert& alert : state.told) {
    if (alert.ended_in_page != ToldAlert::kLive) alert.ended_in_page = merged.index;
  }
  told.insert(told.end(), state.told.begin(), state.told.end());
  state.told = std::move(told);
  if (merged.index == 0) {
    state.before.reset();
  } else {
    *state.before = std::move(work->closed[first].before);
  }
  state.page = std::move(merged);
  work->closed.resize(first);
  work->touched.resize(first);
}

void PutPages(Workspace* work, StepOutcome* outcome) {
  for (size_t i = 0; i < work->closed.size(); ++i) {
    if (work->closed[i].page.entries.size() > kClosedPageBytesMax) {
      MergeFrom(i, work);
      break;
    }
  }
  CaseState& state = *work->state;
  for (size_t i = 0; i < work->closed.size(); ++i) {
    if (!work->touched[i]) {
      // Its checkpoint lies behind a change: saved only when the page is written for its own sake.
      continue;
    }
    if (state.checkpoints_valid > work->closed[i].page.index) {
      state.checkpoints_valid = work->closed[i].page.index;
    }
    outcome->pages.push_back(std::move(work->closed[i]));
  }
}

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
  FoldEffects effects;
  RegionOptions options;
  options.now = context.now;
  const LedgerPage* const only[] = {&closed.page};
  CaseView after = FoldRegion(context, state->case_id, closed.before, only, options, &effects).view;
  if (state->before == nullptr) state->before = std::make_unique<CaseView>();
  *state->before = std::move(after);
  std::vector<ToldAlert> kept;
  for (ToldAlert& told : state->told) {
    const bool over = !LivesIn(told, state->view);
    if (over && EndedIn(told, effects.ended)) {
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

uint32_t LedgerChange::FirstPage(uint32_t newest) const {
  uint32_t first = newest;
  if (remove_from) first = std::min(first, *remove_from);
  if (insert_into) first = std::min(first, *insert_into);
  if (void_in) first = std::min(first, *void_in);
  return first;
}

std::optional<uint32_t> RegionStart(uint32_t first_page, const CaseState& state,
                                    std::span<const ClosedPage> loaded, uint32_t* need) {
  uint32_t start = first_page;
  if (start < state.page.index) start = std::min(start, state.checkpoints_valid);
  if (start == state.page.index || FindLoaded(loaded, start) != nullptr) return start;
  *need = loaded.empty() ? state.page.index - 1 : loaded.front().page.index - 1;
  return std::nullopt;
}

std::optional<uint32_t> PageFor(const model::Event& event, EntryDecoder decode,
                                const CaseState& state, std::span<const ClosedPage> loaded,
                                uint32_t* need) {
  auto before_first = [&](const LedgerPage& page) {
    bool before = true;  // an emptied page holds nothing to come after
    ForEachEntry(page, decode, state.case_id, [&](EntryPlace, const LedgerEntry& entry) {
      before = Precedes(event, entry.event);
      return false;
    });
    return before;
  };
  if (state.page.index == 0 || !before_first(state.page)) return state.page.index;
  for (uint32_t index = state.page.index; index-- > 0;) {
    const ClosedPage* page = FindLoaded(loaded, index);
    if (page == nullptr) {
      *need = index;
      return std::nullopt;
    }
    if (index == 0 || !before_first(page->page)) return index;
  }
  return 0;
}

void Rewrite(const StepContext& context, const LedgerChange& change, uint32_t start,
             std::optional<model::Arrival> cause, std::span<const ClosedPage> loaded,
             CaseState* state, StepOutcome* outcome) {
  Workspace work(start, loaded, state);
  FoldEffects before;
  const RegionResult fold_before = FoldWorkspace(context, work, &before);
  std::vector<WantedAlert> wanted_before;
  CollectWanted(*context.policies, state->case_id, fold_before.view, before.ended, context.now,
                &wanted_before);
  std::vector<model::FigureDelta> gone;
  StandingFacts(state->view, &gone);
  gone.insert(gone.end(), before.facts.begin(), before.facts.end());

  ApplyChange(context, change, &work);
  const base::Instant changed_from = work.changed_from;
  FoldEffects after;
  TakeFold(FoldWorkspace(context, work, &after), &work);

  SubtractFacts(gone, &outcome->figures);
  StandingFacts(state->view, &outcome->figures);
  outcome->figures.insert(outcome->figures.end(), after.facts.begin(), after.facts.end());
  Coalesce(&outcome->figures);

  std::vector<WantedAlert> wanted;
  CollectWanted(*context.policies, state->case_id, state->view, after.ended, context.now, &wanted);
  std::vector<ToldAlert> told = GatherTold(work);
  const ReconcileInput input{&context,     state->case_id, &state->view, cause,
                             changed_from, true,           wanted_before};
  Reconcile(input, wanted, &told, &outcome->alerts);
  HandOutTold(std::move(told), &work);
  PutPages(&work, outcome);
  outcome->changed = true;
}

void CloseFullPages(const StepContext& context, CaseState* state, StepOutcome* outcome) {
  while (state->page.folded_bytes > model::kPageBytes && state->page.folded_count > 1) {
    CloseOnePage(context, state, outcome);
  }
}

}  // namespace caseclock::core
