#include "consumers/cli/csv_event.h"

#include <algorithm>
#include <array>
#include <optional>
#include <set>
#include <string_view>
#include <utility>

#include "consumers/http/json_text.h"
#include "engine/base/edit_distance.h"
#include "engine/codec/event_codec.h"
#include "engine/model/event.h"

namespace caseclock::cli {
namespace {

constexpr std::array<std::string_view, 6> kEnvelope = {"event_id", "source",      "sequence",
                                                       "case_id",  "occurred_at", "actor"};
constexpr std::array<std::string_view, 4> kRequired = {"event_id", "source", "case_id",
                                                       "occurred_at"};

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

// Every name a column may have.
std::vector<std::string_view> ValidColumns() {
  std::vector<std::string_view> names(kEnvelope.begin(), kEnvelope.end());
  names.emplace_back("event");
  for (const std::string_view name : codec::EventFieldNames()) {
    const std::string_view field = name.substr(name.find('.') + 1);
    if (!IsEnvelope(field)) names.push_back(field);
    names.push_back(name);
  }
  return names;
}

std::string_view Nearest(std::string_view column) {
  column = column.substr(0, 64);
  std::string_view nearest;
  size_t best = SIZE_MAX;
  for (const std::string_view name : ValidColumns()) {
    // A field's own name may be what is meant by `case`, a cut-off one by `occurred`.
    const size_t distance =
        2 * base::EditDistance(column, name) - (name.starts_with(column) ? 1 : 0);
    if (distance >= best) continue;
    best = distance;
    nearest = name;
  }
  return nearest;
}

base::Error Invalid(std::string message) {
  return {base::ErrorKind::kInvalid, std::move(message)};
}

// Whether a column is the field `name` ("referred.queue") of a kind of event.
bool IsField(std::string_view column, std::string_view name) {
  const std::string_view field = name.substr(name.find('.') + 1);
  return column == name || (column == field && !IsEnvelope(field));
}

bool IsFieldOfAnyEvent(std::string_view column) {
  const auto names = codec::EventFieldNames();
  return std::any_of(names.begin(), names.end(),
                     [&](std::string_view name) { return IsField(column, name); });
}

using Kinds = std::vector<std::string_view>;

// The kinds of event that have this field.
Kinds KindsWith(std::string_view column) {
  Kinds kinds;
  for (const std::string_view name : codec::EventFieldNames()) {
    if (IsField(column, name)) kinds.push_back(name.substr(0, name.find('.')));
  }
  return kinds;
}

// The kind of event of which all filled columns are fields, where it is the only one.
base::Result<std::string> KindByColumns(const std::vector<std::string>& columns,
                                        const std::vector<std::string>& fields) {
  std::optional<Kinds> kinds;
  for (size_t i = 0; i < columns.size(); ++i) {
    if (fields[i].empty() || columns[i] == "event" || IsEnvelope(columns[i])) continue;
    const Kinds with = KindsWith(columns[i]);
    if (!kinds) {
      kinds = with;
      continue;
    }
    std::erase_if(*kinds, [&](std::string_view kind) {
      return std::find(with.begin(), with.end(), kind) == with.end();
    });
  }
  if (kinds && kinds->size() == 1) return std::string(kinds->front());
  std::string but = "none is filled";
  if (kinds && kinds->empty()) but = "these are of none";
  if (kinds && kinds->size() > 1) {
    but = "these may be of ";
    for (const std::string_view kind : *kinds) {
      but += (kind == kinds->front()  ? ""
              : kind == kinds->back() ? " or "
                                      : ", ") +
             std::string(kind);
    }
  }
  return Invalid(
      "Expected the kind of event in the column event, or filled columns of one kind alone, but " +
      but);
}

}  // namespace

base::Status CheckCsvHeader(const std::vector<std::string>& columns, bool names_too) {
  std::set<std::string> seen;
  for (const std::string& column : columns) {
    if (!seen.insert(column).second) {
      return Invalid("Expected each column once, but the header names " + column + " twice");
    }
  }
  // Facts about handlers have no case.
  const bool about_handlers =
      std::any_of(columns.begin(), columns.end(),
                  [](const std::string& column) { return column.ends_with("handler"); });
  const std::vector<std::string_view> valid = ValidColumns();
  const auto known = [&](const std::string& column) {
    return std::find(valid.begin(), valid.end(), column) != valid.end();
  };
  if (std::none_of(columns.begin(), columns.end(), known)) {
    return Invalid(
        "Expected events as JSON, as CSV below a header row (event_id, source, case_id, "
        "occurred_at, event, …) or in protobuf, but the first line begins none of these");
  }
  for (const std::string_view required : kRequired) {
    if (required == "case_id" && about_handlers) continue;
    if (seen.count(std::string(required)) == 0) {
      return Invalid(
          "Expected a header row with the columns event_id, source, case_id, "
          "occurred_at and event, but there is no " +
          std::string(required));
    }
  }
  if (seen.count("event") == 0 && std::none_of(columns.begin(), columns.end(), IsFieldOfAnyEvent)) {
    return Invalid(
        "Expected a header row with the columns event_id, source, case_id, occurred_at and event, "
        "but there is no event, and no column of a kind of event, such as referred.queue, that "
        "would say it");
  }
  for (const std::string& column : columns) {
    if (!names_too || known(column)) continue;
    return Invalid("Expected columns named as the fields of events, but there is " +
                   http::JsonString(column.substr(0, 64)) + "; the nearest is " +
                   std::string(Nearest(column)) + " (`caseclock send --help` lists them all)");
  }
  return {};
}

std::string CsvColumnsText() {
  std::string out;
  std::string_view event;
  for (const std::string_view name : codec::EventFieldNames()) {
    const std::string_view kind = name.substr(0, name.find('.'));
    const std::string_view field = name.substr(kind.size() + 1);
    if (kind != event) {
      out += (out.empty() ? "  " : "\n  ") + std::string(kind) +
             std::string(kind.size() < 13 ? 13 - kind.size() : 1, ' ');
    } else {
      out += ", ";
    }
    event = kind;
    out += IsEnvelope(field) ? name : field;
  }
  return out;
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
  std::string kind;
  for (size_t i = 0; i < columns.size(); ++i) {
    if (columns[i] == "event") kind = fields[i];
    if (IsEnvelope(columns[i]) && !fields[i].empty()) AppendMember(columns[i], fields[i], &json);
  }
  if (kind.empty()) {
    auto only = KindByColumns(columns, fields);
    if (!only.ok()) return only.error();
    kind = std::move(only).value();
  }
  if (!model::EventTypeFromName(kind)) {
    return Invalid("Expected a kind of event such as referred in the column event, but found " +
                   http::JsonString(kind.substr(0, 64)));
  }
  json.Key(kind).Open('{');
  const std::string prefix = kind + ".";
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
