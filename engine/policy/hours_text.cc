#include "engine/policy/hours_text.h"

#include "engine/base/time_text.h"

namespace caseclock::policy {
namespace {

constexpr std::array<std::string_view, 7> kWeekdays = {"mon", "tue", "wed", "thu",
                                                       "fri", "sat", "sun"};

std::optional<int> Weekday(std::string_view name) {
  for (size_t i = 0; i < kWeekdays.size(); ++i) {
    if (kWeekdays[i] == name) return static_cast<int>(i);
  }
  return std::nullopt;
}

// "HH:MM" in seconds, up to 24:00.
std::optional<int32_t> ClockTime(std::string_view text) {
  if (text.size() != 5 || text[2] != ':') return std::nullopt;
  for (const size_t i : {0, 1, 3, 4}) {
    if (text[i] < '0' || text[i] > '9') return std::nullopt;
  }
  const int hour = (text[0] - '0') * 10 + (text[1] - '0');
  const int minute = (text[3] - '0') * 10 + (text[4] - '0');
  if (minute > 59 || hour * 60 + minute > 24 * 60) return std::nullopt;
  return hour * 3'600 + minute * 60;
}

}  // namespace

std::vector<std::string_view> Split(std::string_view text, char separator) {
  std::vector<std::string_view> parts;
  while (!text.empty()) {
    const size_t end = text.find(separator);
    parts.push_back(text.substr(0, end));
    text = end == std::string_view::npos ? std::string_view() : text.substr(end + 1);
  }
  return parts;
}

std::optional<std::vector<model::WorkSpan>> ParseHours(std::string_view text) {
  std::vector<model::WorkSpan> spans;
  for (const std::string_view part : Split(text, '+')) {
    if (part.size() != 11 || part[5] != '-') return std::nullopt;
    const auto from = ClockTime(part.substr(0, 5));
    const auto to = ClockTime(part.substr(6));
    if (!from.has_value() || !to.has_value() || *to <= *from) return std::nullopt;
    if (!spans.empty() && *from < spans.back().to_s) return std::nullopt;
    spans.push_back({*from, *to});
  }
  if (spans.empty()) return std::nullopt;
  return spans;
}

std::optional<std::pair<int, int>> ParseWeekdays(std::string_view text) {
  const size_t dash = text.find('-');
  const auto first = Weekday(text.substr(0, dash));
  const auto last = dash == std::string_view::npos ? first : Weekday(text.substr(dash + 1));
  if (!first.has_value() || !last.has_value() || *last < *first) return std::nullopt;
  return std::pair(*first, *last);
}

std::optional<int32_t> ParseDate(std::string_view text) {
  if (text.size() != 10) return std::nullopt;
  const auto midnight = base::ParseInstant(std::string(text) + "T00:00:00Z");
  if (!midnight.ok()) return std::nullopt;
  return static_cast<int32_t>(midnight.value().us / base::Days(1).us);
}

}  // namespace caseclock::policy
