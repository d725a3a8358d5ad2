#pragma once

// A state directory belongs to one process: DIR/lock, locked as long as the object lives. The lock
// of a process that died is gone with it.

#include <memory>
#include <string>

#include "engine/base/result.h"

namespace caseclock::cli {

class StateLock {
 public:
  // Makes the directory if it is missing. Errors: kFenced (another process has it), kIo.
  static base::Result<std::unique_ptr<StateLock>> Take(const std::string& directory);
  ~StateLock();
  StateLock(const StateLock&) = delete;
  StateLock& operator=(const StateLock&) = delete;

 private:
  explicit StateLock(int descriptor) : descriptor_(descriptor) {}
  const int descriptor_;
};

}  // namespace caseclock::cli
