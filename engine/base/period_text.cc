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

// The designators of ISO 8601, each at most once and in this order; M stands before the T for
// months and behind it for minutes.
constexpr std::string_view kDesignators = "YMWDTHMS";
enum Unit : size_t { kYears, kMonths, kWeeks, kDays, kTimeMark, kHours, kMinutes, kSeconds };

// The most of one unit: kMostYears, with years of 366 days. So no sum of parts overflows.
constexpr int64_t MostOf(Unit unit) {
  constexpr int64_t kMostDays = kMostYears * 366;
  switch (unit) {
    case kYears:
      return kMostYears;
    case kMonths:
      return kMostYears * 12;
    case kWeeks:
      return kMostDays / 7;
    case kDays:
      return kMostDays;
    case kTimeMark:
      return 0;
    case kHours:
      return kMostDays * (kDay / kHour);
    case kMinutes:
      return kMostDays * (kDay / kMinute);
    case kSeconds:
      return kMostDays * (kDay / kSecond);
  }
  return 0;
}

Error TooLong(std::string_view text) {
  return Invalid("a period of at most 1000 years", "there are more", text);
}

// What the parts of a period come to.
struct Sum {
  int64_t months = 0;
  int64_t days = 0;
  int64_t time_us = 0;

  // REQUIRES: `n` <= MostOf(unit). `us`: the fraction of a number of seconds.
  void Add(Unit unit, int64_t n, int64_t us = 0) {
    switch (unit) {
      case kYears:
        months += 12 * n;
        return;
      case kMonths:
        months += n;
        return;
      case kWeeks:
        days += 7 * n;
        return;
      case kDays:
        days += n;
        return;
      case kTimeMark:
        return;
      case kHours:
        time_us += n * kHour;
        return;
      case kMinutes:
        time_us += n * kMinute;
        return;
      case kSeconds:
        time_us += n * kSecond + us;
        return;
    }
  }
  // `text`: for the message.
  [[nodiscard]] Result<Period> ToPeriod(std::string_view text) const {
    if (months > MostOf(kMonths) || days > MostOf(kDays) || time_us > MostOf(kDays) * kDay) {
      return TooLong(text);
    }
    return Period{static_cast<int32_t>(months), static_cast<int32_t>(days), Duration{time_us}};
  }
};

// "28d": one number and one unit.
Result<Period> ParseShortPeriod(std::string_view text) {
  constexpr std::string_view kLetters = "ywdhms";
  constexpr std::array<Unit, 6> kUnits = {kYears, kWeeks, kDays, kHours, kMinutes, kSeconds};
  TextReader in(text);
  int64_t n = 0;
  if (!in.Count(&n)) return Invalid(kPeriodForm, "there is no number", text);
  const size_t unit = kLetters.find(in.Peek());
  if (in.AtEnd() || unit == std::string_view::npos)
    return Invalid(kPeriodForm, "there is no unit w, d, h, m, s or y", text);
  in.Take(in.Peek());
  if (!in.AtEnd()) return Invalid(kPeriodForm, "something follows the unit", text);
  if (n > MostOf(kUnits[unit])) return TooLong(text);
  Sum sum;
  sum.Add(kUnits[unit], n);
  return sum.ToPeriod(text);
}

}  // namespace

Result<Period> ParsePeriod(std::string_view text) {
  TextReader in(text);
  if (!in.Take('P')) return ParseShortPeriod(text);
  Sum sum;
  size_t next = kYears;  // the first designator that may still come
  bool any = false;      // number since the P, or since the T
  while (!in.AtEnd()) {
    if (next <= kTimeMark && in.Take('T')) {
      next = kHours;
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
    if (place == std::string_view::npos || place == kTimeMark ||
        (next <= kTimeMark && place > kTimeMark))
      return Invalid(kPeriodForm, "a unit is missing or out of order", text);
    if (fraction && place != kSeconds)
      return Invalid(kPeriodForm, "a unit above seconds has a fraction", text);
    const auto unit = static_cast<Unit>(place);
    if (n > MostOf(unit)) return TooLong(text);
    in.Take(in.Peek());
    sum.Add(unit, n, us);
    next = place + 1;
    any = true;
  }
  if (!any) return Invalid(kPeriodForm, "there is no number", text);
  return sum.ToPeriod(text);
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
