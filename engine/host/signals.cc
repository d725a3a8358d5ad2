#include "engine/host/signals.h"

#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>

#include "engine/base/check.h"

namespace caseclock::host {
namespace {

std::atomic<bool> stop_requested{false};
// The write end is all that a signal handler may touch; a pipe wakes poll(), a flag would not.
int wake_pipe[2] = {-1, -1};

void Wake() {
  const int saved = errno;
  const char byte = 1;
  [[maybe_unused]] const ssize_t written = write(wake_pipe[1], &byte, 1);
  errno = saved;
}

void OnSignal(int number) {
  if (stop_requested.exchange(true)) {
    std::signal(number, SIG_DFL);
    std::raise(number);
    return;
  }
  Wake();
}

}  // namespace

StopSignals::StopSignals() {
  if (wake_pipe[0] < 0) CHECK(pipe2(wake_pipe, O_NONBLOCK | O_CLOEXEC) == 0);
  struct sigaction action {};
  action.sa_handler = OnSignal;
  sigaction(SIGINT, &action, nullptr);
  sigaction(SIGTERM, &action, nullptr);
  std::signal(SIGPIPE, SIG_IGN);
}

StopSignals::~StopSignals() {
  std::signal(SIGINT, SIG_DFL);
  std::signal(SIGTERM, SIG_DFL);
  stop_requested = false;
}

const std::atomic<bool>& StopSignals::flag() {
  return stop_requested;
}

bool StopSignals::Wait(base::Duration max_wait) const {
  if (requested()) return true;
  pollfd descriptor{wake_pipe[0], POLLIN, 0};
  // EINTR is as good as a wake: the flag says what it was.
  poll(&descriptor, 1, static_cast<int>((max_wait.us + 999) / 1'000));
  return requested();
}

void StopSignals::Request() {
  stop_requested = true;
  if (wake_pipe[1] >= 0) Wake();
}

}  // namespace caseclock::host
