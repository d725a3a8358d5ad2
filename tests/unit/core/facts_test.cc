// What a clock contributes to the figures of its queue.

#include "engine/core/facts.h"

#include <gtest/gtest.h>

namespace caseclock::core {
namespace {

using base::Instant;

// A pause after the due instant takes nothing out of what is overdue; one before it has no due
// instant.
TEST(StandingFacts, ABreachStandsWhileItsClockIsPaused) {
  model::CaseView view;
  view.referred = true;
  view.closed = true;
  model::ClockState clock;
  clock.clock = base::Atom::Intern("visit");
  clock.excluded = {{base::Atom::Intern("custody"), Instant{9'000'000}, base::kNever}};
  const auto kind = [&](Instant due) {
    clock.due_at = due;
    view.clocks = {clock};
    std::vector<model::FigureDelta> facts;
    StandingFacts(model::PolicySet(), view, &facts);
    for (const model::FigureDelta& fact : facts) {
      if (fact.key.label1 == clock.clock) return std::pair(fact.key.kind, fact.second);
    }
    return std::pair(model::FigureKind::kOpen, int64_t{0});
  };
  EXPECT_EQ(kind(Instant{5'000'000}), std::pair(model::FigureKind::kClockRunning, int64_t{5}));
  EXPECT_EQ(kind(base::kNever), std::pair(model::FigureKind::kClockPaused, int64_t{9}));
}

}  // namespace
}  // namespace caseclock::core
