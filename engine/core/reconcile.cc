#include "engine/core/reconcile.h"

#include <algorithm>

#include "engine/base/check.h"
#include "engine/core/calendar_known.h"

namespace caseclock::core {
namespace {

using base::Instant;
using model::Alert;
using model::AlertState;
using model::ToldAlert;

constexpr size_t kTransitionsKept = 32;

void AdoptRule(const WantedAlert& wanted, ToldAlert* told) {
  told->rung = wanted.rung;
  told->workflow = wanted.workflow;
  told->policy_version = wanted.state->policy_version;
}

// Where the alert's rule stands now.
void Adopt(const WantedAlert& wanted, ToldAlert* told) {
  AdoptRule(wanted, told);
  told->queue = wanted.queue;
}

// A whole number of characters of it.
base::Atom SourceOf(const model::ClockRule& rule) {
  std::string_view text = rule.source;
  size_t size = std::min(text.size(), model::kSourceKept);
  while (size < text.size() && size > 0 && (text[size] & 0xc0) == 0x80) --size;
  return base::Atom::Intern(text.substr(0, size));
}

class Reconciler {
 public:
  Reconciler(const ReconcileInput& input, std::vector<Alert>* alerts)
      : in_(input), alerts_(alerts) {}

  void Judge(const WantedAlert& wanted, ToldAlert* told) const {
    told->ended_in_page = wanted.ended_in_page;
    Adopt(wanted, told);
    const AlertState state = told->state();
    const bool over = state == AlertState::kResolved || state == AlertState::kRetracted;
    if (!wanted.live) {
      if (state == AlertState::kRetracted) Raise(wanted, told, told->revision + 1);
      if (told->state() != AlertState::kResolved) Tell(AlertState::kResolved, &wanted, told);
      return;
    }
    if (!over && told->due_at != wanted.due_at) {
      // True, but of another instant.
      const WantedAlert* const was = Before(*told);
      const WantedAlert& said = was == nullptr ? wanted : *was;
      AdoptRule(said, told);  // its cycle may have been moved to another version
      Tell(AlertState::kRetracted, &said, told);
      AdoptRule(wanted, told);
      Raise(wanted, told, told->revision + 1);
    }
    if (over) Raise(wanted, told, told->revision + 1);
    const bool acked = IsAcknowledged(*told);
    if (acked && told->state() == AlertState::kRaised) {
      Tell(AlertState::kAcknowledged, &wanted, told);
    } else if (!acked && told->state() == AlertState::kAcknowledged) {
      Raise(wanted, told, told->revision + 1);  // the acknowledgement ran out
    }
  }

  void First(const WantedAlert& wanted, ToldAlert* told) const {
    Raise(wanted, told, 1);
    Judge(wanted, told);
  }

  // Told, but nothing in the view stands for it.
  void Unwanted(ToldAlert* told) const {
    const AlertState state = told->state();
    if (state == AlertState::kRetracted) return;
    const bool over = told->ended_in_page != ToldAlert::kLive;
    if (!in_.rewrites_history && over) return;  // settled when its cycle ended
    const bool was_true = told->due_at < in_.changed_from;
    // The proof is that of what was told: compaction keeps the last record of an alert alone.
    const WantedAlert* const was = Before(*told);
    if (state != AlertState::kResolved) {
      Tell(was_true ? AlertState::kResolved : AlertState::kRetracted, was, told);
    } else if (!was_true && was != nullptr) {
      Tell(AlertState::kRetracted, was, told);
    }
  }

 private:
  // What stood for it before the step; nullptr: nothing.
  [[nodiscard]] const WantedAlert* Before(const ToldAlert& told) const {
    const auto at = std::find_if(in_.wanted_before.begin(), in_.wanted_before.end(),
                                 [&](const WantedAlert& w) { return w.SameAlert(told); });
    return at == in_.wanted_before.end() ? nullptr : &*at;
  }

  // Whoever took it before its present due instant took another one: the limit has moved since.
  [[nodiscard]] bool IsAcknowledged(const ToldAlert& told) const {
    return std::any_of(
        in_.view->acks.begin(), in_.view->acks.end(), [&](const model::Acknowledgement& ack) {
          return ack.alert_id == told.id && ack.at >= told.due_at && ack.until > in_.context->now;
        });
  }

  void Raise(const WantedAlert& wanted, ToldAlert* told, uint32_t revision) const {
    told->revision = revision;
    told->due_at = wanted.due_at;
    Tell(AlertState::kRaised, &wanted, told);
  }

  // In the step in which an event that was dated ahead takes effect other rungs fall due by time.
  [[nodiscard]] bool IsByTime(AlertState state, const WantedAlert* wanted) const {
    if (!in_.ahead || state != AlertState::kRaised || wanted == nullptr) return false;
    const model::ClockState& cycle = *wanted->state;
    return !(cycle.start_cause == *in_.cause) && !(cycle.change_cause == *in_.cause);
  }

  void Tell(AlertState state, const WantedAlert* wanted, ToldAlert* told) const {
    auto& transitions = told->transitions;
    if (transitions.size() >= kTransitionsKept) transitions.erase(transitions.begin() + 1);
    transitions.push_back({state, told->revision, in_.context->now,
                           IsByTime(state, wanted) ? std::nullopt : in_.cause,
                           in_.context->historical});
    alerts_->push_back(Describe(wanted, *told));
  }

  Alert Describe(const WantedAlert* wanted, const ToldAlert& told) const {
    Alert alert;
    alert.id = told.id;
    alert.revision = told.revision;
    alert.state = told.state();
    alert.repeat = told.repeat;
    alert.clock = told.clock;
    alert.case_id = std::string(in_.case_id);
    alert.queue = told.queue;
    alert.risk = in_.view->risk;
    alert.handler = in_.view->handler;
    alert.due_at = told.due_at;
    alert.clock_due_at = base::kNever;
    alert.transitions = told.transitions;
    alert.historical = told.transitions.back().historical;
    for (auto it = told.transitions.rbegin(); it != told.transitions.rend(); ++it) {
      if (it->revision != told.revision) break;
      alert.detected_at = it->at;
    }
    DescribeRule(told, &alert);
    if (wanted != nullptr) DescribeProof(*wanted, &alert);
    return alert;
  }

  void DescribeRule(const ToldAlert& told, Alert* alert) const {
    const model::PolicySet& policies = *in_.context->policies;
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

  static void DescribeCalendar(const model::Calendar& calendar, model::Proof* proof) {
    proof->calendar_version = base::Atom::Intern(calendar.version);
    proof->tzdata = base::Atom::Intern(calendar.zone.version);
  }

  void DescribeProof(const WantedAlert& wanted, Alert* alert) const {
    const model::ClockState& state = *wanted.state;
    alert->clock_due_at = state.due_at;
    model::Proof& proof = alert->proof;
    const ClockBasis counted = CountedBasis(*in_.context, proof.workflow, alert->queue, state);
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
    const bool taken_back = alert->state == AlertState::kRetracted;
    const Instant shown = taken_back ? alert->detected_at : in_.context->now;
    proof.segments = Segments(state, std::min(shown, wanted.until),
                              wanted.ended_by == nullptr ? model::EventRef() : *wanted.ended_by);
    proof.causes = {state.start_cause};
    if (state.change_cause.offset != state.start_cause.offset ||
        state.change_cause.partition != state.start_cause.partition) {
      proof.causes.push_back(state.change_cause);
    }
  }

  static void DescribeLimit(const ClockBasis& basis, const model::ClockState& state,
                            model::Proof* proof) {
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

  const ReconcileInput& in_;
  std::vector<Alert>* alerts_;
};

// Ladder order. What is told of one alert stays in the order in which it was said, also when its
// due instant moved in between: the last word must come last.
void SortByLadder(size_t first, std::vector<Alert>* alerts) {
  if (alerts->size() - first < 2) return;
  std::vector<std::pair<Instant, Alert>> ordered;
  for (size_t i = first; i < alerts->size(); ++i) {
    Instant due = (*alerts)[i].due_at;
    for (size_t j = i + 1; j < alerts->size(); ++j) {
      if ((*alerts)[j].id == (*alerts)[i].id) due = (*alerts)[j].due_at;
    }
    ordered.emplace_back(due, std::move((*alerts)[i]));
  }
  std::stable_sort(ordered.begin(), ordered.end(), [](const auto& a, const auto& b) {
    if (a.first != b.first) return a.first < b.first;
    if (!(a.second.clock == b.second.clock)) return a.second.clock < b.second.clock;
    if (a.second.kind != b.second.kind) return a.second.kind < b.second.kind;
    return a.second.repeat < b.second.repeat;
  });
  for (size_t i = first; i < alerts->size(); ++i) {
    (*alerts)[i] = std::move(ordered[i - first].second);
  }
}

ToldAlert NewTold(const WantedAlert& wanted) {
  ToldAlert told;
  told.id = wanted.id;
  told.clock = wanted.clock;
  told.cycle = wanted.cycle;
  told.repeat = wanted.repeat;
  Adopt(wanted, &told);
  return told;
}

}  // namespace

void CollectWanted(const model::PolicySet& policies, std::string_view case_id,
                   const model::CaseView& view, std::span<const EndedCycle> ended, Instant now,
                   std::vector<WantedAlert>* wanted) {
  const auto want = [&](const model::ClockState& state, const ClockBasis& basis,
                        const model::ReachedRung& rung) -> WantedAlert& {
    WantedAlert& alert = wanted->emplace_back();
    alert.id = model::AlertId(case_id, state.clock, state.cycle, basis.rule->ladder[rung.rung].name,
                              rung.repeat);
    alert.clock = state.clock;
    alert.cycle = state.cycle;
    alert.rung = rung.rung;
    alert.repeat = rung.repeat;
    alert.due_at = rung.at;
    alert.state = &state;
    alert.basis = basis;
    return alert;
  };
  for (const model::ClockState& state : view.clocks) {
    if (state.reached.empty() && state.next_rung_at > now) continue;
    const ClockBasis basis = BasisOf(policies, view, state);
    CHECK(basis.rule != nullptr);
    ForEachReached(basis, state, now, [&](const model::ReachedRung& rung) {
      if (rung.skipped) return;
      WantedAlert& alert = want(state, basis, rung);
      alert.queue = view.queue;
      alert.workflow = view.workflow;
    });
  }
  for (const EndedCycle& cycle : ended) {
    for (const model::ReachedRung& rung : cycle.state.reached) {
      if (rung.skipped) continue;
      WantedAlert& alert = want(cycle.state, cycle.basis, rung);
      alert.live = false;
      alert.until = cycle.ended_at;
      alert.ended_by = &cycle.ended_by;
      alert.ended_in_page = cycle.page;
      alert.queue = cycle.queue;
      alert.workflow = cycle.workflow;
    }
  }
}

void Reconcile(const ReconcileInput& input, std::span<const WantedAlert> wanted,
               std::vector<ToldAlert>* told, std::vector<Alert>* alerts) {
  const size_t first = alerts->size();
  const Reconciler reconciler(input, alerts);
  for (ToldAlert& known : *told) {
    auto same = [&](const WantedAlert& w) { return w.SameAlert(known); };
    const auto match = std::find_if(wanted.begin(), wanted.end(), same);
    if (match == wanted.end()) {
      reconciler.Unwanted(&known);
    } else {
      reconciler.Judge(*match, &known);
    }
  }
  const size_t told_before = told->size();
  for (const WantedAlert& alert : wanted) {
    auto same = [&](const ToldAlert& known) { return alert.SameAlert(known); };
    if (std::any_of(told->begin(), told->begin() + static_cast<ptrdiff_t>(told_before), same)) {
      continue;
    }
    told->push_back(NewTold(alert));
    reconciler.First(alert, &told->back());
  }
  SortByLadder(first, alerts);
}

}  // namespace caseclock::core
