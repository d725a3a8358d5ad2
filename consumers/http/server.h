#pragma once

// The HTTP/1.1 server: one thread for all sockets, a few for the answers, so that a long question
// holds up nobody. Bodies, connections and times are bounded. It listens on the loopback interface
// unless told otherwise, and answers no page of another site: the Host must be an address,
// localhost or an allowed name (against DNS rebinding), an Origin must be the Host, and there is no
// CORS.

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "consumers/http/backend.h"
#include "engine/base/instant.h"
#include "engine/base/result.h"

namespace caseclock::http {

struct ServerOptions {
  std::string listen = "127.0.0.1:8080";   // port 0: any free one
  std::vector<std::string> allowed_hosts;  // names, besides addresses and localhost
  size_t body_bytes_max = 64 << 20;
  size_t connections_max = 512;
  size_t stream_bytes_max = 4 << 20;  // waiting for one listener of /v1/stream
  int answer_threads = 2;
  base::Duration read_timeout = base::Seconds(60);
  base::Duration idle_timeout = base::Seconds(120);
  base::Duration heartbeat = base::Seconds(15);
  base::Duration look_every = base::Seconds(2);  // how the engine stands, for /v1/stream
  std::function<base::Duration()> monotonic;     // REQUIRED
};

class Server {
 public:
  // Listens and serves. The backend must outlive the server. Errors: kInvalid (not an address),
  // kUnavailable (the port is taken), kIo.
  static base::Result<std::unique_ptr<Server>> Start(const ServerOptions& options,
                                                     Backend* backend);
  // Stops, as Stop().
  ~Server();
  // Closes every connection at once, then waits for the answers that are being made, which nobody
  // gets. Not from a thread of the server.
  void Stop();

  // "127.0.0.1:43211": with the real port.
  [[nodiscard]] const std::string& address() const;

 private:
  struct Impl;
  explicit Server(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

// Whether a request with this Host header may be answered; see above.
bool HostAllowed(const std::string& host, const std::vector<std::string>& allowed);
// Whether an Origin header (maybe empty) is the site of `host` itself.
bool OriginAllowed(const std::string& origin, const std::string& host);
// "127.0.0.1:8080", "[::1]:0", ":8080" (loopback) → host and port. Errors: kInvalid.
base::Result<std::pair<std::string, uint16_t>> ParseListen(const std::string& listen);
// For who has something to do before it starts the server that cannot be undone: that where to
// listen is an address, and the hosts are names. Errors: kInvalid.
base::Status CheckOptions(const ServerOptions& options);
// For the same, when it is about to do it: that the address can be listened on now. Errors: as of
// Start.
base::Status CheckListen(const ServerOptions& options);

}  // namespace caseclock::http
