#include "engine/log/kafka/cluster.h"

#include "engine/log/kafka/admin.h"

namespace caseclock::log::kafka {
namespace {

using base::Error;
using base::ErrorKind;
using base::Status;

struct MetadataDestroyer {
  void operator()(const rd_kafka_metadata_t* metadata) const {
    rd_kafka_metadata_destroy(metadata);
  }
};
using Metadata = std::unique_ptr<const rd_kafka_metadata_t, MetadataDestroyer>;

// Committed offsets are asked for in pieces, so that a missing right is told soon; less than the
// least would never see an answer.
constexpr int kCommittedMillis = 1000;
constexpr int kLeastCommittedMillis = 200;

// librdkafka has forgotten a partition whose brokers it has not reached for long.
bool IsForgotten(rd_kafka_resp_err_t code) {
  return code == RD_KAFKA_RESP_ERR__UNKNOWN_PARTITION || code == RD_KAFKA_RESP_ERR__UNKNOWN_TOPIC;
}

bool LacksLeader(rd_kafka_resp_err_t code) {
  return code == RD_KAFKA_RESP_ERR_NOT_LEADER_FOR_PARTITION ||
         code == RD_KAFKA_RESP_ERR_LEADER_NOT_AVAILABLE || IsForgotten(code);
}

// Whom the handle takes for the leader did not answer: it may be another one by now.
bool HeardNothing(rd_kafka_resp_err_t code) {
  return code == RD_KAFKA_RESP_ERR__TIMED_OUT || code == RD_KAFKA_RESP_ERR__TRANSPORT ||
         code == RD_KAFKA_RESP_ERR_REQUEST_TIMED_OUT;
}

// The first ask waits so long, each later one twice as long as the one before: soon enough for a
// leader that has gone, and long enough for one that is slow.
constexpr base::Duration kFirstAsk = base::Seconds(2);

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

// Once. `which`: RD_KAFKA_OFFSET_BEGINNING or _END. Not by rd_kafka_query_watermark_offsets, which
// (librdkafka 2.0.2) keeps no time-out once it knows the leader: with a broker that has gone it
// waits for its request to time out and to be tried again, for minutes.
rd_kafka_resp_err_t AskOffsets(const Client& client, const std::vector<TopicPartition>& partitions,
                               int64_t which, const Deadline& deadline,
                               std::vector<int64_t>* offsets) {
  const PartitionList list = NewPartitionList(partitions.size());
  for (const TopicPartition& partition : partitions) Add(list, partition, which);
  auto code = rd_kafka_offsets_for_times(client.get(), list.get(), std::max(deadline.ms(), 1));
  offsets->clear();
  for (int i = 0; i < list->cnt && code == RD_KAFKA_RESP_ERR_NO_ERROR; ++i) {
    code = list->elems[i].err;
    offsets->push_back(list->elems[i].offset);
  }
  return code;
}

}  // namespace

base::Result<std::unique_ptr<Cluster>> Cluster::Open(const KafkaOptions& options) {
  auto client = Client::Open(options, Role::kControl, {}, nullptr);
  if (!client.ok()) return client.error();
  auto committed = LeaderHandle::Open(options, {});
  if (!committed.ok()) return committed.error();
  auto uncommitted = LeaderHandle::Open(options, {{"isolation.level", "read_uncommitted"}});
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
  return std::unique_ptr<Cluster>(new Cluster(
      std::move(client).value(), std::move(committed).value(), std::move(uncommitted).value()));
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
  const auto ask = [&](LeaderHandle* handle, int64_t which) -> base::Result<int64_t> {
    std::vector<int64_t> offset;
    const Status asked = AskLeader(handle, partition, [&](const Client& client, Deadline wait) {
      return AskOffsets(client, {partition}, which, wait, &offset);
    });
    if (!asked.ok()) return asked.error();
    return offset.front();
  };
  const auto first = ask(committed_.get(), RD_KAFKA_OFFSET_BEGINNING);
  if (!first.ok()) return first.error();
  const auto end = ask(committed_.get(), RD_KAFKA_OFFSET_END);
  if (!end.ok()) return end.error();
  const auto written = ask(uncommitted_.get(), RD_KAFKA_OFFSET_END);
  if (!written.ok()) return written.error();
  PartitionBounds bounds;
  bounds.first = first.value();
  bounds.end = end.value();
  bounds.undecided = written.value() > bounds.end;
  return bounds;
}

Status Cluster::AskLeader(LeaderHandle* handle, const TopicPartition& partition,
                          const Question& ask) const {
  const Deadline deadline(options().request_timeout);
  for (base::Duration wait = kFirstAsk;; wait.us *= 2) {
    const std::shared_ptr<const Client> client = handle->client();
    const auto code = ask(*client, Deadline(std::min(wait, base::Millis(deadline.ms()))));
    if (code == RD_KAFKA_RESP_ERR_NO_ERROR) return {};
    if ((!LacksLeader(code) && !HeardNothing(code)) || deadline.passed()) {
      return Explained(*client, code, "Expected the bounds of " + NameOf(partition));
    }
    client->Pause();  // one that is being elected is there soon
    if (auto status = handle->Renew(client); !status.ok()) return status;
  }
}

base::Result<const Client*> Cluster::ClientOf(const std::string& group) {
  const std::lock_guard lock(mutex_);
  std::unique_ptr<Client>& client = groups_[group];
  if (client == nullptr) {
    auto opened = Client::Open(options(), Role::kControl, {{"group.id", group}}, nullptr);
    if (!opened.ok()) return opened.error();
    client = std::move(opened).value();
  }
  return client.get();
}

// By a handle that knows the group, though it never joins. ListConsumerGroupOffsets would do
// without one, but librdkafka (2.0.2, and 2.15) dereferences the group that its handle does not
// have when the coordinator has moved.
base::Result<std::optional<GroupOffset>> Cluster::Committed(const std::string& group,
                                                            const TopicPartition& partition) {
  if (auto status = CheckPartition(partition); !status.ok()) return status.error();
  auto client = ClientOf(group);
  if (!client.ok()) return client.error();
  rd_kafka_t* handle = client.value()->get();
  const std::string expected =
      "Expected the committed offset of group " + group + " in " + NameOf(partition);
  const Deadline deadline(options().stable_timeout);
  for (;;) {
    const PartitionList list = NewPartitionList(1);
    const auto* place = Add(list, partition, RD_KAFKA_OFFSET_INVALID);
    // An offset of a transaction under way is not yet, and the one before it not any more: waits.
    auto code = rd_kafka_committed(
        handle, list.get(), std::clamp(deadline.ms(), kLeastCommittedMillis, kCommittedMillis));
    if (code == RD_KAFKA_RESP_ERR_NO_ERROR) code = place->err;
    if (code == RD_KAFKA_RESP_ERR_NO_ERROR) return GroupOffsetOf(*place);
    // A right that is missing ends no wait for the coordinator; it is told as a reader is told.
    const Message told(rd_kafka_consumer_poll(handle, 0));
    if (told != nullptr && KindOf(told->err) == ErrorKind::kConfig) {
      return ErrorOf(told->err, expected, rd_kafka_message_errstr(told.get()));
    }
    Error error = client.value()->Explain(code, expected);
    if (error.kind != ErrorKind::kUnavailable || deadline.passed()) return error;
    client.value()->Pause();
  }
}

base::Result<std::vector<int64_t>> StableEnds(const Client& client,
                                              const std::vector<TopicPartition>& partitions,
                                              base::Duration wait) {
  std::vector<int64_t> ends;
  if (partitions.empty()) return ends;
  const Deadline deadline(wait);
  for (;;) {
    const auto code = AskOffsets(client, partitions, RD_KAFKA_OFFSET_END, deadline, &ends);
    if (code == RD_KAFKA_RESP_ERR_NO_ERROR) return ends;
    if (!LacksLeader(code) || deadline.passed()) {
      return Explained(client, code, "Expected the end of " + NameOf(partitions.front()));
    }
    client.Pause();  // a leader that moves is known again soon
  }
}

}  // namespace caseclock::log::kafka
