#include "consumers/cli/table.h"

#include <algorithm>

#include "consumers/http/json_text.h"
#include "engine/base/check.h"

namespace caseclock::cli {
namespace {

bool IsNumber(std::string_view text) {
  return !text.empty() && text.find_first_not_of("0123456789.-") == std::string_view::npos;
}

bool IsInteger(std::string_view text) {
  if (text.starts_with('-')) text.remove_prefix(1);
  return !text.empty() && text.size() < 19 && (text.size() == 1 || text[0] != '0') &&
         text.find_first_not_of("0123456789") == std::string_view::npos;
}

std::string MemberName(std::string name) {
  std::replace(name.begin(), name.end(), ' ', '_');
  return name;
}

void AppendPadded(const Cell& cell, size_t width, bool right, bool last, bool colours,
                  std::string* out) {
  const std::string text = Printable(cell.text);
  const size_t shown = DisplayWidth(text);
  const std::string padding(width > shown ? width - shown : 0, ' ');
  if (right) *out += padding;
  *out += Coloured(text, cell.colour, colours && cell.coloured);
  if (!right && !last) *out += padding;
}

}  // namespace

std::string Printable(std::string_view text) {
  std::string out(text);
  for (char& c : out) {
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) c = '?';
  }
  return out;
}

std::string CsvField(std::string_view text) {
  std::string out(text);
  if (!out.empty() && std::string_view("=+-@\t\r").find(out[0]) != std::string_view::npos &&
      !IsNumber(out)) {
    out.insert(0, "'");
  }
  if (out.find_first_of(",\"\r\n") == std::string::npos) return out;
  std::string quoted = "\"";
  for (const char c : out) {
    if (c == '"') quoted += '"';
    quoted += c;
  }
  return quoted + "\"";
}

Table::Table(std::vector<std::string> columns) : columns_(std::move(columns)) {
  for (std::string& column : columns_) {
    right_.push_back(column.starts_with('>'));
    if (right_.back()) column.erase(0, 1);
  }
}

void Table::Add(std::vector<Cell> cells) {
  CHECK(cells.size() == columns_.size());
  rows_.push_back(std::move(cells));
}

std::string Table::ToText(bool colours, size_t most) const {
  std::vector<size_t> widths;
  for (const std::string& column : columns_) widths.push_back(DisplayWidth(column));
  for (const auto& row : rows_) {
    for (size_t i = 0; i < row.size(); ++i) {
      widths[i] = std::max(widths[i], DisplayWidth(Printable(row[i].text)));
    }
  }
  size_t needed = 2 * (widths.size() - 1);
  for (const size_t width : widths) needed += width;
  if (most > 0 && needed > most) return ToList(colours);
  std::string out;
  const auto line = [&](const std::vector<Cell>& row) {
    for (size_t i = 0; i < row.size(); ++i) {
      AppendPadded(row[i], widths[i], right_[i], i + 1 == row.size(), colours, &out);
      if (i + 1 < row.size()) out += "  ";
    }
    out.erase(out.find_last_not_of(' ') + 1);  // of cells that are empty
    out += '\n';
  };
  std::vector<Cell> head;
  for (const std::string& column : columns_) head.emplace_back(column, Colour::kBold);
  line(head);
  for (const auto& row : rows_) line(row);
  return out;
}

// A line a cell, a paragraph a row.
std::string Table::ToList(bool colours) const {
  size_t width = 0;
  for (const std::string& column : columns_) width = std::max(width, DisplayWidth(column));
  std::string out;
  for (const auto& row : rows_) {
    if (!out.empty()) out += '\n';
    for (size_t i = 0; i < row.size(); ++i) {
      if (row[i].text.empty()) continue;
      AppendPadded({columns_[i], Colour::kBold}, width, false, false, colours, &out);
      out += "  ";
      AppendPadded(row[i], 0, false, true, colours, &out);
      out += '\n';
    }
  }
  return out;
}

std::string Table::ToJson() const {
  std::string out;
  http::JsonWriter json(&out);
  json.Open('[');
  for (const auto& row : rows_) {
    json.Open('{');
    for (size_t i = 0; i < row.size(); ++i) {
      const std::string& text = row[i].text;
      json.Key(MemberName(columns_[i]));
      if (text == "true" || text == "false" || (right_[i] && IsInteger(text))) {
        json.Raw(text);
      } else {
        json.Text(text);
      }
    }
    json.Close('}');
  }
  json.Close(']');
  return out;
}

std::string Table::ToCsv() const {
  std::string out;
  for (size_t i = 0; i < columns_.size(); ++i) {
    out += (i == 0 ? "" : ",") + CsvField(MemberName(columns_[i]));
  }
  out += "\r\n";
  for (const auto& row : rows_) {
    for (size_t i = 0; i < row.size(); ++i) out += (i == 0 ? "" : ",") + CsvField(row[i].text);
    out += "\r\n";
  }
  return out;
}

}  // namespace caseclock::cli
