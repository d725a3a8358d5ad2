#pragma once

// Rows to print: aligned columns for people, CSV (RFC 4180) for spreadsheets.

#include <string>
#include <string_view>
#include <vector>

#include "consumers/cli/terminal.h"

namespace caseclock::cli {

struct Cell {
  Cell(std::string value) : text(std::move(value)) {}  // NOLINT: implicit
  Cell(std::string value, Colour c) : text(std::move(value)), colour(c), coloured(true) {}
  std::string text;
  Colour colour = Colour::kDim;
  bool coloured = false;
};

class Table {
 public:
  // A name that starts with '>' is a column of numbers, aligned to the right.
  explicit Table(std::vector<std::string> columns);
  // REQUIRES: as many cells as columns.
  void Add(std::vector<Cell> cells);

  // Control characters are shown as '?', so that no value can steer the terminal.
  // A table of more than `most` columns of the terminal, which would break its lines, becomes a
  // list; 0: none is too wide.
  [[nodiscard]] std::string ToText(bool colours, size_t most = 0) const;
  [[nodiscard]] std::string ToCsv() const;
  // An array of objects; a column's name is the key, with '_' for spaces. Integers and booleans are
  // written as such.
  [[nodiscard]] std::string ToJson() const;
  [[nodiscard]] bool empty() const { return rows_.empty(); }

 private:
  [[nodiscard]] std::string ToList(bool colours) const;
  std::vector<std::string> columns_;
  std::vector<bool> right_;
  std::vector<std::vector<Cell>> rows_;
};

// A field of CSV: quoted where it must be, and made harmless for spreadsheets, which would take a
// leading '=', '+', '-' or '@' of a text for a formula.
std::string CsvField(std::string_view text);
std::string Printable(std::string_view text);

}  // namespace caseclock::cli
