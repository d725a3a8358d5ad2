#include "engine/core/rungs.h"

#include <algorithm>

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

bool IsPausedAt(const ClockState& state, Instant t) {
  return std::any_of(
      state.excluded.begin(), state.excluded.end(),
      [&](const model::ExcludedSpan& span) { return span.from <= t && t < span.to; });
}

// Which of the rungs that were reached together, the fresh ones, are told. Of the warnings it is
// the one that stands highest in all, and none beside a breach; a breach is told; of the reminders
// it is the last one, none beside the breach that they remind of, and none dated inside a pause.
class Overtaken {
 public:
  Overtaken(const ClockBasis& basis, const ClockState& state, Instant t)
      : ladder_(basis.rule->ladder), state_(state) {
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
        if (!IsPausedAt(state_, rung.at)) last_reminder_ = std::max(last_reminder_, rung.repeat);
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
        return breach_is_fresh_ || rung.repeat != last_reminder_ || IsPausedAt(state_, rung.at);
    }
    return false;
  }

 private:
  const std::vector<Rung>& ladder_;
  const ClockState& state_;
  bool breached_ = false;
  bool breach_is_fresh_ = false;
  Instant highest_ = base::kLongAgo;
  uint16_t last_warning_ = 0;
  uint16_t last_reminder_ = 0;
};

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

Instant RungReached(const Rung& rung, Instant due) {
  if (due == kNever) return kNever;
  return rung.kind == RungKind::kWarning ? due : due + Duration{1};
}

Instant NextRung(const ClockBasis& basis, const ClockState& state, Instant t) {
  Instant next = kNever;
  if (state.due_at == kNever) return next;
  const auto& ladder = basis.rule->ladder;
  for (size_t i = 0; i < ladder.size(); ++i) {
    uint32_t repeat = 0;
    if (ladder[i].kind == RungKind::kOverdue) {
      const int64_t passed = t < state.due_at ? 0 : (t - state.due_at).us / ladder[i].every.us;
      // The repeat that `t` is in may itself lie just ahead, by the microsecond of RungReached.
      repeat = static_cast<uint32_t>(std::max<int64_t>(1, passed));
      if (RungReached(ladder[i], RungDue(basis, state, i, repeat)) <= t) ++repeat;
      if (repeat > static_cast<uint32_t>(ladder[i].cap)) continue;
    }
    const Instant at = RungReached(ladder[i], RungDue(basis, state, i, repeat));
    if (at > t) next = std::min(next, at);
  }
  return next;
}

}  // namespace caseclock::core
