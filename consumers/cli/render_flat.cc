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

// Calls visit(queue, what its rows begin with) for each queue that has the member.
template <typename Visit>
void ForEachQueueWith(const char* member, const std::string& json, const Visit& visit) {
  Json list = Json::parse(json, nullptr, false);
  if (list.is_object()) list = Json::array({list});
  for (const Json& queue : list) {
    if (!queue.is_object() || !queue.contains(member)) continue;
    visit(queue,
          Json{{"queue", queue.value("queue", Json())}, {"as_of", queue.value("as_of", Json())}});
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
  Json clocks = Json::array();
  ForEachQueueWith("clocks", json, [&](const Json& queue, const Json& begin) {
    for (const auto& [name, clock] : queue["clocks"].items()) {
      Json row = begin;
      row["clock"] = name;
      row.update(clock);
      clocks.push_back(std::move(row));
    }
  });
  return FlatTable(clocks.dump(), {"queue", "as_of", "clock"});
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
  return FlatTable(rows.dump(), {"queue", "as_of", "guidance", "role", "window"});
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
  return FlatTable(rows.dump(), {"queue", "as_of", "limit", "handlers", "cases_max",
                                 "handlers_over", "cases_of_handlers_over", "handler", "cases"});
}

}  // namespace caseclock::cli
