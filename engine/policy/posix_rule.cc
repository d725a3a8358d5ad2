#include "engine/policy/posix_rule.h"

#include <algorithm>
#include <charconv>

#include "engine/base/time_text.h"

namespace caseclock::policy {
namespace {

// Reads from the front; `ok` falls once and stays down.
struct Scanner {
  std::string_view rest;
  bool ok = true;

  bool Take(char c) {
    if (rest.empty() || rest.front() != c) return false;
    rest.remove_prefix(1);
    return true;
  }
  void Want(char c) { ok = Take(c) && ok; }
  int32_t Number() {
    int32_t value = 0;
    const auto [end, error] = std::from_chars(rest.data(), rest.data() + rest.size(), value);
    ok = ok && error == std::errc() && value >= 0 && value <= 10'000;
    rest.remove_prefix(static_cast<size_t>(end - rest.data()));
    return value;
  }
  // "GMT" or "<+03>".
  void Name() {
    const bool quoted = Take('<');
    const size_t end = quoted ? rest.find('>') : rest.find_first_of("+-0123456789,");
    const size_t size = std::min(end, rest.size());
    ok = ok && size >= 3 - (quoted ? 1 : 0);
    rest.remove_prefix(size);
    if (quoted) Want('>');
  }
  // "[+-]hh[:mm[:ss]]" in seconds.
  int32_t Time() {
    const bool negative = Take('-');
    if (!negative) Take('+');
    int32_t seconds = Number() * 3'600;
    if (Take(':')) seconds += Number() * 60;
    if (Take(':')) seconds += Number();
    return negative ? -seconds : seconds;
  }
  RuleDate Date() {
    RuleDate date;
    if (Take('M')) {
      date.month = Number();
      Want('.');
      date.week = Number();
      Want('.');
      date.weekday = Number();
      ok = ok && date.month >= 1 && date.month <= 12 && date.week >= 1 && date.week <= 5 &&
           date.weekday <= 6;
    } else {
      date.kind = Take('J') ? RuleDate::Kind::kDayWithoutLeap : RuleDate::Kind::kDayFromZero;
      date.day = Number();
    }
    if (Take('/')) date.time_s = Time();
    return date;
  }
};

int64_t DayIn(const RuleDate& date, int64_t year) {
  const int64_t new_year = base::DaysFromCivil(year, 1, 1);
  if (date.kind == RuleDate::Kind::kDayFromZero) return new_year + date.day;
  if (date.kind == RuleDate::Kind::kDayWithoutLeap) {
    const bool after_leap_day = base::LastDayOfMonth(year, 2) == 29 && date.day >= 60;
    return new_year + date.day - 1 + (after_leap_day ? 1 : 0);
  }
  const auto month = static_cast<unsigned>(date.month);
  const int64_t first = base::DaysFromCivil(year, month, 1);
  const int64_t first_weekday = ((first + 4) % 7 + 7) % 7;  // 0 is Sunday
  int64_t day = first + (date.weekday - first_weekday + 7) % 7 + 7 * (date.week - 1);
  if (day >= first + base::LastDayOfMonth(year, month)) day -= 7;
  return day;
}

}  // namespace

std::optional<PosixRule> ParsePosixRule(std::string_view text) {
  Scanner in{text};
  PosixRule rule;
  in.Name();
  rule.standard_offset_s = -in.Time();  // POSIX counts westwards
  if (in.rest.empty()) return in.ok ? std::optional(rule) : std::nullopt;
  rule.has_summer = true;
  in.Name();
  const bool has_offset = !in.rest.empty() && in.rest.front() != ',';
  rule.summer_offset_s = has_offset ? -in.Time() : rule.standard_offset_s + 3'600;
  in.Want(',');
  rule.summer_from = in.Date();
  in.Want(',');
  rule.summer_to = in.Date();
  return in.ok && in.rest.empty() ? std::optional(rule) : std::nullopt;
}

std::vector<model::ZoneTransition> TransitionsOf(const PosixRule& rule, int64_t year) {
  if (!rule.has_summer) return {};
  const auto at = [year](const RuleDate& date, int32_t offset_before) {
    return base::Instant::FromSeconds(DayIn(date, year) * 86'400 + date.time_s - offset_before);
  };
  std::vector<model::ZoneTransition> out = {
      {at(rule.summer_from, rule.standard_offset_s), rule.summer_offset_s},
      {at(rule.summer_to, rule.summer_offset_s), rule.standard_offset_s}};
  if (out[1].at < out[0].at) std::swap(out[0], out[1]);
  return out;
}

}  // namespace caseclock::policy
