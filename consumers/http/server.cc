#include "consumers/http/server.h"

#include <boost/asio/post.hpp>

#include <chrono>
#include <thread>
#include <utility>

#include "consumers/http/session.h"
#include "engine/host/thread_name.h"

namespace caseclock::http {

namespace asio = boost::asio;
using asio::ip::tcp;

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

namespace {

base::Result<tcp::endpoint> EndpointOf(const ServerOptions& options) {
  auto listen = ParseListen(options.listen);
  if (!listen.ok()) return listen.error();
  auto [host, port] = listen.value();
  if (host.starts_with('[')) host = host.substr(1, host.size() - 2);
  return tcp::endpoint(asio::ip::make_address(host), port);  // ParseListen has looked
}

base::Status Listen(const ServerOptions& options, tcp::acceptor* acceptor) {
  const auto endpoint = EndpointOf(options);
  if (!endpoint.ok()) return endpoint.error();
  boost::system::error_code error;
  acceptor->open(endpoint.value().protocol(), error);
  if (!error) acceptor->set_option(asio::socket_base::reuse_address(true), error);
  if (!error) acceptor->bind(endpoint.value(), error);
  if (!error) acceptor->listen(asio::socket_base::max_listen_connections, error);
  if (!error) return base::Status();
  const auto kind =
      error == asio::error::address_in_use ? base::ErrorKind::kUnavailable : base::ErrorKind::kIo;
  return base::Error{kind, "Expected to listen on " + options.listen + ", but: " + error.message() +
                               "; --listen names another address"};
}

}  // namespace

base::Status CheckListen(const ServerOptions& options) {
  asio::io_context context;
  tcp::acceptor acceptor(context);  // closes at the end
  return Listen(options, &acceptor);
}

base::Result<std::unique_ptr<Server>> Server::Start(const ServerOptions& options,
                                                    Backend* backend) {
  auto impl = std::make_unique<Impl>(options, backend);
  if (auto listens = Listen(options, &impl->acceptor); !listens.ok()) return listens.error();
  const auto local = impl->acceptor.local_endpoint();
  const std::string host = local.address().to_string();
  impl->address =
      (local.address().is_v6() ? "[" + host + "]" : host) + ":" + std::to_string(local.port());
  impl->Accept();
  impl->LookLater();
  impl->thread = std::thread([raw = impl.get()] {
    host::NameThread("http");
    raw->shared.context.run();
  });
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
