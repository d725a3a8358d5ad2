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

void AddName(Atom name, model::CaseState* state) {
  if (name.empty() || name == state->view.handler) return;
  const auto at = std::lower_bound(state->named.begin(), state->named.end(), name);
  if (at == state->named.end() || !(*at == name)) state->named.insert(at, name);
}

}  // namespace

void ForEachCaseEntry(const Event& fact, std::string_view case_id,
                      const std::function<void(const Event&)>& visit) {
  Event entry = fact;
  entry.case_id = case_id;
  const auto term = TermOf(fact);
  if (!term)
    return visit(entry);  // a void: it names the first entry, and the second then ends none
  entry.occurred_at = term->from;
  visit(entry);
  if (term->until == base::kNever) return;
  const std::string id = std::string(fact.event_id) + std::string(kEndMark);
  entry.event_id = id;
  entry.occurred_at = term->until;
  visit(entry);
}

void ForEachKnownFact(EntryDecoder decode, std::span<const model::ClosedPage> closed,
                      const model::CaseState& handler, std::string_view case_id,
                      const std::function<void(const Event&, const model::Arrival&)>& visit) {
  const auto page = [&](const model::LedgerPage& one) {
    ForEachEntry(one, decode, handler.case_id, [&](EntryPlace, const LedgerEntry& entry) {
      ForEachCaseEntry(entry.event, case_id,
                       [&](const Event& event) { visit(event, entry.arrival); });
      return true;
    });
  };
  for (const model::ClosedPage& one : closed) page(one.page);
  page(handler.page);
}

int FactRank(const Event& event) {
  if (event.body.index() < model::kCaseEventTypes) return 0;
  const bool ends = TermOf(event)->until == event.occurred_at;
  return (event.type() == model::EventType::kAbsent) == ends ? -1 : 1;
}

// An entry at the end of a term holds nothing and just lets go of what has ended. So it does no
// harm when the fact behind it has been taken back, or ends at another time by now.
void HoldFact(const Event& entry, CaseView* view) {
  const Instant now = entry.occurred_at;
  std::erase_if(view->facts, [&](const HandlerFact& fact) { return fact.until <= now; });
  const auto* qualified = std::get_if<model::Qualified>(&entry.body);
  const Instant until = TermOf(entry)->until;
  if (until == now) return;
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
  return term && term->until == entry.occurred_at;
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

NamedHandlers::NamedHandlers(const model::CaseState& state, const Event* event)
    : before_(state.view.handler) {
  if (event == nullptr) return;
  if (const auto* assigned = std::get_if<model::Assigned>(&event->body)) {
    assigned_ = assigned->handler;
  }
}

void NamedHandlers::Note(model::CaseState* state) const {
  if (before_ == state->view.handler && assigned_.empty()) return;
  std::erase(state->named, state->view.handler);
  AddName(before_, state);
  AddName(assigned_, state);
}

}  // namespace caseclock::core
