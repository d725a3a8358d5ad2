// What OpenKafkaLog refuses before it writes a byte.

#include <gtest/gtest.h>

#include "engine/log/kafka/handles.h"
#include "engine/log/kafka/kafka_log.h"

namespace caseclock::log {
namespace {

using base::ErrorKind;

base::Error Refused(const KafkaOptions& options) {
  auto log = OpenKafkaLog(options);
  EXPECT_FALSE(log.ok());
  return log.ok() ? base::Error{} : log.error();
}

KafkaOptions Nowhere() {
  KafkaOptions options;
  options.brokers = "127.0.0.1:1";  // nobody may listen there
  options.request_timeout = base::Seconds(1);
  return options;
}

TEST(KafkaSettings, ABrokerMustBeNamed) {
  EXPECT_EQ(Refused({}).kind, ErrorKind::kConfig);
}

TEST(KafkaSettings, WhatCorrectnessRestsOnIsFixed) {
  for (const char* name : {"isolation.level", "enable.idempotence", "acks", "transactional.id",
                           "enable.auto.commit", "partition.assignment.strategy"}) {
    KafkaOptions options = Nowhere();
    options.properties[name] = "x";
    const base::Error error = Refused(options);
    EXPECT_EQ(error.kind, ErrorKind::kConfig) << name;
    EXPECT_NE(error.message.find(name), std::string::npos) << error.message;
  }
}

TEST(KafkaSettings, UnknownNamesAndValuesAreNamed) {
  KafkaOptions options = Nowhere();
  options.properties["socket.timeout.mss"] = "1000";
  EXPECT_EQ(Refused(options).kind, ErrorKind::kConfig);
  EXPECT_NE(Refused(options).message.find("socket.timeout.mss"), std::string::npos);
  options.properties = {{"security.protocol", "carrier_pigeon"}};
  EXPECT_EQ(Refused(options).kind, ErrorKind::kConfig);
}

TEST(KafkaSettings, TimesMustFitTogether) {
  KafkaOptions options = Nowhere();
  options.heartbeat_interval = options.session_timeout;
  EXPECT_EQ(Refused(options).kind, ErrorKind::kConfig);
  options = Nowhere();
  options.transaction_timeout = base::Millis(10);
  EXPECT_EQ(Refused(options).kind, ErrorKind::kConfig);
}

// "Invalid timestamp" alone says neither of what, nor what to look at.
TEST(KafkaSettings, ATimeThatATopicRefusesIsSaidToBeOfAClock) {
  const base::Error error =
      kafka::ErrorOf(RD_KAFKA_RESP_ERR_INVALID_TIMESTAMP, "Expected to write to t/0");
  EXPECT_EQ(error.kind, ErrorKind::kInvalid);
  EXPECT_NE(error.message.find("Is the clock of this machine right?"), std::string::npos);
}

TEST(KafkaSettings, AnAbsentBrokerIsUnavailableInTime) {
  EXPECT_EQ(Refused(Nowhere()).kind, ErrorKind::kUnavailable);
}

}  // namespace
}  // namespace caseclock::log
