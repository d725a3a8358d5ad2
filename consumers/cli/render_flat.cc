// JSON answers as rows for programs: the same members, the same values.

#include <nlohmann/json.hpp>
#include <string_view>

#include "consumers/cli/render.h"

namespace caseclock::cli {
namespace {

using Json = nlohmann::ordered_json;
using Columns = std::vector<std::string>;

// What has no fixed members (counts by stage, clocks by name, lists) is one cell of JSON each; so
// the columns are the same whatever there is to tell. New ones go to the end: people name columns
// by their place.
const Columns kBacklogColumns = {"queue",
                                 "as_of",
                                 "watermark",
                                 "definitions",
                                 "open",
                                 "offsets",
                                 "by_stage",
                                 "by_risk",
                                 "unassigned.count",
                                 "unassigned.age_seconds_max",
                                 "ungraded.count",
                                 "ungraded.age_seconds_max",
                                 "unqualified",
                                 "caseload.limit",
                                 "caseload.handlers",
                                 "caseload.cases_max",
                                 "caseload.handlers_over",
                                 "caseload.cases_of_handlers_over",
                                 "caseload.over",
                                 "paused",
                                 "age_seconds.max",
                                 "age_seconds.p50",
                                 "age_seconds.p90",
                                 "age_seconds.oldest_case",
                                 "net_age_seconds.max",
                                 "older_than.P7D",
                                 "older_than.P30D",
                                 "clocks",
                                 "flow.P1D.in",
                                 "flow.P1D.out",
                                 "flow.P1D.net",
                                 "flow.P7D.in",
                                 "flow.P7D.out",
                                 "flow.P7D.net",
                                 "flow.P28D.in",
                                 "flow.P28D.out",
                                 "flow.P28D.net",
                                 "screening",
                                 "outcomes",
                                 "outcomes_by_code",
                                 "closed",
                                 "closed_by_outcome",
                                 "suppressed_below",
                                 "calendars"};
const Columns kClockColumns = {"queue",           "as_of",
                               "clock",           "running",
                               "paused",          "undated",
                               "due_24h",         "due_7d",
                               "overdue",         "overdue_seconds_max",
                               "overdue_by_risk", "most_overdue_case",
                               "next_due_at",     "within_target"};
const Columns kScreeningColumns = {
    "queue", "as_of",    "guidance",   "role",      "window",         "in",
    "out",   "returned", "deviations", "out_ratio", "deviation_ratio"};
const Columns kCaseloadColumns = {
    "queue",   "as_of", "limit", "handlers", "cases_max", "handlers_over", "cases_of_handlers_over",
    "handler", "cases"};
const Columns kAlertColumns = {"alert_id",
                               "revision",
                               "state",
                               "kind",
                               "rung",
                               "repeat",
                               "clock",
                               "case_id",
                               "queue",
                               "risk",
                               "handler",
                               "due_at",
                               "clock_due_at",
                               "detected_at",
                               "historical",
                               "transitions",
                               "proof.workflow",
                               "proof.policy_version",
                               "proof.policy_hash",
                               "proof.calendar",
                               "proof.calendar_version",
                               "proof.beyond_horizon",
                               "proof.started_at",
                               "proof.risk",
                               "proof.budget",
                               "proof.segments",
                               "proof.causes",
                               "proof.limit_class",
                               "proof.held",
                               "proof.extended_until",
                               "proof.limit",
                               "proof.deadline",
                               "proof.tzdata",
                               "proof.source",
                               "proof.grants",
                               "proof.moves",
                               "source",
                               "proof.meeting.kind",
                               "proof.meeting.at",
                               "proof.meeting.cutoff"};
const Columns kCaseColumns = {"case_id",   "queue",       "stage",          "risk",
                              "handler",   "opened_at",   "due_at",         "due_clock",
                              "overdue",   "next_due_at", "next_due_clock", "paused",
                              "conflicts", "unqualified", "handler_away"};
const Columns kSourceColumns = {"source", "heard_at", "due_at", "silent"};

// At "a.b.c"; empty: nothing is there.
std::string ValueAt(const Json& object, std::string_view path) {
  const Json* value = &object;
  while (!path.empty()) {
    const size_t dot = path.find('.');
    if (!value->is_object()) return "";
    const auto found = value->find(std::string(path.substr(0, dot)));
    if (found == value->end()) return "";
    value = &*found;
    path = dot == std::string_view::npos ? "" : path.substr(dot + 1);
  }
  if (value->is_null()) return "";
  return value->is_string() ? value->get<std::string>() : value->dump();
}

Table RowsOf(const Json& list, const Columns& columns) {
  Table table(columns);
  for (const Json& element : list) {
    std::vector<Cell> cells;
    cells.reserve(columns.size());
    for (const std::string& column : columns) cells.emplace_back(ValueAt(element, column));
    table.Add(std::move(cells));
  }
  return table;
}

// One queue alone comes as an object.
Json ElementsOf(const std::string& json) {
  Json list = Json::parse(json, nullptr, false);
  if (!list.is_discarded() && !list.is_array()) list = Json::array({std::move(list)});
  Json elements = Json::array();
  for (Json& element : list) {
    if (element.is_object()) elements.push_back(std::move(element));
  }
  return elements;
}

void AddValues(const Json& value, const std::string& name, Table* table) {
  if (!value.is_structured() || value.empty()) {
    table->Add({name, value.is_string() ? value.get<std::string>() : value.dump()});
    return;
  }
  for (const auto& [key, inner] : value.items()) {
    AddValues(inner, name.empty() ? key : name + "." + key, table);
  }
}

// Calls visit(queue, what its rows begin with) for each queue that has the member.
template <typename Visit>
void ForEachQueueWith(const char* member, const std::string& json, const Visit& visit) {
  for (const Json& queue : ElementsOf(json)) {
    if (!queue.contains(member)) continue;
    visit(queue,
          Json{{"queue", queue.value("queue", Json())}, {"as_of", queue.value("as_of", Json())}});
  }
}

}  // namespace

Table FlatBacklogTable(const std::string& json) {
  return RowsOf(ElementsOf(json), kBacklogColumns);
}

Table FlatAlertTable(const std::string& json) {
  return RowsOf(ElementsOf(json), kAlertColumns);
}

Table FlatCaseTable(const std::string& json) {
  return RowsOf(ElementsOf(json), kCaseColumns);
}

Table FlatSourceTable(const std::string& json) {
  return RowsOf(ElementsOf(json), kSourceColumns);
}

Table FlatClockTable(const std::string& json) {
  Json clocks = Json::array();
  ForEachQueueWith("clocks", json, [&](const Json& queue, const Json& begin) {
    for (const auto& [name, clock] : queue["clocks"].items()) {
      Json row = begin;
      row["clock"] = name;
      row.update(clock);
      clocks.push_back(std::move(row));
    }
  });
  return RowsOf(clocks, kClockColumns);
}

Table FlatScreeningTable(const std::string& json) {
  Json rows = Json::array();
  ForEachQueueWith("screening", json, [&](const Json& queue, const Json& begin) {
    for (const Json& screening : queue["screening"]) {
      Json row = begin;
      row.update(screening);
      rows.push_back(std::move(row));
    }
  });
  return RowsOf(rows, kScreeningColumns);
}

Table FlatCaseloadTable(const std::string& json) {
  Json rows = Json::array();
  ForEachQueueWith("caseload", json, [&](const Json& queue, Json row) {
    row.update(queue["caseload"]);
    const Json over = row.value("over", Json::array());
    row.erase("over");
    if (over.empty()) rows.push_back(row);
    for (const Json& one : over) {
      row.update(one);
      rows.push_back(row);
    }
  });
  return RowsOf(rows, kCaseloadColumns);
}

Table ValueTable(const std::string& json) {
  Table table({"member", "value"});
  const Json parsed = Json::parse(json, nullptr, false);
  if (!parsed.is_discarded()) AddValues(parsed, "", &table);
  return table;
}

}  // namespace caseclock::cli
