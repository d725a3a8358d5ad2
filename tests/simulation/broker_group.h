#pragma once

// A consumer group on the simulated broker, by Kafka's classic protocol with the eager range
// assignor: a rebalance takes everything back, waits until every member has joined anew, and deals
// out the partitions under a new generation. A static member that comes back gets what it had,
// without a rebalance, and its former self is fenced. Who is silent for longer than the session
// lasts is removed. REQUIRES for every call: Broker::mutex held.

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "engine/base/instant.h"
#include "engine/log/log.h"

namespace caseclock::simulation {

struct BrokerTopic;

// A client's end of the wire: what the broker knows of whether it is still there.
struct Wire {
  bool cut = false;                    // nothing passes any more, for good
  std::optional<base::Instant> quiet;  // since when nothing was heard; absent: it is alive
};

struct BrokerMember {
  std::string id;        // new with every join
  std::string instance;  // empty: dynamic
  std::vector<const BrokerTopic*> topics;
  std::shared_ptr<const Wire> wire;
  bool joined = false;  // takes part in the rebalance under way
  std::vector<log::TopicPartition> assigned;
};

class BrokerGroup {
 public:
  // `instance` may be empty. The member's id.
  std::string Join(const std::string& instance, std::vector<const BrokerTopic*> topics,
                   std::shared_ptr<const Wire> wire);
  // Has let go of all it had: takes part in the rebalance under way.
  void Rejoin(const std::string& id);
  // A static member stays until its session ends.
  void Leave(const std::string& id);
  // Removes who has been quiet for longer than `session`.
  void Expire(base::Instant now, base::Duration session);

  [[nodiscard]] std::vector<log::StaticMember> StaticMembers() const;
  [[nodiscard]] const BrokerMember* Find(const std::string& id) const;
  // A newer member has the instance of this one.
  [[nodiscard]] bool Fenced(const std::string& id) const { return fenced_.contains(id); }
  [[nodiscard]] bool rebalancing() const { return rebalancing_; }
  [[nodiscard]] int64_t generation() const { return generation_; }
  // Whether the coordinator takes offsets from it: it checks generation and member, not who owns
  // the partitions.
  [[nodiscard]] bool Accepts(const log::GroupToken& token) const;

  // Committed offsets, and how many open transactions hold one for the partition.
  std::map<log::TopicPartition, log::GroupOffset> offsets;
  std::map<log::TopicPartition, int> pending;

 private:
  void Begin();
  void CompleteIfAllJoined();
  void Remove(const std::string& id);

  std::map<std::string, BrokerMember> members_;
  std::set<std::string> fenced_;
  bool rebalancing_ = false;
  int64_t generation_ = 0;
  int64_t joins_ = 0;
};

}  // namespace caseclock::simulation
