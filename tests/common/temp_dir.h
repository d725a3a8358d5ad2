#pragma once

// A new directory for a test, removed with all that is in it at the end.

#include <stdlib.h>
#include <unistd.h>

#include <filesystem>
#include <string>
#include <system_error>

#include "engine/base/check.h"

namespace caseclock::tests {

class TempDir {
 public:
  // In memory, for tests that open hundreds of stores: each opening waits for the disk several
  // times, and a process that dies leaves the same behind on either.
  struct InMemory {};

  TempDir() : TempDir(std::filesystem::temp_directory_path()) {}
  explicit TempDir(InMemory)
      : TempDir(access("/dev/shm", W_OK) == 0 ? "/dev/shm"
                                              : std::filesystem::temp_directory_path()) {}
  explicit TempDir(const std::filesystem::path& parent)
      : path_((parent / "caseclock-test-XXXXXX").string()) {
    CHECK(mkdtemp(path_.data()) != nullptr);
  }
  ~TempDir() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  TempDir(const TempDir&) = delete;
  TempDir& operator=(const TempDir&) = delete;
  [[nodiscard]] const std::string& path() const { return path_; }

 private:
  std::string path_;
};

}  // namespace caseclock::tests
