#pragma once

// Internal to the server: one connection, and what all connections share. Only the server's thread
// touches sessions; answers are made by the pool and posted back.

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/thread_pool.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http/message.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>

#include <atomic>
#include <chrono>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <set>
#include <string>

#include "consumers/http/routes.h"
#include "consumers/http/server.h"
#include "consumers/http/stream_hub.h"

namespace caseclock::http {

class Session;

inline std::chrono::microseconds Wait(base::Duration d) {
  return std::chrono::microseconds(d.us);
}

struct Shared {
  Shared(const ServerOptions& o, Backend* backend)
      : options(o),
        answers(static_cast<size_t>(o.answer_threads)),
        hub(backend, o.monotonic),
        routes(backend, [this] { return MetricsText(); }) {}

  [[nodiscard]] std::string MetricsText() const;
  void Count(int status) { ++(status < 400 ? answered : status < 500 ? refused : failed); }

  ServerOptions options;
  boost::asio::io_context context{1};
  boost::asio::thread_pool answers;
  std::set<Session*> sessions;  // the server's thread only
  std::atomic<uint64_t> answered{0};
  std::atomic<uint64_t> refused{0};
  std::atomic<uint64_t> failed{0};
  std::atomic<uint64_t> connections{0};
  std::atomic<uint64_t> turned_away{0};
  std::atomic<uint64_t> listeners_dropped{0};
  std::atomic<size_t> open{0};
  StreamHub hub;
  Routes routes;
};

class Session : public std::enable_shared_from_this<Session> {
 public:
  Session(boost::asio::ip::tcp::socket socket, Shared* shared);
  ~Session();
  void Begin() { ReadHeader(); }
  void Close();

 private:
  using Error = boost::system::error_code;
  using Parser = boost::beast::http::request_parser<boost::beast::http::string_body>;
  using Answer = boost::beast::http::response<boost::beast::http::string_body>;

  // What every answer says: to clients who gave it, and to browsers that nothing is guessed,
  // embedded, cached or fetched elsewhere.
  static void CommonHeaders(boost::beast::http::fields* fields);
  void ReadHeader();
  void HeaderRead(Error error);
  void ReadBody();
  void BodyRead(Error error);
  void Refuse(int status, const std::string& message);
  void Send(const Response& response);
  void Sent(Error error, bool keep);

  void BeginStream(bool again);
  void SnapshotTaken(const base::Result<std::string>& snapshot);
  void Offer(const StreamHub::Frame& frame);
  void WriteFrames();
  void Heartbeat();
  void WatchForEnd();

  boost::beast::tcp_stream stream_;
  Shared* shared_;
  boost::beast::flat_buffer buffer_;
  std::optional<Parser> parser_;
  std::shared_ptr<Answer> answer_;
  bool head_ = false;
  bool keep_ = true;

  // /v1/stream
  int listening_ = 0;
  std::deque<StreamHub::Frame> frames_;
  size_t frames_bytes_ = 0;
  bool writing_ = false;
  boost::asio::steady_timer heartbeat_;
  char end_[1] = {0};
};

}  // namespace caseclock::http
