#pragma once

// CSV as RFC 4180 has it: fields in double quotes may hold commas, doubled quotes and line ends;
// lines end with \r\n or \n; a byte order mark at the start is skipped, an empty line is not a row.

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "consumers/cli/input_file.h"
#include "engine/base/result.h"

namespace caseclock::cli {

struct CsvRow {
  int64_t line = 0;  // where it starts, from 1
  std::vector<std::string> fields;
  std::string problem;  // not empty: the row cannot be used, and why
};

// Splits text that is handed to it in pieces. Pure.
class CsvSplitter {
 public:
  // `row_limit`: bytes of a row beyond which it is a problem and not held.
  explicit CsvSplitter(size_t row_limit) : limit_(row_limit) {}
  // Takes more text; complete rows are appended.
  void Feed(std::string_view text, std::vector<CsvRow>* rows);
  // The text has ended.
  void Finish(std::vector<CsvRow>* rows);

 private:
  enum class State { kStart, kPlain, kQuoted, kQuoteInQuoted };
  void Take(char c, std::vector<CsvRow>* rows);
  void EndField();
  void EndRow(std::vector<CsvRow>* rows);
  void Keep(char c);
  void Complain(const char* problem);

  size_t limit_;
  size_t row_bytes_ = 0;
  State state_ = State::kStart;
  bool first_ = true;
  bool row_begun_ = false;
  int64_t line_ = 1;
  std::string field_;
  CsvRow row_;
};

// The rows of a file, one at a time.
class CsvReader {
 public:
  CsvReader(InputFile* file, size_t row_limit) : file_(file), splitter_(row_limit) {}
  // False at the end.
  base::Result<bool> Next(CsvRow* row);

 private:
  InputFile* file_;
  CsvSplitter splitter_;
  std::vector<CsvRow> rows_;
  size_t next_ = 0;
  bool ended_ = false;
};

}  // namespace caseclock::cli
