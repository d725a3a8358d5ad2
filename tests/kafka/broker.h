#pragma once

// The brokers that tests run on: the one that tests/kafka/broker.sh started for the whole run, and
// ones of their own.

#include <string>

#include "engine/log/kafka/kafka_log.h"
#include "tests/common/temp_dir.h"

namespace caseclock::log::contract {

// Its address, and times short enough for tests. Fails the running test when there is no broker.
KafkaOptions TestBroker();

// A broker of one test's own, in a new directory, to be cruel to. Ends with the object.
class OwnBroker {
 public:
  // `options`: more of deploy/kafka's for its start.
  explicit OwnBroker(const std::string& options = "");
  ~OwnBroker();
  OwnBroker(const OwnBroker&) = delete;
  OwnBroker& operator=(const OwnBroker&) = delete;
  // A command of deploy/kafka: "kill", "start". True: it went well. One thread at a time.
  [[nodiscard]] bool Run(const std::string& command) const;
  [[nodiscard]] const std::string& address() const { return address_; }

 private:
  const tests::TempDir directory_;
  std::string address_;
};

}  // namespace caseclock::log::contract
