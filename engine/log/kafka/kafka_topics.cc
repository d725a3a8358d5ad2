#include "engine/log/kafka/kafka_topics.h"

#include <utility>

#include "engine/log/kafka/cluster.h"
#include "engine/log/kafka/settings.h"

namespace caseclock::log {
namespace {

class Topics : public KafkaTopics {
 public:
  explicit Topics(std::unique_ptr<kafka::Cluster> cluster) : cluster_(std::move(cluster)) {}

  base::Result<int32_t> Partitions(const std::string& topic) override {
    return cluster_->Partitions(topic);
  }
  base::Result<KafkaTopic> Describe(const std::string& topic) override {
    KafkaTopic found;
    auto partitions = cluster_->Partitions(topic);
    if (!partitions.ok()) return partitions.error();
    found.partitions = partitions.value();
    auto replicas = cluster_->Replicas(topic);
    if (!replicas.ok()) return replicas.error();
    found.replicas = replicas.value();
    auto settings = cluster_->Settings(topic, false);
    if (!settings.ok()) return settings.error();
    found.settings = std::move(settings).value();
    return found;
  }
  base::Status Create(const std::string& topic, int32_t partitions, std::optional<int16_t> replicas,
                      const std::map<std::string, std::string>& settings) override {
    return cluster_->CreateTopic(topic, partitions, replicas, settings);
  }
  base::Result<std::map<std::string, std::string>> BrokerSettings() override {
    return cluster_->BrokerSettings();
  }

 private:
  const std::unique_ptr<kafka::Cluster> cluster_;
};

}  // namespace

base::Result<std::unique_ptr<KafkaTopics>> KafkaTopics::Open(const KafkaOptions& options) {
  if (auto status = kafka::CheckOptions(options); !status.ok()) return status.error();
  auto cluster = kafka::Cluster::Open(options);
  if (!cluster.ok()) return cluster.error();
  return std::unique_ptr<KafkaTopics>(std::make_unique<Topics>(std::move(cluster).value()));
}

}  // namespace caseclock::log
