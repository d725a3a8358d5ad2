#include "engine/core/view_change.h"

#include <algorithm>
#include <functional>

#include "engine/core/cycles.h"
#include "engine/core/limits_decided.h"
#include "engine/core/screening.h"

namespace caseclock::core {
namespace {

using base::Atom;
using base::Instant;
using model::FigureKind;

bool Knows(const std::vector<Atom>& list, Atom atom) {
  return std::find(list.begin(), list.end(), atom) != list.end();
}

bool KnowsStage(const model::WorkflowVersion& version, Atom stage) {
  return std::any_of(version.stages.begin(), version.stages.end(),
                     [&](const model::StageRule& rule) { return rule.name == stage; });
}

// What an event says of a case is in the words of the version that the case stands under, or of the
// one in force: the clocks that begin now are of that.
template <typename Knows>
bool EitherKnows(const Application& a, const Knows& knows) {
  return knows(a.version) || knows(a.in_force);
}

void EnterStage(const Application& a, Atom stage) {
  if (a.view.stage == stage) return;
  a.view.stage = stage;
  a.view.stage_since = a.now();
}

void SetRisk(const Application& a, Atom risk) {
  if (a.view.risk == risk) return;
  a.view.risk = risk;
  RegradeCycles(a.policies, risk, a.event, a.arrival, &a.view);
}

// The class whose value the event says; nullptr: none.
const model::ClassRule* ClassSetBy(const Application& a) {
  for (const model::WorkflowVersion* version : {&a.version, &a.in_force}) {
    for (const model::ClassRule& rule : version->classes) {
      if (model::Matches(rule.set_by, a.event)) return &rule;
    }
  }
  return nullptr;
}

bool KnowsValue(const model::WorkflowVersion& version, Atom name, Atom value) {
  return std::any_of(
      version.classes.begin(), version.classes.end(),
      [&](const model::ClassRule& rule) { return rule.name == name && Knows(rule.values, value); });
}

Refusal SetClass(const Application& a, const model::ClassRule& rule, Atom value) {
  const auto knows = [&](const auto& version) { return KnowsValue(version, rule.name, value); };
  if (!EitherKnows(a, knows)) return Refusal::kUnknownClass;
  auto& classes = a.view.classes;
  auto known = std::find_if(classes.begin(), classes.end(), [&](const model::ClassValue& other) {
    return other.name == rule.name;
  });
  if (known == classes.end()) known = classes.insert(classes.end(), {rule.name, Atom()});
  if (known->value == value) return Refusal::kNone;
  known->value = value;
  ReclassCycles(a.policies, *known, a.event, a.arrival, &a.view);
  return Refusal::kNone;
}

void NoteEnded(const Application& a, const model::ActivePause& pause) {
  auto& ended = a.view.ended_pauses;
  const Instant until = a.event.occurred_at;
  if (pause.since >= until) return;
  if (ended.size() >= model::kExcludedKept) ended.erase(ended.begin());
  ended.push_back({pause.reason, pause.since, until, pause.began, model::RefOf(a.event)});
}

// What the rules that the case comes under do not know. A grade of another scale says nothing here.
void ForgetUnknown(const model::WorkflowVersion& version, Instant t, model::CaseView* view) {
  std::erase_if(view->intervals, [&](const model::IntervalOverride& known) {
    return model::FindClock(version, known.clock) == nullptr;
  });
  std::erase_if(view->classes, [&](const model::ClassValue& known) {
    return std::none_of(version.classes.begin(), version.classes.end(),
                        [&](const model::ClassRule& rule) {
                          return rule.name == known.name && Knows(rule.values, known.value);
                        });
  });
  if (view->risk.empty() || Knows(version.risks, view->risk)) return;
  view->risk = Atom();
  view->ungraded_since = t;
}

void EndPauses(const Application& a) {
  if (a.view.pauses.empty()) return;
  for (const model::ActivePause& pause : a.view.pauses) NoteEnded(a, pause);
  a.view.pauses.clear();
  a.view.paused_total = a.view.paused_total + (a.now() - a.view.paused_since);
}

// The versions of the guidance that earlier versions of the workflow know: followed, they are not
// unknown, but superseded.
std::vector<Atom> GuidanceBefore(const Application& a) {
  std::vector<Atom> before;
  const model::Workflow* workflow = model::FindWorkflow(a.policies, a.view.workflow);
  for (const model::WorkflowVersion& version : workflow->versions) {
    if (&version == &a.in_force) break;
    for (const auto& guidance : version.screening.guidance) before.push_back(guidance.version);
  }
  return before;
}

// One handler an event. The compiler names the one that is missing.

Refusal Apply(const Application&, const model::Referred&) {
  return Refusal::kAlreadyReferred;
}

Refusal Apply(const Application& a, const model::Screened& e) {
  a.view.screening = e.decision;
  const KnownAtScreening known{a.holding, a.view.scores, a.view.repeat_of};
  a.view.deviations = DeviationsOf(a.in_force.screening, e, a.now(), known, GuidanceBefore(a));
  const std::string_view decision = e.decision.view();
  a.Fact(decision == "in"    ? FigureKind::kScreenedIn
         : decision == "out" ? FigureKind::kScreenedOut
                             : FigureKind::kScreenedReturned,
         a.now(), e.guidance, e.role);
  if (!a.view.deviations.empty()) {
    a.Fact(FigureKind::kScreeningDeviation, a.now(), e.guidance, e.role);
  }
  return Refusal::kNone;
}

void NoteScore(const model::Assessed& e, model::CaseView* view) {
  if (!e.score) return;
  auto& scores = view->scores;
  std::erase_if(scores, [&](const model::AssessedScore& other) { return other.tool == e.tool; });
  if (scores.size() >= model::kScoresKept) scores.erase(scores.begin());
  scores.push_back({e.tool, *e.score});
}

Refusal Grade(const Application& a, const model::Assessed& e) {
  if (const model::ClassRule* rule = ClassSetBy(a)) return SetClass(a, *rule, e.grade);
  if (IsUngraded(a.event)) return Refusal::kNone;  // the grade there is stays
  const auto knows = [&](const auto& version) { return Knows(version.risks, e.grade); };
  if (!EitherKnows(a, knows)) return Refusal::kUnknownRisk;
  SetRisk(a, e.grade);
  return Refusal::kNone;
}

Refusal Apply(const Application& a, const model::Assessed& e) {
  const Refusal refusal = Grade(a, e);
  if (refusal == Refusal::kNone) NoteScore(e, &a.view);
  return refusal;
}

Refusal Apply(const Application& a, const model::Assigned& e) {
  if (!(a.view.handler == e.handler)) {
    ++a.view.assignments;
    a.view.assigned_since = a.now();
  }
  a.view.handler = e.handler;
  a.view.role = e.role;
  return Refusal::kNone;
}

Refusal Apply(const Application& a, const model::Unassigned&) {
  if (a.view.handler.empty()) return Refusal::kNotAssigned;
  a.view.handler = Atom();
  a.view.role = Atom();
  a.view.unassigned_since = a.now();
  return Refusal::kNone;
}

Refusal Apply(const Application& a, const model::Staged& e) {
  const auto knows = [&](const auto& version) { return KnowsStage(version, e.stage); };
  if (!EitherKnows(a, knows)) return Refusal::kUnknownStage;
  EnterStage(a, e.stage);
  return Refusal::kNone;
}

Refusal Apply(const Application& a, const model::Transferred& e) {
  const model::QueueBinding* binding = model::FindQueue(a.policies, e.queue.view());
  if (binding == nullptr) return Refusal::kUnknownQueue;
  if (e.queue == a.view.queue) return Refusal::kNone;
  if (!(binding->workflow == a.view.workflow)) {
    const model::Workflow* workflow = model::FindWorkflow(a.policies, binding->workflow);
    if (workflow == nullptr) return Refusal::kUnknownQueue;
    const model::WorkflowVersion* version = model::VersionAt(*workflow, a.now());
    if (version == nullptr) return Refusal::kUnknownVersion;
    // Another kind of work: its clocks are not those of the old queue.
    EndCycles(a.policies, a.event, a.arrival, &a.view, &a.effects);
    ForgetUnknown(*version, a.now(), &a.view);
    a.view.workflow = binding->workflow;
    a.view.policy_version = version->version;
    a.view.in_workflow_since = a.now();
    a.view.moved_while_closed = a.view.closed;
    a.view.referred_by = model::RefOf(a.event);
    a.view.stage = version->stages.empty() ? Atom() : version->stages.front().name;
    a.view.stage_since = a.now();
  } else {
    RequeueCycles(a.policies, e.queue, a.event, a.arrival, &a.view);
  }
  if (!a.view.closed) a.Fact(FigureKind::kFlowOut, a.now());
  a.view.queue = e.queue;
  ++a.view.transfers;
  if (!a.view.closed) a.Fact(FigureKind::kFlowIn, a.now());
  return Refusal::kNone;
}

Refusal Apply(const Application& a, const model::Paused& e) {
  auto same = [&](const model::ActivePause& pause) { return pause.reason == e.reason; };
  if (std::any_of(a.view.pauses.begin(), a.view.pauses.end(), same)) {
    return Refusal::kAlreadyPaused;
  }
  if (a.view.pauses.empty()) a.view.paused_since = a.now();
  a.view.pauses.push_back({e.reason, a.event.occurred_at, model::RefOf(a.event)});
  return Refusal::kNone;
}

Refusal Apply(const Application& a, const model::Resumed& e) {
  if (a.view.pauses.empty()) return Refusal::kNoSuchPause;
  auto ends = [&](const model::ActivePause& pause) {
    return e.reason.empty() || pause.reason == e.reason;
  };
  const auto kept =
      std::stable_partition(a.view.pauses.begin(), a.view.pauses.end(), std::not_fn(ends));
  if (kept == a.view.pauses.end()) return Refusal::kNoSuchPause;
  if (kept == a.view.pauses.begin()) {
    EndPauses(a);
  } else {
    std::for_each(kept, a.view.pauses.end(), [&](const auto& pause) { NoteEnded(a, pause); });
    a.view.pauses.erase(kept, a.view.pauses.end());
  }
  return Refusal::kNone;
}

Refusal Apply(const Application& a, const model::Performed& e) {
  const model::ClassRule* rule = ClassSetBy(a);
  return rule == nullptr ? Refusal::kNone : SetClass(a, *rule, e.result);
}
Refusal Apply(const Application&, const model::Scheduled&) {
  return Refusal::kNone;
}

Refusal Apply(const Application& a, const model::IntervalSet& e) {
  return FixInterval(a, e);
}
Refusal Apply(const Application& a, const model::Extended& e) {
  return ExtendLimit(a, e);
}

Refusal Apply(const Application& a, const model::OutcomeRecorded& e) {
  const auto knows = [&](const model::WorkflowVersion& version) {
    return version.outcome_codes.empty() || Knows(version.outcome_codes, e.code);
  };
  if (!EitherKnows(a, knows)) return Refusal::kUnknownOutcome;
  a.view.outcome = e.code;
  a.view.outcome_at = a.now();
  return Refusal::kNone;
}

Refusal Apply(const Application& a, const model::Closed& e) {
  if (a.view.closed) return Refusal::kAlreadyClosed;
  a.view.closed = true;
  a.view.closed_at = a.event.occurred_at;
  a.view.closed_by = model::RefOf(a.event);
  a.view.close_reason = e.reason;
  a.Fact(FigureKind::kFlowOut, a.now());
  return Refusal::kNone;
}

Refusal Apply(const Application& a, const model::Reopened&) {
  if (!a.view.closed) return Refusal::kNotClosed;
  a.view.closed = false;
  NoteEnded(a, {Closed(), a.view.closed_at, a.view.closed_by});
  a.view.closed_by = {};
  a.view.close_reason = Atom();
  ++a.view.reopened;
  a.Fact(FigureKind::kFlowIn, a.now());
  return Refusal::kNone;
}

Refusal Apply(const Application&, const model::Linked&) {
  return Refusal::kNone;
}
// A void acts on the ledger (core/step.cc), not on the view.
Refusal Apply(const Application&, const model::Voided&) {
  return Refusal::kNone;
}

Refusal Apply(const Application& a, const model::Acknowledged& e) {
  constexpr size_t kAcksKept = 64;  // of live cycles; more than a ladder has rungs
  auto& acks = a.view.acks;
  auto same = [&](const model::Acknowledgement& ack) { return ack.alert_id == e.alert_id; };
  acks.erase(std::remove_if(acks.begin(), acks.end(), same), acks.end());
  if (acks.size() >= kAcksKept) acks.erase(acks.begin());
  acks.push_back({e.alert_id, a.now(), e.until.value_or(base::kNever), std::string(a.event.actor)});
  return Refusal::kNone;
}

Refusal Apply(const Application&, const model::Notified&) {
  return Refusal::kNone;
}

// A fact about a handler is none about the case; see ApplyFactEntry.
Refusal Apply(const Application&, const model::Qualified&) {
  return Refusal::kNone;
}
Refusal Apply(const Application&, const model::Absent&) {
  return Refusal::kNone;
}

Refusal Apply(const Application& a, const model::PolicyMoved& e) {
  const model::Workflow* workflow = model::FindWorkflow(a.policies, a.view.workflow);
  const model::WorkflowVersion* version =
      workflow == nullptr ? nullptr : model::FindVersion(*workflow, e.version);
  if (version == nullptr) return Refusal::kUnknownVersion;
  a.view.policy_version = e.version;
  MoveCycles(a.policies, *version, a.event, a.arrival, &a.view, &a.effects);
  return Refusal::kNone;
}

}  // namespace

Refusal Refer(const model::PolicySet& policies, const model::Event& event, model::CaseView* view) {
  const auto& referred = std::get<model::Referred>(event.body);
  const model::QueueBinding* binding = model::FindQueue(policies, referred.queue.view());
  if (binding == nullptr) return Refusal::kUnknownQueue;
  const model::Workflow* workflow = model::FindWorkflow(policies, binding->workflow);
  if (workflow == nullptr) return Refusal::kUnknownQueue;
  const model::WorkflowVersion* version = model::VersionAt(*workflow, event.occurred_at);
  if (version == nullptr) return Refusal::kUnknownVersion;
  if (!referred.risk.empty() && !Knows(version->risks, referred.risk)) {
    return Refusal::kUnknownRisk;
  }
  view->referred = true;
  view->queue = referred.queue;
  view->workflow = binding->workflow;
  view->policy_version = version->version;
  view->origin = referred.origin;
  view->repeat_of = !referred.repeat_of.empty();
  view->risk = referred.risk;
  view->opened_at = event.occurred_at;
  view->referred_by = model::RefOf(event);
  view->stage = version->stages.empty() ? Atom() : version->stages.front().name;
  view->stage_since = event.occurred_at;
  view->ungraded_since = event.occurred_at;
  view->unassigned_since = event.occurred_at;
  return Refusal::kNone;
}

Refusal ChangeView(const Application& application) {
  return std::visit([&](const auto& body) { return Apply(application, body); },
                    application.event.body);
}

void EnterMatchingStage(const Application& a) {
  if (IsUngraded(a.event)) return;
  for (auto it = a.version.stages.rbegin(); it != a.version.stages.rend(); ++it) {
    if (model::Matches(it->enters_on, a.event, a.holding)) {
      EnterStage(a, it->name);
      return;
    }
  }
}

}  // namespace caseclock::core
