#pragma once

// Hands what the engine tells to everybody who listens on /v1/stream, as server-sent events
// (WHATWG HTML, section 9.2). A hub never waits for a listener: each has a bounded queue, and who
// falls behind is dropped and connects again.
//
// Threads: Publish from the engine's, Look and Snapshot from any, everything else from the server's
// thread.

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

#include "consumers/http/backend.h"

namespace caseclock::http {

// One event on the wire: "id: 7\nevent: backlog\ndata: {…}\n\n". `data` may hold line ends.
std::string SseFrame(uint64_t id, std::string_view event, std::string_view data);
// A comment, which keeps the connection alive and tells nobody anything.
inline constexpr std::string_view kSseHeartbeat = ": still here\n\n";

// Listeners get `backlog` events (a queue's figures), `alert` events, and `state` events: whether
// the engine is up to date, as /readyz says it. Alerts told in catch-up are history and may be
// many: instead of each, listeners get a `resync` event, at most once a second, and ask /v1/alerts
// again. A hub subscribes to the engine while it has listeners.
class StreamHub {
 public:
  using Frame = std::shared_ptr<const std::string>;
  // Called with each frame; may be called from any thread, must not block.
  using Listener = std::function<void(const Frame&)>;

  StreamHub(Backend* backend, std::function<base::Duration()> monotonic);
  ~StreamHub();  // REQUIRES: the engine's workers live, or have stopped

  int Listen(Listener listener);
  void Leave(int id);
  [[nodiscard]] size_t listeners() const;
  // How the engine stands and the present figures of every queue as frames, to begin with; then
  // the changes. One that listens `again` may have missed alerts, and is told to ask for them.
  // Errors: those of the backend, which then has nothing to stream.
  [[nodiscard]] base::Result<std::string> Snapshot(bool again);
  // To be called every few moments: tells how the engine stands, at once while it is not up to date
  // or when that changes, else now and then as a sign of life; and a resync that was put off.
  void Look();

  // As the engine's subscriber; public for tests.
  void Publish(const runtime::EngineEvent& event);

 private:
  void Tell(std::string_view event, std::string_view data);
  void TellResync();

  Backend* backend_;
  std::function<base::Duration()> monotonic_;
  std::optional<int> subscription_;  // the server's thread only
  mutable std::mutex mutex_;
  uint64_t next_id_ = 1;
  int next_listener_ = 1;
  base::Duration resync_at_{INT64_MIN};  // not before
  bool resync_put_off_ = false;
  std::optional<bool> ready_;  // as it was told last
  int quiet_looks_ = 0;        // since then
  std::map<int, Listener> listeners_;
};

}  // namespace caseclock::http
