#include "engine/base/time_text.h"

#include <gtest/gtest.h>

#include <random>

namespace caseclock::base {
namespace {

int64_t At(std::string_view text) {
  const Result<Instant> parsed = ParseInstant(text);
  EXPECT_TRUE(parsed.ok()) << text << ": " << (parsed.ok() ? "" : parsed.error().message);
  return parsed.ok() ? parsed.value().us : 0;
}

std::string InstantError(std::string_view text) {
  const Result<Instant> parsed = ParseInstant(text);
  return parsed.ok() ? "parsed as " + FormatInstant(parsed.value()) : parsed.error().message;
}

std::string Normal(std::string_view period) {
  const Result<Period> parsed = ParsePeriod(period);
  return parsed.ok() ? FormatPeriod(parsed.value()) : parsed.error().message;
}

TEST(ParseInstant, ReadsRfc3339) {
  EXPECT_EQ(At("1970-01-01T00:00:00Z"), 0);
  EXPECT_EQ(At("2026-03-02T10:15:00Z"), 1'772'446'500'000'000);
  EXPECT_EQ(At("2026-03-02T11:15:00.250+01:00"), 1'772'446'500'250'000);
  EXPECT_EQ(At("2026-03-02T00:15:00-10:00"), At("2026-03-02T10:15:00z"));
  EXPECT_EQ(At("1969-12-31t23:59:59.999999Z"), -1);
  EXPECT_EQ(At("2026-03-02T10:15:00.123456789Z"), 1'772'446'500'123'456);
  EXPECT_EQ(At("1900-01-01T00:00:00Z"), kEarliestInstant.us);
  EXPECT_EQ(At("2200-01-01T00:00:00Z"), kLatestInstant.us);
  EXPECT_EQ(At("2000-02-29T00:00:00Z") + Days(1).us, At("2000-03-01T00:00:00Z"));
}

TEST(ParseInstant, SaysWhatIsWrong) {
  const std::string expected = "Expected an instant like 2026-03-02T10:15:00Z, but ";
  EXPECT_EQ(InstantError("2026-03-02T10:15:00"),
            expected + "the zone (Z or +01:00) is missing in \"2026-03-02T10:15:00\"");
  EXPECT_EQ(InstantError(""), expected + "there is no date of the form YYYY-MM-DD in \"\"");
  EXPECT_EQ(InstantError("2026-3-2"),
            expected + "there is no date of the form YYYY-MM-DD in \"2026-3-2\"");
  EXPECT_EQ(InstantError("2026-13-02T10:15:00Z"),
            expected + "there is no such month in \"2026-13-02T10:15:00Z\"");
  EXPECT_EQ(InstantError("2025-02-29T10:15:00Z"),
            expected + "there is no such day of the month in \"2025-02-29T10:15:00Z\"");
  EXPECT_EQ(InstantError("2026-03-02 10:15:00Z"),
            expected + "there is no T between date and time in \"2026-03-02 10:15:00Z\"");
  EXPECT_EQ(InstantError("2026-03-02T10:15Z"),
            expected + "there is no time of the form HH:MM:SS in \"2026-03-02T10:15Z\"");
  EXPECT_EQ(InstantError("2026-03-02T24:00:00Z"),
            expected + "there is no such time of day in \"2026-03-02T24:00:00Z\"");
  EXPECT_EQ(InstantError("2026-03-02T10:15:00.Z"),
            expected + "the fraction is not 1 to 9 digits in \"2026-03-02T10:15:00.Z\"");
  EXPECT_EQ(InstantError("2026-03-02T10:15:00+1"),
            expected + "the zone is not of the form +01:00 in \"2026-03-02T10:15:00+1\"");
  EXPECT_EQ(InstantError("2026-03-02T10:15:00Z "),
            expected + "something follows the zone in \"2026-03-02T10:15:00Z \"");
}

TEST(ParseInstant, ErrorsNeverRepeatControlCharactersOrFloods) {
  EXPECT_EQ(InstantError("\x1b[2J"),
            "Expected an instant like 2026-03-02T10:15:00Z, but there is no date of the form "
            "YYYY-MM-DD in \"?[2J\"");
  EXPECT_LT(InstantError(std::string(1'000'000, 'x')).size(), 200U);
}

TEST(FormatInstant, WritesFractionsOnlyWhereThereAreSome) {
  EXPECT_EQ(FormatInstant(Instant{0}), "1970-01-01T00:00:00Z");
  EXPECT_EQ(FormatInstant(Instant{-1}), "1969-12-31T23:59:59.999999Z");
  EXPECT_EQ(FormatInstant(Instant{1'772'446'500'250'000}), "2026-03-02T10:15:00.250Z");
  EXPECT_EQ(FormatInstant(Instant{1'772'446'500'250'100}), "2026-03-02T10:15:00.250100Z");
  EXPECT_FALSE(FormatInstant(kNever).empty());
  EXPECT_FALSE(FormatInstant(kLongAgo).empty());
}

TEST(FormatInstant, ParsesBackToTheSame) {
  std::mt19937_64 random(7);
  std::uniform_int_distribution<int64_t> any(kEarliestInstant.us, kLatestInstant.us - 1);
  for (int i = 0; i < 20'000; ++i) {
    const Instant t{any(random)};
    EXPECT_EQ(At(FormatInstant(t)), t.us);
  }
}

TEST(ParsePeriod, ReadsIso8601AndShortForms) {
  EXPECT_EQ(ParsePeriod("P7D").value(), (Period{0, 7, {}}));
  EXPECT_EQ(ParsePeriod("P1Y6M").value(), (Period{18, 0, {}}));
  EXPECT_EQ(ParsePeriod("P2W").value(), (Period{0, 14, {}}));
  EXPECT_EQ(ParsePeriod("PT4H30M").value(), (Period{0, 0, Seconds(16'200)}));
  EXPECT_EQ(ParsePeriod("P1M2DT3M4.5S").value(), (Period{1, 2, Millis(184'500)}));
  EXPECT_EQ(ParsePeriod("28d").value(), (Period{0, 28, {}}));
  EXPECT_EQ(ParsePeriod("4h").value(), (Period{0, 0, Hours(4)}));
  EXPECT_EQ(ParsePeriod("90m").value(), (Period{0, 0, Seconds(5'400)}));
  EXPECT_EQ(ParsePeriod("30s").value(), (Period{0, 0, Seconds(30)}));
  EXPECT_EQ(ParsePeriod("2w").value(), (Period{0, 14, {}}));
  EXPECT_TRUE(ParsePeriod("PT0S").value().IsZero());
}

TEST(ParsePeriod, SaysWhatIsWrong) {
  const std::string expected = "Expected a period like P7D, PT4H30M or 28d, but ";
  EXPECT_EQ(Normal(""), expected + "there is no number in \"\"");
  EXPECT_EQ(Normal("P"), expected + "there is no number in \"P\"");
  EXPECT_EQ(Normal("P1DT"), expected + "there is no number in \"P1DT\"");
  EXPECT_EQ(Normal("-P1D"), expected + "there is no number in \"-P1D\"");
  EXPECT_EQ(Normal("7"), expected + "there is no unit w, d, h, m, s or y in \"7\"");
  EXPECT_EQ(Normal("7days"), expected + "something follows the unit in \"7days\"");
  EXPECT_EQ(Normal("P4H"), expected + "a unit is missing or out of order in \"P4H\"");
  EXPECT_EQ(Normal("P1D2Y"), expected + "a unit is missing or out of order in \"P1D2Y\"");
  EXPECT_EQ(Normal("P7"), expected + "a unit is missing or out of order in \"P7\"");
  EXPECT_EQ(Normal("PD"), expected + "a number is missing or too long in \"PD\"");
  EXPECT_EQ(Normal("PT1.5H"), expected + "a unit above seconds has a fraction in \"PT1.5H\"");
  EXPECT_EQ(Normal("P2000Y"),
            "Expected a period of at most 1000 years, but there are more in \"P2000Y\"");
  EXPECT_EQ(Normal("999999999999d"),
            "Expected a period of at most 1000 years, but there are more in \"999999999999d\"");
}

// So many hours are 58 minutes and 10 seconds beyond 2^64 microseconds.
TEST(ParsePeriod, DoesNotTakeHoursThatOverflowForFew) {
  EXPECT_EQ(Normal("PT5124095577H"),
            "Expected a period of at most 1000 years, but there are more in \"PT5124095577H\"");
  EXPECT_EQ(Normal("5124095577h"),
            "Expected a period of at most 1000 years, but there are more in \"5124095577h\"");
  EXPECT_EQ(Normal("PT8784000H"), "PT8784000H");  // 1000 years of 366 days
}

TEST(FormatPeriod, IsShortAndParsesBack) {
  for (const char* text : {"PT0S", "P1Y6M", "P7D", "PT4H", "PT4H30M", "P1M2DT3M4.5S", "PT36H"})
    EXPECT_EQ(Normal(text), text);
  EXPECT_EQ(Normal("P2W"), "P14D");
}

TEST(ParseDuration, TakesADayAs24Hours) {
  EXPECT_EQ(ParseDuration("P1DT2H").value(), Hours(26));
  EXPECT_EQ(ParseDuration("28d").value(), Days(28));
  EXPECT_EQ(ParseDuration("P1M").error().message,
            "Expected a duration of fixed length, but there are months or years in \"P1M\"");
}

TEST(FormatDuration, HasWholeDaysAndASign) {
  EXPECT_EQ(FormatDuration({}), "PT0S");
  EXPECT_EQ(FormatDuration(Hours(51)), "P2DT3H");
  EXPECT_EQ(FormatDuration(Duration{-1'500'000}), "-PT1.5S");
  EXPECT_EQ(FormatDuration(Duration{std::numeric_limits<int64_t>::min()}).substr(0, 2), "-P");
}

TEST(Civil, GoesThereAndBackForFourCenturies) {
  int64_t expected = DaysFromCivil(1800, 1, 1);
  for (int64_t year = 1800; year <= 2200; ++year) {
    for (unsigned month = 1; month <= 12; ++month) {
      for (unsigned day = 1; day <= LastDayOfMonth(year, month); ++day, ++expected) {
        ASSERT_EQ(DaysFromCivil(year, month, day), expected);
        const CivilDate back = CivilFromDays(expected);
        ASSERT_TRUE(back.year == year && back.month == month && back.day == day);
      }
    }
  }
  EXPECT_EQ(DaysFromCivil(1970, 1, 1), 0);
}

}  // namespace
}  // namespace caseclock::base
