// What a store keeps beside a case.

#include "engine/store/derived.h"

#include <gtest/gtest.h>

namespace caseclock::store {
namespace {

using base::Atom;
using base::Instant;

TEST(Derive, IndexesAClockOnlyWhenNothingWillTouchItInTime) {
  model::CaseState state;
  state.view.referred = true;
  state.view.queue = Atom::Intern("q");
  state.view.opened_at = Instant{3};
  model::ClockState clock;
  clock.clock = Atom::Intern("heard");
  clock.due_at = Instant{100};
  state.view.clocks.push_back(clock);
  state.timer_at = Instant{50};
  EXPECT_TRUE(Derive(state).due.empty());
  state.timer_at = Instant{101};  // the breach itself
  EXPECT_TRUE(Derive(state).due.empty());
  state.timer_at = Instant{102};
  EXPECT_EQ(Derive(state).due.size(), 1U);
  state.view.closed = true;  // a clock may run on
  EXPECT_EQ(Derive(state).due.size(), 1U);
  EXPECT_EQ(Derive(state).opened_at, base::kNever);
  state.view.referred = false;
  EXPECT_TRUE(Derive(state).due.empty());
}

}  // namespace
}  // namespace caseclock::store
