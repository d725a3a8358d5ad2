#pragma once

// A TCP proxy on loopback between Kafka clients and one broker, which can hold a request back: its
// connection stands still, the client gives it up and asks again on a new one, and the held request
// reaches the broker later, when the client believes that it is long answered. That is what a
// network does that drops and later delivers.
//
// The broker must advertise port() as its own. One thread of its own; calls from any.

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <map>
#include <mutex>
#include <string>
#include <thread>

namespace caseclock::log::contract {

class Proxy {
 public:
  Proxy();
  ~Proxy();
  Proxy(const Proxy&) = delete;
  Proxy& operator=(const Proxy&) = delete;

  [[nodiscard]] int port() const { return port_; }
  // From now on connections go to this port; without one they are refused.
  void Forward(int broker_port) { broker_port_ = broker_port; }
  // Holds the next request of this kind back (the protocol's api key), and what follows it on its
  // connection.
  void HoldNext(int api_key);
  // Hands the held request to the broker and waits for the answer, which nobody gets. False: none
  // was held, or the broker does not answer.
  [[nodiscard]] bool Deliver();

 private:
  struct Connection {
    int client = -1;
    int broker = -1;
    std::string from_client;  // read, but not a whole request yet
    std::string held;
    bool holds = false;
  };
  void Run();
  void Accept();
  void FromClient(Connection* connection);
  void FromBroker(Connection* connection);
  void PassRequests(Connection* connection);
  void Send(Connection* connection, const std::string& bytes);
  void DeliverHeld();
  static void Close(int* socket);

  int listener_ = -1;
  int wake_[2] = {-1, -1};
  int port_ = 0;
  std::atomic<int> broker_port_{0};
  std::atomic<bool> stopping_{false};
  std::map<int, Connection> connections_;  // by number; the thread's own
  int next_ = 0;

  std::mutex mutex_;
  std::condition_variable changed_;
  int hold_key_ = -1;
  bool held_ = false;
  bool deliver_ = false;
  bool answered_ = false;
  std::thread thread_;
};

// A port that nothing listened on a moment ago.
int FreePort();

}  // namespace caseclock::log::contract
