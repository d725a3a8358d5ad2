// Calendar arithmetic against worked cases and against a reference that counts every second.
// Sources: gov.uk bank holidays; Victims' Code 2020 (working days); GLPI PR 22678, ServiceNow,
// flowwink PR 61 and Zammad 390 for working time.

#include "engine/core/calendar.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <random>

namespace caseclock::core {
namespace {

using base::Days;
using base::Hours;
using base::Instant;
using base::Seconds;
using model::Calendar;
using model::TimeZone;

Instant At(std::string_view text) {
  return base::ParseInstant(text).value();
}
std::string Text(Instant t) {
  return base::FormatInstant(t);
}
base::Period Period(std::string_view text) {
  return base::ParsePeriod(text).value();
}
int32_t Day(int64_t year, unsigned month, unsigned day) {
  return static_cast<int32_t>(base::DaysFromCivil(year, month, day));
}

// At 01:00 UTC on the last Sundays of March and October.
TimeZone London() {
  TimeZone zone{"Europe/London", "test", {{base::kLongAgo, 0}}};
  const auto add = [&zone](int64_t year, unsigned month, int32_t offset) {
    const int32_t last = Day(year, month, 31);
    const int32_t sunday = last - (last + 4) % 7;
    zone.transitions.push_back({Instant::FromSeconds(int64_t{sunday} * 86'400 + 3'600), offset});
  };
  for (int64_t year = 1996; year <= 2100; ++year) {
    add(year, 3, 3'600);
    add(year, 10, 0);
  }
  return zone;
}

// Days `from` to `to` of the week (0 is Monday), all with the same hours.
Calendar Week(int from, int to, int from_hour, int to_hour) {
  Calendar calendar;
  for (int i = from; i <= to; ++i)
    calendar.week[static_cast<size_t>(i)] = {{from_hour * 3'600, to_hour * 3'600}};
  calendar.first_day = Day(1990, 1, 1);
  calendar.last_day = Day(2030, 12, 31);
  return calendar;
}

Calendar EnglandAndWales() {
  Calendar calendar = Week(0, 4, 9, 17);
  calendar.zone = London();
  calendar.holidays = {Day(2026, 1, 1),  Day(2026, 4, 3),  Day(2026, 4, 6),   Day(2026, 5, 4),
                       Day(2026, 5, 25), Day(2026, 8, 31), Day(2026, 12, 25), Day(2026, 12, 28),
                       Day(2027, 1, 1),  Day(2027, 3, 26), Day(2027, 3, 29),  Day(2027, 5, 3),
                       Day(2027, 5, 31), Day(2027, 8, 30), Day(2027, 12, 27), Day(2027, 12, 28)};
  calendar.first_day = Day(2026, 1, 1);
  calendar.last_day = Day(2027, 12, 31);
  return calendar;
}

std::string Add(const Calendar& calendar, std::string_view start, base::Duration amount) {
  return Text(AddWorking(calendar, At(start), amount).at);
}

// Local time

TEST(LocalTime, FollowsTheClockChanges) {
  const TimeZone zone = London();
  EXPECT_EQ(UtcOffset(zone, At("2026-03-29T00:59:59Z")), 0);
  EXPECT_EQ(UtcOffset(zone, At("2026-03-29T01:00:00Z")), 3'600);
  EXPECT_EQ(UtcOffset(zone, At("2026-10-25T00:59:59Z")), 3'600);
  EXPECT_EQ(UtcOffset(zone, At("2026-10-25T01:00:00Z")), 0);
  EXPECT_EQ(UtcOffset(zone, base::kLongAgo), 0);
  EXPECT_EQ(UtcOffset(TimeZone{}, At("2026-10-25T01:00:00Z")), 0);
  EXPECT_EQ(LocalDay(zone, At("2026-06-30T23:30:00Z")), Day(2026, 7, 1));
  EXPECT_EQ(LocalDay(zone, At("1969-12-31T23:30:00Z")), -1);
  EXPECT_EQ(Text(DayStart(zone, Day(2026, 7, 1))), "2026-06-30T23:00:00Z");
  EXPECT_EQ(Text(DayStart(zone, Day(2026, 3, 29))), "2026-03-29T00:00:00Z");
  EXPECT_EQ(Text(DayStart(zone, Day(2026, 3, 30))), "2026-03-29T23:00:00Z");
}

TEST(LocalTime, MidnightsThatAreMissingOrTwice) {
  // Clocks change at midnight: forward at 03:00 UTC to 01:00, back at 24:00 to 23:00.
  const TimeZone zone{"x",
                      "test",
                      {{base::kLongAgo, -10'800},
                       {At("2026-09-06T03:00:00Z"), -7'200},
                       {At("2027-04-04T02:00:00Z"), -10'800}}};
  EXPECT_EQ(Text(DayStart(zone, Day(2026, 9, 6))), "2026-09-06T03:00:00Z");
  EXPECT_EQ(LocalDay(zone, At("2027-04-04T01:59:59Z")), Day(2027, 4, 3));
  EXPECT_EQ(LocalDay(zone, At("2027-04-04T02:30:00Z")), Day(2027, 4, 3));
  EXPECT_EQ(Text(DayStart(zone, Day(2027, 4, 4))), "2027-04-04T03:00:00Z");
}

TEST(AddPeriod, KeepsTheTimeOfDayOverClockChanges) {
  const TimeZone zone = London();
  const auto add = [&](std::string_view start, std::string_view period) {
    return Text(AddPeriod(zone, At(start), Period(period)));
  };
  EXPECT_EQ(add("2026-03-28T10:00:00Z", "P1D"), "2026-03-29T09:00:00Z");
  EXPECT_EQ(add("2026-03-28T10:00:00Z", "PT24H"), "2026-03-29T10:00:00Z");
  EXPECT_EQ(add("2026-10-24T10:00:00Z", "P1D"), "2026-10-25T11:00:00Z");
  EXPECT_EQ(add("2026-01-31T10:00:00Z", "P1M"), "2026-02-28T10:00:00Z");
  EXPECT_EQ(add("2024-02-29T10:00:00Z", "P1Y"), "2025-02-28T10:00:00Z");
  EXPECT_EQ(add("2026-01-31T10:00:00Z", "P1M1DT1H"), "2026-03-01T11:00:00Z");
  EXPECT_EQ(add("2026-11-30T10:00:00Z", "P3M"), "2027-02-28T10:00:00Z");
}

TEST(AddPeriod, GapsMoveForwardAndOverlapsKeepTheOffset) {
  const TimeZone zone = London();
  const auto add = [&](std::string_view start, std::string_view period) {
    return Text(AddPeriod(zone, At(start), Period(period)));
  };
  EXPECT_EQ(add("2026-03-28T01:30:00Z", "P1D"), "2026-03-29T01:30:00Z");   // 02:30 BST
  EXPECT_EQ(add("2026-10-24T00:30:00Z", "P1D"), "2026-10-25T00:30:00Z");   // from BST: the first
  EXPECT_EQ(add("2025-11-25T01:30:00Z", "P11M"), "2026-10-25T01:30:00Z");  // from GMT: the second
  EXPECT_EQ(AddPeriod(zone, base::kNever, Period("P1D")), base::kNever);
}

// Working time

TEST(WorkingTime, WorkedCasesOfOtherProducts) {
  const Calendar ten_hours = Week(0, 4, 8, 18);
  EXPECT_EQ(Add(ten_hours, "2026-03-02T10:00:00Z", Hours(4)), "2026-03-02T14:00:00Z");
  EXPECT_EQ(Add(ten_hours, "2026-03-02T14:00:00Z", Hours(-1)), "2026-03-02T13:00:00Z");
  EXPECT_EQ(Add(ten_hours, "2026-03-02T17:00:00Z", Hours(4)), "2026-03-03T11:00:00Z");
  EXPECT_EQ(Add(ten_hours, "2026-03-03T11:00:00Z", Hours(-1)), "2026-03-03T10:00:00Z");

  const Calendar eight_hours = Week(0, 4, 8, 16);
  EXPECT_EQ(Text(NextWorking(eight_hours, At("2026-03-04T20:30:00Z")).at), "2026-03-05T08:00:00Z");
  EXPECT_EQ(Add(eight_hours, "2026-03-02T08:00:00Z", Hours(24)), "2026-03-04T16:00:00Z");
  EXPECT_EQ(Add(eight_hours, "2026-03-02T10:00:00Z", Hours(24)), "2026-03-05T10:00:00Z");
  // One working day is another thing than 24 working hours.
  EXPECT_EQ(Text(EndOfWorkingDay(eight_hours, At("2026-03-02T08:00:00Z"), 1).at),
            "2026-03-04T00:00:00Z");

  EXPECT_EQ(Text(AddPeriod({}, At("2026-03-02T10:30:00Z"), Period("PT10H"))),
            "2026-03-02T20:30:00Z");
  EXPECT_EQ(
      WorkingBetween(Week(0, 4, 9, 17), At("2026-03-06T16:00:00Z"), At("2026-03-09T10:00:00Z")),
      Hours(2));
}

TEST(WorkingTime, AFeedOfObservancesMovesTheDeadline) {
  Calendar calendar = Week(0, 6, 9, 21);
  EXPECT_EQ(Add(calendar, "2016-11-09T23:00:00Z", Hours(48)), "2016-11-13T21:00:00Z");
  calendar.holidays = {Day(2016, 11, 11), Day(2016, 11, 13)};
  EXPECT_EQ(Add(calendar, "2016-11-09T23:00:00Z", Hours(48)), "2016-11-15T21:00:00Z");
}

TEST(WorkingTime, BoundariesOfASpan) {
  const Calendar calendar = EnglandAndWales();
  EXPECT_EQ(Add(calendar, "2026-12-24T09:00:00Z", Hours(8)), "2026-12-24T17:00:00Z");
  EXPECT_EQ(Add(calendar, "2026-12-24T17:00:00Z", Hours(-8)), "2026-12-24T09:00:00Z");
  EXPECT_EQ(Add(calendar, "2026-12-24T17:00:00Z", {}), "2026-12-29T09:00:00Z");
  EXPECT_TRUE(IsWorking(calendar, At("2026-12-24T09:00:00Z")));
  EXPECT_FALSE(IsWorking(calendar, At("2026-12-24T17:00:00Z")));
  EXPECT_FALSE(IsWorking(calendar, At("2026-12-25T10:00:00Z")));
  EXPECT_EQ(Text(NextClosing(calendar, At("2026-12-24T16:59:59Z")).at), "2026-12-24T17:00:00Z");
  EXPECT_EQ(Text(NextClosing(calendar, At("2026-12-24T17:00:00Z")).at), "2026-12-29T17:00:00Z");
  // Summer time: 09:00 on the wall is 08:00 UTC.
  EXPECT_EQ(Text(NextWorking(calendar, At("2026-07-01T00:00:00Z")).at), "2026-07-01T08:00:00Z");
}

TEST(WorkingTime, NightShiftsLastAsLongAsTheyReallyDo) {
  Calendar calendar = Week(0, 6, 0, 24);
  calendar.zone = London();
  EXPECT_EQ(WorkingBetween(calendar, At("2026-03-28T00:00:00Z"), At("2026-03-31T00:00:00Z")),
            Days(3));
  EXPECT_EQ(Add(calendar, "2026-03-28T12:00:00Z", Hours(24 * 365)), "2027-03-28T12:00:00Z");
  Calendar nights = Week(0, 6, 0, 6);
  nights.zone = London();
  EXPECT_EQ(WorkingBetween(nights, At("2026-03-29T00:00:00Z"), At("2026-03-29T12:00:00Z")),
            Hours(5));
  EXPECT_EQ(WorkingBetween(nights, At("2026-10-24T23:00:00Z"), At("2026-10-25T12:00:00Z")),
            Hours(7));
  EXPECT_EQ(WorkingBetween(nights, At("2026-01-01T00:00:00Z"), At("2027-01-01T00:00:00Z")),
            Hours(365 * 6));
}

TEST(WorkingTime, NoWorkAnywhereIsNever) {
  Calendar calendar;
  EXPECT_EQ(AddWorking(calendar, At("2026-01-01T00:00:00Z"), Hours(1)).at, base::kNever);
  EXPECT_TRUE(AddWorking(calendar, At("2026-01-01T00:00:00Z"), Hours(1)).beyond_horizon);
  EXPECT_EQ(AddWorking(calendar, At("2026-01-01T00:00:00Z"), Hours(-1)).at, base::kNever);
  EXPECT_EQ(NextWorking(calendar, At("2026-01-01T00:00:00Z")).at, base::kNever);
  EXPECT_EQ(NextClosing(calendar, At("2026-01-01T00:00:00Z")).at, base::kNever);
  EXPECT_EQ(AddWorkingDays(calendar, 20'000, 1), std::nullopt);
  EXPECT_EQ(EndOfWorkingDay(calendar, At("2026-01-01T00:00:00Z"), 1).at, base::kNever);
  calendar.special[Day(2026, 6, 1)] = {{0, 3'600}};
  EXPECT_EQ(Add(calendar, "2026-01-01T00:00:00Z", Hours(1)), "2026-06-01T01:00:00Z");
  EXPECT_EQ(AddWorking(calendar, At("2026-01-01T00:00:00Z"), Hours(2)).at, base::kNever);
}

TEST(WorkingTime, AbsurdArgumentsEndQuickly) {
  const Calendar calendar = Week(0, 0, 9, 10);
  for (const int64_t us : {INT64_MAX, INT64_MIN + 1}) {
    EXPECT_EQ(AddWorking(calendar, At("2026-01-01T00:00:00Z"), {us}).at, base::kNever);
    EXPECT_EQ(AddWorking(calendar, Instant{us}, Hours(1)).at, base::kNever);
  }
  EXPECT_EQ(AddWorkingDays(calendar, 20'000, INT32_MAX), std::nullopt);
  EXPECT_EQ(AddWorkingDays(calendar, 20'000, INT32_MIN), std::nullopt);
}

TEST(Horizon, FlagsResultsThatTouchUncoveredDays) {
  const Calendar calendar = EnglandAndWales();
  EXPECT_FALSE(AddWorking(calendar, At("2027-12-30T12:00:00Z"), Hours(8)).beyond_horizon);
  EXPECT_TRUE(AddWorking(calendar, At("2027-12-31T12:00:00Z"), Hours(8)).beyond_horizon);
  EXPECT_TRUE(AddWorking(calendar, At("2025-12-31T12:00:00Z"), Hours(1)).beyond_horizon);
  EXPECT_TRUE(AddWorking(calendar, At("2026-01-02T12:00:00Z"), Hours(-8)).beyond_horizon);
  EXPECT_FALSE(EndOfWorkingDay(calendar, At("2027-12-20T12:00:00Z"), 5).beyond_horizon);
  EXPECT_TRUE(EndOfWorkingDay(calendar, At("2027-12-30T12:00:00Z"), 5).beyond_horizon);
  EXPECT_TRUE(NextWorking(calendar, At("2027-12-31T18:00:00Z")).beyond_horizon);
}

// Working days

TEST(WorkingDays, VictimsCode) {
  // Arrested on Christmas Eve 2026, a Thursday; Boxing Day falls on a Saturday, so Monday 28 is
  // its substitute.
  const Calendar calendar = EnglandAndWales();
  const Instant arrest = At("2026-12-24T10:00:00Z");
  EXPECT_EQ(Text(EndOfWorkingDay(calendar, arrest, 1).at), "2026-12-30T00:00:00Z");  // of 29 Dec
  EXPECT_EQ(Text(EndOfWorkingDay(calendar, arrest, 5).at), "2027-01-06T00:00:00Z");  // of 5 Jan
  // In summer the day ends at 23:00 UTC. From a Saturday, Monday is the first working day.
  EXPECT_EQ(Text(EndOfWorkingDay(calendar, At("2026-07-04T10:00:00Z"), 1).at),
            "2026-07-06T23:00:00Z");
}

TEST(WorkingDays, AddAndCount) {
  const Calendar calendar = EnglandAndWales();
  const int32_t saturday = Day(2026, 7, 4);
  EXPECT_EQ(AddWorkingDays(calendar, saturday, 0), saturday + 2);
  EXPECT_EQ(AddWorkingDays(calendar, saturday + 2, 0), saturday + 2);
  EXPECT_EQ(AddWorkingDays(calendar, saturday, 1), saturday + 2);
  EXPECT_EQ(AddWorkingDays(calendar, saturday, -1), saturday - 1);
  EXPECT_EQ(WorkingDaysBetween(calendar, saturday, saturday + 7), 5);
  EXPECT_EQ(WorkingDaysBetween(calendar, saturday + 7, saturday), -5);
  EXPECT_EQ(WorkingDaysBetween(calendar, Day(2025, 12, 31), Day(2026, 12, 31)), 253);
  EXPECT_FALSE(IsWorkingDay(calendar, Day(2026, 12, 28)));
}

// Against a reference

// A week, holidays and special days at random, in London or UTC.
Calendar RandomCalendar(std::mt19937_64& random) {
  const auto below = [&random](int n) {
    return static_cast<int>(random() % static_cast<uint64_t>(n));
  };
  const auto spans = [&below] {
    std::vector<model::WorkSpan> out;
    int32_t at = 0;
    for (int i = below(4); i > 0 && at < 20; --i) {
      const int32_t from = at + below(4);
      at = std::min(24, from + 1 + below(8));
      if (from < at) out.push_back({from * 3'600, at * 3'600});
    }
    return out;
  };
  Calendar calendar;
  if (below(3) > 0) calendar.zone = London();
  for (auto& day : calendar.week) day = spans();
  for (int32_t day = Day(2026, 1, 1); day < Day(2028, 1, 1); ++day) {
    if (below(20) == 0) calendar.holidays.push_back(day);
    if (below(20) == 0) calendar.special[day] = spans();
  }
  if (below(2) == 0) model::IndexHolidays(&calendar);
  return calendar;
}

// Counts the half hours that IsWorking calls working: every rule of a day, none of the shortcuts.
base::Duration Counted(const Calendar& calendar, Instant from, Instant to) {
  int64_t halves = 0;
  for (Instant t = from; t < to; t = t + Seconds(1'800)) halves += IsWorking(calendar, t) ? 1 : 0;
  return Seconds(halves * 1'800);
}

// A million by name: CASECLOCK_ROUNDS=1000000 core_tests --gtest_filter='Property.*'.
int Rounds(int usually) {
  const char* asked = std::getenv("CASECLOCK_ROUNDS");
  return asked == nullptr ? usually : std::max(1, std::atoi(asked));
}

TEST(Property, WorkingBetweenEqualsCounting) {
  std::mt19937_64 random(11);
  for (int round = 0; round < Rounds(60); ++round) {
    const Calendar calendar = RandomCalendar(random);
    const Instant from = At("2026-02-01T00:00:00Z") + Hours(static_cast<int64_t>(random() % 2'000));
    const Instant to = from + Hours(static_cast<int64_t>(random() % 9'000));
    EXPECT_EQ(WorkingBetween(calendar, from, to), Counted(calendar, from, to)) << round;
    EXPECT_EQ(WorkingBetween(calendar, to, from).us, -WorkingBetween(calendar, from, to).us);
  }
}

TEST(Property, AddWorkingAndWorkingBetweenAreInverse) {
  std::mt19937_64 random(12);
  for (int round = 0; round < Rounds(3'000); ++round) {
    const Calendar calendar = RandomCalendar(random);
    const Instant start =
        At("2026-01-01T00:00:00Z") + Seconds(static_cast<int64_t>(random() % 63'000'000));
    for (const int64_t scale : {1'000'000LL, 100'000'000LL}) {
      const base::Duration amount{static_cast<int64_t>(random() % 1'000'000'000) * scale / 1'000 +
                                  1};
      const Reckoned later = AddWorking(calendar, start, amount);
      if (later.at == base::kNever) {  // a week without hours, and too few special days
        ASSERT_LT(WorkingBetween(calendar, start, At("2029-01-01T00:00:00Z")), amount) << round;
        continue;
      }
      ASSERT_EQ(WorkingBetween(calendar, start, later.at), amount) << round;
      ASSERT_EQ(AddWorking(calendar, start, amount - base::Duration{1}).at < later.at, true);
      const Reckoned earlier = AddWorking(calendar, start, base::Duration{-amount.us});
      if (earlier.at == base::kNever) {
        ASSERT_LT(WorkingBetween(calendar, At("2025-01-01T00:00:00Z"), start), amount) << round;
        continue;
      }
      ASSERT_EQ(WorkingBetween(calendar, earlier.at, start), amount) << round;
    }
  }
}

TEST(Property, WorkingDaysEqualAWalk) {
  std::mt19937_64 random(13);
  for (int round = 0; round < Rounds(300); ++round) {
    const Calendar calendar = RandomCalendar(random);
    const int32_t day = Day(2026, 1, 1) + static_cast<int32_t>(random() % 300);
    const auto n = static_cast<int32_t>(random() % 150) + 1;
    // Special days end, and a week may have none: then there is an end to walking.
    const auto walk = [&](int32_t step) -> std::optional<int32_t> {
      int32_t at = day;
      for (int32_t left = n, idle = 0; left > 0; ++idle) {
        at += step;
        if (idle == 4'000) return std::nullopt;
        if (!IsWorkingDay(calendar, at)) continue;
        --left;
        idle = 0;
      }
      return at;
    };
    const std::optional<int32_t> forward = walk(1);
    ASSERT_EQ(AddWorkingDays(calendar, day, n), forward) << round;
    ASSERT_EQ(AddWorkingDays(calendar, day, -n), walk(-1)) << round;
    if (forward) {
      ASSERT_EQ(WorkingDaysBetween(calendar, day, *forward), n) << round;
    }
  }
}

}  // namespace
}  // namespace caseclock::core
