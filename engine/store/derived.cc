#include "engine/store/derived.h"

namespace caseclock::store {

Derived Derive(const model::CaseState& state) {
  Derived derived;
  derived.timer_at = state.timer_at;
  for (const model::NamedHandler& one : state.named) {
    if (derived.handler.empty()) {
      derived.handler = one.handler;
    } else {
      derived.others.push_back(one.handler);
    }
  }
  const model::CaseView& view = state.view;
  if (!view.referred) return derived;
  derived.queue = view.queue;
  if (!view.closed) derived.opened_at = view.opened_at;
  for (const model::ClockState& clock : view.clocks) {
    // A breach is told the moment after the due instant.
    if (clock.due_at != base::kNever && clock.due_at + base::Duration{1} < state.timer_at) {
      derived.due.emplace_back(clock.clock, clock.due_at);
    }
  }
  return derived;
}

const Derived& ValueOf(const SharedDerived& derived) {
  static const Derived kNothing;
  return derived == nullptr ? kNothing : *derived;
}

}  // namespace caseclock::store
