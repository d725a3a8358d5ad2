#pragma once

// Another process, for tests of what only another process shows: a kill, a lock, a mount. It is
// this test program again, in a mode that it takes from its arguments: `log_tests --helper NAME
// DIR`.

#include <sys/types.h>

#include <string>

namespace caseclock::log::contract {

// What a helper answers when the machine cannot do what the test needs.
inline constexpr int kCannot = 77;

class HelperProcess {
 public:
  HelperProcess(const std::string& name, const std::string& directory);
  ~HelperProcess();  // kills and reaps it
  HelperProcess(const HelperProcess&) = delete;
  HelperProcess& operator=(const HelperProcess&) = delete;

  // The next whole line it prints; false when it has ended and all is read.
  bool ReadLine(std::string* line);
  void Kill();  // SIGKILL
  // Waits for its end: the exit code, or minus the signal.
  int Wait();
  [[nodiscard]] pid_t pid() const { return pid_; }

 private:
  pid_t pid_ = -1;
  int output_ = -1;
  std::string unread_;
  bool reaped_ = false;
};

// The modes; each returns the exit code of the process.
int WriteUntilKilled(const std::string& directory);
int HoldUntilKilled(const std::string& directory);
int FillTheDisk(const std::string& directory);

}  // namespace caseclock::log::contract
