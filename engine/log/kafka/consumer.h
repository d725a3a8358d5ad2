#pragma once

// A member of a consumer group. librdkafka calls back inside our Poll and only notes what
// happened; partitions are taken and let go at the next Poll, so that the owner can finish what it
// has in hand. Rebalancing is eager: all partitions go, then the new ones come.

#include <atomic>
#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "engine/log/kafka/batch.h"
#include "engine/log/kafka/cluster.h"
#include "engine/log/log.h"

namespace caseclock::log::kafka {

class KafkaConsumer : public Consumer, private Callbacks {
 public:
  static base::Result<std::unique_ptr<Consumer>> Join(Cluster* cluster, const std::string& group,
                                                      const std::string& instance,
                                                      const std::vector<std::string>& topics);
  ~KafkaConsumer() override;

  base::Result<Polled> Poll(base::Duration max_wait, size_t max_records) override;
  base::Status Seek(const TopicPartition& partition, int64_t offset) override;
  base::Status Pause(const TopicPartition& partition) override;
  base::Status Resume(const TopicPartition& partition) override;
  base::Result<bool> AtEnd(const TopicPartition& partition) override;
  [[nodiscard]] GroupToken token() const override { return token_; }
  base::Status CheckPlace() override;
  void Wake() override;

 private:
  struct Assigned {
    std::shared_ptr<const TopicPartition> name;
    std::optional<int64_t> start;  // sought before it was started
    bool paused = false;
    std::optional<int64_t> astray;  // its place, which is not in the partition any more
    int64_t next = 0;               // of the next record to return
    int64_t reached = 0;            // everything before it has been taken, markers included
    std::deque<Message> buffer;
  };
  struct Change {
    Polled::Kind kind = Polled::Kind::kNothing;
    std::vector<TopicPartition> partitions;
    GroupToken token;
  };
  // What the caller was told, and librdkafka waits for. kGoneBefore: of a handle that is no more,
  // so that nothing waits.
  enum class Told { kNothing, kAssigned, kGone, kGoneBefore };

  KafkaConsumer(Cluster* cluster, std::string group, std::string instance,
                std::vector<std::string> topics)
      : cluster_(cluster),
        group_(std::move(group)),
        instance_(std::move(instance)),
        topics_(std::move(topics)) {}
  // A handle that joins the group.
  base::Status Connect();
  void Disconnect();
  // After a fencing: if nobody else has the place, a new handle takes it, and the partitions are
  // lost. Else the error that says so; kUnavailable when that cannot be known yet.
  base::Status ComeBack(const base::Error& fenced);
  base::Result<Polled> Look(const Deadline& deadline, size_t max_records);
  void Rebalanced(rd_kafka_resp_err_t code, rd_kafka_topic_partition_list_t* list) override;
  [[nodiscard]] GroupToken TakeToken() const;

  // Does what was told: starts the partitions that came, lets go of those that went. False: the
  // committed offsets cannot be known yet.
  base::Result<bool> Settle(int wait_ms);
  base::Result<bool> StartAll(int wait_ms);
  base::Status Assign(const rd_kafka_topic_partition_list_t* list);
  std::optional<Polled> TellChange();
  [[nodiscard]] std::optional<base::Error> Fatal() const;

  // Takes what has come, waiting for the first at most `wait_ms`.
  base::Status Fetch(int wait_ms, size_t most);
  base::Status Take(Message message);
  void Forget(Assigned* assigned);  // what is buffered of it
  base::Status SeekTo(Assigned* assigned, int64_t offset);
  // From a position that is not there: behind the first one it moves up, beyond the end it is an
  // error.
  base::Status MoveUp(Assigned* assigned, int64_t from);
  base::Status MoveUpAstray();
  void TakePositions();
  std::optional<Polled> NextBatch(size_t max_records);
  base::Result<bool> AllRead(std::map<TopicPartition, int64_t>* ends);
  base::Result<Assigned*> Find(const TopicPartition& partition);

  Cluster* const cluster_;
  const std::string group_;
  const std::string instance_;  // static; empty: none
  const std::vector<std::string> topics_;
  std::set<std::string> members_;   // ids that the broker gave to this member so far
  std::shared_ptr<Client> client_;  // batches keep it alive too
  std::mutex queue_mutex_;          // for Wake: guards the handle, which this thread reads without
  Queue queue_;
  std::deque<Change> changes_;
  Told told_ = Told::kNothing;
  bool lost_ = false;     // what was told to be gone was lost, not asked for
  bool joining_ = false;  // with an id yet to be known
  bool closing_ = false;
  bool lost_before_ = false;  // the first of `changes_` is of a handle that is no more
  bool ever_assigned_ = false;
  GroupToken token_;
  std::map<TopicPartition, Assigned> assigned_;
  size_t buffered_ = 0;  // records in all buffers, and the bytes of their keys and values
  size_t buffered_bytes_ = 0;
  TopicPartition last_;                     // whose turn it was
  std::vector<Polled::Deleted> deleted_;    // not told yet
  std::vector<rd_kafka_message_t*> taken_;  // of Fetch, kept for its room
  std::atomic<bool> woken_{false};
};

}  // namespace caseclock::log::kafka
