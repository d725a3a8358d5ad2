#include "tests/kafka/broker.h"

#include <gtest/gtest.h>

#include <cstdlib>
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

OwnBroker::OwnBroker(const std::string& options) {
  // A killed one is itself again when its session has ended.
  EXPECT_TRUE(Run("start --set broker.session.timeout.ms=3000" + options));
  std::ifstream(directory_.path() + "/address") >> address_;
}

OwnBroker::~OwnBroker() {
  EXPECT_TRUE(Run("remove"));
}

bool OwnBroker::Run(const std::string& command) const {
  const std::string line = std::string(CASECLOCK_DEPLOY_KAFKA) + " " + command + " --dir " +
                           directory_.path() + " >/dev/null";
  return std::system(line.c_str()) == 0;  // NOLINT: one thread at a time
}

}  // namespace caseclock::log::contract
