// The figures of a queue as people and dashboards read them; the order of the keys is part of it.

#include <algorithm>
#include <nlohmann/json.hpp>
#include <utility>
#include <vector>

#include "engine/base/time_text.h"
#include "engine/codec/output_codec.h"

namespace caseclock::codec {
namespace {

using Json = nlohmann::ordered_json;

Json CountsJson(const std::map<std::string, int64_t>& counts) {
  Json object = Json::object();
  for (const auto& [name, count] : counts) object[name] = count;
  return object;
}

// Null where there is no case to name.
Json CaseJson(const std::string& case_id) {
  return case_id.empty() ? Json() : Json(case_id);
}

// Null where nothing has been seen yet.
Json InstantJson(base::Instant t) {
  if (t == base::kNever || t == base::kLongAgo) return nullptr;
  return base::FormatInstant(t);
}

// Part of a whole to three digits, half up; null of nothing.
Json RatioJson(int64_t part, int64_t whole) {
  if (whole <= 0) return nullptr;
  const int64_t thousandths = (part * 2'000 + whole) / (2 * whole);
  return static_cast<double>(thousandths) / 1'000.0;
}

// How long a window is, to put P7D before P30D; a month is near enough 30 days.
int64_t WindowLength(const std::string& window) {
  const base::Result<base::Period> period = base::ParsePeriod(window);
  if (!period.ok()) return 0;
  return (period.value().months * 30 + period.value().days) * base::Days(1).us +
         period.value().time.us;
}

// An object with windows as names, shortest first.
template <typename T, typename ToJson>
Json ByWindow(const std::map<std::string, T>& windows, const ToJson& to_json) {
  std::vector<std::pair<int64_t, const std::pair<const std::string, T>*>> order;
  for (const auto& entry : windows) order.emplace_back(WindowLength(entry.first), &entry);
  std::stable_sort(order.begin(), order.end(),
                   [](const auto& a, const auto& b) { return a.first < b.first; });
  Json object = Json::object();
  for (const auto& [length, entry] : order) object[entry->first] = to_json(entry->second);
  return object;
}

Json CountAgeJson(const model::CountAge& figures) {
  return {{"count", figures.count}, {"age_seconds_max", figures.age_seconds_max}};
}

Json ClockJson(const model::ClockFigures& clock) {
  Json json = {{"running", clock.running},
               {"paused", clock.paused},
               {"undated", clock.undated},
               {"due_24h", clock.due_24h},
               {"due_7d", clock.due_7d},
               {"overdue", clock.overdue},
               {"overdue_seconds_max", clock.overdue_seconds_max},
               {"overdue_by_risk", CountsJson(clock.overdue_by_risk)},
               {"most_overdue_case", CaseJson(clock.most_overdue_case)}};
  if (clock.next_due_at != base::kNever) json["next_due_at"] = InstantJson(clock.next_due_at);
  Json& targets = json["within_target"] = Json::array();
  for (const model::WithinTarget& target : clock.within_target) {
    targets.push_back(Json{{"by", target.by},
                           {"window", target.window},
                           {"met", target.met},
                           {"missed", target.missed},
                           {"ratio", RatioJson(target.met, target.met + target.missed)}});
  }
  return json;
}

Json FlowJson(const model::Flow& flow) {
  return {{"in", flow.in}, {"out", flow.out}, {"net", flow.in - flow.out}};
}

Json ScreeningJson(const std::vector<model::Screening>& rows) {
  Json list = Json::array();
  for (const model::Screening& row : rows) {
    const int64_t decided = row.in + row.out;
    list.push_back(Json{{"guidance", row.guidance},
                        {"role", row.role},
                        {"window", row.window},
                        {"in", row.in},
                        {"out", row.out},
                        {"returned", row.returned},
                        {"deviations", row.deviations},
                        {"out_ratio", RatioJson(row.out, decided)},
                        {"deviation_ratio", RatioJson(row.deviations, decided)}});
  }
  return list;
}

Json OutcomesJson(const std::vector<model::OutcomeRatio>& outcomes) {
  Json list = Json::array();
  for (const model::OutcomeRatio& outcome : outcomes) {
    list.push_back(Json{{"definition", outcome.definition},
                        {"by", outcome.by},
                        {"window", outcome.window},
                        {"positive", outcome.positive},
                        {"of", outcome.of},
                        {"ratio", RatioJson(outcome.positive, outcome.of)}});
  }
  return list;
}

Json CaseloadJson(const model::Caseload& caseload) {
  Json json = {{"limit", caseload.limit},
               {"handlers", caseload.handlers},
               {"cases_max", caseload.cases_max},
               {"handlers_over", caseload.handlers_over},
               {"cases_of_handlers_over", caseload.cases_of_handlers_over}};
  Json& over = json["over"] = Json::array();
  for (const model::HandlerCases& one : caseload.over)
    over.push_back(Json{{"handler", one.handler}, {"cases", one.cases}});
  return json;
}

void AddCases(const model::Backlog& backlog, Json* json) {
  (*json)["open"] = backlog.open;
  (*json)["by_stage"] = CountsJson(backlog.by_stage);
  (*json)["by_risk"] = CountsJson(backlog.by_risk);
  (*json)["unassigned"] = CountAgeJson(backlog.unassigned);
  (*json)["ungraded"] = CountAgeJson(backlog.ungraded);
  (*json)["unqualified"] = backlog.unqualified;
  if (backlog.caseload) (*json)["caseload"] = CaseloadJson(*backlog.caseload);
  (*json)["paused"] = CountsJson(backlog.paused);
  (*json)["age_seconds"] = {{"max", backlog.age_max},
                            {"p50", backlog.age_p50},
                            {"p90", backlog.age_p90},
                            {"oldest_case", CaseJson(backlog.oldest_case)}};
  (*json)["net_age_seconds"] = {{"max", backlog.net_age_max}};
  (*json)["older_than"] = ByWindow(backlog.older_than, [](int64_t count) { return count; });
}

}  // namespace

std::string BacklogToJson(const model::Backlog& backlog) {
  Json json = {{"queue", backlog.queue},
               {"as_of", InstantJson(backlog.as_of)},
               {"watermark", InstantJson(backlog.watermark)}};
  Json& offsets = json["offsets"] = Json::object();
  for (const auto& [partition, offset] : backlog.offsets)
    offsets[std::to_string(partition)] = offset;
  json["definitions"] = backlog.definitions;
  AddCases(backlog, &json);
  Json& clocks = json["clocks"] = Json::object();
  for (const auto& [name, clock] : backlog.clocks) clocks[name] = ClockJson(clock);
  json["flow"] = ByWindow(backlog.flow, FlowJson);
  if (!backlog.screening.empty()) json["screening"] = ScreeningJson(backlog.screening);
  json["outcomes"] = OutcomesJson(backlog.outcomes);
  json["outcomes_by_code"] = CountsJson(backlog.outcomes_by_code);
  json["closed"] = backlog.closed;
  json["closed_by_outcome"] = CountsJson(backlog.closed_by_outcome);
  json["suppressed_below"] = backlog.suppressed_below;
  if (!backlog.calendars.empty()) {
    Json& calendars = json["calendars"] = Json::object();
    for (const auto& [id, version] : backlog.calendars) calendars[id] = version;
  }
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

}  // namespace caseclock::codec
