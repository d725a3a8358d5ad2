// What a cycle that counts from another instant than now would have seen of the pauses of its case.

#include <algorithm>
#include <tuple>

#include "engine/core/clock.h"

namespace caseclock::core {
namespace {

using base::Instant;
using base::kNever;
using model::ClockRule;
using model::ClockState;

// A time for which the case was closed does not count either; nor, for a cycle that waits, that for
// which it is.
bool Excludes(const ClockRule& rule, const model::ExcludedSpan& pause) {
  if (pause.began.type == model::EventType::kClosed) {
    return rule.stops_at_close || pause.to == kNever;
  }
  return Disregards(rule, pause.reason);
}
bool Holds(const ClockRule& rule, const model::ExcludedSpan& pause) {
  return pause.began.type != model::EventType::kClosed && ExtendsFor(rule, pause.reason);
}

// The pauses that the rule takes so, from `from` on, ascending. Those that overlap are one.
std::vector<model::ExcludedSpan> PausesTaken(const ClockRule& rule, PausesOfCase pauses,
                                             Instant from,
                                             bool (*takes)(const ClockRule&,
                                                           const model::ExcludedSpan&)) {
  std::vector<model::ExcludedSpan> taken;
  for (const model::ExcludedSpan& pause : pauses) {
    if (!takes(rule, pause) || pause.to <= from) continue;
    taken.push_back(pause);
    taken.back().from = std::max(pause.from, from);
  }
  std::stable_sort(taken.begin(), taken.end(),
                   [](const auto& a, const auto& b) { return a.from < b.from; });
  std::vector<model::ExcludedSpan> joined;
  for (const model::ExcludedSpan& span : taken) {
    if (!joined.empty() && span.from < joined.back().to) {
      if (span.to <= joined.back().to) continue;
      joined.back().to = span.to;
      joined.back().ended = span.ended;
    } else {
      joined.push_back(span);
    }
  }
  return joined;
}

}  // namespace

void RetracePauses(const ClockBasis& basis, PausesOfCase pauses, Instant from, Instant t,
                   ClockState* state) {
  if (pauses.empty()) return;
  const auto paused = PausesTaken(*basis.rule, pauses, from, Excludes);
  const auto held = PausesTaken(*basis.rule, pauses, std::min(from, t), Holds);
  // One by one, in the order in which they happened.
  enum class Turn : uint8_t { kRelease, kResume, kPause, kHold };
  std::vector<std::tuple<Instant, Turn, const model::ExcludedSpan*>> changes;
  for (const model::ExcludedSpan& span : paused) {
    changes.emplace_back(span.from, Turn::kPause, &span);
    if (span.to != kNever) changes.emplace_back(span.to, Turn::kResume, &span);
  }
  for (const model::ExcludedSpan& span : held) {
    changes.emplace_back(span.from, Turn::kHold, &span);
    if (span.to != kNever) changes.emplace_back(span.to, Turn::kRelease, &span);
  }
  std::stable_sort(changes.begin(), changes.end(), [](const auto& a, const auto& b) {
    return std::tie(std::get<0>(a), std::get<1>(a)) < std::tie(std::get<0>(b), std::get<1>(b));
  });
  for (const auto& [at, turn, span] : changes) {
    const Instant when = std::min(at, t);  // a cycle may count from an instant ahead
    switch (turn) {
      case Turn::kRelease:
        ReleaseClock(basis, {when, span->ended}, state);
        break;
      case Turn::kResume:
        ResumeClock(basis, {when, span->ended}, state);
        break;
      case Turn::kPause:
        PauseClock(basis, span->reason, {when, span->began}, state);
        break;
      case Turn::kHold:
        HoldClock(basis, span->reason, {when, span->began}, state);
        break;
    }
  }
}

}  // namespace caseclock::core
