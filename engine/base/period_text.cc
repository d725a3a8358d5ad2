// ISO 8601 periods and their short forms.

#include <array>

#include "engine/base/text_reader.h"
#include "engine/base/time_text.h"

namespace caseclock::base {
using namespace internal;  // of text_reader.h
namespace {

// Longer periods are typing errors, and their sums would leave the range of Instant.
constexpr int64_t kMostYears = 1'000;

void AppendNumber(uint64_t value, char unit, std::string* out) {
  *out += std::to_string(value);
  *out += unit;
}

// "T3H4M5.25S" of less than anything; nothing for zero.
void AppendTimePart(uint64_t us, std::string* out) {
  if (us == 0) return;
  *out += 'T';
  if (us >= kHour) AppendNumber(us / kHour, 'H', out);
  us %= kHour;
  if (us >= kMinute) AppendNumber(us / kMinute, 'M', out);
  us %= kMinute;
  if (us == 0) return;
  *out += std::to_string(us / kSecond);
  if (us % kSecond != 0) {
    std::array<char, 6> digits{};
    PutDigits(static_cast<int64_t>(us % kSecond), 6, digits.data());
    size_t n = 6;
    while (digits[n - 1] == '0') --n;
    *out += '.';
    out->append(digits.data(), n);
  }
  *out += 'S';
}

constexpr char kPeriodForm[] = "a period like P7D, PT4H30M or 28d";

// Where the designators of ISO 8601 stand: each one once, in this order, M twice.
constexpr std::string_view kDesignators = "YMWDTHMS";

// Adds `n` of the unit at `place` in kDesignators.
void AddUnit(size_t place, int64_t n, int64_t us, int64_t* months, int64_t* days, int64_t* time) {
  switch (place) {
    case 0:
      *months += 12 * n;
      break;
    case 1:
      *months += n;
      break;
    case 2:
      *days += 7 * n;
      break;
    case 3:
      *days += n;
      break;
    case 5:
      *time += n * kHour;
      break;
    case 6:
      *time += n * kMinute;
      break;
    default:
      *time += n * kSecond + us;
      break;
  }
}

Result<Period> Checked(int64_t months, int64_t days, int64_t time_us, std::string_view text) {
  if (months > kMostYears * 12 || days > kMostYears * 366 || time_us > kMostYears * 366 * kDay)
    return Invalid("a period of at most 1000 years", "there are more", text);
  return Period{static_cast<int32_t>(months), static_cast<int32_t>(days), Duration{time_us}};
}

// "28d": one number and one unit.
Result<Period> ParseShortPeriod(std::string_view text) {
  constexpr std::string_view kUnits = "ywdhms";
  constexpr std::array<size_t, 6> kPlaces = {0, 2, 3, 5, 6, 7};
  TextReader in(text);
  int64_t n = 0;
  int64_t months = 0;
  int64_t days = 0;
  int64_t time = 0;
  if (!in.Count(&n)) return Invalid(kPeriodForm, "there is no number", text);
  const size_t unit = kUnits.find(in.Peek());
  if (in.AtEnd() || unit == std::string_view::npos)
    return Invalid(kPeriodForm, "there is no unit w, d, h, m, s or y", text);
  in.Take(in.Peek());
  if (!in.AtEnd()) return Invalid(kPeriodForm, "something follows the unit", text);
  if (n > kMostYears * 366 * 86'400)
    return Invalid("a period of at most 1000 years", "there are more", text);
  AddUnit(kPlaces[unit], n, 0, &months, &days, &time);
  return Checked(months, days, time, text);
}

}  // namespace

Result<Period> ParsePeriod(std::string_view text) {
  TextReader in(text);
  if (!in.Take('P')) return ParseShortPeriod(text);
  int64_t months = 0;
  int64_t days = 0;
  int64_t time = 0;
  size_t next = 0;  // the first designator that may still come
  bool any = false;
  while (!in.AtEnd()) {
    if (next <= 4 && in.Take('T')) {
      next = 5;
      any = false;
      continue;
    }
    int64_t n = 0;
    int64_t us = 0;
    if (!in.Count(&n)) return Invalid(kPeriodForm, "a number is missing or too long", text);
    const bool fraction = in.Take('.');
    if (fraction && !in.Fraction(&us))
      return Invalid(kPeriodForm, "the fraction is not 1 to 9 digits", text);
    const size_t place = in.AtEnd() ? std::string_view::npos : kDesignators.find(in.Peek(), next);
    if (place == std::string_view::npos || place == 4 || (next <= 4 && place > 4))
      return Invalid(kPeriodForm, "a unit is missing or out of order", text);
    if (fraction && place != 7)
      return Invalid(kPeriodForm, "a unit above seconds has a fraction", text);
    if (n > kMostYears * 366 * 86'400)
      return Invalid("a period of at most 1000 years", "there are more", text);
    in.Take(in.Peek());
    AddUnit(place, n, us, &months, &days, &time);
    next = place + 1;
    any = true;
  }
  if (!any) return Invalid(kPeriodForm, "there is no number", text);
  return Checked(months, days, time, text);
}

Result<Duration> ParseDuration(std::string_view text) {
  const Result<Period> period = ParsePeriod(text);
  if (!period.ok()) return period.error();
  if (period.value().months != 0)
    return Invalid("a duration of fixed length", "there are months or years", text);
  return Duration{period.value().time.us + period.value().days * kDay};
}

std::string FormatPeriod(const Period& period) {
  if (period.IsZero()) return "PT0S";
  std::string out = "P";
  if (period.months >= 12) AppendNumber(static_cast<uint64_t>(period.months / 12), 'Y', &out);
  if (period.months % 12 != 0) AppendNumber(static_cast<uint64_t>(period.months % 12), 'M', &out);
  if (period.days != 0) AppendNumber(static_cast<uint64_t>(period.days), 'D', &out);
  AppendTimePart(static_cast<uint64_t>(period.time.us), &out);
  return out;
}

std::string FormatDuration(Duration d) {
  if (d.us == 0) return "PT0S";
  std::string out = d.us < 0 ? "-P" : "P";
  const auto bits = static_cast<uint64_t>(d.us);
  const uint64_t magnitude = d.us < 0 ? 0 - bits : bits;
  if (magnitude >= kDay) AppendNumber(magnitude / kDay, 'D', &out);
  AppendTimePart(magnitude % kDay, &out);
  return out;
}

}  // namespace caseclock::base
