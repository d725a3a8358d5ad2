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

// The pauses that the rule takes so, from `from` on, ascending. Those that overlap are one.
std::vector<model::ExcludedSpan> PausesTaken(const ClockRule& rule, PausesOfCase pauses,
                                             Instant from,
                                             bool (*takes)(const ClockRule&, base::Atom)) {
  std::vector<model::ExcludedSpan> taken;
  for (const model::ExcludedSpan& pause : pauses) {
    if (!takes(rule, pause.reason) || pause.to <= from) continue;
    taken.push_back({pause.reason, std::max(pause.from, from), pause.to});
  }
  std::stable_sort(taken.begin(), taken.end(),
                   [](const auto& a, const auto& b) { return a.from < b.from; });
  std::vector<model::ExcludedSpan> joined;
  for (const model::ExcludedSpan& span : taken) {
    if (!joined.empty() && span.from < joined.back().to) {
      joined.back().to = std::max(joined.back().to, span.to);
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
  const auto paused = PausesTaken(*basis.rule, pauses, from, Disregards);
  const auto held = PausesTaken(*basis.rule, pauses, std::min(from, t), ExtendsFor);
  // One by one, in the order in which they happened.
  enum class Change : uint8_t { kRelease, kResume, kPause, kHold };
  std::vector<std::tuple<Instant, Change, base::Atom>> changes;
  for (const model::ExcludedSpan& span : paused) {
    changes.emplace_back(span.from, Change::kPause, span.reason);
    if (span.to != kNever) changes.emplace_back(span.to, Change::kResume, span.reason);
  }
  for (const model::ExcludedSpan& span : held) {
    changes.emplace_back(span.from, Change::kHold, span.reason);
    if (span.to != kNever) changes.emplace_back(span.to, Change::kRelease, span.reason);
  }
  std::stable_sort(changes.begin(), changes.end(), [](const auto& a, const auto& b) {
    return std::tie(std::get<0>(a), std::get<1>(a)) < std::tie(std::get<0>(b), std::get<1>(b));
  });
  for (const auto& [at, change, reason] : changes) {
    const Instant when = std::min(at, t);  // a cycle may count from an instant ahead
    switch (change) {
      case Change::kRelease:
        ReleaseClock(basis, when, state);
        break;
      case Change::kResume:
        ResumeClock(basis, when, state);
        break;
      case Change::kPause:
        PauseClock(basis, reason, when, state);
        break;
      case Change::kHold:
        HoldClock(basis, reason, when, state);
        break;
    }
  }
}

}  // namespace caseclock::core
