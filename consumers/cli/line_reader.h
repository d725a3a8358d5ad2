#pragma once

// Lines of a file without their ends (\n or \r\n). A line beyond a limit is skipped, not held.

#include <cstdint>
#include <string>
#include <string_view>

#include "consumers/cli/input_file.h"

namespace caseclock::cli {

enum class LineKind { kLine, kTooLong, kEnd };

class LineReader {
 public:
  // Of what is still to be read of `file`, which must outlive it. `limit`: in bytes.
  LineReader(InputFile* file, size_t limit) : file_(file), limit_(limit) {}
  // `line` is valid until the next call; for kTooLong it is empty and length() says how long it
  // was. Errors: those of InputFile::Read.
  base::Result<LineKind> Next(std::string_view* line);
  [[nodiscard]] int64_t number() const { return number_; }  // of the line just read, from 1
  [[nodiscard]] size_t length() const { return length_; }   // of that line in bytes

 private:
  base::Result<LineKind> SkipLong(std::string_view* line);
  base::Result<bool> Fill();
  InputFile* file_;
  size_t limit_;
  std::string buffer_;
  size_t start_ = 0;  // of what has not been given out
  bool ended_ = false;
  int64_t number_ = 0;
  size_t length_ = 0;
};

}  // namespace caseclock::cli
