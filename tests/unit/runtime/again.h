#pragma once

// This test program once more, as a process of its own that runs one test and may not survive it.

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <map>
#include <string>

namespace caseclock::runtime::testing {

// Runs the tests that `filter` takes, with `environment` added; its wait status. What it prints
// goes to `output`.
inline int RunAgain(const std::string& filter,
                    const std::map<std::string, std::string>& environment,
                    const std::string& output) {
  const pid_t child = fork();
  if (child == 0) {
    for (const auto& [name, value] : environment) setenv(name.c_str(), value.c_str(), 1);
    const int file = open(output.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600);
    dup2(file, STDERR_FILENO);
    dup2(file, STDOUT_FILENO);
    std::string filter_flag = "--gtest_filter=" + filter;
    std::string program = "again";
    char* args[] = {program.data(), filter_flag.data(), nullptr};
    execv("/proc/self/exe", args);
    _exit(127);
  }
  int status = -1;
  if (child < 0 || waitpid(child, &status, 0) != child) return -1;
  return status;
}

}  // namespace caseclock::runtime::testing
