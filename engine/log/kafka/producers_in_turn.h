#pragma once

// One producer to whoever uses it, two to Kafka, taken in turn. Back to back, a transaction of one
// producer waits now and then some 20 ms for the markers of the one before (AddPartitionsToTxn is
// refused with CONCURRENT_TRANSACTIONS); the other one need not. Measured on Kafka 4.1: p99 of a
// cycle 26 ms with one, 6 ms with two (engine/decisions/2026-11-28-producers-in-turn.md).
//
// Nothing else changes: a transaction begins after the one before has ended and its outcome is
// known; opening an id fences both producers of whoever had it before.

#include <array>
#include <memory>
#include <string>

#include "engine/log/kafka/producer.h"

namespace caseclock::log::kafka {

class ProducersInTurn : public Producer {
 public:
  static base::Result<std::unique_ptr<Producer>> Open(Cluster* cluster, const std::string& id);

  [[nodiscard]] bool OpensAgain() const override { return producers_[current_]->OpensAgain(); }
  base::Status Begin() override;
  base::Status Produce(const std::string& topic, int32_t partition,
                       const NewRecord& record) override;
  base::Status SendOffsets(const GroupToken& token,
                           const std::map<TopicPartition, GroupOffset>& offsets) override;
  base::Result<CommitOutcome> Commit() override;
  base::Status Abort() override;

 private:
  ProducersInTurn() = default;
  [[nodiscard]] KafkaProducer& current() { return *producers_[current_]; }

  std::array<std::unique_ptr<KafkaProducer>, 2> producers_;
  size_t current_ = 0;
};

}  // namespace caseclock::log::kafka
