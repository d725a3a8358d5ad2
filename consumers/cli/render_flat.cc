// JSON answers as rows for programs: the same members, the same values.

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>

#include "consumers/cli/render.h"

namespace caseclock::cli {
namespace {

using Json = nlohmann::ordered_json;
using Values = std::map<std::string, std::string>;

// A list cannot be columns, for it has no fixed length.
std::string ValueOf(const Json& value) {
  if (value.is_null()) return "";
  return value.is_string() ? value.get<std::string>() : value.dump();
}

void Flatten(const Json& object, const std::string& prefix, std::vector<std::string>* columns,
             Values* values) {
  for (const auto& [key, value] : object.items()) {
    const std::string name = prefix + key;
    if (value.is_object()) {
      Flatten(value, name + ".", columns, values);
      continue;
    }
    if (std::find(columns->begin(), columns->end(), name) == columns->end()) {
      columns->push_back(name);
    }
    (*values)[name] = ValueOf(value);
  }
}

}  // namespace

Table FlatTable(const std::string& json, std::vector<std::string> columns) {
  Json list = Json::parse(json, nullptr, false);
  if (list.is_discarded()) list = Json::array();
  if (!list.is_array()) list = Json::array({list});
  std::vector<Values> rows;
  for (const Json& element : list) {
    if (element.is_object()) Flatten(element, "", &columns, &rows.emplace_back());
  }
  Table table(columns);
  for (Values& row : rows) {
    std::vector<Cell> cells;
    cells.reserve(columns.size());
    for (const std::string& column : columns) cells.emplace_back(row[column]);
    table.Add(std::move(cells));
  }
  return table;
}

Table FlatClockTable(const std::string& json) {
  Json list = Json::parse(json, nullptr, false);
  if (list.is_object()) list = Json::array({list});
  Json clocks = Json::array();
  for (const Json& queue : list) {
    if (!queue.is_object() || !queue.contains("clocks")) continue;
    for (const auto& [name, clock] : queue["clocks"].items()) {
      Json row = {{"queue", queue.value("queue", Json())},
                  {"as_of", queue.value("as_of", Json())},
                  {"clock", name}};
      row.update(clock);
      clocks.push_back(std::move(row));
    }
  }
  return FlatTable(clocks.dump(), {"queue", "as_of", "clock"});
}

Table FlatScreeningTable(const std::string& json) {
  Json list = Json::parse(json, nullptr, false);
  if (list.is_object()) list = Json::array({list});
  Json rows = Json::array();
  for (const Json& queue : list) {
    if (!queue.is_object() || !queue.contains("screening")) continue;
    for (const Json& screening : queue["screening"]) {
      Json row = {{"queue", queue.value("queue", Json())}, {"as_of", queue.value("as_of", Json())}};
      row.update(screening);
      rows.push_back(std::move(row));
    }
  }
  return FlatTable(rows.dump(), {"queue", "as_of", "guidance", "role", "window"});
}

Table FlatCaseloadTable(const std::string& json) {
  Json list = Json::parse(json, nullptr, false);
  if (list.is_object()) list = Json::array({list});
  Json rows = Json::array();
  for (const Json& queue : list) {
    if (!queue.is_object() || !queue.contains("caseload")) continue;
    Json row = {{"queue", queue.value("queue", Json())}, {"as_of", queue.value("as_of", Json())}};
    row.update(queue["caseload"]);
    const Json over = row.value("over", Json::array());
    row.erase("over");
    if (over.empty()) rows.push_back(row);
    for (const Json& one : over) {
      row.update(one);
      rows.push_back(row);
    }
  }
  return FlatTable(rows.dump(), {"queue", "as_of", "limit", "handlers", "cases_max",
                                 "handlers_over", "cases_of_handlers_over", "handler", "cases"});
}

}  // namespace caseclock::cli
