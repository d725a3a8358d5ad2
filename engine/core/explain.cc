#include "engine/core/explain.h"

#include <algorithm>

#include "engine/core/calendar_known.h"
#include "engine/core/cycle_life.h"
#include "engine/core/follow_calendars.h"
#include "engine/core/handler_facts.h"
#include "engine/core/ledger.h"

namespace caseclock::core {
namespace {

// Late in arrival: an entry before it in the order of arrival lies behind it in the ledger.
void MarkLate(std::vector<ExplainedEntry>* entries) {
  for (size_t i = 0; i + 1 < entries->size(); ++i) {
    const model::Arrival& mine = (*entries)[i].arrival;
    for (size_t j = i + 1; j < entries->size() && !(*entries)[i].late; ++j) {
      const model::Arrival& other = (*entries)[j].arrival;
      (*entries)[i].late = other.partition == mine.partition && other.offset < mine.offset;
    }
  }
}

void AppendAhead(const StepContext& context, const model::CaseState& state,
                 std::vector<ExplainedEntry>* entries) {
  ForEachEntry(state.page, context.decode, state.case_id,
               [&](EntryPlace place, const LedgerEntry& entry) {
                 if (entry.event.occurred_at <= context.now) return true;
                 ExplainedEntry explained;
                 explained.event = entry.event;
                 explained.arrival = entry.arrival;
                 explained.fate.page = state.page.index;
                 explained.fate.index = place.index;
                 explained.fate.voided = IsVoided(state.page, state.page.fingerprints[place.index]);
                 explained.ahead = true;
                 entries->push_back(std::move(explained));
                 return true;
               });
}

std::optional<base::Duration> ExtendedSpan(const ClockBasis& basis,
                                           const model::ClockState& state) {
  if (!state.extended_until || state.due_at == base::kNever) return std::nullopt;
  model::ClockState by_rule = state;
  by_rule.extended_until.reset();
  by_rule.held.clear();
  DeriveDue(basis, &by_rule);
  if (by_rule.due_at != base::kNever && by_rule.due_at >= *state.extended_until) {
    return std::nullopt;
  }
  return *state.extended_until - state.measured_from;
}

// What would be without what a person decided about the limit, and without what holds it.
void ExplainLimit(const model::ClockState& state, ExplainedClock* clock) {
  if (state.interval || state.extended_until) {
    model::ClockState by_policy = state;
    by_policy.interval.reset();
    by_policy.extended_until.reset();
    ResolveBudget(clock->basis, &by_policy);
    DeriveDue(clock->basis, &by_policy);
    clock->policy_due_at = by_policy.due_at;
    clock->extended_span = ExtendedSpan(clock->basis, state);
  }
  if (state.is_held()) {
    model::ClockState released = state;
    released.held.pop_back();
    DeriveDue(clock->basis, &released);
    clock->unheld_due_at = released.due_at;
  }
}

// When a rung falls due; an overdue one does so again and again, as its reminders do. kNever: not
// at all.
struct RungInstants {
  base::Instant first = base::kNever;
  base::Instant next = base::kNever;  // the first one that is still to come
};
RungInstants InstantsOf(const ClockBasis& basis, const model::ClockState& state, size_t rung,
                        base::Instant now) {
  const model::Rung& rule = basis.rule->ladder[rung];
  RungInstants instants;
  if (rule.kind != model::RungKind::kOverdue) {
    instants.first = RungDue(basis, state, rung, 0);
    if (instants.first > now) instants.next = instants.first;
    return instants;
  }
  ForEachReminder(basis, state, rung, [&](uint32_t n, const model::ReachedRung* known) {
    if (known != nullptr && known->skipped) return true;
    const base::Instant due = RungDue(basis, state, rung, n);
    instants.first = std::min(instants.first, due);
    if (due > now) instants.next = due;
    return due <= now;
  });
  return instants;
}

ExplainedClock ExplainClock(const StepContext& context, const model::CaseView& view,
                            const model::ClockState& state) {
  ExplainedClock clock;
  clock.state = state;
  const ClockBasis now = BasisOf(*context.policies, view, state);
  clock.basis = CountedBasis(context, view.workflow, view.queue, state);
  if (clock.basis.calendar != now.calendar) {
    clock.due_as_known_now = DueBy(now, state);
    clock.calendar_known_now = now.calendar;
  }
  clock.segments = Segments(state, context.now);
  if (clock.basis.rule == nullptr) return clock;
  if (clock.basis.rule->accumulates) clock.stays = StaysOf(view, state.clock);
  ExplainLimit(state, &clock);
  for (size_t i = 0; i < clock.basis.rule->ladder.size(); ++i) {
    const RungInstants instants = InstantsOf(clock.basis, state, i, context.now);
    clock.rungs.emplace_back(&clock.basis.rule->ladder[i], instants.first);
    clock.next_alert_at = std::min(clock.next_alert_at, instants.next);
  }
  return clock;
}

// A live cycle has what it consumed up to `running_since`; one that is over, up to its end.
void ExplainEnd(EndedCycle* ended) {
  ended->state.consumed = ConsumedAt(ended->basis, ended->state, ended->ended_at);
}

const model::Rung* RungOf(const StepContext& context, const model::ToldAlert& told) {
  model::ClockState named;
  named.clock = told.clock;
  named.policy_version = told.policy_version;
  const ClockBasis basis = BasisOf(*context.policies, told.workflow, told.queue, named);
  const bool known = basis.rule != nullptr && told.rung < basis.rule->ladder.size();
  return known ? &basis.rule->ladder[told.rung] : nullptr;
}

EventsByRecord RecordsOf(const std::vector<ExplainedEntry>& entries) {
  EventsByRecord records;
  for (const ExplainedEntry& entry : entries) records.Add(entry.arrival, entry.event);
  records.Sort();
  return records;
}

}  // namespace

Explanation Explain(const StepContext& context, std::span<const model::ClosedPage> pages,
                    const model::CaseState& state) {
  Explanation result;
  std::vector<const model::LedgerPage*> all;
  for (const model::ClosedPage& page : pages) all.push_back(&page.page);
  all.push_back(&state.page);
  const std::function<void(const LedgerEntry&, const FoldedEntry&)> visit =
      [&](const LedgerEntry& entry, const FoldedEntry& fate) {
        result.entries.push_back({entry.event, entry.arrival, fate, false, false});
      };
  RegionOptions options;
  options.now = context.now;
  options.visit = &visit;
  RegionFold fold = FoldRegion(context, state.case_id, model::CaseView(), all, options);
  result.view = std::move(fold.view);
  FollowCalendars(context, context.now, &result.view);
  if (const model::WorkflowVersion* version = VersionOf(*context.policies, result.view)) {
    result.missing = MissingQualifications(*version, result.view);
  }
  AppendAhead(context, state, &result.entries);
  MarkLate(&result.entries);
  for (const model::ClockState& clock : result.view.clocks) {
    result.live.push_back(ExplainClock(context, result.view, clock));
  }
  result.ended = std::move(fold.effects.ended);
  for (EndedCycle& ended : result.ended) ExplainEnd(&ended);
  const EventsByRecord records = RecordsOf(result.entries);
  const auto tell = [&](const std::vector<model::ToldAlert>& alerts) {
    for (const model::ToldAlert& told : alerts) {
      result.told.push_back({told, RungOf(context, told), CausesOf(told.transitions, records)});
    }
  };
  for (const model::ClosedPage& page : pages) tell(page.told);
  tell(state.told);
  return result;
}

}  // namespace caseclock::core
