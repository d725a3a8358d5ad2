#include "consumers/cli/http_client.h"

#include <boost/asio/connect.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/string.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http/message.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/beast/http/write.hpp>

#include <nlohmann/json.hpp>

#include <charconv>
#include <chrono>
#include <optional>
#include <utility>

#include "consumers/http/message.h"
#include "consumers/http/version.h"

namespace caseclock::cli {

namespace asio = boost::asio;
namespace beast = boost::beast;

namespace {

// A name or an address; one of IPv6 in brackets.
bool IsHost(std::string_view text) {
  constexpr std::string_view kName =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-_";
  constexpr std::string_view kAddress = "0123456789abcdefABCDEF:.%";
  const bool bracketed = text.size() > 2 && text.starts_with('[') && text.ends_with(']');
  if (bracketed) {
    return text.substr(1, text.size() - 2).find_first_not_of(kAddress) == std::string_view::npos;
  }
  return !text.empty() && text.find_first_not_of(kName) == std::string_view::npos;
}

bool IsPort(std::string_view text) {
  uint16_t port = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
  return error == std::errc() && end == text.data() + text.size() && port != 0;
}

}  // namespace

base::Result<Url> ParseUrl(const std::string& text) {
  std::string_view rest = text;
  if (beast::iequals(text.substr(0, 8), "https://")) {
    return base::Error{base::ErrorKind::kInvalid,
                       "Expected an http:// URL, but got " + text +
                           " (put a proxy that speaks https in front of the program)"};
  }
  if (beast::iequals(text.substr(0, 7), "http://")) rest.remove_prefix(7);
  Url url;
  const size_t slash = rest.find('/');
  if (slash != std::string_view::npos) {
    url.path = rest.substr(slash);
    while (url.path.ends_with('/')) url.path.pop_back();
    rest = rest.substr(0, slash);
  }
  const size_t colon = rest.rfind(':');
  if (colon != std::string_view::npos && rest.find(']', colon) == std::string_view::npos) {
    url.port = rest.substr(colon + 1);
    rest = rest.substr(0, colon);
  }
  url.host = rest;
  if (IsHost(url.host) && IsPort(url.port)) return url;
  return base::Error{base::ErrorKind::kInvalid,
                     "Expected a URL such as http://127.0.0.1:8080, but got " + text};
}

struct HttpClient::Connection {
  explicit Connection(Url u) : url(std::move(u)) {}

  Url url;
  std::chrono::microseconds timeout = std::chrono::seconds(60);
  asio::io_context context;
  std::optional<beast::tcp_stream> stream;
  beast::flat_buffer buffer;
  bool from_caseclock = false;  // the last answer

  [[nodiscard]] std::string address() const { return "http://" + url.host + ":" + url.port; }

  // Runs what was started until it is done; asynchronous only because blocking calls cannot time
  // out.
  boost::system::error_code Finish(boost::system::error_code* outcome) {
    context.restart();
    context.run();
    return *outcome;
  }

  boost::system::error_code Connect() {
    asio::ip::tcp::resolver resolver(context);
    boost::system::error_code error;
    std::string host = url.host;
    if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
    const auto endpoints = resolver.resolve(host, url.port, error);
    if (error) return error;
    stream.emplace(context);
    buffer.clear();
    stream->expires_after(timeout);
    stream->async_connect(endpoints, [&](boost::system::error_code e, const auto&) { error = e; });
    Finish(&error);
    if (!error) {
      boost::system::error_code ignored;
      stream->socket().set_option(asio::ip::tcp::no_delay(true), ignored);
    }
    return error;
  }

  boost::system::error_code Exchange(const beast::http::request<beast::http::string_body>& request,
                                     Reply* reply) {
    boost::system::error_code error;
    stream->expires_after(timeout);
    beast::http::async_write(*stream, request,
                             [&](boost::system::error_code e, size_t) { error = e; });
    if (Finish(&error)) return error;
    beast::http::response_parser<beast::http::string_body> parser;
    parser.body_limit(uint64_t{1} << 32);
    stream->expires_after(timeout);
    beast::http::async_read(*stream, buffer, parser,
                            [&](boost::system::error_code e, size_t) { error = e; });
    if (Finish(&error)) return error;
    const bool keep = parser.get().keep_alive();
    from_caseclock = parser.get().count(http::kVersionHeader) > 0;
    reply->status = static_cast<int>(parser.get().result_int());
    reply->content_type = std::string(parser.get()[beast::http::field::content_type]);
    reply->total = TotalOf(std::string(parser.get()[http::kTotalHeader]));
    reply->body = std::move(parser.get().body());
    if (!keep) stream.reset();
    return {};
  }

  base::Result<Reply> Ask(beast::http::request<beast::http::string_body> request) {
    request.version(11);
    request.set(beast::http::field::host, url.host + ":" + url.port);
    request.set(beast::http::field::user_agent, "caseclock");
    request.keep_alive(true);
    request.prepare_payload();
    boost::system::error_code error;
    Reply reply;
    // A kept connection may have been closed by the other end meanwhile: then once more, afresh.
    // Sending twice is harmless, events are known by their ids.
    for (int attempt = 0; attempt < 2; ++attempt) {
      const bool fresh = !stream;
      if (fresh) error = Connect();
      if (!error) error = Exchange(request, &reply);
      if (!error && !from_caseclock) return NoCaseclock(reply);
      if (!error) return reply;
      stream.reset();
      if (fresh) break;
      error = {};
    }
    return base::Error{base::ErrorKind::kUnavailable,
                       "Expected an answer from " + address() + ", but: " + error.message()};
  }

  // Another server, or a proxy whose caseclock is away: its answers must not be taken for ours.
  [[nodiscard]] base::Error NoCaseclock(const Reply& reply) const {
    return {base::ErrorKind::kUnavailable,
            "Expected a caseclock at " + address() + url.path +
                ", but what answers there is none (status " + std::to_string(reply.status) +
                (reply.content_type.empty() ? "" : ", " + reply.content_type) + ")"};
  }
};

std::optional<uint64_t> TotalOf(std::string_view header) {
  uint64_t total = 0;
  const auto [end, error] = std::from_chars(header.data(), header.data() + header.size(), total);
  if (error != std::errc() || end != header.data() + header.size()) return std::nullopt;
  return total;
}

std::string ReasonOf(const std::string& body) {
  const auto json = nlohmann::json::parse(body, nullptr, false);
  if (!json.is_object() || !json.contains("error") || !json["error"].is_string()) return body;
  auto reason = json["error"].get<std::string>();
  const auto errors = json.find("errors");
  if (errors == json.end() || !errors->is_array()) return reason;
  constexpr size_t kNamed = 10;
  for (size_t i = 0; i < errors->size() && i < kNamed; ++i) {
    const auto& error = (*errors)[i];
    if (!error.is_object() || !error.contains("message") || !error["message"].is_string()) continue;
    const bool placed = error.contains("index") && error["index"].is_number_integer();
    if (placed) {
      reason += "\n  event " + std::to_string(error["index"].get<int64_t>() + 1) + ": ";
    } else {
      reason += "\n  ";
    }
    reason += error["message"].get<std::string>();
  }
  if (errors->size() > kNamed) {
    reason += "\n  and " + std::to_string(errors->size() - kNamed) + " more";
  }
  return reason;
}

HttpClient::HttpClient(Url url) : connection_(std::make_unique<Connection>(std::move(url))) {}
HttpClient::~HttpClient() = default;
HttpClient::HttpClient(HttpClient&&) noexcept = default;

void HttpClient::set_timeout(base::Duration timeout) {
  connection_->timeout = std::chrono::microseconds(timeout.us);
}

base::Result<Reply> HttpClient::Get(const std::string& target) {
  beast::http::request<beast::http::string_body> request;
  request.method(beast::http::verb::get);
  request.target(connection_->url.path + target);
  return connection_->Ask(std::move(request));
}

base::Result<Reply> HttpClient::Post(const std::string& target, const std::string& content_type,
                                     const std::string& body) {
  beast::http::request<beast::http::string_body> request;
  request.method(beast::http::verb::post);
  request.target(connection_->url.path + target);
  request.set(beast::http::field::content_type, content_type);
  request.body() = body;
  return connection_->Ask(std::move(request));
}

}  // namespace caseclock::cli
