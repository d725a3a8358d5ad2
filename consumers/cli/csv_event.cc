#include "consumers/cli/csv_event.h"

#include <algorithm>
#include <array>
#include <set>
#include <string_view>

#include "consumers/http/json_text.h"
#include "engine/model/event.h"

namespace caseclock::cli {
namespace {

constexpr std::array<std::string_view, 6> kEnvelope = {"event_id", "source",      "sequence",
                                                       "case_id",  "occurred_at", "actor"};
constexpr std::array<std::string_view, 5> kRequired = {"event_id", "source", "case_id",
                                                       "occurred_at", "event"};

bool IsEnvelope(std::string_view column) {
  return std::find(kEnvelope.begin(), kEnvelope.end(), column) != kEnvelope.end();
}

// Digits alone can stand in JSON as a number; everything else is a string, and the codec's to
// judge.
bool IsNumber(std::string_view text) {
  if (text.starts_with('-')) text.remove_prefix(1);
  return !text.empty() && text.size() < 20 && (text.size() == 1 || text[0] != '0') &&
         text.find_first_not_of("0123456789") == std::string_view::npos;
}

void AppendList(std::string_view cell, std::string* out) {
  http::JsonWriter json(out);
  json.Open('[');
  while (!cell.empty()) {
    const size_t end = cell.find(';');
    if (end != 0) json.Text(cell.substr(0, end));
    cell.remove_prefix(end == std::string_view::npos ? cell.size() : end + 1);
  }
  json.Close(']');
}

void AppendMember(std::string_view name, const std::string& cell, http::JsonWriter* json) {
  json->Key(name);
  if (name == "criteria") {
    std::string list;
    AppendList(cell, &list);
    json->Raw(list);
  } else if ((name == "sequence" || name == "score") && IsNumber(cell)) {
    json->Raw(cell);
  } else {
    json->Text(cell);
  }
}

base::Error Invalid(std::string message) {
  return {base::ErrorKind::kInvalid, std::move(message)};
}

}  // namespace

base::Status CheckCsvHeader(const std::vector<std::string>& columns) {
  std::set<std::string> seen;
  for (const std::string& column : columns) {
    if (!seen.insert(column).second) {
      return Invalid("Expected each column once, but the header names " + column + " twice");
    }
  }
  for (const std::string_view required : kRequired) {
    if (seen.count(std::string(required)) == 0) {
      return Invalid(
          "Expected a header row with the columns event_id, source, case_id, "
          "occurred_at and event, but there is no " +
          std::string(required));
    }
  }
  return {};
}

base::Result<std::string> CsvEventToJson(const std::vector<std::string>& columns,
                                         const std::vector<std::string>& fields) {
  if (fields.size() != columns.size()) {
    return Invalid("Expected " + std::to_string(columns.size()) +
                   " fields, as in the header, but found " + std::to_string(fields.size()));
  }
  std::string out;
  http::JsonWriter json(&out);
  json.Open('{');
  std::string_view kind;
  for (size_t i = 0; i < columns.size(); ++i) {
    if (columns[i] == "event") kind = fields[i];
    if (IsEnvelope(columns[i]) && !fields[i].empty()) AppendMember(columns[i], fields[i], &json);
  }
  if (!model::EventTypeFromName(kind)) {
    return Invalid("Expected a kind of event such as referred in the column event, but found " +
                   (kind.empty() ? "nothing" : http::JsonString(kind.substr(0, 64))));
  }
  json.Key(kind).Open('{');
  const std::string prefix = std::string(kind) + ".";
  for (size_t i = 0; i < columns.size(); ++i) {
    std::string_view column = columns[i];
    if (fields[i].empty() || column == "event" || IsEnvelope(column)) continue;
    if (column.starts_with(prefix)) {
      column.remove_prefix(prefix.size());
    } else if (column.find('.') != std::string_view::npos) {
      continue;  // of another kind of event
    }
    AppendMember(column, fields[i], &json);
  }
  json.Close('}').Close('}');
  return out;
}

}  // namespace caseclock::cli
