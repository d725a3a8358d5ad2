#pragma once

// The client side of transactions: what librdkafka keeps of one, and what it does with the
// coordinator's answers. A partition is announced with its first record and not again; after an end
// that was slow a new producer is asked for, as engine/log/kafka does.

#include <memory>
#include <optional>
#include <set>
#include <string>

#include "engine/log/log.h"
#include "tests/simulation/broker.h"

namespace caseclock::simulation {

class SimulatedProducer : public log::Producer {
 public:
  static base::Result<std::unique_ptr<log::Producer>> Open(Broker* broker,
                                                           std::shared_ptr<const Wire> wire,
                                                           const std::string& id);
  ~SimulatedProducer() override;

  base::Status Begin() override;
  base::Status Produce(const std::string& topic, int32_t partition,
                       const log::NewRecord& record) override;
  base::Status SendOffsets(const log::GroupToken& token,
                           const std::map<log::TopicPartition, log::GroupOffset>& offsets) override;
  base::Result<log::CommitOutcome> Commit() override;
  base::Status Abort() override;

 private:
  SimulatedProducer(Broker* broker, std::shared_ptr<const Wire> wire, ProducerName name)
      : broker_(broker), wire_(std::move(wire)), name_(std::move(name)) {}
  [[nodiscard]] base::Status Check(bool open) const;
  base::Status Judge(TxnAnswer answer);
  // Sends the end, and notes whether a twin of it is on its way.
  TxnAnswer End(bool commit);

  Broker* const broker_;
  const std::shared_ptr<const Wire> wire_;
  const ProducerName name_;
  bool open_ = false;
  bool doomed_ = false;       // can only be aborted
  bool begun_there_ = false;  // the coordinator was told of it
  std::set<BrokerPartition*> announced_;
  std::optional<base::Error> broken_;  // no more calls: open a new producer
};

}  // namespace caseclock::simulation
