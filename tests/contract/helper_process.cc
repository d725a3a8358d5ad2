#include "tests/contract/helper_process.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <string_view>

namespace caseclock::log::contract {

HelperProcess::HelperProcess(const std::string& name, const std::string& directory) {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) return;
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO);
  std::string program = "/proc/self/exe";
  std::string mode = "--helper";
  std::string mode_name = name;
  std::string path = directory;
  char* arguments[] = {program.data(), mode.data(), mode_name.data(), path.data(), nullptr};
  const int failed = ::posix_spawn(&pid_, program.c_str(), &actions, nullptr, arguments, environ);
  posix_spawn_file_actions_destroy(&actions);
  ::close(ends[1]);
  output_ = ends[0];
  if (failed != 0) pid_ = -1;
  EXPECT_GT(pid_, 0) << "posix_spawn failed";
}

HelperProcess::~HelperProcess() {
  if (!reaped_) {
    Kill();
    Wait();
  }
  if (output_ >= 0) ::close(output_);
}

bool HelperProcess::ReadLine(std::string* line) {
  for (;;) {
    if (const size_t end = unread_.find('\n'); end != std::string::npos) {
      *line = unread_.substr(0, end);
      unread_.erase(0, end + 1);
      return true;
    }
    char buffer[4096];
    const ssize_t n = ::read(output_, buffer, sizeof buffer);
    if (n <= 0) return false;
    unread_.append(buffer, static_cast<size_t>(n));
  }
}

void HelperProcess::Kill() {
  if (pid_ > 0 && !reaped_) ::kill(pid_, SIGKILL);
}

int HelperProcess::Wait() {
  if (pid_ <= 0 || reaped_) return -1;
  int status = 0;
  ::waitpid(pid_, &status, 0);
  reaped_ = true;
  return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

}  // namespace caseclock::log::contract

int main(int argc, char** argv) {
  namespace contract = caseclock::log::contract;
  if (argc == 4 && std::string_view(argv[1]) == "--helper") {
    const std::string_view name = argv[2];
    if (name == "write") return contract::WriteUntilKilled(argv[3]);
    if (name == "hold") return contract::HoldUntilKilled(argv[3]);
    if (name == "fill") return contract::FillTheDisk(argv[3]);
    return 2;
  }
  testing::InitGoogleMock(&argc, argv);
  return RUN_ALL_TESTS();
}
