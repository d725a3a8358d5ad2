#include "tests/kafka/proxy.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <gtest/gtest.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <chrono>
#include <cstring>
#include <vector>

namespace caseclock::log::contract {
namespace {

constexpr std::chrono::seconds kPatience{30};
constexpr size_t kLengthBytes = 4;

sockaddr_in Loopback(int port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<uint16_t>(port));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return address;
}

// The port is 0 for a free one; what it is in the end is answered through it.
int Listen(int* port) {
  const int made = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address = Loopback(*port);
  socklen_t size = sizeof address;
  auto* generic = reinterpret_cast<sockaddr*>(&address);
  EXPECT_EQ(::bind(made, generic, size), 0) << std::strerror(errno);
  EXPECT_EQ(::listen(made, 64), 0) << std::strerror(errno);
  EXPECT_EQ(::getsockname(made, generic, &size), 0) << std::strerror(errno);
  *port = ntohs(address.sin_port);
  return made;
}

int Dial(int port) {
  const int made = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const int on = 1;
  ::setsockopt(made, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  const sockaddr_in address = Loopback(port);
  if (::connect(made, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0) {
    return made;
  }
  ::close(made);
  return -1;
}

bool SendAll(int socket, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t sent = ::send(socket, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent <= 0) return false;
    bytes.remove_prefix(static_cast<size_t>(sent));
  }
  return true;
}

// The size of the first whole request with its length, or 0.
size_t RequestSize(const std::string& bytes) {
  uint32_t length = 0;
  if (bytes.size() < sizeof length) return 0;
  std::memcpy(&length, bytes.data(), sizeof length);
  const size_t size = sizeof length + ntohl(length);
  return bytes.size() < size ? 0 : size;
}

int ApiKey(const std::string& request) {
  const auto byte = [&](size_t at) { return static_cast<unsigned char>(request[at]); };
  return byte(kLengthBytes) << 8 | byte(kLengthBytes + 1);
}

}  // namespace

int FreePort() {
  int port = 0;
  ::close(Listen(&port));
  return port;
}

Proxy::Proxy() {
  listener_ = Listen(&port_);
  EXPECT_EQ(::pipe2(wake_, O_CLOEXEC), 0);
  thread_ = std::thread([this] { Run(); });
}

Proxy::~Proxy() {
  stopping_ = true;
  EXPECT_EQ(::write(wake_[1], "s", 1), 1);
  thread_.join();
  for (auto& [number, connection] : connections_) {
    Close(&connection.client);
    Close(&connection.broker);
  }
  for (int* socket : {&listener_, &wake_[0], &wake_[1]}) Close(socket);
}

void Proxy::Close(int* socket) {
  if (*socket >= 0) ::close(*socket);
  *socket = -1;
}

void Proxy::HoldNext(int api_key) {
  const std::lock_guard lock(mutex_);
  hold_key_ = api_key;
  held_ = deliver_ = answered_ = false;
}

bool Proxy::Deliver() {
  std::unique_lock lock(mutex_);
  if (!held_) return false;
  deliver_ = true;
  EXPECT_EQ(::write(wake_[1], "d", 1), 1);
  return changed_.wait_for(lock, kPatience, [this] { return answered_; });
}

void Proxy::Run() {
  while (!stopping_) {
    std::vector<pollfd> waits = {{listener_, POLLIN, 0}, {wake_[0], POLLIN, 0}};
    std::vector<std::pair<int, bool>> whose;  // connection, whether its client
    for (const auto& [number, connection] : connections_) {
      waits.push_back({connection.client, POLLIN, 0});
      whose.emplace_back(number, true);
      waits.push_back({connection.broker, POLLIN, 0});
      whose.emplace_back(number, false);
    }
    if (::poll(waits.data(), waits.size(), -1) < 0) continue;
    if (waits[0].revents != 0) Accept();
    if (waits[1].revents != 0) {
      char ignored = 0;
      EXPECT_EQ(::read(wake_[0], &ignored, 1), 1);
      DeliverHeld();
    }
    for (size_t i = 0; i < whose.size(); ++i) {
      if (waits[i + 2].revents == 0) continue;
      Connection& connection = connections_[whose[i].first];
      whose[i].second ? FromClient(&connection) : FromBroker(&connection);
    }
    std::erase_if(connections_, [](const auto& item) {
      return item.second.client < 0 && item.second.broker < 0;
    });
  }
}

void Proxy::Accept() {
  Connection connection;
  connection.client = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
  if (connection.client < 0) return;
  const int on = 1;
  ::setsockopt(connection.client, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  connection.broker = Dial(broker_port_);
  if (connection.broker < 0) return Close(&connection.client);
  connections_[next_++] = connection;
}

void Proxy::FromClient(Connection* connection) {
  char bytes[1 << 16];
  const ssize_t size = ::read(connection->client, bytes, sizeof bytes);
  if (size > 0) {
    connection->from_client.append(bytes, static_cast<size_t>(size));
    return PassRequests(connection);
  }
  Close(&connection->client);
  if (!connection->holds) Close(&connection->broker);
}

void Proxy::FromBroker(Connection* connection) {
  char bytes[1 << 16];
  const ssize_t size = ::read(connection->broker, bytes, sizeof bytes);
  if (size > 0 && connection->client >= 0) {
    if (!SendAll(connection->client, {bytes, static_cast<size_t>(size)})) {
      Close(&connection->client);
    }
    return;
  }
  // The answer to what was held, or the broker's end.
  Close(&connection->broker);
  Close(&connection->client);
  if (!connection->holds) return;
  const std::lock_guard lock(mutex_);
  answered_ = deliver_;
  changed_.notify_all();
}

void Proxy::PassRequests(Connection* connection) {
  while (const size_t size = RequestSize(connection->from_client)) {
    const std::string request = connection->from_client.substr(0, size);
    connection->from_client.erase(0, size);
    {
      const std::lock_guard lock(mutex_);
      if (hold_key_ == ApiKey(request)) {
        hold_key_ = -1;
        connection->holds = held_ = true;
      }
    }
    if (connection->holds) {
      connection->held += request;
    } else {
      Send(connection, request);
    }
  }
}

void Proxy::Send(Connection* connection, const std::string& bytes) {
  if (connection->broker >= 0 && !SendAll(connection->broker, bytes)) Close(&connection->broker);
}

void Proxy::DeliverHeld() {
  for (auto& [number, connection] : connections_) {
    if (connection.holds) Send(&connection, connection.held);
  }
}

}  // namespace caseclock::log::contract
