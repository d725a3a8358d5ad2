#include "engine/core/step.h"

#include <algorithm>

#include "engine/base/check.h"
#include "engine/core/close_page.h"
#include "engine/core/fold_at_end.h"
#include "engine/core/follow_calendars.h"
#include "engine/core/handler_facts.h"
#include "engine/core/ledger.h"
#include "engine/core/rewrite.h"
#include "engine/core/timer.h"

namespace caseclock::core {
namespace {

using model::CaseState;
using model::ClosedPage;
using model::Event;
using model::LedgerPage;

// One call of Step: what it was given, and the answers it works out along the way.
struct Call {
  const StepContext& context;
  const EventInput& input;
  std::span<const ClosedPage> loaded;
  CaseState& state;
  StepOutcome& outcome;
  uint64_t fingerprint = 0;

  [[nodiscard]] const Event& event() const { return *input.event; }
  // The page, if it is at hand; otherwise asks for the next one back.
  const LedgerPage* Page(uint32_t index) {
    if (index == state.page.index) return &state.page;
    for (const ClosedPage& page : loaded) {
      if (page.page.index == index) return &page.page;
    }
    outcome.need_page = loaded.empty() ? state.page.index - 1 : loaded.front().page.index - 1;
    return nullptr;
  }
};

LedgerEntry EntryAt(const Call& call, const LedgerPage& page, EntryPlace place) {
  LedgerEntry entry;
  call.context.decode(std::string_view(page.entries).substr(place.byte), &entry);
  entry.event.case_id = call.state.case_id;
  return entry;
}

// The page that holds an event id, if the case has it.
std::optional<uint32_t> PageOfId(const CaseState& state, uint64_t fingerprint,
                                 std::optional<uint32_t> closed_page) {
  if (HasFingerprint(state.page, fingerprint)) return state.page.index;
  if (closed_page && *closed_page < state.page.index) return closed_page;
  return std::nullopt;
}

void MarkFolded(uint32_t size, LedgerPage* page) {
  page->last_folded_at = page->folded_bytes;
  page->folded_bytes += size;
  ++page->folded_count;
}

bool HoldsPendingVoid(const CaseState& state, uint64_t fingerprint) {
  return std::find(state.pending_voids.begin(), state.pending_voids.end(), fingerprint) !=
         state.pending_voids.end();
}

// The event comes after all that is folded, and nothing else stands in its way.
bool IsInOrder(const Call& call) {
  const LedgerPage& page = call.state.page;
  if (call.event().type() == model::EventType::kVoided) return false;
  if (HoldsPendingVoid(call.state, call.fingerprint)) return false;
  // Nor does it come before a corrected calendar, followed already or not: what that changes is
  // told as such first.
  const base::Instant at = call.event().occurred_at;
  if (at < call.state.view.calendars_of) return false;
  if (at < LatestToFollow(call.context, call.state.view, call.context.now)) return false;
  if (page.folded_count == 0) return page.index == 0;
  return Precedes(EntryAt(call, page, {page.folded_count - 1, page.last_folded_at}).event,
                  call.event());
}

void FoldInOrder(Call* call) {
  LedgerPage& page = call->state.page;
  InsertEntry({page.folded_count, page.folded_bytes}, call->input.entry, call->fingerprint, &page);
  MarkFolded(static_cast<uint32_t>(call->input.entry.size()), &page);
  FoldAtEnd fold(call->context, &call->state, &call->outcome);
  call->outcome.refusal = fold.Apply(call->event(), call->input.arrival, call->input.entry);
  fold.Finish(call->input.arrival, call->event().occurred_at);
  call->outcome.disposition = Disposition::kAccepted;
  if (call->outcome.refusal == Refusal::kNotReferred) {
    call->outcome.disposition = Disposition::kOrphan;
  } else if (call->outcome.refusal != Refusal::kNone) {
    call->outcome.disposition = Disposition::kRefused;
  }
}

void InsertAhead(Call* call) {
  LedgerPage& page = call->state.page;
  EntryPlace place = PlaceFor(page, call->context.decode, call->event());
  InsertEntry(place, call->input.entry, call->fingerprint, &page);
  if (HoldsPendingVoid(call->state, call->fingerprint)) {
    page.voided.push_back(call->fingerprint);
    std::erase(call->state.pending_voids, call->fingerprint);
  }
  call->outcome.disposition = Disposition::kAhead;
  call->outcome.changed = true;
}

// What a void does to its target. False: a page must be loaded first.
bool PlanVoid(Call* call, LedgerChange* change) {
  const auto* voided = std::get_if<model::Voided>(&call->event().body);
  if (voided == nullptr) return true;
  const uint64_t target = model::EventFingerprint(call->event().source, voided->event_id);
  if (target == call->fingerprint) {
    call->outcome.refusal = Refusal::kVoidOfVoid;
    return true;
  }
  const auto index = PageOfId(call->state, target, call->input.closed_page_of_target);
  if (!index) {
    if (!HoldsPendingVoid(call->state, target)) call->state.pending_voids.push_back(target);
    return true;
  }
  const LedgerPage* page = call->Page(*index);
  if (page == nullptr) return false;
  const auto place = FindById(*page, call->context.decode, target);
  CHECK(place.has_value());
  if (EntryAt(*call, *page, *place).event.type() == model::EventType::kVoided) {
    call->outcome.refusal = Refusal::kVoidOfVoid;
    return true;
  }
  change->void_in = index;
  change->void_target = target;
  return true;
}

// What the case has yet to follow happened before this event came: it is told as such, and not as
// what the event has brought about.
void FollowFirst(Call* call) {
  if (!HasToFollow(call->context, call->state.view, call->context.now)) return;
  FoldAtEnd(call->context, &call->state, &call->outcome).Finish(std::nullopt, call->context.now);
}

// Carries out a change that is not simply next in order, what the event voids included, and folds
// what lies after it.
void Change(Call* call, LedgerChange change) {
  uint32_t need = 0;
  const size_t pending = call->state.pending_voids.size();
  if (!PlanVoid(call, &change)) return;
  const auto start =
      RegionStart(change.FirstPage(call->state.page.index), call->state, call->loaded, &need);
  if (!start) {
    call->state.pending_voids.resize(pending);  // nothing was done: call again with the page
    call->outcome.need_page = need;
    return;
  }
  FollowFirst(call);
  Rewrite(call->context, change, *start, call->input.arrival, call->loaded, &call->state,
          &call->outcome);
}

void InsertLate(Call* call, std::optional<uint32_t> remove_from) {
  LedgerChange change;
  change.remove_from = remove_from;
  change.event = &call->event();
  change.entry = call->input.entry;
  change.fingerprint = call->fingerprint;
  uint32_t need = 0;
  change.insert_into =
      PageFor(call->event(), call->context.decode, call->state, call->loaded, &need);
  if (!change.insert_into) {
    call->outcome.need_page = need;
    return;
  }
  call->outcome.disposition = remove_from ? Disposition::kConflict : Disposition::kLate;
  Change(call, change);
}

// A void is never undone, because its target may have been voided by others as well: against other
// events it wins, and of two voids under one id both targets stay voided.
bool Wins(const Event& challenger, const Event& holder) {
  const bool voids = challenger.type() == model::EventType::kVoided;
  const bool held_void = holder.type() == model::EventType::kVoided;
  if (voids != held_void) return voids;
  return Supersedes(challenger, holder);
}

// The case has an event of this id already.
void MeetKnown(Call* call, uint32_t index) {
  const LedgerPage* page = call->Page(index);
  if (page == nullptr) return;
  const auto place = FindById(*page, call->context.decode, call->fingerprint);
  CHECK(place.has_value());
  const LedgerEntry holder = EntryAt(*call, *page, *place);
  if (SameContent(call->event(), holder.event)) {
    call->outcome.disposition = Disposition::kDuplicate;
    return;
  }
  if (IsSameFact(call->event(), holder.event)) {
    call->outcome.disposition = Disposition::kDuplicate;
    if (call->event().occurred_at < holder.event.occurred_at) InsertLate(call, index);
    return;
  }
  call->outcome.disposition = Disposition::kConflict;
  if (Wins(call->event(), holder.event)) {
    InsertLate(call, index);
  } else if (call->event().type() == model::EventType::kVoided) {
    Change(call, LedgerChange());
  }
  if (call->outcome.need_page) return;
  ++call->state.conflicts;
  call->outcome.changed = true;
}

// After a step; `event`: null: time alone.
void Settle(const StepContext& context, const Event* event, CaseState* state,
            StepOutcome* outcome) {
  if (outcome->need_page || !outcome->changed) return;
  if (event != nullptr) NoteNamed(*event, state);
  CloseFullPages(context, state, outcome);
  state->timer_at = NextTimer(context, *state);
}

// Calls visit(LedgerEntry, fingerprint) for entries dated ahead that have come due, in order.
template <typename Visit>
void ForEachDue(const StepContext& context, const CaseState& state, const Visit& visit) {
  const LedgerPage& page = state.page;
  uint32_t byte = page.folded_bytes;
  for (uint32_t index = page.folded_count; byte < page.entries.size(); ++index) {
    LedgerEntry entry;
    context.decode(std::string_view(page.entries).substr(byte), &entry);
    entry.event.case_id = state.case_id;
    if (entry.event.occurred_at > context.now) return;
    visit(entry, page.fingerprints[index]);
    byte += entry.size;
  }
}

void FoldDue(const StepContext& context, CaseState* state, StepOutcome* outcome) {
  FoldAtEnd fold(context, state, outcome);
  uint32_t folded = 0;
  uint32_t last_at = state->page.last_folded_at;
  uint32_t bytes = state->page.folded_bytes;
  base::Instant changed_from = context.now;
  std::optional<model::Arrival> cause;
  ForEachDue(context, *state, [&](const LedgerEntry& entry, uint64_t fingerprint) {
    if (folded == 0) changed_from = entry.event.occurred_at;
    if (!IsVoided(state->page, fingerprint)) {
      fold.Apply(entry.event, entry.arrival,
                 std::string_view(state->page.entries).substr(bytes, entry.size));
      cause = entry.arrival;
    }
    ++folded;
    last_at = bytes;
    bytes += entry.size;
  });
  state->page.folded_count += folded;
  state->page.folded_bytes = bytes;
  state->page.last_folded_at = last_at;
  fold.Finish(cause, changed_from, cause.has_value());
}

}  // namespace

void StepOutcome::Clear() {
  disposition = Disposition::kTick;
  refusal = Refusal::kNone;
  changed = false;
  figures.clear();
  alerts.clear();
  pages.clear();
  need_page.reset();
  facts_before.clear();
  facts_after.clear();
}

void Step(const StepContext& context, const EventInput& input, std::span<const ClosedPage> loaded,
          CaseState* state, StepOutcome* outcome) {
  outcome->Clear();
  Call call{context, input,    loaded,
            *state,  *outcome, model::EventFingerprint(input.event->source, input.event->event_id)};
  if (const auto known = PageOfId(*state, call.fingerprint, input.closed_page_of_id)) {
    MeetKnown(&call, *known);
  } else if (IsInOrder(call) && input.event->occurred_at <= context.now) {
    FoldInOrder(&call);
  } else if (input.event->occurred_at > context.now &&
             input.event->type() != model::EventType::kVoided) {
    InsertAhead(&call);
  } else {
    InsertLate(&call, std::nullopt);
  }
  Settle(context, input.event, state, outcome);
}

void StepFollow(const StepContext& context, CaseState* state, StepOutcome* outcome) {
  outcome->Clear();
  if (HasToFollow(context, state->view, context.now)) StepTick(context, state, outcome);
}

void StepTick(const StepContext& context, CaseState* state, StepOutcome* outcome) {
  outcome->Clear();
  FoldDue(context, state, outcome);
  Settle(context, nullptr, state, outcome);
}

}  // namespace caseclock::core
