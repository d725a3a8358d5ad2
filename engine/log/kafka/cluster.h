#pragma once

// What is asked of a cluster outside of reading and writing: which topics there are, how far a
// partition reaches, what a group has committed. Called from any thread.

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "engine/log/kafka/client.h"
#include "engine/log/kafka/leader_handle.h"

namespace caseclock::log::kafka {

// As the group's coordinator knows it.
struct GroupMember {
  std::string id;        // given by the broker
  std::string instance;  // empty: no static member
  std::vector<TopicPartition> partitions;
};

class Cluster {
 public:
  // Connects; see OpenKafkaLog.
  static base::Result<std::unique_ptr<Cluster>> Open(const KafkaOptions& options);

  // How many partitions a topic has; asked once, because it never changes. kNotFound.
  base::Result<int32_t> Partitions(const std::string& topic);
  // kNotFound for the topic, kInvalid for the partition.
  base::Status CheckPartition(const TopicPartition& partition);
  base::Result<PartitionBounds> Bounds(const TopicPartition& partition);
  // Waits for undecided transactions, at most KafkaOptions::stable_timeout.
  base::Result<std::optional<GroupOffset>> Committed(const std::string& group,
                                                     const TopicPartition& partition);
  // Those of a group now, dead or alive, until their sessions end. Without their partitions while
  // these are dealt out.
  base::Result<std::vector<GroupMember>> MembersOf(const std::string& group);
  // The id of the member that has a static one in a group now; absent: none.
  base::Result<std::optional<std::string>> HolderOf(const std::string& group,
                                                    const std::string& instance);
  base::Status EnsureTopic(const std::string& topic, const TopicConfig& config);
  base::Result<TopicConfig> Describe(const std::string& topic);

  // The settings of a topic; `own`: only those that were given to it, rather than inherited.
  base::Result<Properties> Settings(const std::string& topic, bool own);
  // The settings of one of the brokers.
  base::Result<Properties> BrokerSettings();
  // The replicas of its partition that has the fewest. kNotFound.
  base::Result<int32_t> Replicas(const std::string& topic);
  // Makes a topic and waits for its leaders; one that is there already is left alone. `replicas`
  // absent: as the broker has it.
  base::Status CreateTopic(const std::string& topic, int32_t partitions,
                           std::optional<int16_t> replicas, const Properties& settings);

  [[nodiscard]] const KafkaOptions& options() const { return client_->options(); }

 private:
  Cluster(std::unique_ptr<Client> client, std::unique_ptr<LeaderHandle> committed,
          std::unique_ptr<LeaderHandle> uncommitted)
      : client_(std::move(client)),
        committed_(std::move(committed)),
        uncommitted_(std::move(uncommitted)) {}
  // The handle that knows that group; made once, lives as long as this.
  base::Result<const Client*> ClientOf(const std::string& group);
  // Repeats `ask` while its answer is that the partition has no leader, that who was asked is not
  // the leader, or none at all.
  using Question = std::function<rd_kafka_resp_err_t(const Client&, Deadline wait)>;
  base::Status AskLeader(LeaderHandle* handle, const TopicPartition& partition,
                         const Question& ask) const;
  base::Result<int32_t> AskPartitions(const std::string& topic);
  base::Status Create(const std::string& topic, const TopicConfig& config);
  base::Status Update(const std::string& topic, const TopicConfig& config);
  // Until every partition of a new topic has a leader.
  base::Status AwaitLeaders(const std::string& topic, int32_t partitions);
  base::Result<Properties> SettingsOf(rd_kafka_ResourceType_t kind, const std::string& name,
                                      bool own);

  const std::unique_ptr<Client> client_;
  const std::unique_ptr<LeaderHandle> committed_;
  const std::unique_ptr<LeaderHandle> uncommitted_;  // sees what is not decided yet
  std::mutex mutex_;
  std::map<std::string, int32_t> partitions_;              // guarded by mutex_
  std::map<std::string, std::unique_ptr<Client>> groups_;  // guarded by mutex_
  std::shared_ptr<const Client> member_client_;            // of MembersOf; likewise
};

// The first offset that a reader with the isolation of `client` cannot reach yet, for each, in one
// request per broker. Asked on the handle of a reader or member.
base::Result<std::vector<int64_t>> StableEnds(const Client& client,
                                              const std::vector<TopicPartition>& partitions,
                                              base::Duration wait);

}  // namespace caseclock::log::kafka
