#include "engine/log/kafka/cluster.h"

#include "engine/log/kafka/admin.h"

namespace caseclock::log::kafka {
namespace {

using base::Error;
using base::ErrorKind;

struct MetadataDestroyer {
  void operator()(const rd_kafka_metadata_t* metadata) const {
    rd_kafka_metadata_destroy(metadata);
  }
};
using Metadata = std::unique_ptr<const rd_kafka_metadata_t, MetadataDestroyer>;

using GroupQuestion = std::unique_ptr<rd_kafka_ListConsumerGroupOffsets_t,
                                      Destroyer<rd_kafka_ListConsumerGroupOffsets_destroy>>;

// librdkafka has forgotten a partition whose brokers it has not reached for long.
bool IsForgotten(rd_kafka_resp_err_t code) {
  return code == RD_KAFKA_RESP_ERR__UNKNOWN_PARTITION || code == RD_KAFKA_RESP_ERR__UNKNOWN_TOPIC;
}

bool LacksLeader(rd_kafka_resp_err_t code) {
  return code == RD_KAFKA_RESP_ERR_NOT_LEADER_FOR_PARTITION ||
         code == RD_KAFKA_RESP_ERR_LEADER_NOT_AVAILABLE || IsForgotten(code);
}

std::optional<GroupOffset> GroupOffsetOf(const rd_kafka_topic_partition_t& place) {
  if (place.offset < 0) return std::nullopt;
  if (place.metadata == nullptr) return GroupOffset(place.offset);
  return GroupOffset(place.offset, {static_cast<const char*>(place.metadata), place.metadata_size});
}

// Of a partition that is known to be there.
Error Explained(const Client& client, rd_kafka_resp_err_t code, const std::string& expected) {
  Error error = client.Explain(code, expected);
  if (IsForgotten(code)) error.kind = ErrorKind::kUnavailable;
  return error;
}

}  // namespace

base::Result<std::unique_ptr<Cluster>> Cluster::Open(const KafkaOptions& options) {
  auto client = Client::Open(options, Role::kControl, {}, nullptr);
  if (!client.ok()) return client.error();
  auto uncommitted =
      Client::Open(options, Role::kControl, {{"isolation.level", "read_uncommitted"}}, nullptr);
  if (!uncommitted.ok()) return uncommitted.error();
  const Client& asked = *client.value();
  const Deadline deadline(options.request_timeout);
  for (;;) {
    // In pieces, so that a refused password is told at once.
    const rd_kafka_metadata_t* raw = nullptr;
    const int wait = std::min(deadline.ms(), 500);
    const auto code = rd_kafka_metadata(asked.get(), 0, nullptr, &raw, wait);
    const Metadata metadata(raw);
    if (code == RD_KAFKA_RESP_ERR_NO_ERROR) break;
    Error error = asked.Explain(code, "Expected a Kafka broker at " + options.brokers);
    if (error.kind != ErrorKind::kUnavailable || deadline.passed()) return error;
  }
  return std::unique_ptr<Cluster>(
      new Cluster(std::move(client).value(), std::move(uncommitted).value()));
}

base::Result<int32_t> Cluster::AskPartitions(const std::string& topic) {
  const std::string expected = "Expected topic " + topic + " to be there";
  const TopicHandle handle(rd_kafka_topic_new(client_->get(), topic.c_str(), nullptr));
  if (handle == nullptr) return ErrorOf(rd_kafka_last_error(), expected);
  const Deadline deadline(options().request_timeout);
  for (;;) {
    const rd_kafka_metadata_t* raw = nullptr;
    const auto code = rd_kafka_metadata(client_->get(), 0, handle.get(), &raw, deadline.ms());
    const Metadata metadata(raw);
    if (code != RD_KAFKA_RESP_ERR_NO_ERROR) return client_->Explain(code, expected);
    if (metadata->topic_cnt != 1) return ErrorOf(RD_KAFKA_RESP_ERR__UNKNOWN_TOPIC, expected);
    const rd_kafka_metadata_topic& found = metadata->topics[0];
    // A partition without a leader fails below, when it is read or written.
    if (found.err == RD_KAFKA_RESP_ERR_NO_ERROR && found.partition_cnt > 0) {
      return found.partition_cnt;
    }
    const bool not_yet = found.err == RD_KAFKA_RESP_ERR_NO_ERROR ||
                         found.err == RD_KAFKA_RESP_ERR_LEADER_NOT_AVAILABLE;
    if (!not_yet || deadline.passed()) {
      return ErrorOf(not_yet ? RD_KAFKA_RESP_ERR_LEADER_NOT_AVAILABLE : found.err, expected);
    }
    client_->Pause();
  }
}

base::Result<int32_t> Cluster::Replicas(const std::string& topic) {
  const std::string expected = "Expected topic " + topic + " to be there";
  const TopicHandle handle(rd_kafka_topic_new(client_->get(), topic.c_str(), nullptr));
  if (handle == nullptr) return ErrorOf(rd_kafka_last_error(), expected);
  const rd_kafka_metadata_t* raw = nullptr;
  const auto code =
      rd_kafka_metadata(client_->get(), 0, handle.get(), &raw, MillisOf(options().request_timeout));
  const Metadata metadata(raw);
  if (code != RD_KAFKA_RESP_ERR_NO_ERROR) return client_->Explain(code, expected);
  if (metadata->topic_cnt != 1) return ErrorOf(RD_KAFKA_RESP_ERR__UNKNOWN_TOPIC, expected);
  const rd_kafka_metadata_topic& found = metadata->topics[0];
  if (found.err != RD_KAFKA_RESP_ERR_NO_ERROR) return ErrorOf(found.err, expected);
  int32_t fewest = found.partition_cnt > 0 ? found.partitions[0].replica_cnt : 0;
  for (int p = 1; p < found.partition_cnt; ++p) {
    fewest = std::min(fewest, found.partitions[p].replica_cnt);
  }
  return fewest;
}

base::Result<int32_t> Cluster::Partitions(const std::string& topic) {
  {
    const std::lock_guard lock(mutex_);
    if (const auto known = partitions_.find(topic); known != partitions_.end()) {
      return known->second;
    }
  }
  auto asked = AskPartitions(topic);
  if (!asked.ok()) return asked;
  const std::lock_guard lock(mutex_);
  partitions_[topic] = asked.value();
  return asked;
}

base::Status Cluster::CheckPartition(const TopicPartition& partition) {
  const auto count = Partitions(partition.topic);
  if (!count.ok()) return count.error();
  if (partition.partition >= 0 && partition.partition < count.value()) return {};
  return Error{ErrorKind::kInvalid, "Expected a partition of " + partition.topic + " below " +
                                        std::to_string(count.value()) + ", but got " +
                                        std::to_string(partition.partition)};
}

base::Result<PartitionBounds> Cluster::Bounds(const TopicPartition& partition) {
  if (auto status = CheckPartition(partition); !status.ok()) return status.error();
  PartitionBounds bounds;
  const Deadline deadline(options().request_timeout);
  auto code = RD_KAFKA_RESP_ERR_NO_ERROR;
  for (;;) {
    code = rd_kafka_query_watermark_offsets(client_->get(), partition.topic.c_str(),
                                            partition.partition, &bounds.first, &bounds.end,
                                            std::max(deadline.ms(), 1));
    if (!LacksLeader(code) || deadline.passed()) break;
    client_->Pause();
  }
  if (code != RD_KAFKA_RESP_ERR_NO_ERROR) {
    return Explained(*client_, code, "Expected the bounds of " + NameOf(partition));
  }
  auto written = StableEnds(*uncommitted_, {partition}, options().request_timeout);
  if (!written.ok()) return written.error();
  bounds.undecided = written.value().front() > bounds.end;
  return bounds;
}

base::Result<std::optional<GroupOffset>> Cluster::Committed(const std::string& group,
                                                            const TopicPartition& partition) {
  if (auto status = CheckPartition(partition); !status.ok()) return status.error();
  const std::string expected =
      "Expected the committed offset of group " + group + " in " + NameOf(partition);
  const Deadline deadline(options().stable_timeout);
  for (;;) {
    const PartitionList list = NewPartitionList(1);
    Add(list, partition, RD_KAFKA_OFFSET_INVALID);
    auto answer = Ask(
        *client_, RD_KAFKA_ADMIN_OP_LISTCONSUMERGROUPOFFSETS, expected,
        [&](rd_kafka_AdminOptions_t* admin, rd_kafka_queue_t* answers) {
          // An offset of a transaction under way is not yet, and the one before it not any more.
          const KafkaError ignored(rd_kafka_AdminOptions_set_require_stable_offsets(admin, 1));
          GroupQuestion question(rd_kafka_ListConsumerGroupOffsets_new(group.c_str(), list.get()));
          rd_kafka_ListConsumerGroupOffsets_t* questions[] = {question.get()};
          rd_kafka_ListConsumerGroupOffsets(client_->get(), questions, 1, admin, answers);
        });
    if (!answer.ok()) return answer.error();
    const auto* result = rd_kafka_event_ListConsumerGroupOffsets_result(answer.value().get());
    size_t groups = 0;
    const auto** found = rd_kafka_ListConsumerGroupOffsets_result_groups(result, &groups);
    if (groups != 1) return ErrorOf(RD_KAFKA_RESP_ERR__BAD_MSG, expected);
    auto code = RD_KAFKA_RESP_ERR_NO_ERROR;
    if (const auto* failed = rd_kafka_group_result_error(found[0]); failed != nullptr) {
      code = rd_kafka_error_code(failed);
    } else {
      const auto* offsets = rd_kafka_group_result_partitions(found[0]);
      if (offsets == nullptr || offsets->cnt != 1) {
        return ErrorOf(RD_KAFKA_RESP_ERR__BAD_MSG, expected);
      }
      code = offsets->elems[0].err;
      if (code == RD_KAFKA_RESP_ERR_NO_ERROR) {
        return GroupOffsetOf(offsets->elems[0]);
      }
    }
    if (code != RD_KAFKA_RESP_ERR_UNSTABLE_OFFSET_COMMIT) return ErrorOf(code, expected);
    if (deadline.passed()) {
      return ErrorOf(code, expected, "a transaction with offsets of it is still undecided");
    }
    client_->Pause();
  }
}

base::Result<std::vector<int64_t>> StableEnds(const Client& client,
                                              const std::vector<TopicPartition>& partitions,
                                              base::Duration wait) {
  std::vector<int64_t> ends;
  if (partitions.empty()) return ends;
  const Deadline deadline(wait);
  for (;;) {
    const PartitionList list = NewPartitionList(partitions.size());
    for (const TopicPartition& partition : partitions) Add(list, partition, RD_KAFKA_OFFSET_END);
    auto code = rd_kafka_offsets_for_times(client.get(), list.get(), std::max(deadline.ms(), 1));
    ends.clear();
    for (int i = 0; i < list->cnt && code == RD_KAFKA_RESP_ERR_NO_ERROR; ++i) {
      code = list->elems[i].err;
      ends.push_back(list->elems[i].offset);
    }
    if (code == RD_KAFKA_RESP_ERR_NO_ERROR) return ends;
    if (!LacksLeader(code) || deadline.passed()) {
      return Explained(client, code, "Expected the end of " + NameOf(partitions.front()));
    }
    client.Pause();  // a leader that moves is known again soon
  }
}

}  // namespace caseclock::log::kafka
