#include "tests/simulation/broker.h"

#include <chrono>

namespace caseclock::simulation {

using base::Error;
using base::ErrorKind;

base::Instant Broker::Now() const {
  const std::lock_guard lock(mutex);
  return now_;
}

void Broker::Advance(base::Duration by) {
  const std::lock_guard lock(mutex);
  now_ = now_ + by;
  Expire();
}

void Broker::Expire() {
  transactions.Expire(now_, options.transaction_timeout);
  for (auto& [name, group] : groups) group.Expire(now_, options.session_timeout);
}

void Broker::Arrive() {
  Expire();
  for (auto twin = twins_.begin(); twin != twins_.end();) {
    if (--twin->after > 0) {
      ++twin;
      continue;
    }
    // Nobody is left to hear the answer.
    static_cast<void>(transactions.End(twin->who, twin->commit));
    twin = twins_.erase(twin);
  }
}

bool Broker::Wait(std::unique_lock<std::mutex>* lock, base::Duration max_wait,
                  const std::function<bool()>& ready) {
  if (ready()) return true;
  if (options.threads) {
    return changed_.wait_for(*lock, std::chrono::microseconds(max_wait.us), ready);
  }
  now_ = now_ + max_wait;
  Expire();
  return ready();
}

base::Result<BrokerTopic*> Broker::Find(const std::string& topic) {
  const auto found = topics.find(topic);
  if (found != topics.end()) return &found->second;
  return Error{ErrorKind::kNotFound, "Expected a topic " + topic + ", but there is none"};
}

base::Result<BrokerPartition*> Broker::Find(const log::TopicPartition& partition) {
  auto topic = Find(partition.topic);
  if (!topic.ok()) return topic.error();
  auto& partitions = topic.value()->partitions;
  if (partition.partition < 0 || static_cast<size_t>(partition.partition) >= partitions.size()) {
    return Error{ErrorKind::kInvalid, "Expected a partition of " + partition.topic + ", but got " +
                                          std::to_string(partition.partition)};
  }
  return partitions[static_cast<size_t>(partition.partition)].get();
}

base::Status Broker::Check(const BrokerTopic& topic, const log::NewRecord& record) const {
  if (topic.config.compacted && !record.key) {
    return Error{ErrorKind::kInvalid,
                 "Expected a key for the compacted topic " + topic.name + ", but there is none"};
  }
  const size_t bytes = record.key.value_or("").size() + record.value.value_or("").size();
  if (bytes > options.record_bytes_max) {
    return Error{ErrorKind::kInvalid, "Expected a record of at most " +
                                          std::to_string(options.record_bytes_max) +
                                          " bytes, but got " + std::to_string(bytes)};
  }
  return {};
}

bool Broker::SendTwin(const ProducerName& who, bool commit) {
  const int after = options.twin ? options.twin() : 0;
  if (after > 0) twins_.push_back({who, commit, after});
  return after > 0;
}

}  // namespace caseclock::simulation
