#pragma once

// librdkafka's objects with their destructors, and its errors in our words. For the .cc files of
// this folder.

#include <librdkafka/rdkafka.h>

#include <algorithm>
#include <chrono>
#include <memory>
#include <string>

#include "engine/base/instant.h"
#include "engine/base/result.h"
#include "engine/log/log.h"

namespace caseclock::log::kafka {

template <auto Destroy>
struct Destroyer {
  template <typename T>
  void operator()(T* handle) const {
    Destroy(handle);
  }
};

using Handle = std::unique_ptr<rd_kafka_t, Destroyer<rd_kafka_destroy>>;
using Conf = std::unique_ptr<rd_kafka_conf_t, Destroyer<rd_kafka_conf_destroy>>;
using TopicHandle = std::unique_ptr<rd_kafka_topic_t, Destroyer<rd_kafka_topic_destroy>>;
using Queue = std::unique_ptr<rd_kafka_queue_t, Destroyer<rd_kafka_queue_destroy>>;
using Event = std::unique_ptr<rd_kafka_event_t, Destroyer<rd_kafka_event_destroy>>;
using Message = std::unique_ptr<rd_kafka_message_t, Destroyer<rd_kafka_message_destroy>>;
using PartitionList = std::unique_ptr<rd_kafka_topic_partition_list_t,
                                      Destroyer<rd_kafka_topic_partition_list_destroy>>;
using GroupMetadata = std::unique_ptr<rd_kafka_consumer_group_metadata_t,
                                      Destroyer<rd_kafka_consumer_group_metadata_destroy>>;
using KafkaError = std::unique_ptr<rd_kafka_error_t, Destroyer<rd_kafka_error_destroy>>;

// How an error of librdkafka or of a broker is to be taken.
base::ErrorKind KindOf(rd_kafka_resp_err_t code);
// "… (CODE)": `expected` is our half of the sentence, "Expected topic t to be there".
base::Error ErrorOf(rd_kafka_resp_err_t code, const std::string& expected);
base::Error ErrorOf(rd_kafka_resp_err_t code, const std::string& expected,
                    const std::string& detail);

// A bound in time. Waits are rounded up to whole milliseconds, librdkafka's unit.
class Deadline {
 public:
  explicit Deadline(base::Duration wait)
      : at_(std::chrono::steady_clock::now() +
            std::chrono::microseconds(std::clamp<int64_t>(wait.us, 0, base::Days(1).us))) {}
  [[nodiscard]] bool passed() const { return std::chrono::steady_clock::now() >= at_; }
  [[nodiscard]] int ms() const {
    const auto left = at_ - std::chrono::steady_clock::now();
    const auto us = std::chrono::duration_cast<std::chrono::microseconds>(left).count();
    return us <= 0 ? 0 : static_cast<int>((us + 999) / 1000);
  }

 private:
  std::chrono::steady_clock::time_point at_;
};

inline int MillisOf(base::Duration duration) {
  return static_cast<int>(std::clamp<int64_t>(duration.us / 1000, 0, base::Days(1).us / 1000));
}
inline PartitionList NewPartitionList(size_t size) {
  return PartitionList(rd_kafka_topic_partition_list_new(static_cast<int>(size)));
}
inline rd_kafka_topic_partition_t* Add(const PartitionList& list, const TopicPartition& partition,
                                       int64_t offset) {
  auto* place =
      rd_kafka_topic_partition_list_add(list.get(), partition.topic.c_str(), partition.partition);
  place->offset = offset;
  return place;
}
inline std::string NameOf(const TopicPartition& partition) {
  return partition.topic + "/" + std::to_string(partition.partition);
}

}  // namespace caseclock::log::kafka
