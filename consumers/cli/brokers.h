#pragma once

// A Kafka cluster as commands are told of it: --brokers and what belongs to it. Any setting of
// librdkafka can be given, in this order of precedence: --kafka NAME=VALUE, the environment
// variable CASECLOCK_RDKAFKA_NAME (dots as underscores), `kafka.NAME = VALUE` in the file of
// --config. NAME may begin with `producer.` or `consumer.` for one of them alone.

#include <memory>
#include <string>
#include <vector>

#include "consumers/cli/arguments.h"
#include "engine/base/result.h"
#include "engine/log/kafka/kafka_log.h"
#include "engine/runtime/engine.h"

namespace caseclock::cli {

struct BrokerSettings {
  std::string brokers;             // where no other target was named: those of [kafka] too
  std::vector<std::string> kafka;  // NAME=VALUE
  std::string prefix;              // of topics; empty: the file's, else "caseclock"
  base::Duration wait = base::Seconds(10);
  const FileSettings* file = nullptr;
};

// Adds --brokers, --kafka, --topic-prefix and --connect-timeout.
void AddBrokers(Command command, BrokerSettings* settings);
[[nodiscard]] runtime::TopicNames TopicsOf(const BrokerSettings& settings);

// Everything that connections need. Errors: kConfig (not NAME=VALUE).
base::Result<log::KafkaOptions> KafkaOptionsOf(const BrokerSettings& settings);
// Connects. Errors: kUnavailable, kConfig.
base::Result<std::unique_ptr<log::Log>> OpenBrokers(const BrokerSettings& settings);
// "caseclock.events is not there; make the topics: caseclock topics create …", for an error of
// kNotFound about a topic; other errors as they are.
[[nodiscard]] base::Error WithWayOut(const BrokerSettings& settings, const base::Error& error);

}  // namespace caseclock::cli
