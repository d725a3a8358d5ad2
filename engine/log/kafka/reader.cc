#include "engine/log/kafka/reader.h"

#include <algorithm>
#include <utility>
#include <vector>

namespace caseclock::log::kafka {
namespace {

// After so long the broker is asked whether it is there.
constexpr base::Duration kSilence = base::Seconds(2);
// A quarter of what is fetched ahead (settings.cc).
constexpr size_t kBytesBetweenLooks = size_t{16} << 20;
constexpr size_t kRecordsBetweenLooks = 37'500;

}  // namespace

using base::Error;
using base::ErrorKind;
using base::Status;

base::Result<std::unique_ptr<Reader>> KafkaReader::Open(Cluster* cluster,
                                                        const TopicPartition& partition,
                                                        int64_t offset) {
  if (auto status = cluster->CheckPartition(partition); !status.ok()) return status.error();
  std::unique_ptr<KafkaReader> reader(new KafkaReader(cluster, partition));
  auto client = Client::Open(cluster->options(), Role::kReader, {}, nullptr);
  if (!client.ok()) return client.error();
  reader->client_ = std::move(client).value();
  if (auto status = reader->Start(offset); !status.ok()) return status.error();
  return std::unique_ptr<Reader>(std::move(reader));
}

Status KafkaReader::Start(int64_t offset) {
  auto bounds = cluster_->Bounds(*origin_);
  if (!bounds.ok()) return bounds.status();
  reached_ = std::max(offset, bounds.value().first);
  end_ = bounds.value().end;
  const std::string expected = "Expected to read " + NameOf(*origin_);
  topic_.reset(rd_kafka_topic_new(client_->get(), origin_->topic.c_str(), nullptr));
  if (topic_ == nullptr) return ErrorOf(rd_kafka_last_error(), expected);
  if (rd_kafka_consume_start(topic_.get(), origin_->partition, reached_) != 0) {
    return ErrorOf(rd_kafka_last_error(), expected);
  }
  started_ = true;
  return {};
}

KafkaReader::~KafkaReader() {
  buffer_.clear();
  if (started_) rd_kafka_consume_stop(topic_.get(), origin_->partition);
}

Status KafkaReader::Take(Message message) {
  if (message->err == RD_KAFKA_RESP_ERR__PARTITION_EOF) {
    reached_ = std::max(reached_, message->offset);
    return {};
  }
  if (message->err == RD_KAFKA_RESP_ERR_OFFSET_OUT_OF_RANGE ||
      message->err == RD_KAFKA_RESP_ERR__AUTO_OFFSET_RESET) {
    return MoveUp();
  }
  if (message->err != RD_KAFKA_RESP_ERR_NO_ERROR) {
    return ErrorOf(message->err, "Expected to read " + NameOf(*origin_),
                   rd_kafka_message_errstr(message.get()));
  }
  if (message->offset < reached_) return {};  // of before a move
  reached_ = message->offset + 1;
  ++records_since_look_;
  bytes_since_look_ += message->len + message->key_len;
  buffer_.push_back(std::move(message));
  return {};
}

Status KafkaReader::MoveUp() {
  auto bounds = cluster_->Bounds(*origin_);
  if (!bounds.ok()) return bounds.status();
  if (reached_ >= bounds.value().first) {
    return Error{ErrorKind::kCorrupt, "Expected " + NameOf(*origin_) + " to reach offset " +
                                          std::to_string(reached_) + ", but it ends at " +
                                          std::to_string(bounds.value().end) +
                                          ": it was truncated, or is another topic"};
  }
  reached_ = bounds.value().first;
  const auto code = rd_kafka_seek(topic_.get(), origin_->partition, reached_,
                                  MillisOf(cluster_->options().request_timeout));
  if (code == RD_KAFKA_RESP_ERR_NO_ERROR) return {};
  return ErrorOf(code, "Expected to read " + NameOf(*origin_) + " from its beginning");
}

Status KafkaReader::Fetch(int wait_ms, size_t max_records) {
  std::vector<rd_kafka_message_t*> taken(std::max<size_t>(max_records, 1));
  // A batch is waited for until it is full, so the wait is for one record, then all that is there.
  size_t count = 0;
  for (const bool waiting : {true, false}) {
    const size_t most = waiting ? 1 : taken.size() - count;
    if (most == 0) break;
    const ssize_t got = rd_kafka_consume_batch(topic_.get(), origin_->partition,
                                               waiting ? wait_ms : 0, taken.data() + count, most);
    if (got < 0) return ErrorOf(rd_kafka_last_error(), "Expected to read " + NameOf(*origin_));
    count += static_cast<size_t>(got);
    if (got == 0) break;
  }
  Status failed;
  for (size_t i = 0; i < count; ++i) {
    Status status = Take(Message(taken[i]));
    if (failed.ok()) failed = std::move(status);
  }
  return failed;
}

// A thread of librdkafka that has fetched enough ahead looks whether that is still so when it is
// given something to do, or else after a second, however soon it is taken (before 2.2 no setting
// changes that). A question to the same broker is such a thing, and costs a millisecond.
Status KafkaReader::KeepFetching() {
  if (records_since_look_ < kRecordsBetweenLooks && bytes_since_look_ < kBytesBetweenLooks) {
    return {};
  }
  return AskForEnd();
}

Status KafkaReader::AskForEnd() {
  records_since_look_ = bytes_since_look_ = 0;
  auto ends = StableEnds(*client_, {*origin_}, cluster_->options().request_timeout);
  if (!ends.ok()) return ends.status();
  end_ = ends.value().front();
  return {};
}

Status KafkaReader::LookForEnd() {
  at_end_ = false;
  if (!buffer_.empty()) {
    silence_.reset();
    return {};
  }
  if (!silence_) silence_.emplace(kSilence);
  const bool silent_for_long = silence_->passed();
  // Transaction markers count as taken, though they are never seen.
  const PartitionList list = NewPartitionList(1);
  auto* place = Add(list, *origin_, RD_KAFKA_OFFSET_INVALID);
  rd_kafka_position(client_->get(), list.get());
  reached_ = std::max(reached_, place->offset);
  // On the way there nothing may come for a moment; for longer, the broker may be away.
  if (reached_ < end_ && !silent_for_long) return {};
  // There, as far as was known: is there more by now?
  if (auto status = AskForEnd(); !status.ok()) return status;
  silence_.reset();
  at_end_ = reached_ >= end_;
  return {};
}

base::Result<std::shared_ptr<const RecordBatch>> KafkaReader::Read(base::Duration max_wait,
                                                                   size_t max_records) {
  const Deadline deadline(max_wait);
  max_records = std::max<size_t>(max_records, 1);
  client_->Serve();
  if (auto status = KeepFetching(); !status.ok()) return status.error();
  for (;;) {
    if (buffer_.empty()) {
      if (auto status = Fetch(deadline.ms(), max_records); !status.ok()) return status.error();
    }
    if (!buffer_.empty() || deadline.passed()) break;
  }
  std::shared_ptr<const RecordBatch> batch;
  if (!buffer_.empty()) {
    batch = std::make_shared<KafkaBatch>(client_, origin_, &buffer_,
                                         std::min(buffer_.size(), max_records));
  }
  if (auto status = LookForEnd(); !status.ok()) return status.error();
  return batch;
}

}  // namespace caseclock::log::kafka
