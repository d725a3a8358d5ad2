#include "engine/core/calendar_vectors.h"

#include "engine/core/calendar.h"

namespace caseclock::core {
namespace {

using model::CalendarQuestion;
using model::CalendarVector;

std::string InstantText(base::Instant t) {
  return t == base::kNever ? "never" : base::FormatInstant(t);
}

std::string DayText(std::optional<int32_t> day) {
  return day ? base::FormatDay(*day) : "never";
}

// Other libraries first move a start that is no working day to one, in the direction of counting.
std::optional<int32_t> AddDaysRolled(const CalendarVector& v) {
  if (IsWorkingDay(v.calendar, v.start_day)) {
    return AddWorkingDays(v.calendar, v.start_day, v.days);
  }
  const auto rolled = AddWorkingDays(v.calendar, v.start_day, v.days < 0 ? -1 : 0);
  return rolled.has_value() && v.days != 0 ? AddWorkingDays(v.calendar, *rolled, v.days) : rolled;
}

}  // namespace

std::string Answer(const CalendarVector& v) {
  switch (v.question) {
    case CalendarQuestion::kAdd:
      return InstantText(AddWorking(v.calendar, v.start, base::Seconds(v.seconds)).at);
    case CalendarQuestion::kBetween:
      return std::to_string(WorkingBetween(v.calendar, v.start, v.end).us / 1'000'000);
    case CalendarQuestion::kAdvance:
      return InstantText(NextWorking(v.calendar, v.start).at);
    case CalendarQuestion::kClosing:
      return InstantText(NextClosing(v.calendar, v.start).at);
    case CalendarQuestion::kIsWorking:
      return IsWorking(v.calendar, v.start) ? "true" : "false";
    case CalendarQuestion::kAddDays:
      return DayText(AddDaysRolled(v));
    case CalendarQuestion::kDaysBetween:
      return std::to_string(WorkingDaysBetween(v.calendar, v.start_day, v.end_day));
  }
  return {};
}

bool BeyondHorizon(const CalendarVector& v) {
  if (v.calendar.id.empty()) return false;
  const auto outside = [&](int32_t day) {
    return day < v.calendar.first_day || day > v.calendar.last_day;
  };
  const auto day_of = [&](base::Instant t) { return LocalDay(v.calendar.zone, t); };
  switch (v.question) {
    case CalendarQuestion::kAdd:
      return AddWorking(v.calendar, v.start, base::Seconds(v.seconds)).beyond_horizon;
    case CalendarQuestion::kBetween:
      return outside(day_of(v.start)) || outside(day_of(v.end));
    case CalendarQuestion::kAdvance:
      return NextWorking(v.calendar, v.start).beyond_horizon;
    case CalendarQuestion::kClosing:
      return NextClosing(v.calendar, v.start).beyond_horizon;
    case CalendarQuestion::kIsWorking:
      return outside(day_of(v.start));
    case CalendarQuestion::kAddDays: {
      const std::optional<int32_t> day = AddDaysRolled(v);
      return outside(v.start_day) || !day.has_value() || outside(*day);
    }
    case CalendarQuestion::kDaysBetween:
      return outside(v.start_day) || outside(v.end_day);
  }
  return false;
}

}  // namespace caseclock::core
