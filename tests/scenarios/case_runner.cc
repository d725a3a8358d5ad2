#include "tests/scenarios/case_runner.h"

#include <algorithm>

#include "engine/base/check.h"
#include "engine/base/hash.h"
#include "engine/codec/case_codec.h"
#include "engine/codec/event_codec.h"
#include "engine/core/facts.h"
#include "engine/core/figures.h"

namespace caseclock::tests {

using base::Instant;
using model::AlertState;

CaseRunner::CaseRunner(std::shared_ptr<const model::PolicySet> policies)
    : policies_(std::move(policies)) {
  state_.case_id = "C-1";
}

core::StepContext CaseRunner::Context() const {
  return {policies_.get(), &codec::DecodeLedgerEntry, now_, false, {}};
}

void CaseRunner::AdvanceTo(Instant t) {
  while (state_.timer_at <= t) {
    now_ = state_.timer_at;
    StepUntilLoaded(nullptr);
  }
  now_ = std::max(now_, t);
}

core::Disposition CaseRunner::Put(const std::string& event_bytes) {
  model::Event event;
  codec::Rejected rejected;
  CHECK(codec::DecodeEvent(event_bytes, &event, &rejected));
  core::EventInput input;
  input.event = &event;
  input.arrival = {0, offset_++, now_};
  std::string entry;
  codec::EncodeLedgerEntry(event, input.arrival, &entry);
  input.entry = entry;
  const uint64_t id = model::EventFingerprint(event.source, event.event_id);
  uint64_t target = 0;
  if (const auto* voided = std::get_if<model::Voided>(&event.body)) {
    target = model::EventFingerprint(event.source, voided->event_id);
  }
  for (const model::ClosedPage& page : pages_) {
    const auto& ids = page.page.fingerprints;
    if (std::count(ids.begin(), ids.end(), id) > 0) input.closed_page_of_id = page.page.index;
    if (std::count(ids.begin(), ids.end(), target) > 0) {
      input.closed_page_of_target = page.page.index;
    }
  }
  StepUntilLoaded(&input);
  return outcome_.disposition;
}

// Hands in closed pages one by one, as the runtime does.
void CaseRunner::StepUntilLoaded(const core::EventInput* input) {
  size_t loaded = 0;
  while (true) {
    const std::span<const model::ClosedPage> pages(pages_.end() - static_cast<ptrdiff_t>(loaded),
                                                   pages_.end());
    if (input != nullptr) {
      core::Step(Context(), *input, pages, &state_, &outcome_);
    } else {
      core::StepTick(Context(), &state_, &outcome_);
    }
    if (!outcome_.need_page) break;
    CHECK(*outcome_.need_page + loaded + 1 == pages_.size());
    ++loaded;
  }
  Take();
}

void CaseRunner::Take() {
  told_.insert(told_.end(), outcome_.alerts.begin(), outcome_.alerts.end());
  facts_.insert(facts_.end(), outcome_.figures.begin(), outcome_.figures.end());
  for (const model::ClosedPage& page : outcome_.pages) {
    if (page.page.index >= pages_.size()) pages_.resize(page.page.index + 1);
    // Through the wire, as the store would do it.
    std::string bytes;
    codec::EncodePage(state_.case_id, page, &bytes);
    CHECK(codec::DecodePage(bytes, &pages_[page.page.index]).ok());
  }
  pages_.resize(state_.page.index);
  std::string bytes;
  codec::EncodeCase(state_, &bytes);
  model::CaseState again;
  CHECK(codec::DecodeCase(bytes, &again).ok());
  state_ = std::move(again);
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
  return core::Evaluate({&partition, 1}, state_.view.queue, now_, nullptr, {});
}

std::string CaseRunner::Essence() const {
  std::string text;
  codec::EncodeView(state_.view, &text);
  text = base::ToHex(base::Hash(text)) + "\n";
  std::vector<std::string> standing;
  auto collect = [&](const std::vector<model::ToldAlert>& told) {
    for (const model::ToldAlert& alert : told) {
      if (alert.state() != AlertState::kRaised && alert.state() != AlertState::kAcknowledged) {
        continue;
      }
      standing.push_back(base::ToHex(alert.id) + " " + alert.clock.str() + " due " +
                         base::FormatInstant(alert.due_at) + " " +
                         std::string(model::AlertStateName(alert.state())));
    }
  };
  collect(state_.told);
  for (const model::ClosedPage& page : pages_) collect(page.told);
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
  core::CaseFacts(Context(), pages_, state_, &left);
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
