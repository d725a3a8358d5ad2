#include "engine/core/rungs.h"

#include <algorithm>
#include <limits>

#include "engine/base/check.h"

namespace caseclock::core {
namespace {

using base::Duration;
using base::Instant;
using base::kNever;
using model::ClockState;
using model::ReachedRung;
using model::Rung;
using model::RungKind;

Instant WarningDue(const ClockBasis& basis, const ClockState& state, const Rung& rung) {
  if (rung.before) return std::max(state.due_at - *rung.before, state.measured_from);
  CHECK(rung.percent.has_value());
  return InstantOfShare(basis, state, *rung.percent);
}

// Which of the rungs that were reached together, the fresh ones, are told. Of the warnings it is
// the one that stands highest in all, and none beside a breach; a breach is told; of the reminders
// it is the last one, and none beside the breach that they remind of.
class Overtaken {
 public:
  Overtaken(const ClockBasis& basis, const ClockState& state, Instant t)
      : ladder_(basis.rule->ladder) {
    breached_ = state.due_at != kNever && state.due_at < t;
  }
  void Saw(const ReachedRung& rung, bool fresh) {
    switch (ladder_[rung.rung].kind) {
      case RungKind::kWarning:
        highest_ = std::max(highest_, rung.at);
        last_warning_ = rung.at == highest_ ? rung.rung : last_warning_;
        return;
      case RungKind::kBreach:
        breached_ = true;
        breach_is_fresh_ |= fresh;
        return;
      case RungKind::kOverdue:
        last_reminder_ = std::max(last_reminder_, rung.repeat);
        return;
    }
  }
  [[nodiscard]] bool Has(const ReachedRung& rung) const {
    switch (ladder_[rung.rung].kind) {
      case RungKind::kWarning:
        return breached_ || rung.rung != last_warning_;
      case RungKind::kBreach:
        return false;
      case RungKind::kOverdue:
        return breach_is_fresh_ || rung.repeat != last_reminder_;
    }
    return false;
  }

 private:
  const std::vector<Rung>& ladder_;
  bool breached_ = false;
  bool breach_is_fresh_ = false;
  Instant highest_ = base::kLongAgo;
  uint16_t last_warning_ = 0;
  uint16_t last_reminder_ = 0;
};

// The first instant after `t` at which it reminds of itself.
Instant NextReminder(const ClockBasis& basis, const ClockState& state, size_t rung, Instant t) {
  const Rung& rule = basis.rule->ladder[rung];
  int64_t before = 0;  // so many it has been by then, at least
  if (state.excluded.empty() && t > state.due_at) {
    before = std::max<int64_t>(0, (t - state.due_at).us / rule.every.us - 1);
  }
  auto n = static_cast<uint32_t>(std::min<int64_t>(before, rule.cap));
  for (; before < rule.cap; ++before) {
    n = ReminderAfter(basis, state, rung, n);
    if (n == 0) return kNever;
    const Instant at = RungReached(rule, RungDue(basis, state, rung, n));
    if (at > t) return at;
  }
  return kNever;
}

}  // namespace

void JudgeRungs(const ClockBasis& basis, Instant t, const std::vector<ReachedRung>& before,
                bool moved, ClockState* state) {
  std::vector<std::pair<ReachedRung, bool>> judged;  // and whether it is fresh
  Overtaken overtaken(basis, *state, t);
  ForEachReached(basis, *state, t, [&](ReachedRung now) {
    auto same = [&](const ReachedRung& r) { return r.rung == now.rung && r.repeat == now.repeat; };
    const auto known = std::find_if(before.begin(), before.end(), same);
    const bool stays = known != before.end() && (known->at == now.at || (moved && !known->skipped));
    if (stays) now = *known;
    judged.emplace_back(now, !stays);
    overtaken.Saw(now, !stays);
  });
  state->reached.clear();
  for (auto& [rung, fresh] : judged) {
    if (fresh) rung.skipped = overtaken.Has(rung);
    state->reached.push_back(rung);
  }
}

std::vector<ReachedRung> Renumbered(const std::vector<ReachedRung>& reached,
                                    const std::vector<Rung>& before, const std::vector<Rung>& now) {
  std::vector<ReachedRung> same;
  for (ReachedRung rung : reached) {
    const auto at = std::find_if(now.begin(), now.end(), [&](const Rung& other) {
      return other.name == before[rung.rung].name;
    });
    if (at == now.end()) continue;
    rung.rung = static_cast<uint16_t>(at - now.begin());
    same.push_back(rung);
  }
  return same;
}

void MoveRungs(const ClockBasis& basis, Instant t, ClockState* state) {
  if (state->due_at == kNever && (!state->running_since || state->is_held())) {
    std::erase_if(state->reached, [&](const ReachedRung& rung) {
      return basis.rule->ladder[rung.rung].kind != RungKind::kWarning;
    });
    return;
  }
  std::vector<ReachedRung> before;
  before.swap(state->reached);
  JudgeRungs(basis, t, before, true, state);
}

void DeriveNext(const ClockBasis& basis, Instant t, ClockState* state) {
  state->next_rung_at = NextRung(basis, *state, t);
}

Instant RungDue(const ClockBasis& basis, const ClockState& state, size_t rung, uint32_t repeat) {
  if (state.due_at == kNever) return kNever;
  const Rung& rule = basis.rule->ladder[rung];
  switch (rule.kind) {
    case RungKind::kWarning:
      return WarningDue(basis, state, rule);
    case RungKind::kBreach:
      return state.due_at;
    case RungKind::kOverdue:
      if (!state.running_since) return kNever;
      return state.due_at + Duration{rule.every.us * repeat};
  }
  return kNever;
}

uint32_t ReminderAfter(const ClockBasis& basis, const ClockState& state, size_t rung, uint32_t n) {
  if (state.excluded.empty() || state.due_at == kNever) return n + 1;
  const int64_t every = basis.rule->ladder[rung].every.us;
  int64_t next = n + 1;
  for (const model::ExcludedSpan& span : state.excluded) {
    const Instant at = state.due_at + Duration{every * next};
    if (at >= span.to) continue;
    if (at < span.from) break;
    next = span.to == kNever ? 0 : ((span.to - state.due_at).us + every - 1) / every;
    if (next == 0) break;
  }
  // What was told stays, where the limit or the pauses were others.
  for (const ReachedRung& known : state.reached) {
    if (known.rung != rung || known.repeat <= n) continue;
    if (next == 0 || known.repeat < next) next = known.repeat;
  }
  return next > std::numeric_limits<uint16_t>::max() ? 0 : static_cast<uint32_t>(next);
}

Instant RungReached(const Rung& rung, Instant due) {
  if (due == kNever) return kNever;
  return rung.kind == RungKind::kWarning ? due : due + Duration{1};
}

Instant NextRung(const ClockBasis& basis, const ClockState& state, Instant t) {
  Instant next = kNever;
  if (state.due_at == kNever) return next;
  const auto& ladder = basis.rule->ladder;
  for (size_t i = 0; i < ladder.size(); ++i) {
    if (ladder[i].kind == RungKind::kOverdue) {
      next = std::min(next, NextReminder(basis, state, i, t));
      continue;
    }
    const Instant at = RungReached(ladder[i], RungDue(basis, state, i, 0));
    if (at > t) next = std::min(next, at);
  }
  return next;
}

}  // namespace caseclock::core
