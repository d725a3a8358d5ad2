#include "engine/core/reconcile.h"

#include <algorithm>

#include "engine/base/check.h"
#include "engine/core/describe_alert.h"

namespace caseclock::core {
namespace {

using base::Instant;
using model::Alert;
using model::AlertState;
using model::ToldAlert;

constexpr size_t kTransitionsKept = 32;

// Where the alert's rule and its case stand.
void Adopt(const WantedAlert& wanted, ToldAlert* told) {
  told->rung = wanted.rung;
  told->workflow = wanted.workflow;
  told->policy_version = wanted.state->policy_version;
  told->queue = wanted.queue;
}

class Reconciler {
 public:
  Reconciler(const ReconcileInput& input, std::vector<Alert>* alerts)
      : in_(input), alerts_(alerts) {}

  void Judge(const WantedAlert& wanted, ToldAlert* told) const {
    told->ended_in_page = wanted.ended_in_page;
    const bool moved = !(told->queue == wanted.queue);
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
      Adopt(said, told);  // its cycle may have been moved to another version or queue
      Tell(AlertState::kRetracted, &said, told);
      Adopt(wanted, told);
      Raise(wanted, told, told->revision + 1);
    } else if (!over && moved) {
      MoveTo(wanted, told);
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

  // As it stands, in the queue in which its case is by now.
  void MoveTo(const WantedAlert& wanted, ToldAlert* told) const {
    ++told->revision;
    TellBy(in_.cause, told->state(), &wanted, told);
  }

  // In the step in which an event that was dated ahead takes effect other rungs fall due by time.
  [[nodiscard]] bool IsByTime(AlertState state, const WantedAlert* wanted) const {
    if (!in_.ahead || state != AlertState::kRaised || wanted == nullptr) return false;
    const model::ClockState& cycle = *wanted->state;
    return !(cycle.start_cause == *in_.cause) && !(cycle.change_cause == *in_.cause);
  }

  void Tell(AlertState state, const WantedAlert* wanted, ToldAlert* told) const {
    TellBy(IsByTime(state, wanted) ? std::nullopt : in_.cause, state, wanted, told);
  }

  void TellBy(const std::optional<model::Arrival>& cause, AlertState state,
              const WantedAlert* wanted, ToldAlert* told) const {
    auto& transitions = told->transitions;
    if (transitions.size() >= kTransitionsKept) transitions.erase(transitions.begin() + 1);
    transitions.push_back(
        {state, told->revision, in_.context->now, cause, in_.context->historical});
    alerts_->push_back(DescribeAlert(*in_.context, in_.case_id, *in_.view, *told, wanted));
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
