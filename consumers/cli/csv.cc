#include "consumers/cli/csv.h"

#include <utility>

#include "engine/codec/validate.h"

namespace caseclock::cli {

void CsvSplitter::Feed(std::string_view text, std::vector<CsvRow>* rows) {
  if (first_ && text.starts_with(codec::kByteOrderMark)) {
    text.remove_prefix(codec::kByteOrderMark.size());
  }
  if (!text.empty()) first_ = false;
  for (const char c : text) Take(c, rows);
}

void CsvSplitter::Take(char c, std::vector<CsvRow>* rows) {
  if (!row_begun_ && c != '\n' && c != '\r') {
    row_begun_ = true;
    row_.line = line_;
  }
  if (c == '\n') ++line_;
  switch (state_) {
    case State::kStart:
      if (c == '"') {
        state_ = State::kQuoted;
        return;
      }
      [[fallthrough]];
    case State::kPlain:
      if (c == ',') return EndField();
      if (c == '\n') return EndRow(rows);
      if (c == '"') Complain("Expected a quote only around a whole field, but found one inside");
      state_ = State::kPlain;
      return Keep(c);
    case State::kQuoted:
      if (c == '"') {
        state_ = State::kQuoteInQuoted;
        return;
      }
      return Keep(c);
    case State::kQuoteInQuoted:
      if (c == '"') {
        state_ = State::kQuoted;
        return Keep(c);
      }
      if (c == ',') return EndField();
      if (c == '\n') return EndRow(rows);
      if (c == '\r') return;
      Complain("Expected a comma or the end of the line after a closing quote, but found text");
      state_ = State::kPlain;
      return Keep(c);
  }
}

void CsvSplitter::Keep(char c) {
  if (++row_bytes_ > limit_) {
    Complain("Expected a row within the size of an event (1 MiB), but it is larger");
    return;
  }
  field_ += c;
}

void CsvSplitter::Complain(const char* problem) {
  if (row_.problem.empty()) row_.problem = problem;
}

void CsvSplitter::EndField() {
  row_.fields.push_back(std::exchange(field_, {}));
  state_ = State::kStart;
}

void CsvSplitter::EndRow(std::vector<CsvRow>* rows) {
  // The \r of \r\n, where the field was not quoted.
  if (state_ != State::kQuoteInQuoted && field_.ends_with('\r')) field_.pop_back();
  EndField();
  const bool blank = !row_begun_ || (row_.fields.size() == 1 && row_.fields[0].empty());
  if (!blank || !row_.problem.empty()) rows->push_back(std::move(row_));
  row_ = CsvRow{};
  row_bytes_ = 0;
  row_begun_ = false;
}

void CsvSplitter::Finish(std::vector<CsvRow>* rows) {
  if (state_ == State::kQuoted) {
    Complain("Expected the closing quote of a field, but the file ended");
  }
  if (row_begun_) EndRow(rows);
}

base::Result<bool> CsvReader::Next(CsvRow* row) {
  while (next_ == rows_.size()) {
    if (ended_) return false;
    rows_.clear();
    next_ = 0;
    std::string text;
    auto got = file_->Read(kReadAtOnce, &text);
    if (!got.ok()) return got.error();
    ended_ = got.value() == 0;
    if (ended_) {
      splitter_.Finish(&rows_);
    } else {
      splitter_.Feed(text, &rows_);
    }
  }
  *row = std::move(rows_[next_++]);
  return true;
}

}  // namespace caseclock::cli
