// Session: requests and their answers.

#include "consumers/http/session.h"

#include <boost/asio/post.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/write.hpp>

#include <ctime>
#include <utility>

#include "consumers/http/version.h"
#include "engine/host/clock.h"

namespace caseclock::http {

namespace asio = boost::asio;
namespace beast = boost::beast;
using asio::ip::tcp;

namespace {

constexpr size_t kHeaderBytesMost = 16 << 10;

std::string Lower(beast::string_view text) {
  std::string lower(text);
  for (char& c : lower) c = static_cast<char>(c >= 'A' && c <= 'Z' ? c + 32 : c);
  return lower;
}

std::string MediaType(beast::string_view header) {
  std::string type = Lower(header.substr(0, header.find(';')));
  while (type.ends_with(' ')) type.pop_back();
  return type;
}

// The present, as RFC 9110, section 5.6.7, writes it.
std::string HttpDate() {
  const std::time_t now = host::WallClock().Seconds();
  std::tm utc{};
  gmtime_r(&now, &utc);
  char text[64];
  return {text, std::strftime(text, sizeof text, "%a, %d %b %Y %H:%M:%S GMT", &utc)};
}

// Bytes that are no HTTP get an answer; a connection that ended or timed out cannot.
bool IsNoHttp(const beast::error_code& error) {
  static const auto& http_errors =
      beast::http::make_error_code(beast::http::error::bad_method).category();
  return error && error.category() == http_errors && error != beast::http::error::end_of_stream &&
         error != beast::http::error::partial_message;
}

std::string TooLarge(const ServerOptions& options) {
  return "Expected a body of at most " + std::to_string(options.body_bytes_max) + " bytes";
}

}  // namespace

void Session::CommonHeaders(beast::http::fields* fields) {
  fields->set(beast::http::field::date, HttpDate());
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
    return Refuse(413, TooLarge(shared_->options));
  }
  if (IsNoHttp(error)) return Refuse(400, "Expected HTTP, but: " + error.message());
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
  // Read before the server closed the connection, perhaps, and told of it after: then nobody makes
  // answers any more.
  if (!stream_.socket().is_open()) return;
  if (error == beast::http::error::body_limit) {
    return Refuse(413, TooLarge(shared_->options));
  }
  if (IsNoHttp(error)) return Refuse(400, "Expected HTTP, but: " + error.message());
  if (error) return Close();
  auto& message = parser_->get();
  auto request = std::make_shared<Request>();
  request->method = std::string(message.method_string());
  request->content_type = MediaType(message[beast::http::field::content_type]);
  request->content_encoding = Lower(message[beast::http::field::content_encoding]);
  request->host = std::string(message[beast::http::field::host]);
  request->origin = std::string(message[beast::http::field::origin]);
  for (const auto& field : message) {
    std::string name = Lower(field.name_string());
    if (!name.starts_with("ce-") && !name.starts_with("ce_")) continue;
    request->cloud_event.emplace_back(
        std::move(name), DecodeCloudEventHeader({field.value().data(), field.value().size()}));
  }
  const std::string target(message.target());
  request->body = std::move(message.body());
  keep_ = message.keep_alive();
  if (!ParseTarget(target, request.get())) return Refuse(400, "Expected a path, but got " + target);
  // It takes no parameters; with some, the routes say so.
  const bool streams = request->path == "/v1/stream" && request->query.empty();
  if (streams && request->method == "GET") {
    // Which browsers say by themselves when they come back.
    return BeginStream(!message["Last-Event-ID"].empty());
  }
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

}  // namespace caseclock::http
