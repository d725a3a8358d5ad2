#pragma once

// Topics of a Kafka cluster with all their settings, for `topics create` and `topics check`: what
// log::Log does not say, because the other logs have no such thing. Settings have Kafka's names.

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "engine/base/result.h"
#include "engine/log/kafka/kafka_log.h"

namespace caseclock::log {

struct KafkaTopic {
  int32_t partitions = 0;
  int32_t replicas = 0;  // of the partition that has the fewest
  std::map<std::string, std::string> settings;
};

// One thread.
class KafkaTopics {
 public:
  virtual ~KafkaTopics() = default;
  // Connects. Errors as OpenKafkaLog.
  static base::Result<std::unique_ptr<KafkaTopics>> Open(const KafkaOptions& options);

  // kNotFound.
  virtual base::Result<int32_t> Partitions(const std::string& topic) = 0;
  // kNotFound; kConfig: no right to see the topic's settings (DescribeConfigs).
  virtual base::Result<KafkaTopic> Describe(const std::string& topic) = 0;
  // Makes it and waits for its leaders; one that is there already is left as it is. `replicas`
  // absent: as the broker has it.
  virtual base::Status Create(const std::string& topic, int32_t partitions,
                              std::optional<int16_t> replicas,
                              const std::map<std::string, std::string>& settings) = 0;
  // Of one of the brokers. kConfig: no right (DescribeConfigs on the cluster).
  virtual base::Result<std::map<std::string, std::string>> BrokerSettings() = 0;
};

}  // namespace caseclock::log
