#pragma once

// A transactional producer: a handle whose id fences every older one. What it rests on is in
// engine/decisions/2026-11-23-kafka-log.md.

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "engine/log/kafka/cluster.h"
#include "engine/log/log.h"

namespace caseclock::log::kafka {

// Hands a record to librdkafka, which copies it. _QUEUE_FULL: serve and try again.
rd_kafka_resp_err_t Enqueue(const Client& client, rd_kafka_topic_t* topic, int32_t partition,
                            const NewRecord& record, void* opaque);
// kInvalid when the record is larger than the log takes.
base::Status CheckSize(const KafkaOptions& options, const std::string& topic,
                       const NewRecord& record);

class KafkaProducer : public Producer, private Callbacks {
 public:
  static base::Result<std::unique_ptr<KafkaProducer>> Open(Cluster* cluster, const std::string& id);
  ~KafkaProducer() override;

  base::Status Begin() override;
  base::Status Produce(const std::string& topic, int32_t partition,
                       const NewRecord& record) override;
  base::Status SendOffsets(const GroupToken& token,
                           const std::map<TopicPartition, GroupOffset>& offsets) override;
  base::Result<CommitOutcome> Commit() override;
  base::Status Abort() override;

  // The last transaction has ended, here and at the broker, beyond doubt: the next one may begin
  // elsewhere. Otherwise this one must see to it first.
  [[nodiscard]] bool OpensAgain() const override;
  [[nodiscard]] bool MayRest() const { return !open_ && !stale_ && !broken_; }

 private:
  struct Topic {
    TopicHandle handle;
    int32_t partitions = 0;
  };

  KafkaProducer(Cluster* cluster, std::string id) : cluster_(cluster), id_(std::move(id)) {}
  void Delivered(const rd_kafka_message_t* message) override;
  // A new handle with this id: fences and aborts whatever was there.
  base::Status Connect();
  base::Result<Topic*> TopicOf(const std::string& name);
  base::Status CheckOpen() const;
  // The first record that was not delivered.
  base::Status CheckDelivered() const;
  // A right to write that was found missing; the transaction cannot be committed.
  [[nodiscard]] std::optional<base::Error> Denied() const;
  // Calls until it succeeds, fails for good, or time is up; null: success.
  KafkaError Repeat(const std::function<rd_kafka_error_t*(int wait_ms)>& call);
  // What an error of the transaction means to the caller; notes when the handle is done for.
  base::Error Judge(const KafkaError& failed, const std::string& expected);
  base::Result<CommitOutcome> Undecided(const KafkaError& failed);
  // Around a commit or abort: whether a connection failed or an answer was late meanwhile.
  struct Calm {
    uint64_t disconnects = 0;
    std::chrono::steady_clock::time_point begun;
  };
  [[nodiscard]] Calm NoteCalm() const;
  [[nodiscard]] bool WasCalm(const Calm& calm) const;

  Cluster* const cluster_;
  const std::string id_;
  std::unique_ptr<Client> client_;
  std::map<std::string, Topic, std::less<>> topics_;  // end before their client
  bool open_ = false;
  bool stale_ = false;                 // the handle must be replaced before the next transaction
  std::optional<base::Error> broken_;  // no more calls: open a new producer
  std::optional<base::Error> undelivered_;
  std::chrono::steady_clock::time_point begun_at_;
  uint32_t since_served_ = 0;
};

}  // namespace caseclock::log::kafka
