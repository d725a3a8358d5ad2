#include "tests/scenarios/case_runner.h"

#include <algorithm>

#include "engine/base/check.h"
#include "engine/base/hash.h"
#include "engine/codec/case_codec.h"
#include "engine/codec/event_codec.h"
#include "engine/core/facts.h"
#include "engine/core/figures.h"
#include "engine/core/handler_facts.h"

namespace caseclock::tests {

using base::Instant;
using model::AlertState;

CaseRunner::CaseRunner(ScriptTimeline policies, bool follows)
    : policies_(std::move(policies)), follows_(follows) {
  case_.state.case_id = "C-1";
}

core::StepContext CaseRunner::Context() const {
  const model::PolicySet* in_force = policies_.periods.front().set;
  for (const model::PolicyPeriod& period : policies_.periods) {
    if (period.effective_from <= now_) in_force = period.set;
  }
  return {in_force, &codec::DecodeLedgerEntry, now_, false, policies_.periods};
}

Instant CaseRunner::NextCorrection() const {
  for (const model::PolicyPeriod& period : policies_.periods) {
    if (period.effective_from > now_) return period.effective_from;
  }
  return base::kNever;
}

void CaseRunner::Follow() {
  core::StepFollow(Context(), &case_.state, &outcome_);
  if (outcome_.changed) Take(&case_);
}

void CaseRunner::AdvanceTo(Instant t) {
  for (;;) {
    Ledger* first = &case_;
    for (auto& [handler, ledger] : handlers_) {
      if (ledger.state.timer_at < first->state.timer_at) first = &ledger;
    }
    const Instant correction = NextCorrection();
    if (follows_ && correction <= std::min(t, first->state.timer_at)) {
      now_ = correction;
      Follow();
      continue;
    }
    if (first->state.timer_at > t) break;
    now_ = std::max(now_, first->state.timer_at);
    StepUntilLoaded(nullptr, first);
  }
  now_ = std::max(now_, t);
}

core::Disposition CaseRunner::Put(const std::string& event_bytes) {
  model::Event event;
  codec::Rejected rejected;
  CHECK(codec::DecodeEvent(event_bytes, &event, &rejected));
  const model::Arrival arrival{0, offset_++, now_};
  if (!model::HandlerOf(event).empty()) {
    PutFact(event, arrival);
  } else {
    if (const auto* assigned = std::get_if<model::Assigned>(&event.body)) {
      TakeKnownFacts(assigned->handler, event.occurred_at);
    }
    PutInto(event, arrival, &case_);
    disposition_ = outcome_.disposition;
  }
  return disposition_;
}

// As a partition does: into the ledger of the handler, and from there into that of the case.
void CaseRunner::PutFact(model::Event event, const model::Arrival& arrival) {
  const base::Atom handler = model::HandlerOf(event);
  Ledger& ledger = handlers_[handler];
  ledger.state.case_id = model::RegisterId(handler);
  const std::string id = ledger.state.case_id;
  event.case_id = id;
  PutInto(event, arrival, &ledger);
  disposition_ = outcome_.disposition;
  const core::FactTaker taker{"C-1", core::NamedSince(case_.state, handler)};
  if (!outcome_.changed || taker.since == base::kNever) return;
  core::ForEachCaseEntry(event, taker,
                         [&](const model::Event& entry) { PutInto(entry, arrival, &case_); });
}

void CaseRunner::TakeKnownFacts(base::Atom handler, Instant since) {
  const auto known = handlers_.find(handler);
  if (known == handlers_.end() || core::NamedSince(case_.state, handler) <= since) return;
  core::ForEachKnownFact(&codec::DecodeLedgerEntry, known->second.pages, known->second.state,
                         {"C-1", since},
                         [&](const model::Event& fact, const model::Arrival& arrival) {
                           PutInto(fact, arrival, &case_);
                         });
}

void CaseRunner::PutInto(const model::Event& event, const model::Arrival& arrival, Ledger* ledger) {
  core::EventInput input;
  input.event = &event;
  input.arrival = arrival;
  std::string entry;
  codec::EncodeLedgerEntry(event, input.arrival, &entry);
  input.entry = entry;
  const uint64_t id = model::EventFingerprint(event.source, event.event_id);
  uint64_t target = 0;
  if (const auto* voided = std::get_if<model::Voided>(&event.body)) {
    target = model::EventFingerprint(event.source, voided->event_id);
  }
  for (const model::ClosedPage& page : ledger->pages) {
    const auto& ids = page.page.fingerprints;
    if (std::count(ids.begin(), ids.end(), id) > 0) input.closed_page_of_id = page.page.index;
    if (std::count(ids.begin(), ids.end(), target) > 0) {
      input.closed_page_of_target = page.page.index;
    }
  }
  StepUntilLoaded(&input, ledger);
}

// Hands in closed pages one by one, as the runtime does.
void CaseRunner::StepUntilLoaded(const core::EventInput* input, Ledger* ledger) {
  const std::vector<model::ClosedPage>& all = ledger->pages;
  size_t loaded = 0;
  while (true) {
    const std::span<const model::ClosedPage> pages(all.end() - static_cast<ptrdiff_t>(loaded),
                                                   all.end());
    if (input != nullptr) {
      core::Step(Context(), *input, pages, &ledger->state, &outcome_);
    } else {
      core::StepTick(Context(), &ledger->state, &outcome_);
    }
    if (!outcome_.need_page) break;
    CHECK(*outcome_.need_page + loaded + 1 == all.size());
    ++loaded;
  }
  Take(ledger);
}

void CaseRunner::Take(Ledger* ledger) {
  told_.insert(told_.end(), outcome_.alerts.begin(), outcome_.alerts.end());
  facts_.insert(facts_.end(), outcome_.figures.begin(), outcome_.figures.end());
  std::vector<model::ClosedPage>& pages = ledger->pages;
  for (const model::ClosedPage& page : outcome_.pages) {
    if (page.page.index >= pages.size()) pages.resize(page.page.index + 1);
    // Through the wire, as the store would do it.
    std::string bytes;
    codec::EncodePage(ledger->state.case_id, page, &bytes);
    CHECK(codec::DecodePage(bytes, &pages[page.page.index]).ok());
  }
  pages.resize(ledger->state.page.index);
  std::string bytes;
  codec::EncodeCase(ledger->state, &bytes);
  model::CaseState again;
  CHECK(codec::DecodeCase(bytes, &again).ok());
  ledger->state = std::move(again);
}

std::vector<model::Alert> CaseRunner::TakeTold() {
  std::vector<model::Alert> told;
  told.swap(told_);
  return told;
}

model::Backlog CaseRunner::Backlog() const {
  core::Figures figures;
  figures.Apply(facts_);
  const core::Figures* const partition = &figures;
  return core::Evaluate({&partition, 1}, case_.state.view.queue, now_, nullptr, {}).value();
}

std::vector<std::string> CaseRunner::Caseloads() const {
  std::vector<model::FigureDelta> facts = facts_;
  core::Coalesce(&facts);
  std::vector<std::string> held;
  for (const model::FigureDelta& fact : facts) {
    if (fact.key.kind != model::FigureKind::kHandled) continue;
    held.insert(held.end(), static_cast<size_t>(fact.count),
                fact.key.queue.str() + " " + fact.key.label1.str());
  }
  return held;
}

std::string CaseRunner::QueueToldOf(const base::Hash128& alert) const {
  for (auto told = told_.rbegin(); told != told_.rend(); ++told) {
    if (told->id == alert) return told->queue.str();
  }
  return "no queue";
}

std::string CaseRunner::Essence() const {
  std::string text;
  codec::EncodeView(case_.state.view, &text);
  text = base::ToHex(base::Hash(text)) + "\n";
  std::vector<std::string> standing;
  auto collect = [&](const std::vector<model::ToldAlert>& told) {
    for (const model::ToldAlert& alert : told) {
      if (alert.state() != AlertState::kRaised && alert.state() != AlertState::kAcknowledged) {
        continue;
      }
      standing.push_back(base::ToHex(alert.id) + " " + alert.clock.str() + " due " +
                         base::FormatInstant(alert.due_at) + " " +
                         std::string(model::AlertStateName(alert.state())) + " in " +
                         QueueToldOf(alert.id));
    }
  };
  collect(case_.state.told);
  for (const model::ClosedPage& page : case_.pages) collect(page.told);
  std::sort(standing.begin(), standing.end());
  for (const std::string& line : standing) text += line + "\n";
  std::vector<model::FigureDelta> facts = facts_;
  core::Coalesce(&facts);
  for (const model::FigureDelta& fact : facts) {
    text += std::to_string(static_cast<int>(fact.key.kind)) + " " + fact.key.queue.str() + " " +
            fact.key.label1.str() + " " + fact.key.label2.str() + " " +
            std::to_string(fact.second) + " " + std::to_string(fact.other) + " x" +
            std::to_string(fact.count) + "\n";
  }
  return text;
}

std::string CaseRunner::FactsMismatch() const {
  std::vector<model::FigureDelta> left;
  core::CaseFacts(Context(), case_.pages, case_.state, &left);
  for (model::FigureDelta fact : facts_) {
    fact.count = -fact.count;
    left.push_back(fact);
  }
  core::Coalesce(&left);
  if (left.empty()) return {};
  return "fact of kind " + std::to_string(static_cast<int>(left[0].key.kind)) + " " +
         left[0].key.label1.str() + " at " +
         base::FormatInstant(Instant::FromSeconds(left[0].second)) + " is off by " +
         std::to_string(left[0].count);
}

}  // namespace caseclock::tests
