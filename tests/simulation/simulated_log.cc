#include "tests/simulation/simulated_log.h"

#include <algorithm>

#include "tests/simulation/simulated_consumer.h"
#include "tests/simulation/simulated_producer.h"

namespace caseclock::simulation {
namespace {

using base::Error;
using base::ErrorKind;
using base::Status;

constexpr size_t kNameMax = 249;

bool IsTopicName(const std::string& name) {
  return !name.empty() && name.size() <= kNameMax &&
         std::all_of(name.begin(), name.end(), [](char c) {
           return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                  c == '.' || c == '_' || c == '-';
         });
}

class SimulatedReader : public log::Reader {
 public:
  SimulatedReader(Broker* broker, std::shared_ptr<const Wire> wire, BrokerPartition* partition,
                  int64_t offset)
      : broker_(broker), wire_(std::move(wire)), partition_(partition), next_(offset) {}

  base::Result<std::shared_ptr<const log::RecordBatch>> Read(base::Duration max_wait,
                                                             size_t max_records) override {
    Request request(broker_, *wire_);
    if (!request.status.ok()) return request.status.error();
    BrokerPartition::Slice slice;
    broker_->Wait(&request.lock, max_wait, [&] {
      slice = partition_->Read(next_, max_records);
      next_ = slice.next;
      return slice.batch != nullptr;
    });
    at_end_ = next_ >= partition_->stable();
    return slice.batch;
  }
  [[nodiscard]] bool at_end() const override { return at_end_; }

 private:
  Broker* const broker_;
  const std::shared_ptr<const Wire> wire_;
  BrokerPartition* const partition_;
  int64_t next_;
  bool at_end_ = false;
};

class SimulatedAppender : public log::Appender {
 public:
  SimulatedAppender(Broker* broker, std::shared_ptr<const Wire> wire)
      : broker_(broker), wire_(std::move(wire)) {}

  base::Result<std::vector<log::Appended>> Append(
      const std::string& name, std::span<const log::NewRecord> records) override {
    const Request request(broker_, *wire_);
    if (!request.status.ok()) return request.status.error();
    auto topic = broker_->Find(name);
    if (!topic.ok()) return topic.error();
    for (const log::NewRecord& record : records) {
      if (auto status = broker_->Check(*topic.value(), record); !status.ok()) return status.error();
    }
    auto& partitions = topic.value()->partitions;
    std::vector<log::Appended> appended;
    for (const log::NewRecord& record : records) {
      const int32_t p =
          record.key ? log::PartitionOf(*record.key, static_cast<int32_t>(partitions.size())) : 0;
      const int64_t offset = partitions[static_cast<size_t>(p)]->Append(
          Stored::Copy(record, broker_->now()), kNoProducer);
      appended.push_back({p, offset});
    }
    broker_->Tell();
    return appended;
  }

 private:
  Broker* const broker_;
  const std::shared_ptr<const Wire> wire_;
};

}  // namespace

void SimulatedLog::Cut() {
  const std::lock_guard lock(broker_->mutex);
  if (wire_->cut) return;
  wire_->cut = true;
  if (!wire_->quiet) wire_->quiet = broker_->now();
}

void SimulatedLog::Freeze(bool frozen) {
  const std::lock_guard lock(broker_->mutex);
  if (wire_->cut) return;
  wire_->quiet.reset();
  if (frozen) wire_->quiet = broker_->now();
}

Status SimulatedLog::EnsureTopic(const std::string& name, const log::TopicConfig& config) {
  const Request request(broker_, *wire_);
  if (!request.status.ok()) return request.status;
  if (!IsTopicName(name) || config.partitions < 1) {
    return Error{ErrorKind::kInvalid,
                 "Expected a topic name and at least one partition, but got '" + name + "' with " +
                     std::to_string(config.partitions)};
  }
  BrokerTopic& topic = broker_->topics[name];
  if (topic.partitions.empty()) {
    topic.name = name;
    for (int32_t p = 0; p < config.partitions; ++p) {
      topic.partitions.push_back(std::make_unique<BrokerPartition>(log::TopicPartition{name, p}));
    }
  } else if (topic.config.partitions != config.partitions) {
    return Error{ErrorKind::kConfig,
                 "Expected " + name + " to have " + std::to_string(config.partitions) +
                     " partitions, but it has " + std::to_string(topic.config.partitions)};
  }
  topic.config = config;
  return {};
}

base::Result<log::TopicConfig> SimulatedLog::Describe(const std::string& name) {
  const Request request(broker_, *wire_);
  if (!request.status.ok()) return request.status.error();
  auto topic = broker_->Find(name);
  if (!topic.ok()) return topic.error();
  return topic.value()->config;
}

base::Result<log::PartitionBounds> SimulatedLog::Bounds(const log::TopicPartition& name) {
  const Request request(broker_, *wire_);
  if (!request.status.ok()) return request.status.error();
  auto partition = broker_->Find(name);
  if (!partition.ok()) return partition.error();
  const int64_t stable = partition.value()->stable();
  return log::PartitionBounds{0, stable, stable < partition.value()->end()};
}

base::Result<std::optional<log::GroupOffset>> SimulatedLog::Committed(
    const std::string& group_name, const log::TopicPartition& name) {
  Request request(broker_, *wire_);
  if (!request.status.ok()) return request.status.error();
  if (auto partition = broker_->Find(name); !partition.ok()) return partition.error();
  const auto found = broker_->groups.find(group_name);
  if (found == broker_->groups.end()) return std::optional<log::GroupOffset>();
  const BrokerGroup& group = found->second;
  const base::Duration wait = broker_->options.threads ? base::Duration{} : base::Seconds(1);
  for (base::Duration waited; group.pending.contains(name); waited = waited + wait) {
    if (wait.us == 0 || waited >= broker_->options.request_timeout) {
      return Error{ErrorKind::kUnavailable,
                   "Expected the offset of group " + group_name +
                       " to be decided, but a transaction that holds a newer one is open"};
    }
    broker_->Wait(&request.lock, wait, [&] { return !group.pending.contains(name); });
  }
  const auto offset = group.offsets.find(name);
  if (offset == group.offsets.end()) return std::optional<log::GroupOffset>();
  return std::optional<log::GroupOffset>(offset->second);
}

base::Result<std::vector<log::StaticMember>> SimulatedLog::StaticMembers(const std::string& group) {
  const Request request(broker_, *wire_);
  if (!request.status.ok()) return request.status.error();
  const auto found = broker_->groups.find(group);
  return found == broker_->groups.end() ? std::vector<log::StaticMember>()
                                        : found->second.StaticMembers();
}

base::Result<std::unique_ptr<log::Consumer>> SimulatedLog::Join(
    const std::string& group, const std::string& instance, const std::vector<std::string>& topics) {
  return SimulatedConsumer::Join(broker_, wire_, group, instance, topics);
}

base::Result<std::unique_ptr<log::Reader>> SimulatedLog::Open(const log::TopicPartition& name,
                                                              int64_t offset) {
  const Request request(broker_, *wire_);
  if (!request.status.ok()) return request.status.error();
  auto partition = broker_->Find(name);
  if (!partition.ok()) return partition.error();
  return std::unique_ptr<log::Reader>(
      std::make_unique<SimulatedReader>(broker_, wire_, partition.value(), offset));
}

base::Result<std::unique_ptr<log::Producer>> SimulatedLog::OpenProducer(const std::string& id) {
  return SimulatedProducer::Open(broker_, wire_, id);
}

base::Result<std::unique_ptr<log::Appender>> SimulatedLog::OpenAppender() {
  const Request request(broker_, *wire_);
  if (!request.status.ok()) return request.status.error();
  return std::unique_ptr<log::Appender>(std::make_unique<SimulatedAppender>(broker_, wire_));
}

}  // namespace caseclock::simulation
