#include "tests/kafka/broker.h"

#include <gtest/gtest.h>

#include <fstream>

namespace caseclock::log::contract {

KafkaOptions TestBroker() {
  const std::string path = CASECLOCK_KAFKA_DIR "/address";
  std::ifstream file(path);
  KafkaOptions options;
  std::getline(file, options.brokers);
  EXPECT_FALSE(options.brokers.empty())
      << "Expected the address of a broker in " << path
      << ", but there is none. ctest starts one; by hand: deploy/kafka start --dir "
      << CASECLOCK_KAFKA_DIR;
  options.session_timeout = base::Seconds(6);
  options.heartbeat_interval = base::Millis(100);
  options.poll_interval_max = base::Seconds(60);
  options.stable_timeout = base::Seconds(1);
  return options;
}

}  // namespace caseclock::log::contract
