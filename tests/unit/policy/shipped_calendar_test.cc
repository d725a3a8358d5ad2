// The calendars that ship, against working days counted independently from the gov.uk lists.

#include <gtest/gtest.h>

#include <array>

#include "engine/base/time_text.h"
#include "engine/core/calendar.h"
#include "engine/policy/load.h"

namespace caseclock::policy {
namespace {

const model::PolicySet& Shipped() {
  static const LoadResult kLoaded = LoadPolicyDir(CASECLOCK_SOURCE_DIR "/deploy/policies");
  return *kLoaded.set;
}

const model::Calendar& Calendar(std::string_view id) {
  return *model::FindCalendar(Shipped(), base::Atom::Intern(id));
}

int32_t Day(int64_t year, unsigned month, unsigned day) {
  return static_cast<int32_t>(base::DaysFromCivil(year, month, day));
}

struct Year {
  int64_t year;
  int32_t days;
  std::array<int32_t, 12> by_month;
};

TEST(EnglandAndWales, WorkingDaysOfYearsAndMonths) {
  const model::Calendar& calendar = Calendar("england-and-wales");
  const std::vector<Year> years = {
      {2012, 252, {21, 21, 22, 19, 22, 19, 22, 22, 20, 23, 22, 19}},
      {2020, 254, {22, 20, 22, 20, 19, 22, 23, 20, 22, 22, 21, 21}},
      {2022, 250, {20, 20, 23, 19, 21, 20, 21, 22, 21, 21, 22, 20}},
      {2023, 251, {21, 20, 23, 18, 20, 22, 21, 22, 21, 22, 22, 19}},
      {2024, 254, {22, 21, 20, 21, 21, 20, 23, 21, 21, 23, 21, 20}},
      {2026, 253, {21, 20, 22, 20, 19, 22, 23, 20, 22, 22, 21, 21}},
      {2027, 253, {20, 20, 21, 22, 19, 22, 22, 21, 22, 21, 22, 21}},
      {2028, 252, {20, 21, 23, 18, 21, 22, 21, 22, 21, 22, 22, 19}},
  };
  for (const Year& year : years) {
    EXPECT_EQ(
        core::WorkingDaysBetween(calendar, Day(year.year, 1, 1) - 1, Day(year.year + 1, 1, 1) - 1),
        year.days)
        << year.year;
    for (unsigned month = 1; month <= 12; ++month) {
      const int32_t last = Day(year.year, month, base::LastDayOfMonth(year.year, month));
      EXPECT_EQ(core::WorkingDaysBetween(calendar, Day(year.year, month, 1) - 1, last),
                year.by_month[month - 1])
          << year.year << "-" << month;
    }
  }
}

TEST(EnglandAndWales, VictimsCodeOverChristmas) {
  const model::Calendar& calendar = Calendar("england-and-wales");
  const base::Instant arrest = base::ParseInstant("2026-12-24T10:00:00Z").value();
  const auto due = [&](int32_t days) {
    const core::Reckoned end = core::EndOfWorkingDay(calendar, arrest, days);
    EXPECT_FALSE(end.beyond_horizon);
    return base::FormatInstant(end.at);
  };
  EXPECT_EQ(due(1), "2026-12-30T00:00:00Z");  // the end of 29 December
  EXPECT_EQ(due(5), "2027-01-06T00:00:00Z");  // the end of 5 January
}

TEST(EnglandAndWales, WhatLiesBeyondTheListIsFlagged) {
  const model::Calendar& calendar = Calendar("england-and-wales");
  const base::Instant late = base::ParseInstant("2028-12-28T10:00:00Z").value();
  EXPECT_FALSE(core::EndOfWorkingDay(calendar, late, 1).beyond_horizon);
  EXPECT_TRUE(core::EndOfWorkingDay(calendar, late, 5).beyond_horizon);
}

TEST(RoundTheClock, EveryHourCounts) {
  const model::Calendar& calendar = Calendar("round-the-clock");
  const base::Instant start = base::ParseInstant("2026-03-28T10:00:00Z").value();
  EXPECT_EQ(core::AddWorking(calendar, start, base::Days(400)).at, start + base::Days(400));
  EXPECT_FALSE(core::AddWorking(calendar, start, base::Days(400)).beyond_horizon);
}

}  // namespace
}  // namespace caseclock::policy
