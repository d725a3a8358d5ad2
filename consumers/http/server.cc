#include "consumers/http/server.h"

#include <boost/asio/post.hpp>

#include <chrono>
#include <future>
#include <thread>
#include <utility>

#include "consumers/http/exposition.h"
#include "consumers/http/session.h"
#include "engine/host/thread_name.h"

namespace caseclock::http {

namespace asio = boost::asio;
using asio::ip::tcp;

std::string Shared::MetricsText() const {
  Exposition out;
  const auto counter = [&](const char* name, const char* help, uint64_t value) {
    out.Single(name, "counter", help, static_cast<double>(value));
  };
  out.Family("caseclock_http_answers_total", "counter", "Answers by kind of status.");
  out.Sample(static_cast<double>(answered), {{"kind", "done"}});
  out.Sample(static_cast<double>(refused), {{"kind", "refused"}});
  out.Sample(static_cast<double>(failed), {{"kind", "failed"}});
  counter("caseclock_http_connections_total", "Connections taken.", connections);
  counter("caseclock_http_turned_away_total", "Connections beyond the most allowed.", turned_away);
  out.Single("caseclock_stream_listeners", "gauge", "Listeners of /v1/stream.",
             static_cast<double>(hub.listeners()));
  counter("caseclock_stream_dropped_total", "Listeners dropped because they fell behind.",
          listeners_dropped);
  return out.Take();
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
      // It may be closed by now: what was taken before that goes with `socket`.
      if (closing) return;
      if (!error) {
        Take(std::move(socket));
        return Accept();
      }
      // Out of descriptors, say: going on at once would only spin.
      pause.expires_after(std::chrono::milliseconds(100));
      pause.async_wait([this](boost::system::error_code aborted) {
        if (!aborted && !closing) Accept();
      });
    });
  }

  // Where the engine stands may have to be asked of a log that is far away.
  void LookLater() {
    if (closing) return;
    look.expires_after(Wait(shared.options.look_every));
    look.async_wait([this](boost::system::error_code aborted) {
      if (aborted || closing) return;
      if (shared.hub.listeners() == 0) return LookLater();
      asio::post(shared.answers, [this] {
        shared.hub.Look();
        asio::post(shared.context, [this] { LookLater(); });
      });
    });
  }

  void Close() {
    closing = true;
    boost::system::error_code ignored;
    acceptor.close(ignored);
    pause.cancel(ignored);
    look.cancel(ignored);
    const auto sessions = shared.sessions;  // closing one may remove it
    for (Session* session : sessions) session->Close();
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
  std::promise<void> closed;
  asio::post(impl_->shared.context, [this, &closed] {
    impl_->Close();
    closed.set_value();
  });
  closed.get_future().wait();    // from then on nobody asks for answers
  impl_->shared.answers.join();  // those under way post themselves back first
  impl_->thread.join();          // with every socket closed it runs out of work
  impl_->shared.context.restart();
  impl_->shared.context.run();  // what was posted back meanwhile
}

const std::string& Server::address() const {
  return impl_->address;
}

}  // namespace caseclock::http
