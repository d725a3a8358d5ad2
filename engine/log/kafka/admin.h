#pragma once

// A question by librdkafka's Admin API, and the wait for its answer.

#include <functional>
#include <optional>
#include <string>

#include "engine/log/kafka/client.h"

namespace caseclock::log::kafka {

// `send` makes the request with the options and the queue it is given. Waits for the answer, at
// most so long (absent: KafkaOptions::request_timeout) and a moment; the event is of the
// operation's kind and without an error of its own, what it holds may still have some. `expected`
// begins the message of an error.
base::Result<Event> Ask(
    const Client& client, rd_kafka_admin_op_t operation, const std::string& expected,
    const std::function<void(rd_kafka_AdminOptions_t*, rd_kafka_queue_t*)>& send,
    std::optional<base::Duration> most = std::nullopt);

}  // namespace caseclock::log::kafka
