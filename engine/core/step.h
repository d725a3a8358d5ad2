#pragma once

// Step: one input into one case. Pure: no I/O, no clock, no thread, no exception; the same inputs
// give the same bytes. The runtime loads what Step needs, hands it in, and puts away what comes
// out.
//
//   event or tick ──▶ ledger (insert, duplicate, conflict, void) ──▶ fold ──▶ view
//                                                    view, told ──▶ reconcile ──▶ alerts
//                                       facts before and after ──▶ diff ──▶ figure deltas

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "engine/model/alert.h"
#include "engine/model/case_state.h"
#include "engine/model/event.h"
#include "engine/model/figures.h"
#include "engine/model/policy.h"

namespace caseclock::core {

// One ledger entry as decoded from a page. Views into the page's bytes.
struct LedgerEntry {
  model::Event event;
  model::Arrival arrival;
  uint32_t size = 0;  // bytes it takes in the page
};

// Decodes the entry that starts at `bytes[0]`. The codec's; passed in so that the core needs none.
// CHECKs on damage: pages are verified when they are read.
using EntryDecoder = void (*)(std::string_view bytes, LedgerEntry* entry);

struct EventInput {
  const model::Event* event = nullptr;
  std::string_view entry;  // the event and its arrival, encoded as a ledger entry
  model::Arrival arrival;
  // Which closed page holds this event id already, as the store's dedup table says.
  std::optional<uint32_t> closed_page_of_id;
  // The same for the target of a `voided` event.
  std::optional<uint32_t> closed_page_of_target;
};

struct StepContext {
  const model::PolicySet* policies = nullptr;  // in force at `now`
  EntryDecoder decode = nullptr;
  model::Instant now;       // the partition clock; never less than at the case's last step
  bool historical = false;  // in catch-up: what is told now is told after the fact
  // The sets in force one after another, ascending: an event is judged by the one in force when it
  // happened, also when it comes late or is folded again. Empty: by `policies` alone. Outlives the
  // call.
  std::span<const model::PolicyPeriod> timeline;
};

// How an event fared. Why a case refuses one is a Refusal; CaseView::refused counts those.
enum class Disposition : uint8_t {
  kTick,       // no event: time only
  kAccepted,   // in order, folded
  kLate,       // inserted before events already folded
  kAhead,      // dated ahead of the clock: waits
  kOrphan,     // waits for its referral
  kRefused,    // in the ledger, but makes no sense for the case: see `refusal`
  kDuplicate,  // known already; nothing changed
  kConflict,   // known with other content; settled by sequence, then content hash
};

enum class Refusal : uint8_t {
  kNone,
  kNotReferred,
  kAlreadyReferred,
  kAlreadyClosed,
  kNotClosed,
  kNoSuchPause,
  kAlreadyPaused,
  kUnknownStage,
  kUnknownRisk,
  kUnknownClock,
  kUnknownQueue,
  kUnknownVersion,
  kNotAssigned,
  kVoidOfVoid,
  kUnknownClass,
  kUnknownAuthority,  // of an extension
  kBeyondAuthority,   // an extension further than its authority may grant
  kUnknownOutcome,
  kTooManyWaiting,  // model::kMostWaiting events are waiting for the referral
  kUnfitInterval,   // an interval that is none, or that the clock does not count in
  kNotLonger,       // an extension that leaves the limit where it stands
  kNoSuchCycle,     // an extension of a clock that neither runs nor is stopped or waits
  // Of a clock whose limit a chain of authorities extends:
  kLimitByAuthority,  // an interval fixed for it
  kLimitPassed,       // an extension after the limit has passed
  kAuthoritySkipped,  // an extension while an authority below has yet to extend
};
// "not_referred", …: a code for people and metrics.
std::string_view RefusalName(Refusal refusal);
std::string_view DispositionName(Disposition disposition);

// Filled by Step; reused from call to call so that the hot path allocates nothing.
struct StepOutcome {
  Disposition disposition = Disposition::kTick;
  Refusal refusal = Refusal::kNone;
  bool changed = false;  // the case record must be written
  std::vector<model::FigureDelta> figures;
  std::vector<model::Alert> alerts;      // to tell, in ladder order
  std::vector<model::ClosedPage> pages;  // closed pages to write (new or rewritten)
  // A page must be loaded first: nothing was done; call again with it.
  std::optional<uint32_t> need_page;

  void Clear();

  // Working space of Step, kept here only so that its memory is reused.
  std::vector<model::FigureDelta> facts_before;
  std::vector<model::FigureDelta> facts_after;
};

// Puts an event into `state`. `loaded` are closed pages, ascending, ending with the newest closed
// one; Step asks for more by `need_page` (always the one just before the first loaded).
void Step(const StepContext& context, const EventInput& input,
          std::span<const model::ClosedPage> loaded, model::CaseState* state, StepOutcome* outcome);

// It is now context.now: folds entries dated ahead that have come due, tells rungs that fell due.
void StepTick(const StepContext& context, model::CaseState* state, StepOutcome* outcome);

// The same, if there are corrected calendars that its cycles have yet to follow
// (follow_calendars.h); else nothing.
void StepFollow(const StepContext& context, model::CaseState* state, StepOutcome* outcome);

}  // namespace caseclock::core
