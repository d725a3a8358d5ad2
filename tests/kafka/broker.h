#pragma once

// The broker that tests/kafka/broker.sh started for the whole run.

#include "engine/log/kafka/kafka_log.h"

namespace caseclock::log::contract {

// Its address, and times short enough for tests. Fails the running test when there is no broker.
KafkaOptions TestBroker();

}  // namespace caseclock::log::contract
