#include "engine/core/handler_facts.h"

#include <algorithm>

namespace caseclock::core {
namespace {

using base::Atom;
using base::Instant;
using model::CaseView;
using model::Event;
using model::HandlerFact;
using model::QualificationRule;

// When a fact holds: from the first up to the second.
struct Term {
  Instant from;
  Instant until;
};

std::optional<Term> TermOf(const Event& event) {
  if (const auto* qualified = std::get_if<model::Qualified>(&event.body)) {
    return Term{qualified->from.value_or(base::kLongAgo), qualified->until.value_or(base::kNever)};
  }
  if (const auto* absent = std::get_if<model::Absent>(&event.body)) {
    return Term{absent->from.value_or(event.occurred_at), absent->until.value_or(base::kNever)};
  }
  return std::nullopt;
}

bool Has(const std::vector<Atom>& list, Atom one) {
  return std::find(list.begin(), list.end(), one) != list.end();
}

// Whether the handler of the case is known to be qualified so; an empty qualification: to be away.
bool Holds(const CaseView& view, Atom qualification) {
  return std::any_of(view.facts.begin(), view.facts.end(), [&](const HandlerFact& fact) {
    return fact.handler == view.handler && fact.qualification == qualification;
  });
}

bool Applies(const QualificationRule& rule, const CaseView& view) {
  return (rule.risks.empty() || Has(rule.risks, view.risk)) &&
         (rule.stages.empty() || Has(rule.stages, view.stage));
}

bool Lacks(const QualificationRule& rule, const CaseView& view) {
  return Applies(rule, view) && std::none_of(rule.any_of.begin(), rule.any_of.end(),
                                             [&](Atom one) { return Holds(view, one); });
}

}  // namespace

void ForEachCaseEntry(const Event& fact, const FactTaker& taker,
                      const std::function<void(const Event&)>& visit) {
  Event entry = fact;
  entry.case_id = taker.case_id;
  const auto term = TermOf(fact);
  if (!term)
    return visit(entry);  // a void: it names the first entry, and the second then ends none
  if (auto* absent = std::get_if<model::Absent>(&entry.body)) absent->from = term->from;
  entry.occurred_at = std::max(term->from, taker.since);
  visit(entry);
  if (term->until == base::kNever || term->until <= taker.since) return;
  const std::string id = std::string(fact.event_id) + std::string(kEndMark);
  entry.event_id = id;
  entry.occurred_at = term->until;
  visit(entry);
}

void ForEachKnownFact(EntryDecoder decode, std::span<const model::ClosedPage> closed,
                      const model::CaseState& handler, const FactTaker& taker,
                      const std::function<void(const Event&, const model::Arrival&)>& visit) {
  const auto page = [&](const model::LedgerPage& one) {
    ForEachEntry(one, decode, handler.case_id, [&](EntryPlace, const LedgerEntry& entry) {
      ForEachCaseEntry(entry.event, taker,
                       [&](const Event& event) { visit(event, entry.arrival); });
      return true;
    });
  };
  for (const model::ClosedPage& one : closed) page(one.page);
  page(handler.page);
}

Instant NamedSince(const model::CaseState& state, Atom handler) {
  for (const model::NamedHandler& one : state.named) {
    if (one.handler == handler) return one.since;
  }
  return base::kNever;
}

void NoteNamed(const Event& event, model::CaseState* state) {
  const auto* assigned = std::get_if<model::Assigned>(&event.body);
  if (assigned == nullptr) return;
  const auto at = std::lower_bound(
      state->named.begin(), state->named.end(), assigned->handler,
      [](const model::NamedHandler& one, Atom handler) { return one.handler < handler; });
  if (at == state->named.end() || !(at->handler == assigned->handler)) {
    state->named.insert(at, {assigned->handler, event.occurred_at});
  } else {
    at->since = std::min(at->since, event.occurred_at);
  }
}

bool IsSameFact(const Event& a, const Event& b) {
  return !model::IsRegister(a.case_id) && a.body.index() >= model::kCaseEventTypes &&
         a.sequence == b.sequence && a.actor == b.actor && a.body == b.body;
}

int FactRank(const Event& event) {
  if (event.body.index() < model::kCaseEventTypes) return 0;
  // What held already, or was over, when the ledger came to name him is there before he is.
  const bool end = event.event_id.ends_with(kEndMark);
  if (!end && TermOf(event)->from < event.occurred_at) return -1;
  return (event.type() == model::EventType::kAbsent) == end ? -1 : 1;
}

// An entry at the end of a term holds nothing and just lets go of what has ended. So it does no
// harm when the fact behind it has been taken back, or ends at another time by now.
void HoldFact(const Event& entry, CaseView* view) {
  const Instant now = entry.occurred_at;
  std::erase_if(view->facts, [&](const HandlerFact& fact) { return fact.until <= now; });
  const auto* qualified = std::get_if<model::Qualified>(&entry.body);
  const Instant until = TermOf(entry)->until;
  if (until <= now) return;
  view->facts.push_back(
      {model::HandlerOf(entry), qualified == nullptr ? Atom() : qualified->qualification, until});
}

bool HandlerLacks::Any(std::span<const model::Lack> of) const {
  return std::any_of(of.begin(), of.end(), [&](model::Lack lack) {
    return lack == model::Lack::kUnqualified ? unqualified : away;
  });
}

bool IsAway(const CaseView& view) {
  return !view.handler.empty() && Holds(view, Atom());
}

bool EndsFact(const Event& entry) {
  const auto term = TermOf(entry);
  return term && term->until <= entry.occurred_at;
}

HandlerLacks LacksOf(const model::WorkflowVersion& version, const CaseView& view) {
  if (view.closed || view.handler.empty()) return {};
  const auto& rules = version.qualifications;
  return {std::any_of(rules.begin(), rules.end(),
                      [&](const QualificationRule& rule) { return Lacks(rule, view); }),
          Holds(view, Atom())};
}

std::vector<const QualificationRule*> MissingQualifications(const model::WorkflowVersion& version,
                                                            const CaseView& view) {
  std::vector<const QualificationRule*> missing;
  if (view.closed || view.handler.empty()) return missing;
  for (const QualificationRule& rule : version.qualifications) {
    if (Lacks(rule, view)) missing.push_back(&rule);
  }
  return missing;
}

}  // namespace caseclock::core
