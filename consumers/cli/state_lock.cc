#include "consumers/cli/state_lock.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>

namespace caseclock::cli {

using base::Error;
using base::ErrorKind;

base::Result<std::unique_ptr<StateLock>> StateLock::Take(const std::string& directory) {
  std::error_code code;
  std::filesystem::create_directories(directory, code);
  if (code) {
    return Error{ErrorKind::kIo,
                 "Expected to create the directory " + directory + ", but: " + code.message()};
  }
  const std::string path = directory + "/lock";
  const int descriptor = open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644);
  if (descriptor < 0) {
    return Error{ErrorKind::kIo, "Expected to write " + path + ", but: " + std::strerror(errno)};
  }
  std::unique_ptr<StateLock> lock(new StateLock(descriptor));
  if (flock(descriptor, LOCK_EX | LOCK_NB) == 0) return lock;
  return Error{ErrorKind::kFenced, "Expected to be the only process on the state in " + directory +
                                       ", but another one holds it"};
}

StateLock::~StateLock() {
  close(descriptor_);
}

}  // namespace caseclock::cli
