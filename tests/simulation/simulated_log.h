#pragma once

// The log on a simulated broker: one process's connection to it. Passes tests/contract. When it is
// cut, as by the death of its process, nothing of it reaches the broker any more, and the broker
// learns of it by silence alone: an open transaction stays open until it times out or a newer
// producer fences it, a member stays in its group until its session ends.

#include <memory>
#include <string>
#include <vector>

#include "engine/log/log.h"
#include "tests/simulation/broker.h"

namespace caseclock::simulation {

class SimulatedLog : public log::Log {
 public:
  // The broker must outlive it and all that is opened on it.
  explicit SimulatedLog(Broker* broker) : broker_(broker), wire_(std::make_shared<Wire>()) {}
  // What a process that ends leaves open is as if it had been cut.
  ~SimulatedLog() override { Cut(); }

  void Cut();
  // The process stands still (SIGSTOP), or goes on: it sends no heartbeats meanwhile.
  void Freeze(bool frozen);

  base::Status EnsureTopic(const std::string& topic, const log::TopicConfig& config) override;
  base::Result<log::TopicConfig> Describe(const std::string& topic) override;
  base::Result<log::PartitionBounds> Bounds(const log::TopicPartition& partition) override;
  base::Result<std::optional<log::GroupOffset>> Committed(
      const std::string& group, const log::TopicPartition& partition) override;
  base::Result<std::vector<log::StaticMember>> StaticMembers(const std::string& group) override;
  base::Result<std::unique_ptr<log::Consumer>> Join(
      const std::string& group, const std::string& instance,
      const std::vector<std::string>& topics) override;
  base::Result<std::unique_ptr<log::Reader>> Open(const log::TopicPartition& partition,
                                                  int64_t offset) override;
  base::Result<std::unique_ptr<log::Producer>> OpenProducer(
      const std::string& transactional_id) override;
  base::Result<std::unique_ptr<log::Appender>> OpenAppender() override;

 private:
  Broker* const broker_;
  const std::shared_ptr<Wire> wire_;
};

// What every request begins with: holds the broker, and finds out whether it can be reached.
class Request {
 public:
  Request(Broker* broker, const Wire& wire) : lock(broker->mutex) {
    if (wire.cut) {
      status = base::Error{base::ErrorKind::kUnavailable,
                           "Expected to reach the broker, but the connection is cut"};
      return;
    }
    broker->Arrive();
  }
  std::unique_lock<std::mutex> lock;
  base::Status status;
};

}  // namespace caseclock::simulation
