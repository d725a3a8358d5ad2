#include "consumers/cli/input_file.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

namespace caseclock::cli {
namespace {

base::Error OpenError(const std::string& name, int number) {
  const auto kind =
      number == ENOENT || number == ENOTDIR ? base::ErrorKind::kNotFound : base::ErrorKind::kIo;
  return {kind, "Expected to read " + name + ", but: " + std::strerror(number)};
}

constexpr std::string_view kGzip = "\x1f\x8b";

// Whether there is a line, blank ones in front of it aside.
bool HasLine(std::string_view text) {
  const size_t first = text.find_first_not_of(" \t\r\n");
  return first != std::string_view::npos && text.find('\n', first) != std::string_view::npos;
}

}  // namespace

struct InputFile::Stream {
  Stream() = default;
  Stream(const Stream&) = delete;
  Stream& operator=(const Stream&) = delete;
  ~Stream() {
    if (form == Form::kGzip) inflateEnd(&zip);
    if (descriptor >= 0) close(descriptor);
  }

  // All that was read of the file and not taken yet.
  [[nodiscard]] std::string_view front() const { return std::string_view(raw).substr(taken); }
  // Whether more of it has to be waited for.
  [[nodiscard]] bool Waits() const {
    pollfd file{descriptor, POLLIN, 0};
    return !ended && poll(&file, 1, 0) == 0;
  }
  base::Status Fill();
  // At least so many bytes in front, unless it ends before.
  base::Status Want(size_t bytes);
  base::Status FindForm();
  base::Result<size_t> Copy(size_t most, std::string* out);
  base::Result<size_t> Inflate(size_t most, std::string* out);
  base::Result<bool> BeginMember();
  [[nodiscard]] base::Error Damaged(const std::string& why) const {
    return {base::ErrorKind::kIo, "Expected to read " + name + ", but: " + why};
  }

  enum class Form { kUnknown, kPlain, kGzip };
  std::string name;
  int descriptor = -1;
  int64_t size = 0;  // on disk; 0: not known
  int64_t read = 0;  // of that
  std::string raw;
  size_t taken = 0;    // of `raw`
  bool ended = false;  // nothing comes behind `raw`
  Form form = Form::kUnknown;
  z_stream zip{};
  bool in_member = false;  // of gzip, which may have many
  BeforeWait before_wait;
};

base::Status InputFile::Stream::Fill() {
  if (before_wait && Waits()) {
    if (auto done = before_wait(); !done.ok()) return done;
  }
  raw.erase(0, taken);
  taken = 0;
  const size_t before = raw.size();
  raw.resize(before + kReadAtOnce);
  ssize_t got = 0;
  do {
    got = ::read(descriptor, raw.data() + before, kReadAtOnce);
  } while (got < 0 && errno == EINTR);
  const int number = errno;
  raw.resize(before + static_cast<size_t>(std::max<ssize_t>(got, 0)));
  if (got < 0) return Damaged(std::strerror(number));
  read += got;
  ended = got == 0;
  return {};
}

base::Status InputFile::Stream::Want(size_t bytes) {
  while (front().size() < bytes && !ended) {
    if (auto filled = Fill(); !filled.ok()) return filled;
  }
  return {};
}

base::Status InputFile::Stream::FindForm() {
  if (auto got = Want(1); !got.ok()) return got;
  if (front().starts_with(kGzip.front())) {
    if (auto got = Want(kGzip.size()); !got.ok()) return got;
  }
  form = Form::kPlain;
  if (!front().starts_with(kGzip)) return {};
  constexpr int kWithGzipHeader = 15 + 16;
  if (inflateInit2(&zip, kWithGzipHeader) != Z_OK) return Damaged(std::strerror(ENOMEM));
  form = Form::kGzip;
  return {};
}

base::Result<size_t> InputFile::Stream::Copy(size_t most, std::string* out) {
  if (auto got = Want(1); !got.ok()) return got.error();
  const std::string_view given = front().substr(0, most);
  out->append(given);
  taken += given.size();
  return given.size();
}

// False: there is none any more. Zeros fill up blocks on tapes.
base::Result<bool> InputFile::Stream::BeginMember() {
  while (true) {
    if (auto got = Want(1); !got.ok()) return got.error();
    if (front().empty()) return false;
    if (front().front() != '\0') break;
    taken += std::min(front().find_first_not_of('\0'), front().size());
  }
  if (auto got = Want(kGzip.size()); !got.ok()) return got.error();
  if (!front().starts_with(kGzip)) return Damaged("something else follows the compressed data");
  inflateReset(&zip);
  in_member = true;
  return true;
}

base::Result<size_t> InputFile::Stream::Inflate(size_t most, std::string* out) {
  while (true) {
    if (!in_member) {
      const auto begun = BeginMember();
      if (!begun.ok()) return begun.error();
      if (!begun.value()) return size_t{0};
    }
    if (auto got = Want(1); !got.ok()) return got.error();
    if (front().empty()) return Damaged("the compressed data ends too early");
    const size_t before = out->size();
    out->resize(before + most);
    zip.next_in = reinterpret_cast<Bytef*>(raw.data() + taken);
    zip.avail_in = static_cast<uInt>(front().size());
    zip.next_out = reinterpret_cast<Bytef*>(out->data() + before);
    zip.avail_out = static_cast<uInt>(most);
    const int code = inflate(&zip, Z_NO_FLUSH);
    taken = raw.size() - zip.avail_in;
    const size_t got = most - zip.avail_out;
    out->resize(before + got);
    if (code != Z_OK && code != Z_STREAM_END && code != Z_BUF_ERROR) {
      return Damaged(std::string("the compressed data is damaged") +
                     (zip.msg == nullptr ? "" : std::string(" (") + zip.msg + ")"));
    }
    in_member = code != Z_STREAM_END;
    if (got > 0) return got;
  }
}

InputFile::InputFile() : stream_(std::make_unique<Stream>()) {}
InputFile::~InputFile() = default;

base::Result<std::unique_ptr<InputFile>> InputFile::Open(const std::string& name) {
  std::unique_ptr<InputFile> input(new InputFile);
  Stream& stream = *input->stream_;
  stream.name = input->name_ = name == "-" ? "(standard input)" : name;
  // A descriptor of our own in both cases, to be closed.
  stream.descriptor = name == "-" ? dup(STDIN_FILENO) : open(name.c_str(), O_RDONLY | O_CLOEXEC);
  if (stream.descriptor < 0) return OpenError(name, errno);
  struct stat status {};
  if (fstat(stream.descriptor, &status) == 0) {
    if (S_ISDIR(status.st_mode)) {
      return base::Error{base::ErrorKind::kIo, "Expected a file, but " + name + " is a directory"};
    }
    if (S_ISREG(status.st_mode)) stream.size = status.st_size;
  }
  return input;
}

void InputFile::set_before_wait(BeforeWait before_wait) {
  stream_->before_wait = std::move(before_wait);
}

base::Result<std::string_view> InputFile::Peek(size_t most) {
  while (peeked_.size() < most &&
         !(HasLine(peeked_) && stream_->front().empty() && stream_->Waits())) {
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
  if (stream_->form == Stream::Form::kUnknown) {
    if (auto found = stream_->FindForm(); !found.ok()) return found.error();
  }
  return stream_->form == Stream::Form::kGzip ? stream_->Inflate(most, out)
                                              : stream_->Copy(most, out);
}

double InputFile::share() const {
  if (stream_->size <= 0) return -1;
  const auto left = static_cast<int64_t>(stream_->front().size());
  return static_cast<double>(stream_->read - left) / static_cast<double>(stream_->size);
}

}  // namespace caseclock::cli
