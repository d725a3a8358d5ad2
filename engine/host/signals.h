#pragma once

// Ends the program politely: SIGINT and SIGTERM set a flag and wake whoever waits for it. A second
// signal kills at once, so that nobody is ever locked in. One instance a process, owned by main.

#include <atomic>

#include "engine/base/instant.h"

namespace caseclock::host {

class StopSignals {
 public:
  StopSignals();   // installs the handlers; also ignores SIGPIPE
  ~StopSignals();  // puts the default handlers back
  StopSignals(const StopSignals&) = delete;
  StopSignals& operator=(const StopSignals&) = delete;

  [[nodiscard]] bool requested() const { return flag().load(); }
  // For whoever takes a flag to watch (runtime::Engine::WaitIdle).
  [[nodiscard]] static const std::atomic<bool>& flag();
  // Waits for a signal, at most `max_wait`; true if there was one.
  [[nodiscard]] bool Wait(base::Duration max_wait) const;
  // As if a signal had come; any thread.
  static void Request();
};

}  // namespace caseclock::host
