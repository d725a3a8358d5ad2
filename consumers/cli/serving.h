#pragma once

// The server of a process that runs, as its command line says.

#include <string>
#include <vector>

#include "consumers/http/server.h"
#include "engine/host/clock.h"

namespace caseclock::cli {

struct Serving {
  std::string listen;  // --listen; empty: not said
  std::vector<std::string> allowed_hosts;

  [[nodiscard]] http::ServerOptions Options() const {
    http::ServerOptions options;
    if (!listen.empty()) options.listen = listen;
    options.allowed_hosts = allowed_hosts;
    options.monotonic = host::Monotonic;
    return options;
  }
};

}  // namespace caseclock::cli
