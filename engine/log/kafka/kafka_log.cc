#include "engine/log/kafka/kafka_log.h"

#include <mutex>
#include <utility>

#include "engine/log/kafka/appender.h"
#include "engine/log/kafka/cluster.h"
#include "engine/log/kafka/consumer.h"
#include "engine/log/kafka/producers_in_turn.h"
#include "engine/log/kafka/reader.h"
#include "engine/log/kafka/settings.h"

namespace caseclock::log {
namespace {

class KafkaLog : public Log {
 public:
  explicit KafkaLog(std::unique_ptr<kafka::Cluster> cluster) : cluster_(std::move(cluster)) {}

  base::Status EnsureTopic(const std::string& topic, const TopicConfig& config) override {
    return cluster_->EnsureTopic(topic, config);
  }
  base::Result<TopicConfig> Describe(const std::string& topic) override {
    return cluster_->Describe(topic);
  }
  base::Result<int32_t> Partitions(const std::string& topic) override {
    return cluster_->Partitions(topic);
  }
  base::Result<PartitionBounds> Bounds(const TopicPartition& partition) override {
    return cluster_->Bounds(partition);
  }
  base::Result<std::optional<GroupOffset>> Committed(const std::string& group,
                                                     const TopicPartition& partition) override {
    return cluster_->Committed(group, partition);
  }
  base::Result<std::vector<StaticMember>> StaticMembers(const std::string& group) override {
    auto members = cluster_->MembersOf(group);
    if (!members.ok()) return members.error();
    std::vector<StaticMember> fixed;
    for (kafka::GroupMember& member : members.value()) {
      if (member.instance.empty()) continue;
      fixed.push_back({std::move(member.instance), std::move(member.partitions)});
    }
    return fixed;
  }
  base::Result<std::unique_ptr<Consumer>> Join(const std::string& group,
                                               const std::string& instance,
                                               const std::vector<std::string>& topics) override {
    return kafka::KafkaConsumer::Join(cluster_.get(), group, instance, topics);
  }
  base::Result<std::unique_ptr<Reader>> Open(const TopicPartition& partition,
                                             int64_t offset) override {
    return kafka::KafkaReader::Open(cluster_.get(), partition, offset);
  }
  base::Result<std::unique_ptr<Producer>> OpenProducer(
      const std::string& transactional_id) override {
    return kafka::ProducersInTurn::Open(cluster_.get(), transactional_id);
  }
  base::Result<std::unique_ptr<Appender>> OpenAppender() override {
    return std::unique_ptr<Appender>(
        std::make_unique<kafka::KafkaAppender>([this] { return HandleToAppend(); }));
  }

 private:
  base::Result<std::shared_ptr<kafka::AppendHandle>> HandleToAppend() {
    const std::lock_guard lock(mutex_);
    if (append_ == nullptr || append_->broken()) {
      auto opened = kafka::AppendHandle::Open(cluster_.get());
      if (!opened.ok()) return opened.error();
      append_ = std::move(opened).value();
    }
    return append_;
  }

  const std::unique_ptr<kafka::Cluster> cluster_;
  std::mutex mutex_;
  std::shared_ptr<kafka::AppendHandle> append_;  // guarded by mutex_
};

}  // namespace

base::Status CheckKafkaOptions(const KafkaOptions& options) {
  using kafka::Role;
  if (auto status = kafka::CheckOptions(options); !status.ok()) return status;
  for (const Role role :
       {Role::kControl, Role::kReader, Role::kMember, Role::kProducer, Role::kAppender}) {
    if (auto conf = kafka::MakeConf(options, role, {}); !conf.ok()) return conf.status();
  }
  return {};
}

base::Result<std::unique_ptr<Log>> OpenKafkaLog(const KafkaOptions& options) {
  if (auto status = CheckKafkaOptions(options); !status.ok()) return status.error();
  auto cluster = kafka::Cluster::Open(options);
  if (!cluster.ok()) return cluster.error();
  return std::unique_ptr<Log>(std::make_unique<KafkaLog>(std::move(cluster).value()));
}

}  // namespace caseclock::log
