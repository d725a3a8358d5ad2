#pragma once

// A Kafka broker in memory: topics, transactions, groups, and a clock that moves only when it is
// told to or somebody waits. It outlives the clients (SimulatedLog), which may die as they like.
// Nothing here reads a real clock or draws a number: what goes wrong is decided by whoever runs it.

#include <condition_variable>
#include <functional>
#include <list>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "engine/base/result.h"
#include "engine/log/log.h"
#include "tests/simulation/broker_group.h"
#include "tests/simulation/broker_partition.h"
#include "tests/simulation/broker_transactions.h"

namespace caseclock::simulation {

struct BrokerTopic {
  std::string name;
  log::TopicConfig config;
  std::vector<std::unique_ptr<BrokerPartition>> partitions;
};

struct BrokerOptions {
  base::Instant start = base::Instant::FromSeconds(1'750'000'000);
  base::Duration transaction_timeout = base::Seconds(10);
  base::Duration session_timeout = base::Seconds(10);
  // How long a client asks for the committed offset while a transaction holds a newer one.
  base::Duration request_timeout = base::Seconds(15);
  size_t record_bytes_max = size_t{64} << 20;
  // Clients are threads, and who waits waits for what another one does. Else one thread drives
  // everything, and a wait is the passing of time.
  bool threads = false;
  // Asked at every end of a transaction: after how many further requests, of anybody, a twin of the
  // EndTxn arrives. 0: none. May be null.
  std::function<int()> twin;
  // A client that sees that its EndTxn was slow does not begin a transaction under the same epoch.
  bool late_ends_are_noticed = true;
};

class Broker {
 public:
  explicit Broker(BrokerOptions given) : options(std::move(given)), now_(options.start) {}

  [[nodiscard]] base::Instant Now() const;
  void Advance(base::Duration by);

  // For clients, which hold `mutex`.

  // A request arrives: time may have ended sessions and transactions, and a twin may come first.
  void Arrive();
  [[nodiscard]] base::Instant now() const { return now_; }
  // Waits until `ready`, at most so long; what it became.
  bool Wait(std::unique_lock<std::mutex>* lock, base::Duration max_wait,
            const std::function<bool()>& ready);
  // Something changed that somebody may wait for.
  void Tell() { changed_.notify_all(); }
  base::Result<BrokerTopic*> Find(const std::string& topic);
  base::Result<BrokerPartition*> Find(const log::TopicPartition& partition);
  [[nodiscard]] base::Status Check(const BrokerTopic& topic, const log::NewRecord& record) const;
  // Whether a twin of this end is on its way now.
  bool SendTwin(const ProducerName& who, bool commit);

  const BrokerOptions options;
  mutable std::mutex mutex;
  std::map<std::string, BrokerTopic> topics;
  std::map<std::string, BrokerGroup> groups;
  Transactions transactions;

 private:
  struct Twin {
    ProducerName who;
    bool commit = false;
    int after = 0;  // so many requests
  };
  void Expire();

  std::condition_variable changed_;
  base::Instant now_;
  std::list<Twin> twins_;
};

}  // namespace caseclock::simulation
