#include "engine/core/rewrite.h"

#include <algorithm>

#include "engine/base/check.h"
#include "engine/core/facts.h"
#include "engine/core/follow_calendars.h"
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
  [[nodiscard]] uint32_t FirstPage() const {
    return state->page.index - static_cast<uint32_t>(closed.size());
  }
  [[nodiscard]] const LedgerPage& PageAt(uint32_t index) const {
    return index == state->page.index ? state->page : closed[index - FirstPage()].page;
  }
  LedgerPage& PageToChange(uint32_t index) {
    if (index == state->page.index) return state->page;
    touched[index - FirstPage()] = true;
    return closed[index - FirstPage()].page;
  }
};

// An entry of the region, or where one would lie.
struct RegionPlace {
  uint32_t page = 0;
  EntryPlace entry;
};

constexpr EntryPlace kPageEnd{UINT32_MAX, UINT32_MAX};

// Where the ledger begins to be another one.
RegionPlace FirstChange(const StepContext& context, const LedgerChange& change,
                        const Workspace& work) {
  RegionPlace first{change.FirstPage(work.state->page.index), kPageEnd};
  const LedgerPage& page = work.PageAt(first.page);
  const auto lies_at = [&](EntryPlace place) {
    if (place.byte < first.entry.byte) first.entry = place;
  };
  const auto entry_of = [&](uint64_t fingerprint) {
    const auto place = FindById(page, context.decode, fingerprint);
    CHECK(place.has_value());
    return *place;
  };
  if (change.remove_from == first.page) lies_at(entry_of(change.fingerprint));
  if (change.insert_into == first.page) lies_at(PlaceFor(page, context.decode, *change.event));
  if (change.void_in == first.page) lies_at(entry_of(change.void_target));
  return first;
}

// The region as folded up to some place.
struct Folded {
  RegionFold fold;
  std::vector<CaseView> before;  // each page that was begun
};

// Goes on folding from one place up to another. `before`: see Folded; may be null.
void FoldOn(const StepContext& context, const Workspace& work, RegionPlace from, RegionPlace until,
            RegionFold* fold, std::vector<CaseView>* before) {
  RegionOptions options;
  options.now = context.now;
  for (uint32_t index = from.page; index <= until.page; ++index) {
    const bool begins = before != nullptr && before->size() == index - work.FirstPage();
    if (begins) before->push_back(fold->view);
    FoldPage(context, work.state->case_id, work.PageAt(index),
             index == from.page ? from.entry : EntryPlace(),
             index == until.page ? until.entry.byte : kPageEnd.byte, options, {}, fold);
  }
}

void ApplyChange(const StepContext& context, const LedgerChange& change, Workspace* work) {
  bool voided = false;  // a void names an id: it holds for whichever content has won it
  if (change.remove_from) {
    LedgerPage& page = work->PageToChange(*change.remove_from);
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
    LedgerPage& page = work->PageToChange(*change.insert_into);
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
    LedgerPage& page = work->PageToChange(*change.void_in);
    const auto place = FindById(page, context.decode, change.void_target);
    CHECK(place.has_value());
    LedgerEntry entry;
    context.decode(std::string_view(page.entries).substr(place->byte), &entry);
    work->changed_from = std::min(work->changed_from, entry.event.occurred_at);
    if (!IsVoided(page, change.void_target)) page.voided.push_back(change.void_target);
  }
}

// Those from the place `from` on.
void SubtractFacts(const std::vector<model::FigureDelta>& gone, size_t from,
                   std::vector<model::FigureDelta>* facts) {
  for (size_t i = from; i < gone.size(); ++i) {
    facts->push_back(gone[i]);
    facts->back().count = -gone[i].count;
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

void TakeFold(Folded folded, Workspace* work) {
  CaseState& state = *work->state;
  state.view = std::move(folded.fold.view);
  state.page.folded_count = folded.fold.newest.count;
  state.page.folded_bytes = folded.fold.newest.bytes;
  state.page.last_folded_at = folded.fold.newest.last_at;
  for (size_t i = 0; i < work->closed.size(); ++i) {
    LedgerPage& page = work->closed[i].page;
    page.folded_count = static_cast<uint32_t>(page.fingerprints.size());
    page.folded_bytes = static_cast<uint32_t>(page.entries.size());
    work->closed[i].before = std::move(folded.before[i]);
  }
  if (state.before != nullptr) *state.before = std::move(folded.before.back());
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
  const RegionPlace first = FirstChange(context, change, work);
  const RegionPlace end{state->page.index, kPageEnd};
  Folded after;
  after.fold.view = work.Start();
  FoldOn(context, work, {start, {}}, first, &after.fold, &after.before);
  const size_t facts_shared = after.fold.effects.facts.size();
  RegionFold as_it_was = after.fold;
  FoldOn(context, work, first, end, &as_it_was, nullptr);
  FollowCalendars(context, state->view.calendars_of, &as_it_was.view);

  SubtractFacts(as_it_was.effects.facts, facts_shared, &outcome->figures);
  std::vector<model::FigureDelta> gone;
  StandingFacts(*context.policies, state->view, &gone);
  SubtractFacts(gone, 0, &outcome->figures);

  ApplyChange(context, change, &work);
  const base::Instant changed_from = work.changed_from;
  FoldOn(context, work, first, end, &after.fold, &after.before);
  FollowCalendars(context, context.now, &after.fold.view);
  const FoldEffects effects = std::move(after.fold.effects);
  TakeFold(std::move(after), &work);

  StandingFacts(*context.policies, state->view, &outcome->figures);
  outcome->figures.insert(outcome->figures.end(), effects.facts.begin() + facts_shared,
                          effects.facts.end());
  Coalesce(&outcome->figures);

  std::vector<WantedAlert> wanted;
  CollectWanted(*context.policies, state->case_id, state->view, effects.ended, context.now,
                &wanted);
  std::vector<ToldAlert> told = GatherTold(work);
  if (!wanted.empty() || !told.empty()) {
    std::vector<WantedAlert> wanted_before;
    CollectWanted(*context.policies, state->case_id, as_it_was.view, as_it_was.effects.ended,
                  context.now, &wanted_before);
    const ReconcileInput input{&context, state->case_id, &state->view, cause,
                               false,    changed_from,   true,         wanted_before};
    Reconcile(input, wanted, &told, &outcome->alerts);
  }
  HandOutTold(std::move(told), &work);
  PutPages(&work, outcome);
  outcome->changed = true;
}

}  // namespace caseclock::core
