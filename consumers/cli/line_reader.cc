#include "consumers/cli/line_reader.h"

namespace caseclock::cli {

base::Result<bool> LineReader::Fill() {
  if (ended_) return false;
  buffer_.erase(0, start_);
  start_ = 0;
  auto got = file_->Read(kReadAtOnce, &buffer_);
  if (!got.ok()) return got.error();
  ended_ = got.value() == 0;
  return !ended_;
}

base::Result<LineKind> LineReader::Next(std::string_view* line) {
  size_t looked = 0;
  while (true) {
    const size_t end = buffer_.find('\n', start_ + looked);
    if (end != std::string::npos || ended_) {
      if (end == std::string::npos && start_ == buffer_.size()) return LineKind::kEnd;
      const size_t stop = end == std::string::npos ? buffer_.size() : end;
      *line = std::string_view(buffer_).substr(start_, stop - start_);
      start_ = end == std::string::npos ? stop : stop + 1;
      ++number_;
      length_ = line->size();
      if (line->ends_with('\r')) line->remove_suffix(1);
      if (length_ <= limit_) return LineKind::kLine;
      *line = {};
      return LineKind::kTooLong;
    }
    looked = buffer_.size() - start_;
    if (looked > limit_) return SkipLong(line);
    auto filled = Fill();
    if (!filled.ok()) return filled.error();
  }
}

base::Result<LineKind> LineReader::SkipLong(std::string_view* line) {
  length_ = 0;
  *line = {};
  ++number_;
  while (true) {
    const size_t end = buffer_.find('\n', start_);
    length_ += (end == std::string::npos ? buffer_.size() : end) - start_;
    start_ = end == std::string::npos ? buffer_.size() : end + 1;
    if (end != std::string::npos) return LineKind::kTooLong;
    auto filled = Fill();
    if (!filled.ok()) return filled.error();
    if (!filled.value()) return LineKind::kTooLong;
  }
}

}  // namespace caseclock::cli
