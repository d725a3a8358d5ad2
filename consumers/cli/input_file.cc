#include "consumers/cli/input_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

namespace caseclock::cli {
namespace {

base::Error OpenError(const std::string& name, int number) {
  const auto kind =
      number == ENOENT || number == ENOTDIR ? base::ErrorKind::kNotFound : base::ErrorKind::kIo;
  return {kind, "Expected to read " + name + ", but: " + std::strerror(number)};
}

}  // namespace

struct InputFile::Stream {
  gzFile file = nullptr;
  int64_t size = 0;  // on disk; 0: not known
};

InputFile::~InputFile() {
  if (stream_ && stream_->file != nullptr) gzclose(stream_->file);
}

base::Result<std::unique_ptr<InputFile>> InputFile::Open(const std::string& name) {
  std::unique_ptr<InputFile> input(new InputFile);
  input->stream_ = std::make_unique<Stream>();
  input->name_ = name == "-" ? "(standard input)" : name;
  // A descriptor of our own in both cases, because gzclose closes it.
  const int descriptor = name == "-" ? dup(STDIN_FILENO) : open(name.c_str(), O_RDONLY | O_CLOEXEC);
  if (descriptor < 0) return OpenError(name, errno);
  struct stat status {};
  if (fstat(descriptor, &status) == 0) {
    if (S_ISDIR(status.st_mode)) {
      close(descriptor);
      return base::Error{base::ErrorKind::kIo, "Expected a file, but " + name + " is a directory"};
    }
    if (S_ISREG(status.st_mode)) input->stream_->size = status.st_size;
  }
  input->stream_->file = gzdopen(descriptor, "rb");
  if (input->stream_->file == nullptr) {
    close(descriptor);
    return OpenError(name, ENOMEM);
  }
  gzbuffer(input->stream_->file, kReadAtOnce);
  return input;
}

base::Result<std::string_view> InputFile::Peek(size_t most) {
  while (peeked_.size() < most) {
    auto got = ReadStream(most - peeked_.size(), &peeked_);
    if (!got.ok()) return got.error();
    if (got.value() == 0) break;
  }
  return std::string_view(peeked_);
}

base::Result<size_t> InputFile::Read(size_t most, std::string* out) {
  if (peeked_.empty()) return ReadStream(most, out);
  const size_t given = std::min(most, peeked_.size());
  out->append(peeked_, 0, given);
  peeked_.erase(0, given);
  return given;
}

base::Result<size_t> InputFile::ReadStream(size_t most, std::string* out) {
  const size_t before = out->size();
  out->resize(before + most);
  const int got = gzread(stream_->file, out->data() + before, static_cast<unsigned>(most));
  out->resize(before + static_cast<size_t>(got < 0 ? 0 : got));
  int code = Z_OK;
  const char* message = gzerror(stream_->file, &code);
  if (got < 0 || (got == 0 && code == Z_BUF_ERROR)) {
    const std::string why = code == Z_ERRNO       ? std::strerror(errno)
                            : code == Z_BUF_ERROR ? "the compressed data ends too early"
                                                  : message;
    return base::Error{base::ErrorKind::kIo, "Expected to read " + name_ + ", but: " + why};
  }
  return static_cast<size_t>(got);
}

double InputFile::share() const {
  if (stream_->size <= 0) return -1;
  return static_cast<double>(gzoffset(stream_->file)) / static_cast<double>(stream_->size);
}

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
