// calendars/*.yaml → model::Calendar.

#include <algorithm>

#include "engine/policy/hours_text.h"
#include "engine/policy/load_parts.h"

namespace caseclock::policy {
namespace {

constexpr char kHoursForm[] = "hours like 09:00-17:00 or 09:00-12:00+13:00-17:00";

std::vector<model::WorkSpan> Hours(const YamlNode& node, Reader* reader) {
  const auto spans = node.kind == YamlNode::Kind::kScalar
                         ? ParseHours(node.text)
                         : std::optional<std::vector<model::WorkSpan>>();
  if (!spans.has_value()) {
    reader->Expected(node.line, kHoursForm,
                     node.kind == YamlNode::Kind::kScalar ? "there is " + Quoted(node.text)
                                                          : "there is something else");
    return {};
  }
  return *spans;
}

void ReadWeek(const YamlNode& node, Reader* reader, model::Calendar* calendar) {
  if (!reader->WantMap(node, "the week")) return;
  for (const YamlEntry& entry : node.entries) {
    const auto days = ParseWeekdays(entry.key.text);
    const std::vector<model::WorkSpan> spans = Hours(entry.value, reader);
    if (!days.has_value()) {
      reader->Expected(entry.key.line, "a day or days of the week like mon or mon-fri",
                       "there is " + Quoted(entry.key.text));
      continue;
    }
    for (int i = days->first; i <= days->second; ++i) {
      auto& day = calendar->week[static_cast<size_t>(i)];
      if (!day.empty()) {
        reader->Expected(entry.key.line, "hours once for each day of the week",
                         Quoted(entry.key.text) + " has a day that has hours already");
        break;
      }
      day = spans;
    }
  }
}

void WantCovered(const model::Calendar& calendar, int32_t day, int line, std::string_view what,
                 Reader* reader) {
  if (day < calendar.first_day || day > calendar.last_day)
    reader->Expected(line, std::string(what) + " within the days that the calendar covers",
                     "it lies outside");
}

void ReadHolidays(const YamlNode& node, Reader* reader, model::Calendar* calendar) {
  if (!reader->WantList(node, "the holidays")) return;
  for (const YamlNode& item : node.items) {
    const std::optional<int32_t> day = reader->Date(item, "a holiday");
    if (!day.has_value()) continue;
    WantCovered(*calendar, *day, item.line, "a holiday", reader);
    auto& days = calendar->holidays;
    if (std::find(days.begin(), days.end(), *day) != days.end())
      reader->Expected(item.line, "each holiday once", item.text + " is there already");
    days.push_back(*day);
  }
  std::sort(calendar->holidays.begin(), calendar->holidays.end());
  model::IndexHolidays(calendar);
}

void ReadSpecial(const YamlNode& node, Reader* reader, model::Calendar* calendar) {
  if (!reader->WantMap(node, "the special hours")) return;
  for (const YamlEntry& entry : node.entries) {
    const std::optional<int32_t> day = reader->Date(entry.key, "a day with special hours");
    const std::vector<model::WorkSpan> spans = Hours(entry.value, reader);
    if (!day.has_value()) continue;
    WantCovered(*calendar, *day, entry.key.line, "a day with special hours", reader);
    if (!calendar->special.emplace(*day, spans).second)
      reader->Expected(entry.key.line, "each day once",
                       Quoted(entry.key.text) + " is there already");
  }
}

std::optional<model::Meeting> ReadMeeting(const YamlNode& node, Reader* reader) {
  const Fields fields(reader, node, MeetingLayout());
  const YamlNode* at = fields.Need("at");
  const YamlNode* cutoff = fields.Need("cutoff");
  if (at == nullptr || cutoff == nullptr) return std::nullopt;
  const auto begins = reader->Instant(*at, "the instant of a meeting");
  const auto closes = reader->Instant(*cutoff, "the cut-off of its agenda");
  if (!begins.has_value() || !closes.has_value()) return std::nullopt;
  if (*closes > *begins)
    reader->Expected(cutoff->line, "a cut-off before the meeting", "it comes after it");
  return model::Meeting{*begins, *closes};
}

void ReadMeetings(const YamlNode& node, Reader* reader, model::Calendar* calendar) {
  if (!reader->WantMap(node, "the meetings")) return;
  for (const YamlEntry& kind : node.entries) {
    if (!reader->WantList(kind.value, "the meetings of a kind")) continue;
    auto& meetings = calendar->meetings[reader->Code(kind.key, "a kind of meeting")];
    for (const YamlNode& item : kind.value.items) {
      const auto meeting = ReadMeeting(item, reader);
      if (!meeting.has_value()) continue;
      if (!meetings.empty() &&
          (meeting->at <= meetings.back().at || meeting->cutoff <= meetings.back().cutoff))
        reader->Expected(item.line, "meetings and their cut-offs in the order of time",
                         "this one does not come after the one before");
      meetings.push_back(*meeting);
    }
  }
}

void ReadCoverage(const YamlNode& node, Reader* reader, model::Calendar* calendar) {
  const Fields fields(reader, node, CoverageLayout());
  const YamlNode* from = fields.Need("from");
  const YamlNode* to = fields.Need("to");
  if (from == nullptr || to == nullptr) return;
  const auto first = reader->Date(*from, "the first day covered");
  const auto last = reader->Date(*to, "the last day covered");
  if (!first.has_value() || !last.has_value()) return;
  if (*last < *first)
    reader->Expected(to->line, "a last day after the first one", "it comes before");
  calendar->first_day = *first;
  calendar->last_day = *last;
}

}  // namespace

void ReadCalendarFile(const YamlNode& root, Reader* reader, Draft* draft) {
  const Fields fields(reader, root, CalendarFile());
  model::Calendar calendar;
  if (const YamlNode* id = fields.Need("calendar")) {
    calendar.id = reader->Code(*id, "the calendar's name");
    if (!Note("calendar/" + calendar.id.str(), id->line, "calendar", reader, draft)) return;
  }
  if (const YamlNode* version = fields.Need("version"))
    calendar.version = reader->Code(*version, "the version").str();
  if (const YamlNode* zone = fields.Need("zone")) {
    const std::string name = reader->Text(*zone, "a time zone");
    auto compiled = draft->zones(name);
    if (compiled.ok()) {
      calendar.zone = std::move(compiled).value();
    } else if (!name.empty()) {
      reader->Error(zone->line, compiled.error().message);
    }
  }
  if (const YamlNode* covers = fields.Need("covers")) {
    draft->places["calendar/" + calendar.id.str() + "/covers"] = reader->At(covers->line);
    ReadCoverage(*covers, reader, &calendar);
  }
  if (const YamlNode* week = fields.Need("week")) ReadWeek(*week, reader, &calendar);
  if (const YamlNode* days = fields.Find("holidays")) ReadHolidays(*days, reader, &calendar);
  if (const YamlNode* special = fields.Find("special")) ReadSpecial(*special, reader, &calendar);
  if (const YamlNode* meetings = fields.Find("meetings")) {
    draft->places["calendar/" + calendar.id.str() + "/meetings"] = reader->At(meetings->line);
    ReadMeetings(*meetings, reader, &calendar);
  }
  if (const YamlNode* source = fields.Find("source")) reader->Text(*source, "the source");
  draft->set.calendars.push_back(std::move(calendar));
}

}  // namespace caseclock::policy
