// Limits of whole and of working days, with time disregarded and with holds, against a model that
// knows nothing of the clock algebra: it steps over dates one by one and looks at every minute, by
// the rule of the European Union's summer time (2000/84/EC: from the last Sunday of March to that
// of October, 01:00 UTC).
//
// A failing seed is repeated with CASECLOCK_SEED=<seed> core_tests --gtest_filter='WholeDays.*'.

#include <gtest/gtest.h>

#include <chrono>
#include <cstdlib>
#include <random>

#include "engine/base/time_text.h"
#include "engine/core/calendar.h"
#include "engine/core/limit_moves.h"
#include "engine/core/whole_days.h"

namespace caseclock::core {
namespace {

using base::Duration;
using base::Instant;
using std::chrono::sys_days;
using std::chrono::year_month_day;

constexpr int64_t kMinute = 60'000'000;
constexpr int64_t kDay = 1'440 * kMinute;

int64_t LastSunday(int year, unsigned month) {
  const auto last = std::chrono::year{year} / month / std::chrono::Sunday[std::chrono::last];
  return sys_days(last).time_since_epoch().count() * kDay + 60 * kMinute;
}

int64_t OffsetAt(int64_t us) {
  const sys_days day{std::chrono::days{us / kDay}};
  const int year = static_cast<int>(year_month_day(day).year());
  return us >= LastSunday(year, 3) && us < LastSunday(year, 10) ? 60 * kMinute : 0;
}

sys_days DateAt(int64_t us) {
  return sys_days{std::chrono::days{(us + OffsetAt(us)) / kDay}};
}

// Midnight at the end of a date; the clocks never change at midnight.
int64_t EndOf(sys_days date) {
  const int64_t local = (date.time_since_epoch().count() + 1) * kDay;
  return local - OffsetAt(local - OffsetAt(local));
}

model::Calendar London() {
  model::Calendar calendar;
  for (int weekday = 0; weekday < 5; ++weekday) calendar.week[weekday] = {{0, 86'400}};
  calendar.first_day = 0;
  calendar.last_day = 30'000;
  calendar.zone.transitions.push_back({base::kLongAgo, 0});
  for (int year = 1999; year <= 2045; ++year) {
    calendar.zone.transitions.push_back({Instant{LastSunday(year, 3)}, 3'600});
    calendar.zone.transitions.push_back({Instant{LastSunday(year, 10)}, 0});
  }
  return calendar;
}

struct Span {
  int64_t from = 0;
  int64_t to = 0;
};

// One clock and what befalls it.
struct Life {
  bool inclusive = false;
  bool working = false;
  int days = 0;    // of the limit; these
  int months = 0;  // or these
  int beyond = 1;  // days of extends_for
  int64_t start = 0;
  std::vector<Span> pauses;
  std::vector<Span> holds;
};

bool IsOfTheLimit(const Life& life, sys_days date) {
  const unsigned weekday = std::chrono::weekday(date).c_encoding();
  return !life.working || (weekday != 0 && weekday != 6);
}

// Minutes of a date, on the clock on the wall, in which nothing is disregarded. What came before
// the trigger on its day goes with it.
int CountedMinutes(const Life& life, sys_days date) {
  const int64_t midnight = EndOf(date);
  const bool touched = std::any_of(life.pauses.begin(), life.pauses.end(), [&](const Span& span) {
    return span.from < midnight && span.to > midnight - 2 * kDay;
  });
  if (!touched) return 1'440;
  int counted = 0;
  for (int minute = 0; minute < 1'440; ++minute) {
    const int64_t local = date.time_since_epoch().count() * kDay + minute * kMinute;
    const int64_t t = std::max(local - OffsetAt(local - OffsetAt(local)), life.start);
    const bool paused = std::any_of(life.pauses.begin(), life.pauses.end(), [&](const Span& span) {
      return span.from <= t && t < span.to;
    });
    counted += paused ? 0 : 1;
  }
  return counted;
}

// The last pause that a midnight lies in; nullptr: none. Those that follow on each other are one.
const Span* PauseAround(const Life& life, int64_t midnight) {
  const Span* around = nullptr;
  for (const Span& span : life.pauses) {
    const int64_t reached = around == nullptr ? midnight : around->to;
    const bool begun = around == nullptr ? span.from < midnight : span.from <= reached;
    if (begun && reached <= span.to) around = &span;
  }
  return around;
}

// The last day of the limit: the first at whose end less than a day of it is left, if the limit is
// as many days as there are from `first` to before `last`, and that end is not disregarded itself.
sys_days DayByModel(const Life& life, sys_days first, sys_days last) {
  int64_t left = 0;
  for (sys_days date = first; date < last; date += std::chrono::days{1}) {
    if (IsOfTheLimit(life, date)) left += 1'440;
  }
  sys_days date = first - std::chrono::days{1};
  while (left >= 1'440) {
    date += std::chrono::days{1};
    if (IsOfTheLimit(life, date)) left -= CountedMinutes(life, date);
  }
  while (const Span* pause = PauseAround(life, EndOf(date))) {
    date = DateAt(pause->to);
    while (!IsOfTheLimit(life, date)) date += std::chrono::days{1};
  }
  return date;
}

int64_t DueByModel(const Life& life) {
  const sys_days first = DateAt(life.start) + std::chrono::days{life.inclusive ? 0 : 1};
  sys_days last = first;  // the day after the last one, if nothing is disregarded
  if (life.months > 0) {
    // Walks to the date of the trigger's number in that month, or to the end of the month.
    const year_month_day trigger{DateAt(life.start)};
    const auto month = trigger.year() / trigger.month() + std::chrono::months{life.months};
    last = sys_days(month / 1);
    while (year_month_day{last}.day() != trigger.day() &&
           year_month_day{last}.month() == month.month()) {
      last += std::chrono::days{1};
    }
    const bool there_is_one = year_month_day{last}.month() == month.month();
    if (there_is_one && !life.inclusive) last += std::chrono::days{1};
  }
  for (int left = life.days; left > 0; last += std::chrono::days{1}) {
    if (IsOfTheLimit(life, last)) --left;
  }
  int64_t due = EndOf(DayByModel(life, first, last));
  for (const Span& hold : life.holds) {
    if (hold.from < due && due <= hold.to) {
      due = EndOf(DateAt(hold.to) + std::chrono::days{life.beyond - 1});
    }
  }
  return due;
}

int64_t DueByClock(const Life& life, const model::Calendar& calendar) {
  const base::Atom custody = base::Atom::Intern("custody");
  model::ClockRule rule;
  if (life.working) {
    rule.deadline = model::WorkingDays{};
  } else {
    rule.deadline = model::WholeDays{life.inclusive};
  }
  rule.targets = {{{}, base::Period{life.months, life.days, {}}}};
  rule.exclusions = {model::Disregard{{base::Atom::Intern("abroad")}},
                     model::ExtendTo{{custody}, life.beyond}};
  const ClockBasis basis{&rule, &calendar};
  model::ClockState state;
  BeginCycle(basis, Instant{life.start}, Instant{life.start}, {}, &state);
  for (const Span& span : life.pauses) {
    const Instant due = state.due_at;
    PauseClock(basis, base::Atom::Intern("abroad"), {Instant{span.from}}, &state);
    EXPECT_EQ(state.due_at, due.us > span.from ? base::kNever : due);
    ResumeClock(basis, {Instant{span.to}}, &state);
  }
  for (const Span& span : life.holds) {
    const Instant due = state.due_at;
    HoldClock(basis, custody, {Instant{span.from}}, &state);
    EXPECT_EQ(state.due_at, due.us > span.from ? base::kNever : due);
    ReleaseClock(basis, {Instant{span.to}}, &state);
  }
  return state.due_at.us;
}

// Not in the hours in which the wall shows a time twice or never: which of the two a minute of the
// model is would be anybody's guess.
int64_t ClearOfTheChange(int64_t t) {
  return OffsetAt(t - 120 * kMinute) == OffsetAt(t + 120 * kMinute) ? t : t + 240 * kMinute;
}

class Lives {
 public:
  explicit Lives(uint32_t seed) : random_(seed) {}

  Life Next() {
    Life life;
    life.working = Pick(3) == 0;
    life.inclusive = !life.working && Pick(2) == 0;
    (!life.working && Pick(4) == 0 ? life.months : life.days) = 1 + Pick(30);
    life.beyond = 1 + Pick(5);
    life.start = 946'684'800LL * 1'000'000 + Pick(40 * 365 * 1'440) * kMinute;
    // Often on one of the days that not every month has.
    while (life.months > 0 && Pick(3) > 0 &&
           static_cast<unsigned>(year_month_day{DateAt(life.start)}.day()) < 28) {
      life.start += kDay;
    }
    life.start = ClearOfTheChange(life.start);
    int64_t t = life.start;
    std::vector<Span>* spans = Pick(2) == 0 ? &life.holds : &life.pauses;
    for (int i = Pick(5); i > 0; --i) {
      // Often at the beginning, at midnight, or right behind the one before.
      if (Pick(3) > 0) t += Pick(12 * 1'440) * kMinute;
      if (t > life.start && Pick(3) == 0) t = EndOf(DateAt(t));
      t = ClearOfTheChange(t);
      const int64_t from = t;
      t += (1 + Pick(9 * 1'440)) * kMinute;
      if (Pick(3) == 0) t = EndOf(DateAt(t));
      if (Pick(4) == 0) t = from + (1 + Pick(9)) * kDay;
      t = ClearOfTheChange(t);
      spans->push_back({from, t});
    }
    return life;
  }

 private:
  int64_t Pick(int64_t n) { return static_cast<int64_t>(random_() % static_cast<uint64_t>(n)); }

  std::mt19937_64 random_;
};

std::string Describe(const Life& life) {
  std::string text = "from " + base::FormatInstant(Instant{life.start}) + ", " +
                     std::to_string(life.months) + " months " + std::to_string(life.days) +
                     (life.working ? " working days, " : " days, ") +
                     (life.inclusive ? "beginning with it" : "after it") + ", beyond " +
                     std::to_string(life.beyond);
  for (const auto& [name, spans] : {std::pair("pause", &life.pauses), {"hold", &life.holds}}) {
    for (const Span& span : *spans) {
      text += std::string("; ") + name + " " + base::FormatInstant(Instant{span.from}) + " to " +
              base::FormatInstant(Instant{span.to});
    }
  }
  return text;
}

TEST(WholeDays, AreThoseOfAModelThatStepsOverDates) {
  const char* chosen = std::getenv("CASECLOCK_SEED");
  const auto first =
      static_cast<uint32_t>(chosen == nullptr ? 1 : std::strtoul(chosen, nullptr, 10));
  const uint32_t last = chosen == nullptr ? 40 : first;
  const model::Calendar calendar = London();
  for (uint32_t seed = first; seed <= last; ++seed) {
    Lives lives(seed);
    for (int i = 0; i < 50; ++i) {
      const Life life = lives.Next();
      ASSERT_EQ(base::FormatInstant(Instant{DueByClock(life, calendar)}),
                base::FormatInstant(Instant{DueByModel(life)}))
          << Describe(life) << "\nagain: CASECLOCK_SEED=" << seed
          << " core_tests --gtest_filter='WholeDays.*'";
    }
  }
}

// "Within the period of" and "from" so many months end by the corresponding date, and with the last
// day of a month that has none (Dodds v Walker [1981] 1 WLR 1027).
TEST(WholeDays, MonthsEndByTheCorrespondingDate) {
  struct Row {
    const char* trigger;
    int months;
    bool inclusive;
    const char* last_day;
  };
  const Row rows[] = {
      {"2026-09-30", 6, false, "2027-03-30"},  {"2026-02-28", 6, false, "2026-08-28"},
      {"2026-08-28", 6, false, "2027-02-28"},  {"2026-08-30", 6, false, "2027-02-28"},
      {"2026-08-31", 6, false, "2027-02-28"},  {"2027-02-28", 12, false, "2028-02-28"},
      {"2028-02-29", 12, false, "2029-02-28"}, {"2026-01-31", 1, false, "2026-02-28"},
      {"2026-11-28", 3, true, "2027-02-27"},   {"2026-11-29", 3, true, "2027-02-28"},
      {"2026-11-30", 3, true, "2027-02-28"},   {"2026-12-01", 3, true, "2027-02-28"},
      {"2026-01-15", 3, true, "2026-04-14"},   {"2027-11-29", 3, true, "2028-02-28"},
  };
  const model::Calendar calendar = London();
  for (const Row& row : rows) {
    Life life;
    life.inclusive = row.inclusive;
    life.months = row.months;
    life.start = base::ParseInstant(std::string(row.trigger) + "T10:00:00Z").value().us;
    const Instant last = base::ParseInstant(std::string(row.last_day) + "T12:00:00Z").value();
    const std::string end = base::FormatInstant(Instant{EndOf(DateAt(last.us))});
    EXPECT_EQ(base::FormatInstant(Instant{DueByClock(life, calendar)}), end) << row.trigger;
    EXPECT_EQ(base::FormatInstant(Instant{DueByModel(life)}), end) << row.trigger;
  }
}

// A cycle keeps a bounded number of pauses; merging the old ones changes no sum.
TEST(WholeDays, KeepTheDaysOfMorePausesThanAreKept) {
  const model::Calendar calendar = London();
  for (const bool working : {false, true}) {
    Life life;
    life.working = working;
    life.days = 90;
    life.start = EndOf(sys_days{std::chrono::days{20'000}});
    int64_t t = life.start;
    for (size_t i = 0; i < model::kExcludedKept + 8; ++i) {
      const int64_t from = EndOf(DateAt(t + 10 * 60 * kMinute));
      const int64_t to = EndOf(DateAt(from)) + static_cast<int64_t>(i % 3) * 60 * kMinute;
      life.pauses.push_back({from, to});
      t = to;
    }
    EXPECT_EQ(base::FormatInstant(Instant{DueByClock(life, calendar)}),
              base::FormatInstant(Instant{DueByModel(life)}))
        << Describe(life);
  }
}

// Holds too: those that the limit does not lie in are left out, those that it moves on through
// become one.
TEST(WholeDays, KeepTheLimitBeyondMoreHoldsThanAreKept) {
  const model::Calendar calendar = London();
  for (const bool chained : {false, true}) {
    Life life;
    life.days = chained ? 1 : 300;
    life.beyond = 3;
    life.start = EndOf(sys_days{std::chrono::days{20'000}}) + 600 * kMinute;
    int64_t t = life.start;
    for (size_t i = 0; i < model::kExcludedKept + 8; ++i) {
      life.holds.push_back({t, t + 4 * kDay});
      t += (chained ? 5 : 7) * kDay;
    }
    // The limit lies in the last but one, or beyond the end of the chain.
    EXPECT_EQ(base::FormatInstant(Instant{DueByClock(life, calendar)}),
              base::FormatInstant(Instant{DueByModel(life)}))
        << Describe(life);
  }
}

// Flagged while it touches a day that the calendar does not cover, and then not any more.
TEST(WholeDays, SayWhetherTheCalendarCoversThem) {
  model::Calendar calendar = London();
  const auto at = [](const char* text) { return base::ParseInstant(text).value(); };
  calendar.last_day = LocalDay(calendar.zone, at("2026-01-16T12:00:00Z"));
  model::ClockRule rule;
  rule.deadline = model::WorkingDays{};
  const base::Atom high = base::Atom::Intern("high");
  const base::Atom low = base::Atom::Intern("low");
  rule.targets = {{high, base::Period{0, 5, {}}}, {low, base::Period{0, 9, {}}}};
  rule.exclusions = {model::Disregard{{base::Atom::Intern("abroad")}}};
  const ClockBasis basis{&rule, &calendar};
  const Instant start = at("2026-01-07T10:00:00Z");
  model::ClockState state;
  BeginCycle(basis, start, start, low, &state);
  EXPECT_EQ(state.due_at, at("2026-01-21T00:00:00Z"));
  EXPECT_TRUE(state.beyond_horizon);
  RegradeClock(basis, high, {start}, &state);
  EXPECT_EQ(state.due_at, at("2026-01-15T00:00:00Z"));
  EXPECT_FALSE(state.beyond_horizon);
  // Two working days abroad: the 16th is the last day that is covered. A third is not.
  PauseClock(basis, base::Atom::Intern("abroad"), {at("2026-01-08T00:00:00Z")}, &state);
  ResumeClock(basis, {at("2026-01-10T00:00:00Z")}, &state);
  EXPECT_EQ(state.due_at, at("2026-01-17T00:00:00Z"));
  EXPECT_FALSE(state.beyond_horizon);
  PauseClock(basis, base::Atom::Intern("abroad"), {at("2026-01-12T00:00:00Z")}, &state);
  ResumeClock(basis, {at("2026-01-13T00:00:00Z")}, &state);
  EXPECT_EQ(state.due_at, at("2026-01-20T00:00:00Z"));
  EXPECT_TRUE(state.beyond_horizon);
}

// A meeting may have been there before the calendar begins, or come after it ends.
TEST(Meetings, SayWhetherTheCalendarCoversThem) {
  model::Calendar calendar = London();
  const auto at = [](const char* text) { return base::ParseInstant(text).value(); };
  calendar.first_day = LocalDay(calendar.zone, at("2026-03-01T12:00:00Z"));
  calendar.last_day = LocalDay(calendar.zone, at("2026-12-31T12:00:00Z"));
  const base::Atom panel = base::Atom::Intern("panel");
  calendar.meetings[panel] = {{at("2026-03-17T09:30:00Z"), at("2026-03-10T17:00:00Z")}};
  model::ClockRule rule;
  rule.deadline = model::AtMeeting{panel};
  const ClockBasis basis{&rule, &calendar};
  const auto flagged = [&](const char* from) {
    model::ClockState state;
    BeginCycle(basis, at(from), at(from), {}, &state);
    return state.beyond_horizon;
  };
  EXPECT_TRUE(flagged("2026-02-20T09:00:00Z"));
  EXPECT_FALSE(flagged("2026-03-02T09:00:00Z"));
  EXPECT_TRUE(flagged("2026-03-20T09:00:00Z"));
}

// Wednesday 10:00, five working days: from Thursday to the next Wednesday. Two days away in the
// middle, from Friday noon to Tuesday noon, are one working day and two halves, so two.
TEST(WholeDays, AreToldAsDays) {
  const model::Calendar calendar = London();
  model::ClockRule rule;
  rule.deadline = model::WorkingDays{};
  rule.targets = {{{}, base::Period{0, 5, {}}}};
  rule.exclusions = {model::Disregard{{base::Atom::Intern("abroad")}}};
  const ClockBasis basis{&rule, &calendar};
  const auto at = [](const char* text) { return base::ParseInstant(text).value(); };
  const auto day = [&](const char* text) {
    return static_cast<int32_t>(at(text).Seconds() / 86'400);
  };
  model::ClockState state;
  const Instant start = at("2026-01-07T10:00:00Z");
  BeginCycle(basis, start, start, {}, &state);
  EXPECT_EQ(DaysOf(basis, state, start)->counted, 0);
  const auto before = DaysOf(basis, state, at("2026-01-09T10:00:00Z"));
  ASSERT_TRUE(before.has_value());
  EXPECT_TRUE(before->working);
  EXPECT_EQ(before->first, day("2026-01-08T00:00:00Z"));
  EXPECT_EQ(before->last, day("2026-01-14T00:00:00Z"));
  EXPECT_EQ(before->limit, 5);
  EXPECT_EQ(before->counted, 2);
  EXPECT_EQ(before->disregarded, 0);

  PauseClock(basis, base::Atom::Intern("abroad"), {at("2026-01-09T12:00:00Z")}, &state);
  const auto away = DaysOf(basis, state, at("2026-01-12T13:00:00Z"));
  EXPECT_FALSE(away->last.has_value());
  EXPECT_EQ(away->disregarded, 1);
  EXPECT_EQ(away->counted, 2);

  ResumeClock(basis, {at("2026-01-13T12:00:00Z")}, &state);
  const auto after = DaysOf(basis, state, at("2026-01-14T09:00:00Z"));
  EXPECT_EQ(after->disregarded, 2);
  EXPECT_EQ(after->last, day("2026-01-16T00:00:00Z"));
  EXPECT_EQ(after->counted, 3);
  EXPECT_EQ(state.due_at, at("2026-01-17T00:00:00Z"));
  EXPECT_EQ(
      DisregardedBetween(basis, state, at("2026-01-09T12:00:00Z"), at("2026-01-13T12:00:00Z")),
      base::Days(2));
}

}  // namespace
}  // namespace caseclock::core
