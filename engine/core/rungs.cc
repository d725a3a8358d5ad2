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

// No reminder has a higher number.
constexpr int64_t kLastReminder = std::numeric_limits<uint16_t>::max();

Instant ReminderDue(const ClockState& state, const Rung& rung, int64_t n) {
  return state.due_at + Duration{rung.every.us * n};
}

// The last reminder that is reached by `t`; 0: none is. Of those inside a pause there are none.
uint32_t LastReminder(const ClockState& state, const Rung& rung, Instant t) {
  if (state.due_at == kNever) return 0;
  auto before = [&](Instant end) {
    return end <= state.due_at ? 0 : ((end - state.due_at).us - 1) / rung.every.us;
  };
  int64_t last = before(t);
  for (auto span = state.excluded.rbegin(); span != state.excluded.rend(); ++span) {
    const Instant at = ReminderDue(state, rung, last);
    if (last > 0 && at >= span->from && at < span->to) last = before(span->from);
  }
  return static_cast<uint32_t>(std::min(last, kLastReminder));
}

// A rung that is reached, and whether it was not before.
struct Judged {
  ReachedRung rung;
  bool fresh;
};

// Which of the rungs that were reached together, the fresh ones, are told. Of the warnings it is
// the one that stands highest in all, and none beside a breach; a breach is told; so is a reminder,
// but beside the breach that it reminds of, and while it is paused.
class Overtaken {
 public:
  Overtaken(const ClockBasis& basis, const ClockState& state, Instant t)
      : ladder_(basis.rule->ladder), paused_(!state.running_since) {
    breached_ = state.due_at != kNever && state.due_at < t;
  }
  void Saw(const Judged& judged) {
    const ReachedRung& rung = judged.rung;
    switch (ladder_[rung.rung].kind) {
      case RungKind::kWarning:
        highest_ = std::max(highest_, rung.at);
        last_warning_ = rung.at == highest_ ? rung.rung : last_warning_;
        return;
      case RungKind::kBreach:
        breached_ = true;
        breach_is_fresh_ |= judged.fresh;
        return;
      case RungKind::kOverdue:
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
        return breach_is_fresh_ || paused_;
    }
    return false;
  }

 private:
  const std::vector<Rung>& ladder_;
  const bool paused_;
  bool breached_ = false;
  bool breach_is_fresh_ = false;
  Instant highest_ = base::kLongAgo;
  uint16_t last_warning_ = 0;
};

// Judges the rungs reached by `t` against those of `before`, as JudgeRungs says.
class Judge {
 public:
  Judge(const ClockBasis& basis, const ClockState& state, Instant t,
        const std::vector<ReachedRung>& before, bool moved)
      : basis_(basis), state_(state), t_(t), before_(before), moved_(moved) {}

  void Reached(const ReachedRung& now) {
    const auto known = std::find_if(before_.begin(), before_.end(), [&](const ReachedRung& r) {
      return r.rung == now.rung && r.repeat == now.repeat;
    });
    const bool stays = known != before_.end() && Stays(*known, now.at);
    judged_.push_back({stays ? *known : now, !stays});
  }

  // Those that were told before, and the last one. What lies between is in no list, as what lies in
  // a pause, and so it is none of the cap, however many there are.
  void Reminders(size_t rung) {
    const uint32_t last = LastReminder(state_, basis_.rule->ladder[rung], t_);
    int32_t left = basis_.rule->ladder[rung].cap;
    for (const ReachedRung& known : before_) {
      if (known.rung != rung || known.skipped || known.repeat > last || left == 0) continue;
      if (!Stays(known, DueOf(rung, known.repeat))) continue;
      judged_.push_back({known, false});
      if (known.repeat == last) return;
      --left;
    }
    if (last == 0 || left == 0) return;
    Reached({static_cast<uint16_t>(rung), static_cast<uint16_t>(last), DueOf(rung, last), false});
  }

  // Which of the fresh ones are told, too.
  [[nodiscard]] std::vector<ReachedRung> Result() const {
    Overtaken overtaken(basis_, state_, t_);
    for (const Judged& judged : judged_) overtaken.Saw(judged);
    std::vector<ReachedRung> result;
    for (const Judged& judged : judged_) {
      result.push_back(judged.rung);
      if (judged.fresh) result.back().skipped = overtaken.Has(judged.rung);
    }
    return result;
  }

 private:
  [[nodiscard]] bool Stays(const ReachedRung& known, Instant now) const {
    return known.at == now || (moved_ && !known.skipped);
  }
  [[nodiscard]] Instant DueOf(size_t rung, uint32_t n) const {
    return ReminderDue(state_, basis_.rule->ladder[rung], n);
  }

  const ClockBasis& basis_;
  const ClockState& state_;
  const Instant t_;
  const std::vector<ReachedRung>& before_;
  const bool moved_;
  std::vector<Judged> judged_;
};

// The first instant after `t` at which it reminds of itself.
Instant NextReminder(const ClockBasis& basis, const ClockState& state, size_t rung, Instant t) {
  const Rung& rule = basis.rule->ladder[rung];
  int64_t left = rule.cap;
  int64_t n = 0;  // the last one that is known
  for (const ReachedRung& known : state.reached) {
    if (known.rung != rung) continue;
    n = std::max<int64_t>(n, known.repeat);
    left -= known.skipped ? 0 : 1;
  }
  if (state.excluded.empty() && t > state.due_at) {
    // So many more it has been by then, at least.
    const int64_t passed = (t - state.due_at).us / rule.every.us - 1 - n;
    const int64_t more = std::clamp<int64_t>(passed, 0, std::max<int64_t>(0, left));
    n += more;
    left -= more;
  }
  for (; left > 0; --left) {
    n = ReminderAfter(basis, state, rung, static_cast<uint32_t>(n));
    if (n == 0) return kNever;
    const Instant at = RungReached(rule, RungDue(basis, state, rung, static_cast<uint32_t>(n)));
    if (at > t) return at;
  }
  return kNever;
}

}  // namespace

void JudgeRungs(const ClockBasis& basis, Instant t, const std::vector<ReachedRung>& before,
                bool moved, ClockState* state) {
  const auto& ladder = basis.rule->ladder;
  Judge judge(basis, *state, t, before, moved);
  for (size_t i = 0; i < ladder.size(); ++i) {
    if (ladder[i].kind == RungKind::kOverdue) {
      judge.Reminders(i);
    } else {
      ForEachReachedOf(basis, *state, i, t, [&](const ReachedRung& now) { judge.Reached(now); });
    }
  }
  state->reached = judge.Result();
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
      return ReminderDue(state, rule, repeat);
  }
  return kNever;
}

uint32_t ReminderAfter(const ClockBasis& basis, const ClockState& state, size_t rung, uint32_t n) {
  // What was told stays, where the limit or the pauses were others, and what was passed over then
  // stays so.
  uint32_t reached = 0;
  for (const ReachedRung& known : state.reached) {
    if (known.rung != rung || known.repeat <= n) continue;
    if (reached == 0 || known.repeat < reached) reached = known.repeat;
  }
  if (reached != 0) return reached;
  const Rung& rule = basis.rule->ladder[rung];
  int64_t next = n + 1;
  for (const model::ExcludedSpan& span : state.excluded) {
    if (state.due_at == kNever) break;
    const Instant at = ReminderDue(state, rule, next);
    if (at >= span.to) continue;
    if (at < span.from) break;
    if (span.to == kNever) return 0;
    next = ((span.to - state.due_at).us + rule.every.us - 1) / rule.every.us;
  }
  return next > kLastReminder ? 0 : static_cast<uint32_t>(next);
}

const ReachedRung* FindReached(const ClockState& state, size_t rung, uint32_t repeat) {
  for (const ReachedRung& known : state.reached) {
    if (known.rung == rung && known.repeat == repeat) return &known;
  }
  return nullptr;
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
