#pragma once

// Records as librdkafka holds them: the batch keeps its messages alive, and so the fetched bytes
// and the handle that they came from, which could not end before them.

#include <deque>
#include <memory>
#include <vector>

#include "engine/log/kafka/client.h"
#include "engine/log/log.h"

namespace caseclock::log::kafka {

class KafkaBatch : public RecordBatch {
 public:
  // Takes the first `count` messages out of `queue`. REQUIRES: that many are there, of `origin`.
  KafkaBatch(std::shared_ptr<const Client> client, std::shared_ptr<const TopicPartition> origin,
             std::deque<Message>* queue, size_t count);
  [[nodiscard]] const TopicPartition& origin() const override { return *origin_; }
  [[nodiscard]] std::span<const RecordView> records() const override { return records_; }

 private:
  std::shared_ptr<const Client> client_;  // ends after the messages
  std::shared_ptr<const TopicPartition> origin_;
  std::vector<Message> messages_;
  std::vector<RecordView> records_;
  std::vector<HeaderView> headers_;
};

}  // namespace caseclock::log::kafka
