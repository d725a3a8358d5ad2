#include "consumers/http/server.h"

#include <boost/asio/post.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/write.hpp>

#include <chrono>
#include <thread>
#include <utility>

#include "consumers/http/session.h"
#include "consumers/http/version.h"

namespace caseclock::http {

namespace asio = boost::asio;
namespace beast = boost::beast;
using asio::ip::tcp;

namespace {

constexpr size_t kHeaderBytesMost = 16 << 10;

std::chrono::microseconds Wait(base::Duration d) {
  return std::chrono::microseconds(d.us);
}

// What every answer says: to clients who gave it, and to browsers that nothing is guessed,
// embedded, cached or fetched elsewhere.
void CommonHeaders(beast::http::fields* fields) {
  fields->set(kVersionHeader, kVersion);
  fields->set("X-Content-Type-Options", "nosniff");
  fields->set("X-Frame-Options", "DENY");
  fields->set("Referrer-Policy", "no-referrer");
  fields->set("Cross-Origin-Resource-Policy", "same-origin");
  fields->set("Cache-Control", "no-store");
  fields->set("Content-Security-Policy",
              "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; "
              "img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'");
}

std::string MediaType(beast::string_view header) {
  std::string type(header.substr(0, header.find(';')));
  while (type.ends_with(' ')) type.pop_back();
  for (char& c : type) c = static_cast<char>(c >= 'A' && c <= 'Z' ? c + 32 : c);
  return type;
}

}  // namespace

std::string Shared::MetricsText() const {
  const auto line = [](const std::string& name, uint64_t value) {
    return name + " " + std::to_string(value) + "\n";
  };
  std::string out =
      "# HELP caseclock_http_answers_total Answers by kind of status.\n"
      "# TYPE caseclock_http_answers_total counter\n";
  out += line("caseclock_http_answers_total{kind=\"done\"}", answered);
  out += line("caseclock_http_answers_total{kind=\"refused\"}", refused);
  out += line("caseclock_http_answers_total{kind=\"failed\"}", failed);
  out +=
      "# HELP caseclock_http_connections_total Connections taken.\n"
      "# TYPE caseclock_http_connections_total counter\n" +
      line("caseclock_http_connections_total", connections);
  out +=
      "# HELP caseclock_http_turned_away_total Connections beyond the most allowed.\n"
      "# TYPE caseclock_http_turned_away_total counter\n" +
      line("caseclock_http_turned_away_total", turned_away);
  out +=
      "# HELP caseclock_stream_listeners Listeners of /v1/stream.\n"
      "# TYPE caseclock_stream_listeners gauge\n" +
      line("caseclock_stream_listeners", hub.listeners());
  out +=
      "# HELP caseclock_stream_dropped_total Listeners dropped because they fell behind.\n"
      "# TYPE caseclock_stream_dropped_total counter\n" +
      line("caseclock_stream_dropped_total", listeners_dropped);
  return out;
}

Session::Session(tcp::socket socket, Shared* shared)
    : stream_(std::move(socket)), shared_(shared), heartbeat_(shared->context) {
  shared_->sessions.insert(this);
  ++shared_->open;
}

Session::~Session() {
  if (listening_ != 0) shared_->hub.Leave(listening_);
  shared_->sessions.erase(this);
  --shared_->open;
}

void Session::Close() {
  Error ignored;
  heartbeat_.cancel(ignored);
  stream_.socket().shutdown(tcp::socket::shutdown_both, ignored);
  stream_.socket().close(ignored);
  if (listening_ != 0) shared_->hub.Leave(std::exchange(listening_, 0));
}

void Session::ReadHeader() {
  parser_.emplace();
  parser_->header_limit(kHeaderBytesMost);
  parser_->body_limit(shared_->options.body_bytes_max);
  stream_.expires_after(Wait(shared_->options.idle_timeout));
  beast::http::async_read_header(
      stream_, buffer_, *parser_,
      [self = shared_from_this()](Error error, size_t) { self->HeaderRead(error); });
}

void Session::HeaderRead(Error error) {
  if (error == beast::http::error::header_limit) return Refuse(431, "Expected shorter headers");
  if (error == beast::http::error::body_limit) {
    return Refuse(413, "Expected a body of at most 64 MiB");
  }
  // Bytes that are no HTTP get an answer; a connection that ended or timed out cannot.
  static const auto& http_errors =
      beast::http::make_error_code(beast::http::error::bad_method).category();
  if (error && error.category() == http_errors && error != beast::http::error::end_of_stream &&
      error != beast::http::error::partial_message) {
    return Refuse(400, "Expected HTTP, but: " + error.message());
  }
  if (error) return Close();
  const auto& header = parser_->get();
  head_ = header.method() == beast::http::verb::head;
  // Browsers always say it, and only they can be led here by a name (HTTP/1.0 has none).
  const size_t hosts = header.count(beast::http::field::host);
  if (hosts > 1 || (hosts == 0 && header.version() >= 11)) {
    return Refuse(400, "Expected one Host header, but got " + std::to_string(hosts));
  }
  if (hosts == 1 &&
      !HostAllowed(std::string(header[beast::http::field::host]), shared_->options.allowed_hosts)) {
    return Refuse(421,
                  "Expected a Host that is an address or localhost; allow names by --allow-host");
  }
  if (!OriginAllowed(std::string(header[beast::http::field::origin]),
                     std::string(header[beast::http::field::host]))) {
    return Refuse(403, "Expected no request from a page of another site");
  }
  if (!beast::iequals(header[beast::http::field::expect], "100-continue")) return ReadBody();
  // A client that waits for leave to send its body (curl does, for long ones).
  auto go = std::make_shared<std::string>("HTTP/1.1 100 Continue\r\n\r\n");
  asio::async_write(stream_, asio::buffer(*go), [self = shared_from_this(), go](Error e, size_t) {
    if (e) return self->Close();
    self->ReadBody();
  });
}

void Session::ReadBody() {
  stream_.expires_after(Wait(shared_->options.read_timeout));
  beast::http::async_read(
      stream_, buffer_, *parser_,
      [self = shared_from_this()](Error error, size_t) { self->BodyRead(error); });
}

void Session::BodyRead(Error error) {
  if (error == beast::http::error::body_limit) {
    return Refuse(413, "Expected a body of at most 64 MiB");
  }
  if (error) return Close();
  auto& message = parser_->get();
  auto request = std::make_shared<Request>();
  request->method = std::string(message.method_string());
  request->content_type = MediaType(message[beast::http::field::content_type]);
  request->host = std::string(message[beast::http::field::host]);
  request->origin = std::string(message[beast::http::field::origin]);
  for (const auto& field : message) {
    std::string name(field.name_string());
    for (char& c : name) c = static_cast<char>(c >= 'A' && c <= 'Z' ? c + 32 : c);
    if (!name.starts_with("ce-")) continue;
    request->cloud_event.emplace_back(
        std::move(name), DecodeCloudEventHeader({field.value().data(), field.value().size()}));
  }
  const std::string target(message.target());
  request->body = std::move(message.body());
  keep_ = message.keep_alive();
  if (!ParseTarget(target, request.get())) return Refuse(400, "Expected a path, but got " + target);
  if (request->path == "/v1/stream" && request->method == "GET") return BeginStream();
  stream_.expires_never();
  asio::post(shared_->answers, [self = shared_from_this(), request] {
    auto response = std::make_shared<Response>();
    try {
      *response = self->shared_->routes.Answer(*request);
    } catch (const std::exception& defect) {
      *response = Failure(500, std::string("Expected no exception, but: ") + defect.what());
    }
    // The last reference must go in the server's thread: pass it on.
    asio::post(self->shared_->context, [self, response]() mutable { self->Send(*response); });
  });
}

void Session::Refuse(int status, const std::string& message) {
  keep_ = false;  // what follows on this connection cannot be trusted to begin a request
  Send(Failure(status, message));
}

void Session::Send(const Response& response) {
  shared_->Count(response.status);
  answer_ = std::make_shared<Answer>();
  answer_->version(11);
  answer_->result(static_cast<unsigned>(response.status));
  answer_->set(beast::http::field::content_type, response.content_type);
  CommonHeaders(answer_.get());
  for (const auto& [key, value] : response.headers) answer_->set(key, value);
  answer_->keep_alive(keep_);
  answer_->content_length(response.body.size());
  if (!head_) answer_->body() = response.body;
  stream_.expires_after(Wait(shared_->options.read_timeout));
  beast::http::async_write(stream_, *answer_, [self = shared_from_this()](Error error, size_t) {
    self->Sent(error, self->keep_);
  });
}

void Session::Sent(Error error, bool keep) {
  answer_.reset();
  if (error) return Close();
  if (keep) return ReadHeader();
  Error ignored;
  stream_.socket().shutdown(tcp::socket::shutdown_send, ignored);
}

void Session::BeginStream() {
  // First listen, then look: what changes in between is told twice rather than not at all.
  std::weak_ptr<Session> weak = weak_from_this();
  asio::io_context* context = &shared_->context;
  listening_ = shared_->hub.Listen([weak, context](const StreamHub::Frame& frame) {
    asio::post(*context, [weak, frame] {
      if (const auto self = weak.lock()) self->Offer(frame);
    });
  });
  writing_ = true;  // nothing goes out before the head
  stream_.expires_never();
  asio::post(shared_->answers, [self = shared_from_this()]() mutable {
    auto taken = std::make_shared<base::Result<std::string>>(self->shared_->hub.Snapshot());
    asio::io_context& back = self->shared_->context;
    asio::post(back, [self = std::move(self), taken] { self->SnapshotTaken(*taken); });
  });
}

void Session::SnapshotTaken(const base::Result<std::string>& snapshot) {
  if (listening_ == 0) return;  // closed meanwhile
  writing_ = false;
  if (!snapshot.ok()) {
    shared_->hub.Leave(std::exchange(listening_, 0));
    frames_.clear();
    frames_bytes_ = 0;
    return Send(FailureOf(snapshot.error()));
  }
  shared_->Count(200);
  Answer head;
  head.version(11);
  head.result(200);
  head.set(beast::http::field::content_type, "text/event-stream");
  CommonHeaders(&head);
  head.keep_alive(false);
  auto text = std::string("HTTP/1.1 200 OK\r\n");
  for (const auto& field : head) {
    text += std::string(field.name_string()) + ": " + std::string(field.value()) + "\r\n";
  }
  frames_.push_front(std::make_shared<const std::string>(text + "\r\n" + snapshot.value()));
  frames_bytes_ += frames_.front()->size();
  WatchForEnd();
  Heartbeat();
  WriteFrames();
}

void Session::Offer(const StreamHub::Frame& frame) {
  if (listening_ == 0) return;
  frames_bytes_ += frame->size();
  frames_.push_back(frame);
  if (frames_bytes_ > shared_->options.stream_bytes_max) {
    ++shared_->listeners_dropped;
    return Close();
  }
  WriteFrames();
}

void Session::WriteFrames() {
  if (writing_ || frames_.empty()) return;
  writing_ = true;
  const StreamHub::Frame frame = frames_.front();
  asio::async_write(stream_.socket(), asio::buffer(*frame),
                    [self = shared_from_this(), frame](Error error, size_t) {
                      self->writing_ = false;
                      if (error || self->frames_.empty()) return self->Close();
                      self->frames_bytes_ -= std::min(self->frames_bytes_, frame->size());
                      self->frames_.pop_front();
                      self->WriteFrames();
                    });
}

void Session::Heartbeat() {
  heartbeat_.expires_after(Wait(shared_->options.heartbeat));
  heartbeat_.async_wait([weak = weak_from_this()](Error error) {
    const auto self = weak.lock();
    if (error || !self || self->listening_ == 0) return;
    static const auto beat = std::make_shared<const std::string>(kSseHeartbeat);
    self->Offer(beat);
    self->Heartbeat();
  });
}

// A listener sends nothing more; reading is how its going away is noticed.
void Session::WatchForEnd() {
  stream_.socket().async_read_some(asio::buffer(end_),
                                   [self = shared_from_this()](Error error, size_t) {
                                     if (error) return self->Close();
                                     self->WatchForEnd();
                                   });
}

// ---------------------------------------------------------------------------------------------

struct Server::Impl {
  Impl(const ServerOptions& options, Backend* backend)
      : shared(options, backend),
        acceptor(shared.context),
        pause(shared.context),
        look(shared.context) {}

  Shared shared;
  tcp::acceptor acceptor;
  asio::steady_timer pause;
  asio::steady_timer look;
  bool closing = false;  // the server's thread only
  std::string address;
  std::thread thread;
  bool stopped = false;

  void Accept() {
    acceptor.async_accept([this](boost::system::error_code error, tcp::socket socket) {
      if (error == asio::error::operation_aborted) return;
      if (!error) {
        Take(std::move(socket));
        return Accept();
      }
      // Out of descriptors, say: going on at once would only spin.
      pause.expires_after(std::chrono::milliseconds(100));
      pause.async_wait([this](boost::system::error_code aborted) {
        if (!aborted) Accept();
      });
    });
  }

  // Where the engine stands may have to be asked of a log that is far away.
  void LookLater() {
    if (closing) return;
    look.expires_after(Wait(shared.options.look_every));
    look.async_wait([this](boost::system::error_code aborted) {
      if (aborted) return;
      if (shared.hub.listeners() == 0) return LookLater();
      asio::post(shared.answers, [this] {
        shared.hub.Look();
        asio::post(shared.context, [this] { LookLater(); });
      });
    });
  }

  void Take(tcp::socket socket) {
    if (shared.open >= shared.options.connections_max) {
      ++shared.turned_away;
      return;  // closes it
    }
    ++shared.connections;
    boost::system::error_code ignored;
    socket.set_option(tcp::no_delay(true), ignored);
    std::make_shared<Session>(std::move(socket), &shared)->Begin();
  }
};

base::Result<std::unique_ptr<Server>> Server::Start(const ServerOptions& options,
                                                    Backend* backend) {
  auto listen = ParseListen(options.listen);
  if (!listen.ok()) return listen.error();
  auto [host, port] = listen.value();
  if (host.starts_with('[')) host = host.substr(1, host.size() - 2);
  boost::system::error_code error;
  const auto address = asio::ip::make_address(host, error);
  if (error) {
    return base::Error{base::ErrorKind::kInvalid,
                       "Expected an address to listen on, but got " + options.listen};
  }
  auto impl = std::make_unique<Impl>(options, backend);
  const tcp::endpoint endpoint(address, port);
  impl->acceptor.open(endpoint.protocol(), error);
  if (!error) impl->acceptor.set_option(asio::socket_base::reuse_address(true), error);
  if (!error) impl->acceptor.bind(endpoint, error);
  if (!error) impl->acceptor.listen(asio::socket_base::max_listen_connections, error);
  if (error) {
    const auto kind =
        error == asio::error::address_in_use ? base::ErrorKind::kUnavailable : base::ErrorKind::kIo;
    return base::Error{kind, "Expected to listen on " + options.listen +
                                 ", but: " + error.message() + "; --listen names another address"};
  }
  const auto local = impl->acceptor.local_endpoint();
  impl->address = (address.is_v6() ? "[" + host + "]" : host) + ":" + std::to_string(local.port());
  impl->Accept();
  impl->LookLater();
  impl->thread = std::thread([raw = impl.get()] { raw->shared.context.run(); });
  return std::unique_ptr<Server>(new Server(std::move(impl)));
}

Server::Server(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Server::~Server() {
  Stop();
}

void Server::Stop() {
  if (std::exchange(impl_->stopped, true)) return;
  asio::post(impl_->shared.context, [this] {
    boost::system::error_code ignored;
    impl_->acceptor.close(ignored);
    impl_->pause.cancel(ignored);
    impl_->closing = true;
    impl_->look.cancel(ignored);
    const auto sessions = impl_->shared.sessions;  // closing one may remove it
    for (Session* session : sessions) session->Close();
  });
  impl_->shared.answers.join();  // answers under way post themselves back first
  impl_->thread.join();          // with every socket closed it runs out of work
  impl_->shared.context.restart();
  impl_->shared.context.run();  // what was posted back meanwhile
}

const std::string& Server::address() const {
  return impl_->address;
}

}  // namespace caseclock::http
