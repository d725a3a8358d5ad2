#pragma once

// A file of events, or standard input, read in pieces; gzip is understood whatever its name.

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "engine/base/result.h"

namespace caseclock::cli {

// Bytes that a reader asks a file for at once.
inline constexpr size_t kReadAtOnce = 256 << 10;

class InputFile {
 public:
  // `name` "-": standard input. Errors: kNotFound, kIo (no rights, a directory).
  static base::Result<std::unique_ptr<InputFile>> Open(const std::string& name);
  ~InputFile();

  // What is done before a wait for more to come, as from a pipe; its error ends the reading.
  using BeforeWait = std::function<base::Status()>;
  void set_before_wait(BeforeWait before_wait);

  // Appends up to `most` bytes to `out`, as many as are there; 0: the end. Errors: kIo (also
  // damaged gzip), and those of what is done before a wait.
  base::Result<size_t> Read(size_t most, std::string* out);

  // The first bytes of what is still to be read, at most `most`; they stay to be read. Fewer than
  // there are in all only where the others would have to be waited for and a line is there.
  base::Result<std::string_view> Peek(size_t most);

  // Share of the file read so far, 0 … 1; negative when the size is not known.
  [[nodiscard]] double share() const;
  [[nodiscard]] const std::string& name() const { return name_; }

 private:
  InputFile();
  base::Result<size_t> ReadStream(size_t most, std::string* out);
  struct Stream;
  std::unique_ptr<Stream> stream_;
  std::string name_;
  std::string peeked_;
};

}  // namespace caseclock::cli
