#include "engine/policy/calendar_vectors.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <map>
#include <string>

#include "engine/base/time_text.h"
#include "engine/policy/hours_text.h"
#include "engine/policy/reader.h"
#include "engine/policy/zone.h"

namespace caseclock::policy {
namespace {

using base::Result;
using model::CalendarQuestion;
using model::CalendarVector;

constexpr std::string_view kByteOrderMark = "\xef\xbb\xbf";
// By CalendarQuestion.
constexpr std::array<std::string_view, 7> kOps = {
    "add", "between", "advance", "closing", "is_working", "add_days", "days_between"};
constexpr std::array<std::string_view, 10> kColumns = {
    "id", "op", "tz", "week", "holidays", "special_hours", "start", "arg", "expected", "calendar"};
constexpr size_t kCalendar = 9;
constexpr size_t kAbsent = std::string_view::npos;
using Row = std::array<std::string_view, kColumns.size()>;

// What a row may leave out where calendars are named.
bool IsOwnCalendar(size_t column) {
  return column >= 2 && column <= 5;
}

// A row's reading: the first thing wrong, or nothing.
using Wrong = std::string;

Wrong Expected(std::string_view what, std::string_view got) {
  return "Expected " + std::string(what) + ", but there is \"" + std::string(got) + "\"";
}

template <typename Number>
bool ReadNumber(std::string_view text, Number* value) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), *value);
  return error == std::errc() && end == text.data() + text.size() && !text.empty();
}

bool ReadInstant(std::string_view text, base::Instant* t) {
  const auto parsed = base::ParseInstant(text);
  if (parsed.ok()) *t = parsed.value();
  return parsed.ok();
}

bool ReadDay(std::string_view text, int32_t* day) {
  const auto parsed = ParseDate(text);
  if (parsed.has_value()) *day = *parsed;
  return parsed.has_value();
}

bool ReadWeek(std::string_view text, model::Calendar* calendar) {
  for (const std::string_view part : Split(text, ';')) {
    const size_t equals = part.find('=');
    if (equals == std::string_view::npos) return false;
    const auto days = ParseWeekdays(part.substr(0, equals));
    const auto hours = ParseHours(part.substr(equals + 1));
    if (!days.has_value() || !hours.has_value()) return false;
    for (int i = days->first; i <= days->second; ++i)
      calendar->week[static_cast<size_t>(i)] = *hours;
  }
  return true;
}

Wrong ReadExceptions(const Row& row, model::Calendar* calendar) {
  for (const std::string_view part : Split(row[4], ';')) {
    int32_t day = 0;
    if (!ReadDay(part, &day)) return Expected("dates", row[4]);
    calendar->holidays.push_back(day);
  }
  std::sort(calendar->holidays.begin(), calendar->holidays.end());
  model::IndexHolidays(calendar);
  for (const std::string_view part : Split(row[5], ';')) {
    int32_t day = 0;
    const auto hours = part.size() > 11 ? ParseHours(part.substr(11)) : std::nullopt;
    if (!ReadDay(part.substr(0, 10), &day) || !hours.has_value())
      return Expected("dates with their hours", row[5]);
    calendar->special[day] = *hours;
  }
  return {};
}

Wrong ReadInstants(const Row& row, base::Instant* start, base::Instant* end) {
  constexpr std::string_view kLike = " like 2026-03-02T10:15:00Z";
  if (!ReadInstant(row[6], start)) return Expected("a start" + std::string(kLike), row[6]);
  const bool fits = end == nullptr || ReadInstant(row[7], end);
  return fits ? Wrong() : Expected("an arg" + std::string(kLike), row[7]);
}

Wrong ReadDays(const Row& row, int32_t* start, int32_t* end) {
  if (!ReadDay(row[6], start)) return Expected("a start like 2026-03-02", row[6]);
  const bool fits = end == nullptr || ReadDay(row[7], end);
  return fits ? Wrong() : Expected("an arg like 2026-03-02", row[7]);
}

template <typename Number>
Wrong ReadCount(const Row& row, std::string_view of, Number* count) {
  if (ReadNumber(row[7], count)) return {};
  return Expected("a whole number of " + std::string(of) + " as arg", row[7]);
}

Wrong ReadQuestion(const Row& row, CalendarVector* out) {
  const auto op = std::find(kOps.begin(), kOps.end(), row[1]);
  if (op == kOps.end())
    return Expected("an op (" + Listed({kOps.begin(), kOps.end()}) + ")", row[1]);
  out->question = static_cast<CalendarQuestion>(op - kOps.begin());
  Wrong wrong;
  switch (out->question) {
    case CalendarQuestion::kAdd:
      wrong = ReadInstants(row, &out->start, nullptr);
      return wrong.empty() ? ReadCount(row, "seconds", &out->seconds) : wrong;
    case CalendarQuestion::kBetween:
      return ReadInstants(row, &out->start, &out->end);
    case CalendarQuestion::kAdvance:
    case CalendarQuestion::kClosing:
    case CalendarQuestion::kIsWorking:
      return ReadInstants(row, &out->start, nullptr);
    case CalendarQuestion::kAddDays:
      wrong = ReadDays(row, &out->start_day, nullptr);
      return wrong.empty() ? ReadCount(row, "days", &out->days) : wrong;
    case CalendarQuestion::kDaysBetween:
      return ReadDays(row, &out->start_day, &out->end_day);
  }
  return wrong;
}

// The calendar that a row names.
Wrong ReadNamed(const Row& row, const std::vector<model::Calendar>& known, CalendarVector* out) {
  for (size_t i = 0; i < row.size(); ++i) {
    if (IsOwnCalendar(i) && !row[i].empty())
      return Expected("no " + std::string(kColumns[i]) + " beside a calendar", row[i]);
  }
  KnownNames names;
  for (const model::Calendar& calendar : known) {
    names.push_back(calendar.id.view());
    if (calendar.id.view() == row[kCalendar]) out->calendar = calendar;
  }
  if (!out->calendar.id.empty()) return {};
  return Expected("a calendar of the set (" + Listed(names) + ")", row[kCalendar]) +
         Suggestion(row[kCalendar], names);
}

// The calendar that a row describes.
Wrong ReadOwn(const Row& row, std::map<std::string, model::TimeZone>* zones, CalendarVector* out) {
  const std::string tz(row[2]);
  if (!zones->contains(tz)) {
    Result<model::TimeZone> zone = CompileZone(tz);
    if (!zone.ok()) return zone.error().message;
    (*zones)[tz] = std::move(zone).value();
  }
  out->calendar.zone = (*zones)[tz];
  if (!ReadWeek(row[3], &out->calendar)) return Expected("days and hours", row[3]);
  return ReadExceptions(row, &out->calendar);
}

Wrong ReadRow(const Row& row, const std::vector<model::Calendar>& known,
              std::map<std::string, model::TimeZone>* zones, CalendarVector* out) {
  out->id = std::string(row[0]);
  Wrong wrong = ReadQuestion(row, out);
  if (!wrong.empty()) return wrong;
  wrong = row[kCalendar].empty() ? ReadOwn(row, zones, out) : ReadNamed(row, known, out);
  if (!wrong.empty()) return wrong;
  base::Instant t;
  out->expected = ReadInstant(row[8], &t) ? base::FormatInstant(t) : std::string(row[8]);
  return {};
}

// Cells of a line. Those in quotes may hold commas, and quotes that are doubled, but no line ends.
std::vector<std::string> Cells(std::string_view line) {
  if (line.ends_with('\r')) line.remove_suffix(1);
  std::vector<std::string> cells(1);
  bool quoted = false;
  for (size_t i = 0; i < line.size(); ++i) {
    const bool doubled = quoted && line.substr(i).starts_with("\"\"");
    if (doubled) ++i;
    if (line[i] == '"' && !doubled) {
      quoted = !quoted;
    } else if (line[i] == ',' && !quoted) {
      cells.emplace_back();
    } else {
      cells.back() += line[i];
    }
  }
  return cells;
}

// Spreadsheets put a mark in front of UTF-8.
std::string_view WithoutMark(std::string_view csv) {
  if (csv.starts_with(kByteOrderMark)) csv.remove_prefix(kByteOrderMark.size());
  return csv;
}

}  // namespace

bool NamesCalendars(std::string_view csv) {
  csv = WithoutMark(csv);
  const auto header = Cells(csv.substr(0, csv.find('\n')));
  return std::find(header.begin(), header.end(), kColumns[kCalendar]) != header.end();
}

CalendarVectors ReadCalendarVectors(std::string_view csv, const std::string& file,
                                    const std::vector<model::Calendar>& known) {
  CalendarVectors read;
  const auto wrong = [&](size_t line, const Wrong& what) {
    read.problems.push_back({file, static_cast<int>(line), what, Severity::kError});
  };
  const std::vector<std::string_view> lines = Split(WithoutMark(csv), '\n');
  std::array<size_t, kColumns.size()> places{};
  const auto header = Cells(lines.empty() ? std::string_view() : lines.front());
  for (size_t i = 0; i < kColumns.size(); ++i) {
    const auto found = std::find(header.begin(), header.end(), kColumns[i]);
    const bool may_lack = i == kCalendar || (IsOwnCalendar(i) && NamesCalendars(csv));
    if (found == header.end() && !may_lack)
      wrong(1, "Expected a column " + std::string(kColumns[i]) + ", but there is none");
    places[i] = found == header.end() ? kAbsent : static_cast<size_t>(found - header.begin());
  }
  if (!read.problems.empty()) return read;
  std::map<std::string, model::TimeZone> zones;
  for (size_t i = 1; i < lines.size(); ++i) {
    if (lines[i].empty() || lines[i] == "\r") continue;
    const auto fields = Cells(lines[i]);
    if (fields.size() < header.size()) {
      wrong(i + 1, "Expected " + std::to_string(header.size()) + " fields, but there are " +
                       std::to_string(fields.size()));
      continue;
    }
    Row row;
    for (size_t c = 0; c < kColumns.size(); ++c) {
      if (places[c] != kAbsent) row[c] = fields[places[c]];
    }
    CalendarVector vector;
    const Wrong what = ReadRow(row, known, &zones, &vector);
    if (what.empty()) {
      read.vectors.push_back(std::move(vector));
    } else {
      wrong(i + 1, what);
    }
  }
  return read;
}

}  // namespace caseclock::policy
