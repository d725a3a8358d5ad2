#pragma once

// Times as text: RFC 3339 instants, ISO 8601 periods, and the short forms `28d`, `4h`, `90m`, `30s`
// of the command line. UTC only on the way out. Pure; no locale.

#include <cstdint>
#include <string>
#include <string_view>

#include "engine/base/instant.h"
#include "engine/base/result.h"

namespace caseclock::base {

// A calendar period as ISO 8601 writes it: months and days are calendar units of a time zone, the
// time part is exact. PT24H and P1D differ where the clocks change.
struct Period {
  int32_t months = 0;  // years count as 12
  int32_t days = 0;    // weeks count as 7
  Duration time;       // hours, minutes, seconds
  bool operator==(const Period&) const = default;
  [[nodiscard]] bool IsZero() const { return months == 0 && days == 0 && time.us == 0; }
};

// "2026-03-02T10:15:00Z", "2026-03-02T10:15:00.250+01:00". A zone is required. Errors: kInvalid.
Result<Instant> ParseInstant(std::string_view text);

// "P7D", "PT4H30M", "P1Y6M", "P2W", or the short form "28d". Not negative. Errors: kInvalid.
Result<Period> ParsePeriod(std::string_view text);

// A Period without months, days taken as 24 h. Errors: kInvalid.
Result<Duration> ParseDuration(std::string_view text);

// RFC 3339 in UTC; fractions only where there are some: "2026-03-02T10:15:00Z".
std::string FormatInstant(Instant t);
// Appends the same without an allocation of its own.
void AppendInstant(Instant t, std::string* out);

// "2026-03-02": a day since 1970-01-01, of whatever zone.
std::string FormatDay(int32_t day);

// ISO 8601: "P1Y6M", "P7D", "PT4H"; "PT0S" for zero.
std::string FormatPeriod(const Period& period);
// ISO 8601 with whole days and a time part: "P2DT3H"; a leading '-' when negative.
std::string FormatDuration(Duration d);

// Civil date ↔ days since 1970-01-01, proleptic Gregorian. (H. Hinnant, "chrono-Compatible
// Low-Level Date Algorithms".)
int64_t DaysFromCivil(int64_t year, unsigned month, unsigned day);
struct CivilDate {
  int64_t year;
  unsigned month;
  unsigned day;
};
CivilDate CivilFromDays(int64_t days);
// 1 … 28/29/30/31
unsigned LastDayOfMonth(int64_t year, unsigned month);

}  // namespace caseclock::base
