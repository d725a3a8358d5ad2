// Where a store stands, as bytes: those of earlier builds stay what they were.

#include "engine/store/position.h"

#include <gtest/gtest.h>

namespace caseclock::store {
namespace {

using base::Instant;

TEST(Position, KeepsTheSourcesThatWereHeard) {
  Position position{7, {1, 2}, 30, 40, Instant{-5}, {}, {}};
  EXPECT_EQ(EncodePosition(position).size(), 49U);  // as before there were any
  const model::Hearing first{Instant{-9}, 11, 2, 30};
  const model::Hearing last{Instant{-5}, 12, 2, 39};
  position.heard = {{base::Atom::Intern("rms"), last, {{first, last}}}};
  EXPECT_EQ(DecodePosition(EncodePosition(position)).value(), position);
  EXPECT_FALSE(DecodePosition(EncodePosition(position).substr(0, 55)).ok());
}

TEST(Position, KeepsWhichCalendarsWereFollowed) {
  Position position{7, {1, 2}, 30, 40, Instant{-5}, {}, Instant{8}};
  EXPECT_EQ(EncodePosition(position).size(), 57U);
  EXPECT_EQ(DecodePosition(EncodePosition(position)).value(), position);
  position.heard = {{base::Atom::Intern("rms"), {Instant{-5}, 12, 2, 39}, {}}};
  EXPECT_EQ(DecodePosition(EncodePosition(position)).value(), position);
  EXPECT_FALSE(DecodePosition(EncodePosition(position).substr(0, 55)).ok());
}

TEST(Position, RefusesOtherBytes) {
  const Position position{7, {1, 2}, 30, 40, Instant{-5}, {}, {}};
  EXPECT_EQ(DecodePosition(EncodePosition(position)).value(), position);
  EXPECT_FALSE(DecodePosition("").ok());
  EXPECT_FALSE(DecodePosition(EncodePosition(position) + "x").ok());
}

}  // namespace
}  // namespace caseclock::store
