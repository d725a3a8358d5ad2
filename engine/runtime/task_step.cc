// Task: events and timers into cases.

#include <algorithm>

#include "engine/base/check.h"
#include "engine/codec/case_codec.h"
#include "engine/codec/output_codec.h"
#include "engine/core/handler_facts.h"
#include "engine/core/silence.h"
#include "engine/runtime/task.h"

namespace caseclock::runtime {

using base::Instant;

template <typename StepCall>
base::Status Task::StepWithPages(CachedCase* entry, const StepCall& step) {
  loaded_.clear();
  for (;;) {
    step(std::span<const model::ClosedPage>(loaded_));
    if (!outcome_.need_page) return {};
    auto page = partition_->Page(*entry, *outcome_.need_page);
    if (!page.ok()) return page.status();
    loaded_.insert(loaded_.begin(), std::move(page).value());
  }
}

void Task::HearSource(const Slot& slot) {
  for (const model::SourceRule& rule : policies_->sources) {
    if (!(rule.source == slot.event.source)) continue;
    const model::Hearing heard{partition_->clock,
                               model::EventFingerprint(slot.event.source, slot.event.event_id),
                               slot.arrival.partition, slot.arrival.offset};
    core::Hear(rule, heard, shared_->silences_judged, &partition_->heard);
    return;
  }
}

base::Status Task::StepEvent(const Slot& slot, const model::CommitStep& step) {
  const model::Event& event = slot.event;
  const auto* assigned = std::get_if<model::Assigned>(&event.body);
  if (assigned != nullptr && partition_->KnowsHandler(assigned->handler)) {
    auto status = TakeKnownFacts(assigned->handler, event, slot.hash, step);
    if (!status.ok()) return status;
  }
  if (auto status = PutEvent(event, slot.arrival, slot.hash, step); !status.ok()) return status;
  CountDisposition(event);
  if (!model::IsRegister(event.case_id)) return {};
  partition_->NoteHandler(model::HandlerOf(event));
  return outcome_.changed ? SpreadFact(event, slot.arrival, step) : base::Status();
}

// Before the assignment itself, or it would be told for a moment that he lacks what he has.
base::Status Task::TakeKnownFacts(base::Atom handler, const model::Event& assignment, uint64_t hash,
                                  const model::CommitStep& step) {
  auto touched = Touched(assignment.case_id, hash);
  if (!touched.ok()) return touched.status();
  // What is known of him is there already, unless this is an earlier assignment.
  if (core::NamedSince(*touched.value()->state, handler) <= assignment.occurred_at) return {};
  auto found = partition_->Find(model::RegisterId(handler));
  if (!found.ok()) return found.status();
  if (found.value() == nullptr) return {};
  const CachedCase& entry = *found.value();
  model::CaseState resting;
  if (!entry.state) {
    if (auto status = Partition::Decode(entry, &resting); !status.ok()) return status;
  }
  const model::CaseState& state = entry.state ? *entry.state : resting;
  std::vector<model::ClosedPage> pages;
  for (uint32_t index = 0; index < state.page.index; ++index) {
    auto page = partition_->Page(entry, index);
    if (!page.ok()) return page.status();
    pages.push_back(std::move(page).value());
  }
  base::Status failed;
  core::ForEachKnownFact(context_.decode, pages, state,
                         {assignment.case_id, assignment.occurred_at},
                         [&](const model::Event& fact, const model::Arrival& arrival) {
                           if (failed.ok()) failed = PutEvent(fact, arrival, hash, step);
                         });
  return failed;
}

base::Status Task::SpreadFact(const model::Event& fact, const model::Arrival& arrival,
                              const model::CommitStep& step) {
  const base::Atom handler = model::HandlerOf(fact);
  std::vector<std::string> ids;
  if (auto status = partition_->CasesOfHandler(handler, &ids); !status.ok()) return status;
  const std::vector<std::string_view> views(ids.begin(), ids.end());
  if (auto status = partition_->Load(views); !status.ok()) return status;
  base::Status failed;
  for (const std::string& id : ids) {
    const uint64_t hash = CaseCache::HashOf(id);
    auto touched = Touched(id, hash);
    if (!touched.ok()) return touched.status();
    const core::FactTaker taker{id, core::NamedSince(*touched.value()->state, handler)};
    core::ForEachCaseEntry(fact, taker, [&](const model::Event& entry) {
      if (failed.ok()) failed = PutEvent(entry, arrival, hash, step);
    });
    if (!failed.ok()) return failed;
    partition_->PackAllBut(shared_->options.decoded_cases);
  }
  return {};
}

base::Result<CachedCase*> Task::Touched(std::string_view case_id, uint64_t hash) {
  return partition_->Touch(partition_->FindCached(case_id, hash), case_id, hash);
}

base::Status Task::PutEvent(const model::Event& event, const model::Arrival& arrival, uint64_t hash,
                            const model::CommitStep& step) {
  auto touched = Touched(event.case_id, hash);
  if (!touched.ok()) return touched.status();
  CachedCase* entry = touched.value();
  if (model::IsLive(step)) {
    const base::Status fired = FireTimersOf(entry, partition_->clock, step.wall);
    if (!fired.ok()) return fired;
  }
  model::CaseState& state = *entry->state;

  entry_bytes_.clear();
  codec::EncodeLedgerEntry(event, arrival, &entry_bytes_);
  core::EventInput input;
  input.event = &event;
  input.entry = entry_bytes_;
  input.arrival = arrival;
  if (state.page.index > 0) {
    auto page = partition_->ClosedPageOf(
        *entry, model::EventFingerprint(event.source, event.event_id), state.page.index);
    if (!page.ok()) return page.status();
    input.closed_page_of_id = page.value();
    if (const auto* voided = std::get_if<model::Voided>(&event.body)) {
      page = partition_->ClosedPageOf(
          *entry, model::EventFingerprint(event.source, voided->event_id), state.page.index);
      if (!page.ok()) return page.status();
      input.closed_page_of_target = page.value();
    }
  }

  const Instant timer_before = state.timer_at;
  const base::Status stepped = StepWithPages(entry, [&](std::span<const model::ClosedPage> pages) {
    core::Step(context_, input, pages, &state, &outcome_);
  });
  if (!stepped.ok()) return stepped;

  return TakeOutcome(entry, timer_before);
}

void Task::CountDisposition(const model::Event& event) const {
  Counters& counters = shared_->counters;
  const auto count = [](std::atomic<uint64_t>& counter) {
    counter.fetch_add(1, std::memory_order_relaxed);
  };
  // Every partition has a copy of a fact about a handler. One is counted, where its key belongs,
  // whoever made the copies and wherever the first lay.
  const base::Atom handler = model::HandlerOf(event);
  if (!handler.empty() &&
      log::PartitionOf(handler.view(), shared_->partitions) != partition_->number()) {
    count(counters.fact_copies);
    return;
  }
  switch (outcome_.disposition) {
    case core::Disposition::kTick:
      break;
    case core::Disposition::kAccepted:
    case core::Disposition::kAhead:
    case core::Disposition::kOrphan:
      count(counters.events);
      break;
    case core::Disposition::kLate:
      count(counters.events);
      count(counters.late);
      break;
    case core::Disposition::kRefused:
      count(counters.events);
      count(counters.refused);
      break;
    case core::Disposition::kDuplicate:
      count(counters.duplicates);
      break;
    case core::Disposition::kConflict:
      count(counters.conflicts);
      break;
  }
}

base::Status Task::TakeOutcome(CachedCase* entry, Instant timer_before) {
  if (!outcome_.changed) return {};
  entry->changed = true;
  partition_->TimerMoved(*entry, timer_before, entry->state->timer_at);
  for (const model::ClosedPage& page : outcome_.pages) partition_->PutPage(entry, page);
  products.figures.insert(products.figures.end(), outcome_.figures.begin(), outcome_.figures.end());
  if (!outcome_.alerts.empty()) TakeAlerts();
  return {};
}

void Task::TakeAlerts() {
  const bool json = shared_->options.json_outputs;
  const bool subscribed = shared_->subscribers.any();
  std::string& bytes = products.alert_bytes;
  for (model::Alert& alert : outcome_.alerts) {
    EncodedAlert& encoded = products.alerts.emplace_back();
    encoded.id = alert.id;
    encoded.at = static_cast<uint32_t>(bytes.size());
    encoded.revision = alert.revision;
    encoded.transition = static_cast<uint32_t>(alert.transitions.size());
    encoded.state = alert.state;
    if (json) {
      bytes += codec::AlertToJson(alert);
    } else {
      codec::EncodeAlert(alert, &bytes);
    }
    encoded.value_size = static_cast<uint32_t>(bytes.size()) - encoded.at;
    encoded.case_id_size = static_cast<uint32_t>(alert.case_id.size());
    bytes += alert.case_id;
    if (subscribed) {
      products.alerts_to_tell.push_back(std::make_shared<const model::Alert>(std::move(alert)));
    }
  }
}

base::Status Task::Tick(CachedCase* entry) {
  model::CaseState& state = *entry->state;
  const Instant timer_before = state.timer_at;
  core::StepTick(context_, &state, &outcome_);
  shared_->counters.timers_fired.fetch_add(1, std::memory_order_relaxed);
  products.clock_moved = true;
  ++ticks_;
  // Or it would fire for ever.
  CHECK(state.timer_at > context_.now);
  return TakeOutcome(entry, timer_before);
}

base::Status Task::FireTimers(Instant until, Instant wall, size_t most, size_t most_alerts) {
  const size_t before = products.alerts.size();
  for (size_t fired = 0; fired < most && products.alerts.size() - before < most_alerts; ++fired) {
    if (partition_->timers.NeedsRefill()) {
      if (auto status = partition_->RefillTimers(); !status.ok()) return status;
    }
    if (partition_->timers.empty() || partition_->timers.front().at > until) return {};
    const HeadWindow::Entry timer = partition_->timers.front();
    auto found = partition_->Find(timer.case_id);
    if (!found.ok()) return found.status();
    if (found.value() == nullptr) {
      return base::Error{base::ErrorKind::kCorrupt, "Expected case " + timer.case_id +
                                                        " of a timer in the store of partition " +
                                                        std::to_string(partition_->number()) +
                                                        ", but it is missing"};
    }
    auto touched = partition_->Touch(found.value(), timer.case_id, found.value()->hash);
    if (!touched.ok()) return touched.status();
    if (touched.value()->state->timer_at != timer.at) {
      return base::Error{
          base::ErrorKind::kCorrupt,
          "Expected the timer of case " + timer.case_id +
              " to be the one its record implies, but they differ: see state verify"};
    }
    if (auto status = FireTimer(touched.value(), until, wall); !status.ok()) return status;
    partition_->PackAllBut(shared_->options.decoded_cases);
  }
  return {};
}

base::Status Task::FireTimersOf(CachedCase* entry, Instant until, Instant wall) {
  const bool fires = entry->state->timer_at <= until;
  while (entry->state->timer_at <= until) {
    if (auto status = FireTimer(entry, until, wall); !status.ok()) return status;
  }
  if (fires) SetContext(partition_->clock, wall);
  return {};
}

base::Status Task::FireTimer(CachedCase* entry, Instant until, Instant wall) {
  // After the fact, what fell due is told as of its own instant and in its own order; live, as of
  // now, which is when it was noticed.
  const Instant at = entry->state->timer_at;
  const Instant now = wall - at > kLiveLag ? at : std::min(until, wall);
  partition_->clock = std::max({partition_->clock, at, now});
  SetContext(partition_->clock, wall);
  return Tick(entry);
}

base::Status Task::AdvanceTo(Instant t, Instant wall, size_t most_alerts) {
  if (NextTimer() <= t) {
    timeline_ = shared_->policies.load();
    model::CommitStep step = NewStep(wall, t);
    const int64_t ticks = ticks_;
    // Many may have fallen due while nobody looked: load them at once.
    ids_.clear();
    const size_t most = std::min(kMostLoaded, most_alerts);  // of one alert each
    if (auto status = LoadFor(t, most); !status.ok()) return status;
    if (auto status = FireTimers(t, wall, kTimersAtOnce, most_alerts); !status.ok()) return status;
    step.timers = ticks_ - ticks;
    products.steps.push_back(step);
    if (NextTimer() <= t) return {};
  }
  partition_->clock = std::max(partition_->clock, t);
  return {};
}

}  // namespace caseclock::runtime
