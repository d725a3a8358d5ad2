#include "engine/policy/lint_parts.h"

#include <algorithm>
#include <optional>

namespace caseclock::policy {

using base::Atom;
using model::EventMatch;
using model::EventMatches;
using model::EventType;

void Findings::Fail(const std::string& path, std::string_view key, std::string message) {
  Report(path, key, std::move(message), Severity::kError);
}

void Findings::Warn(const std::string& path, std::string_view key, std::string message) {
  Report(path, key, std::move(message), Severity::kWarning);
}

void Findings::Report(const std::string& path, std::string_view key, std::string message,
                      Severity severity) {
  auto place = places_.find(path + "/" + std::string(key));
  if (place == places_.end()) place = places_.find(path);
  const Place at = place == places_.end() ? Place{} : place->second;
  problems_.push_back({at.file, at.line, std::move(message), severity});
}

bool Covered(const EventMatch& match, const EventMatches& others) {
  const auto takes = [&others, &match](std::optional<Atom> code) {
    return std::any_of(others.begin(), others.end(), [&](const EventMatch& other) {
      if (other.type != match.type) return false;
      if (!other.when.empty() && !(other.when == match.when)) return false;
      if (!other.unless.empty() && !(other.unless == match.unless)) return false;
      return other.codes.empty() ||
             (code.has_value() &&
              std::find(other.codes.begin(), other.codes.end(), *code) != other.codes.end());
    });
  };
  if (match.codes.empty()) return takes(std::nullopt);
  return std::all_of(match.codes.begin(), match.codes.end(), takes);
}

bool AllCovered(const EventMatches& matches, const EventMatches& others) {
  return std::all_of(matches.begin(), matches.end(),
                     [&](const EventMatch& match) { return Covered(match, others); });
}

bool NeverSeenByClocks(EventType type) {
  return type == EventType::kVoided || type == EventType::kPolicyMoved;
}

std::string MatchText(const EventMatch& match) {
  std::string out(model::EventTypeName(match.type));
  if (match.codes.empty()) return out;
  out += match.codes.size() == 1 ? ": " : ": [";
  for (const Atom code : match.codes) {
    if (code != match.codes.front()) out += ", ";
    out += code.view();
  }
  return out + (match.codes.size() == 1 ? "" : "]");
}

base::Duration ShortestLimit(const base::Period& limit, const model::DeadlineRule& rule) {
  int extra = 0;
  if (std::holds_alternative<model::WorkingDays>(rule)) extra = 1;
  if (const auto* days = std::get_if<model::WholeDays>(&rule)) {
    extra = days->counts_trigger_day ? -1 : 0;
  }
  return base::Days(28LL * limit.months + limit.days + extra) + limit.time;
}

base::Duration LongestLimit(const base::Period& limit, const model::DeadlineRule& rule) {
  const bool working = std::holds_alternative<model::WorkingDays>(rule);
  return base::Days(31LL * limit.months + (working ? 7LL : 1LL) * limit.days + 1) + limit.time;
}

}  // namespace caseclock::policy
