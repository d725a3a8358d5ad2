#include "engine/core/describe_alert.h"

#include <algorithm>

#include "engine/base/check.h"
#include "engine/core/calendar_known.h"

namespace caseclock::core {
namespace {

using base::Instant;
using model::Alert;
using model::Proof;
using model::ToldAlert;

// Where the rule comes from, cut short to whole characters.
base::Atom SourceOf(const model::ClockRule& rule) {
  std::string_view text = rule.source;
  size_t size = std::min(text.size(), model::kSourceKept);
  while (size < text.size() && size > 0 && (text[size] & 0xc0) == 0x80) --size;
  return base::Atom::Intern(text.substr(0, size));
}

void DescribeCalendar(const model::Calendar& calendar, Proof* proof) {
  proof->calendar_version = base::Atom::Intern(calendar.version);
  proof->tzdata = base::Atom::Intern(calendar.zone.version);
}

void DescribeRule(const model::PolicySet& policies, const ToldAlert& told, Alert* alert) {
  alert->proof.workflow = told.workflow;
  alert->proof.policy_version = told.policy_version;
  alert->proof.policy_hash = base::Atom::Intern(policies.hash);
  model::ClockState named;
  named.clock = told.clock;
  named.policy_version = told.policy_version;
  const ClockBasis basis = BasisOf(policies, told.workflow, told.queue, named);
  CHECK(basis.rule != nullptr && told.rung < basis.rule->ladder.size());
  alert->kind = basis.rule->ladder[told.rung].kind;
  alert->rung = basis.rule->ladder[told.rung].name;
  if (basis.calendar == nullptr) return;
  alert->proof.calendar = basis.calendar->id;
  DescribeCalendar(*basis.calendar, &alert->proof);
}

void DescribeLimit(const ClockBasis& basis, const model::ClockState& state, Proof* proof) {
  proof->grants = state.grants;
  proof->moves = state.moves;
  proof->limit = LimitOf(basis, state);
  proof->deadline = base::Atom::Intern(model::DeadlineName(basis.rule->deadline));
  proof->source = SourceOf(*basis.rule);
  if (const auto* rule = std::get_if<model::AtMeeting>(&basis.rule->deadline)) {
    const auto meeting = MeetingOf(basis, state);
    if (meeting) proof->meeting = {rule->meeting, meeting->at, meeting->cutoff};
  }
}

void DescribeProof(const StepContext& context, const WantedAlert& wanted, Alert* alert) {
  const model::ClockState& state = *wanted.state;
  alert->clock_due_at = state.due_at;
  Proof& proof = alert->proof;
  const ClockBasis counted = CountedBasis(context, proof.workflow, alert->queue, state);
  if (counted.calendar != nullptr) DescribeCalendar(*counted.calendar, &proof);
  DescribeLimit(counted, state, &proof);
  proof.beyond_horizon = state.beyond_horizon;
  proof.started_at = state.started_at;
  proof.risk = state.risk;
  proof.limit_class = state.limit_class;
  proof.extended_until = state.extended_until;
  for (const model::ExcludedSpan& span : state.held) {
    proof.held.push_back({span.from, span.to, true, span.reason, span.began, span.ended});
  }
  proof.budget = state.budget;
  // What is taken back is shown as it was told.
  const bool taken_back = alert->state == model::AlertState::kRetracted;
  const Instant shown = taken_back ? alert->detected_at : context.now;
  proof.segments = Segments(state, std::min(shown, wanted.until),
                            wanted.ended_by == nullptr ? model::EventRef() : *wanted.ended_by);
  proof.causes = {state.start_cause};
  if (state.change_cause.offset != state.start_cause.offset ||
      state.change_cause.partition != state.start_cause.partition) {
    proof.causes.push_back(state.change_cause);
  }
}

}  // namespace

Alert DescribeAlert(const StepContext& context, std::string_view case_id,
                    const model::CaseView& view, const ToldAlert& told, const WantedAlert* wanted) {
  Alert alert;
  alert.id = told.id;
  alert.revision = told.revision;
  alert.state = told.state();
  alert.repeat = told.repeat;
  alert.clock = told.clock;
  alert.case_id = std::string(case_id);
  alert.queue = told.queue;
  alert.risk = view.risk;
  alert.handler = view.handler;
  alert.due_at = told.due_at;
  alert.clock_due_at = base::kNever;
  alert.transitions = told.transitions;
  alert.historical = told.transitions.back().historical;
  for (auto it = told.transitions.rbegin(); it != told.transitions.rend(); ++it) {
    if (it->revision != told.revision) break;
    alert.detected_at = it->at;
  }
  DescribeRule(*context.policies, told, &alert);
  if (wanted != nullptr) DescribeProof(context, *wanted, &alert);
  return alert;
}

}  // namespace caseclock::core
