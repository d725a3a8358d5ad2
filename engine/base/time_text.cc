#include "engine/base/time_text.h"

#include <array>

#include "engine/base/text_reader.h"

namespace caseclock::base {
using namespace internal;  // of text_reader.h
namespace {

// Each part answers with what is wrong, or nullptr.

const char* ReadDate(TextReader* in, int64_t* days) {
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

const char* ReadTime(TextReader* in, int64_t* us) {
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

const char* ReadZone(TextReader* in, int64_t* offset_us) {
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

}  // namespace

Result<Instant> ParseInstant(std::string_view text) {
  constexpr char kForm[] = "an instant like 2026-03-02T10:15:00Z";
  TextReader in(text);
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

void AppendInstant(Instant t, std::string* out) {
  int64_t us = t.us % kDay;
  if (us < 0) us += kDay;
  const int64_t day = t.us / kDay - (t.us < 0 && us != 0 ? 1 : 0);
  const CivilDate date = CivilFromDays(day);
  if (date.year < 0 || date.year > 9'999) {  // only kNever and its like
    *out += std::to_string(date.year);
  } else {
    std::array<char, 4> year{};
    PutDigits(date.year, 4, year.data());
    out->append(year.data(), 4);
  }
  char rest[] = "-00-00T00:00:00.000000";
  PutDigits(date.month, 2, rest + 1);
  PutDigits(date.day, 2, rest + 4);
  PutDigits(us / kHour, 2, rest + 7);
  PutDigits(us / kMinute % 60, 2, rest + 10);
  PutDigits(us / kSecond % 60, 2, rest + 13);
  const int64_t fraction = us % kSecond;
  PutDigits(fraction, 6, rest + 16);
  out->append(rest, fraction == 0 ? 15 : fraction % 1'000 == 0 ? 19 : 22);
  *out += 'Z';
}

std::string FormatDay(int32_t day) {
  return FormatInstant(Instant{} + Days(day)).substr(0, 10);
}

std::string FormatInstant(Instant t) {
  std::string out;
  out.reserve(27);
  AppendInstant(t, &out);
  return out;
}

}  // namespace caseclock::base
