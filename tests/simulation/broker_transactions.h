#pragma once

// The transaction coordinator of the simulated broker, as Kafka 4 treats a client that speaks
// EndTxn v1: ids have a producer and an epoch, a newer producer or a timeout raises the epoch, and
// an end of a transaction names only producer and epoch. So a late twin of an EndTxn ends whatever
// transaction of that epoch is open when it arrives (KIP-890 part 2 would prevent that, and is not
// in force for librdkafka); a record for a partition that is not part of the open transaction is
// refused (part 1). REQUIRES for every call: Broker::mutex held.

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <utility>

#include "engine/base/instant.h"
#include "engine/log/log.h"
#include "tests/simulation/broker_group.h"
#include "tests/simulation/broker_partition.h"

namespace caseclock::simulation {

// What a producer says of itself in every request.
struct ProducerName {
  std::string transactional_id;
  int64_t epoch = 0;
  bool operator==(const ProducerName&) const = default;
};

enum class TxnAnswer {
  kOk,
  kFenced,        // a newer producer, or the timeout, has raised the epoch
  kInvalidState,  // there is no such transaction any more
  kStaleMember,   // of offsets: the group has moved on
};

class Transactions {
 public:
  // A new epoch; whatever was open is aborted.
  ProducerName Init(const std::string& transactional_id);
  // Makes the partition part of the transaction, which begins with the first one.
  TxnAnswer AddPartition(const ProducerName& who, BrokerPartition* partition, base::Instant now);
  TxnAnswer Write(const ProducerName& who, BrokerPartition* partition,
                  std::shared_ptr<const Stored> record);
  TxnAnswer AddOffsets(const ProducerName& who, BrokerGroup* group, const log::GroupToken& token,
                       const std::map<log::TopicPartition, log::GroupOffset>& offsets,
                       base::Instant now);
  TxnAnswer End(const ProducerName& who, bool commit);
  // Aborts what has been open for longer than `timeout`.
  void Expire(base::Instant now, base::Duration timeout);

 private:
  enum class State { kEmpty, kOngoing, kCommitted, kAborted };
  struct Transaction {
    int64_t producer = 0;
    int64_t epoch = 0;
    State state = State::kEmpty;
    base::Instant began;
    std::set<BrokerPartition*> partitions;
    std::map<std::pair<BrokerGroup*, log::TopicPartition>, log::GroupOffset> offsets;
  };
  Transaction* Find(const ProducerName& who);
  static void Continue(Transaction* transaction, base::Instant now);
  static void Finish(Transaction* transaction, bool commit);

  std::map<std::string, Transaction> by_id_;
  int64_t producers_ = 0;
};

}  // namespace caseclock::simulation
