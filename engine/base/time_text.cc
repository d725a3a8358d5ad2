#include "engine/base/time_text.h"

#include <array>
#include <charconv>
#include <cstring>

namespace caseclock::base {
namespace {

constexpr int64_t kSecond = 1'000'000;
constexpr int64_t kMinute = 60 * kSecond;
constexpr int64_t kHour = 60 * kMinute;
constexpr int64_t kDay = 24 * kHour;
// Longer periods are typing errors, and their sums would leave the range of Instant.
constexpr int64_t kMostYears = 1'000;

// Messages repeat what was given, but never a control character or a megabyte.
std::string Quoted(std::string_view text) {
  constexpr size_t kMost = 60;
  std::string out = "\"";
  for (const char c : text.substr(0, kMost)) out += c >= ' ' && c <= '~' ? c : '?';
  return out + (text.size() > kMost ? "…\"" : "\"");
}

Error Invalid(std::string_view expected, std::string_view but, std::string_view text) {
  return {ErrorKind::kInvalid, "Expected " + std::string(expected) + ", but " + std::string(but) +
                                   " in " + Quoted(text)};
}

bool IsDigit(char c) {
  return c >= '0' && c <= '9';
}

// Reads from the front of a text; a failed read leaves it where it was.
class Reader {
 public:
  explicit Reader(std::string_view text) : rest_(text) {}

  [[nodiscard]] bool AtEnd() const { return rest_.empty(); }
  [[nodiscard]] char Peek() const { return rest_.empty() ? '\0' : rest_.front(); }
  bool Take(char c) {
    if (Peek() != c || rest_.empty()) return false;
    rest_.remove_prefix(1);
    return true;
  }
  // Exactly `digits` digits.
  bool Number(size_t digits, int* value) {
    if (rest_.size() < digits) return false;
    int n = 0;
    for (size_t i = 0; i < digits; ++i) {
      if (!IsDigit(rest_[i])) return false;
      n = n * 10 + (rest_[i] - '0');
    }
    rest_.remove_prefix(digits);
    *value = n;
    return true;
  }
  // One or more digits; 12 of them are more than any limit here.
  bool Count(int64_t* value) {
    const std::string_view digits = Digits();
    if (digits.empty() || digits.size() > 12) return false;
    std::from_chars(digits.data(), digits.data() + digits.size(), *value);
    return true;
  }
  // A decimal fraction after its point, in microseconds; finer digits are dropped.
  bool Fraction(int64_t* us) {
    const std::string_view digits = Digits();
    *us = 0;
    for (size_t i = 0; i < 6; ++i) *us = *us * 10 + (i < digits.size() ? digits[i] - '0' : 0);
    return !digits.empty() && digits.size() <= 9;
  }

 private:
  std::string_view Digits() {
    size_t n = 0;
    while (n < rest_.size() && IsDigit(rest_[n])) ++n;
    const std::string_view digits = rest_.substr(0, n);
    rest_.remove_prefix(n);
    return digits;
  }

  std::string_view rest_;
};

// Each part answers with what is wrong, or nullptr.

const char* ReadDate(Reader* in, int64_t* days) {
  int year = 0;
  int month = 0;
  int day = 0;
  if (!in->Number(4, &year) || !in->Take('-') || !in->Number(2, &month) || !in->Take('-') ||
      !in->Number(2, &day))
    return "there is no date of the form YYYY-MM-DD";
  if (month < 1 || month > 12) return "there is no such month";
  if (day < 1 || day > static_cast<int>(LastDayOfMonth(year, static_cast<unsigned>(month))))
    return "there is no such day of the month";
  *days = DaysFromCivil(year, static_cast<unsigned>(month), static_cast<unsigned>(day));
  return nullptr;
}

const char* ReadTime(Reader* in, int64_t* us) {
  int hour = 0;
  int minute = 0;
  int second = 0;
  if (!in->Number(2, &hour) || !in->Take(':') || !in->Number(2, &minute) || !in->Take(':') ||
      !in->Number(2, &second))
    return "there is no time of the form HH:MM:SS";
  if (hour > 23 || minute > 59 || second > 59) return "there is no such time of day";
  *us = hour * kHour + minute * kMinute + second * kSecond;
  int64_t fraction = 0;
  if (in->Take('.') && !in->Fraction(&fraction)) return "the fraction is not 1 to 9 digits";
  *us += fraction;
  return nullptr;
}

const char* ReadZone(Reader* in, int64_t* offset_us) {
  *offset_us = 0;
  if (in->Take('Z') || in->Take('z')) return nullptr;
  const bool west = in->Peek() == '-';
  if (!in->Take('+') && !in->Take('-')) return "the zone (Z or +01:00) is missing";
  int hours = 0;
  int minutes = 0;
  if (!in->Number(2, &hours) || !in->Take(':') || !in->Number(2, &minutes) || hours > 23 ||
      minutes > 59)
    return "the zone is not of the form +01:00";
  *offset_us = (west ? -1 : 1) * (hours * kHour + minutes * kMinute);
  return nullptr;
}

void PutTwo(unsigned n, char* out) {
  out[0] = static_cast<char>('0' + n / 10);
  out[1] = static_cast<char>('0' + n % 10);
}

// `value` with `digits` digits.
void PutDigits(int64_t value, int digits, char* out) {
  for (int i = digits - 1; i >= 0; --i, value /= 10) out[i] = static_cast<char>('0' + value % 10);
}

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
  Reader in(text);
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

Result<Instant> ParseInstant(std::string_view text) {
  constexpr char kForm[] = "an instant like 2026-03-02T10:15:00Z";
  Reader in(text);
  int64_t days = 0;
  int64_t time = 0;
  int64_t offset = 0;
  const char* wrong = ReadDate(&in, &days);
  if (wrong == nullptr && !in.Take('T') && !in.Take('t'))
    wrong = "there is no T between date and time";
  if (wrong == nullptr) wrong = ReadTime(&in, &time);
  if (wrong == nullptr) wrong = ReadZone(&in, &offset);
  if (wrong == nullptr && !in.AtEnd()) wrong = "something follows the zone";
  if (wrong != nullptr) return Invalid(kForm, wrong, text);
  return Instant{days * kDay + time - offset};
}

Result<Period> ParsePeriod(std::string_view text) {
  Reader in(text);
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

void AppendInstant(Instant t, std::string* out) {
  const int64_t day = t.us >= 0 ? t.us / kDay : (t.us + 1) / kDay - 1;
  const int64_t us = t.us - day * kDay;
  const CivilDate date = CivilFromDays(day);
  if (date.year < 0 || date.year > 9'999) {  // only kNever and its like
    *out += std::to_string(date.year);
  } else {
    std::array<char, 4> year{};
    PutDigits(date.year, 4, year.data());
    out->append(year.data(), 4);
  }
  char rest[] = "-00-00T00:00:00.000000";
  PutTwo(date.month, rest + 1);
  PutTwo(date.day, rest + 4);
  PutTwo(static_cast<unsigned>(us / kHour), rest + 7);
  PutTwo(static_cast<unsigned>(us / kMinute % 60), rest + 10);
  PutTwo(static_cast<unsigned>(us / kSecond % 60), rest + 13);
  const int64_t fraction = us % kSecond;
  PutDigits(fraction, 6, rest + 16);
  out->append(rest, fraction == 0 ? 15 : fraction % 1'000 == 0 ? 19 : 22);
  *out += 'Z';
}

std::string FormatInstant(Instant t) {
  std::string out;
  out.reserve(27);
  AppendInstant(t, &out);
  return out;
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

int64_t DaysFromCivil(int64_t year, unsigned month, unsigned day) {
  year -= month <= 2 ? 1 : 0;  // the year begins in March, so that leap days come last
  const int64_t era = (year >= 0 ? year : year - 399) / 400;
  const int64_t year_of_era = year - era * 400;
  const int64_t day_of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
  const int64_t day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
  return era * 146'097 + day_of_era - 719'468;
}

CivilDate CivilFromDays(int64_t days) {
  days += 719'468;
  const int64_t era = (days >= 0 ? days : days - 146'096) / 146'097;
  const int64_t day_of_era = days - era * 146'097;
  const int64_t year_of_era =
      (day_of_era - day_of_era / 1'460 + day_of_era / 36'524 - day_of_era / 146'096) / 365;
  const int64_t day_of_year =
      day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
  const int64_t shifted_month = (5 * day_of_year + 2) / 153;
  const auto day = static_cast<unsigned>(day_of_year - (153 * shifted_month + 2) / 5 + 1);
  const auto month =
      static_cast<unsigned>(shifted_month < 10 ? shifted_month + 3 : shifted_month - 9);
  return {year_of_era + era * 400 + (month <= 2 ? 1 : 0), month, day};
}

unsigned LastDayOfMonth(int64_t year, unsigned month) {
  if (month == 2) return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) ? 29 : 28;
  return month == 4 || month == 6 || month == 9 || month == 11 ? 30 : 31;
}

}  // namespace caseclock::base
