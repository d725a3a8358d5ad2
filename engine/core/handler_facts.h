#pragma once

// Facts about handlers: what one is qualified for, when he is away. They are sent once and kept in
// a ledger of the handler's own (model::RegisterId), in which duplicates, conflicts and voids are
// settled as in a case's. A case takes in those of every handler whom its ledger names, so that it
// stays a fold over its own ledger, whatever comes first, the assignment or the fact:
//
//   fact of the handler ──▶ in the case's ledger: an entry dated when it begins to hold, or when
//                           the ledger first names him, whichever is later;
//                           another one, under kEndMark, dated when it ceases
//
// so that a lapse is an entry dated ahead, which takes effect at its instant, and that what was
// known of him long before does not rewrite what the case was before him. What was over when he
// came holds nothing. Neither entry counts among the events of the case. Pure.

#include <functional>
#include <span>
#include <string_view>

#include "engine/core/ledger.h"
#include "engine/core/step.h"
#include "engine/model/case_state.h"
#include "engine/model/event.h"
#include "engine/model/policy.h"

namespace caseclock::core {

// Behind the event id of a fact, of the entry that ends it. No sender's id has a space.
inline constexpr std::string_view kEndMark = " until";

// A ledger that takes in facts about a handler.
struct FactTaker {
  std::string_view case_id;
  base::Instant since;  // when it first names him
};

// Visits what the ledger takes of a fact about a handler, or of a void of one. The events live as
// long as the call.
void ForEachCaseEntry(const model::Event& fact, const FactTaker& taker,
                      const std::function<void(const model::Event&)>& visit);
// The same of everything in the handler's ledger, with the arrival of each; `closed`: its closed
// pages, ascending.
void ForEachKnownFact(EntryDecoder decode, std::span<const model::ClosedPage> closed,
                      const model::CaseState& handler, const FactTaker& taker,
                      const std::function<void(const model::Event&, const model::Arrival&)>& visit);

// When the ledger first names the handler; kNever: it does not.
base::Instant NamedSince(const model::CaseState& state, base::Atom handler);
// Notes whom the event names, if it names one.
void NoteNamed(const model::Event& event, model::CaseState* state);
// Whether both are the same fact about a handler in the ledger of a case, at other instants: the
// earlier one holds, because the ledger names him earlier than was known.
bool IsSameFact(const model::Event& a, const model::Event& b);

// Among events of one instant: -1, makes the handler fit; 1, makes him unfit; 0, is none about one.
// So at the instant of a change of hands nobody lacks for no time at all what he then has.
int FactRank(const model::Event& event);

// An entry of a case's ledger takes effect at its instant.
void HoldFact(const model::Event& entry, model::CaseView* view);

// What the handler of an open case lacks.
struct HandlerLacks {
  bool unqualified = false;
  bool away = false;
  [[nodiscard]] bool Any(std::span<const model::Lack> of) const;
};
HandlerLacks LacksOf(const model::WorkflowVersion& version, const model::CaseView& view);
// Whether its handler is absent.
bool IsAway(const model::CaseView& view);
// Whether an entry of a case's ledger holds nothing: the end of a fact about a handler, or what
// stands for one that was over before it.
bool EndsFact(const model::Event& entry);
// Of what the version asks of a handler in this stage and of this grade, what he has not.
std::vector<const model::QualificationRule*> MissingQualifications(
    const model::WorkflowVersion& version, const model::CaseView& view);

}  // namespace caseclock::core
