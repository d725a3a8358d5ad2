#pragma once

// A reader of one partition, outside any group; a handle of its own.

#include <deque>
#include <memory>
#include <optional>

#include "engine/log/kafka/batch.h"
#include "engine/log/kafka/cluster.h"
#include "engine/log/log.h"

namespace caseclock::log::kafka {

class KafkaReader : public Reader {
 public:
  static base::Result<std::unique_ptr<Reader>> Open(Cluster* cluster,
                                                    const TopicPartition& partition,
                                                    int64_t offset);
  ~KafkaReader() override;
  base::Result<std::shared_ptr<const RecordBatch>> Read(base::Duration max_wait,
                                                        size_t max_records) override;
  [[nodiscard]] bool at_end() const override { return at_end_; }

 private:
  KafkaReader(Cluster* cluster, const TopicPartition& partition)
      : cluster_(cluster), origin_(std::make_shared<const TopicPartition>(partition)) {}
  base::Status Start(int64_t offset);
  // Takes what has come, waiting for the first at most `wait_ms`.
  base::Status Fetch(int wait_ms, size_t max_records);
  base::Status Take(Message message);
  // A position that is not there: behind the first one it moves up, beyond the end it is an error.
  base::Status MoveUp();
  base::Status KeepFetching();
  base::Status AskForEnd();
  base::Status LookForEnd();

  Cluster* const cluster_;
  const std::shared_ptr<const TopicPartition> origin_;
  std::shared_ptr<Client> client_;  // batches keep it alive too
  TopicHandle topic_;
  bool started_ = false;
  std::deque<Message> buffer_;
  int64_t reached_ = 0;  // everything before it has been taken, markers included
  int64_t end_ = 0;      // a reader could come so far when it was last asked
  bool at_end_ = false;
  size_t records_since_look_ = 0;  // taken since the broker was last asked
  size_t bytes_since_look_ = 0;
  std::optional<Deadline> silence_;  // since when nothing has come, though there is more
};

}  // namespace caseclock::log::kafka
