#include "engine/log/kafka/producer.h"

#include <algorithm>
#include <array>
#include <utility>

namespace caseclock::log::kafka {
namespace {

using base::Error;
using base::ErrorKind;
using base::Status;

constexpr int kServeEvery = 256;      // records between two looks at delivery reports
constexpr int kFullQueueMillis = 10;  // a wait for room in librdkafka's queue
constexpr int kLastAbortMillis = 5000;

const void* BytesOf(const std::optional<std::string_view>& view) {
  if (!view) return nullptr;
  return view->data() == nullptr ? "" : view->data();  // empty is not absent
}

// The list that `place` is in frees it.
void SetNote(rd_kafka_topic_partition_t* place, const std::string& note) {
  if (note.empty()) return;
  place->metadata = rd_kafka_mem_malloc(nullptr, note.size());
  place->metadata_size = note.size();
  note.copy(static_cast<char*>(place->metadata), note.size());
}

}  // namespace

rd_kafka_resp_err_t Enqueue(const Client& client, rd_kafka_topic_t* topic, int32_t partition,
                            const NewRecord& record, void* opaque) {
  std::array<rd_kafka_vu_t, 8> values;
  size_t count = 0;
  const auto add = [&](rd_kafka_vtype_t type) -> auto& {
    values[count].vtype = type;
    return values[count++].u;
  };
  add(RD_KAFKA_VTYPE_RKT).rkt = topic;
  add(RD_KAFKA_VTYPE_PARTITION).i32 = partition;
  add(RD_KAFKA_VTYPE_MSGFLAGS).i = RD_KAFKA_MSG_F_COPY;
  add(RD_KAFKA_VTYPE_OPAQUE).ptr = opaque;
  auto& key = add(RD_KAFKA_VTYPE_KEY).mem;
  key.ptr = const_cast<void*>(BytesOf(record.key));  // NOLINT: a C interface; it is copied
  key.size = record.key.value_or("").size();
  auto& value = add(RD_KAFKA_VTYPE_VALUE).mem;
  value.ptr = const_cast<void*>(BytesOf(record.value));  // NOLINT: as above
  value.size = record.value.value_or("").size();
  if (record.timestamp) add(RD_KAFKA_VTYPE_TIMESTAMP).i64 = record.timestamp->Millis();
  rd_kafka_headers_t* headers = nullptr;
  if (!record.headers.empty()) {
    headers = rd_kafka_headers_new(record.headers.size());
    for (const HeaderView& header : record.headers) {
      const std::optional<std::string_view> bytes = header.value;
      rd_kafka_header_add(headers, header.key.data(), static_cast<ssize_t>(header.key.size()),
                          BytesOf(bytes), static_cast<ssize_t>(header.value.size()));
    }
    add(RD_KAFKA_VTYPE_HEADERS).headers = headers;
  }
  const KafkaError failed(rd_kafka_produceva(client.get(), values.data(), count));
  if (failed == nullptr) return RD_KAFKA_RESP_ERR_NO_ERROR;
  if (headers != nullptr) rd_kafka_headers_destroy(headers);  // taken over only by a success
  return rd_kafka_error_code(failed.get());
}

Status CheckSize(const KafkaOptions& options, const std::string& topic, const NewRecord& record) {
  size_t bytes = record.key.value_or("").size() + record.value.value_or("").size();
  for (const HeaderView& header : record.headers) bytes += header.key.size() + header.value.size();
  if (bytes <= options.max_record_bytes) return {};
  return Error{ErrorKind::kInvalid, "Expected a record of at most " +
                                        std::to_string(options.max_record_bytes) + " bytes for " +
                                        topic + ", but got " + std::to_string(bytes)};
}

base::Result<std::unique_ptr<KafkaProducer>> KafkaProducer::Open(Cluster* cluster,
                                                                 const std::string& id) {
  if (id.empty()) {
    return Error{ErrorKind::kInvalid, "Expected a transactional id, but it is empty"};
  }
  std::unique_ptr<KafkaProducer> producer(new KafkaProducer(cluster, id));
  if (auto status = producer->Connect(); !status.ok()) return status.error();
  return producer;
}

Status KafkaProducer::Connect() {
  // In this order: topics belong to their client.
  std::vector<std::string> names;
  for (const auto& [name, topic] : topics_) names.push_back(name);
  topics_.clear();
  client_.reset();
  auto client =
      Client::Open(cluster_->options(), Role::kProducer, {{"transactional.id", id_}}, this);
  if (!client.ok()) return client.status();
  client_ = std::move(client).value();
  const KafkaError failed =
      Repeat([this](int wait) { return rd_kafka_init_transactions(client_->get(), wait); });
  if (failed != nullptr) {
    return client_->Explain(rd_kafka_error_code(failed.get()),
                            "Expected to open the producer " + id_);
  }
  stale_ = false;
  for (const std::string& name : names) {
    if (auto topic = TopicOf(name); !topic.ok()) return topic.status();
  }
  return {};
}

KafkaProducer::~KafkaProducer() {
  if (client_ == nullptr) return;
  if (open_ && !broken_) {
    // A shorter time than elsewhere is safe here, because the handle ends with it.
    const KafkaError ignored(rd_kafka_abort_transaction(client_->get(), kLastAbortMillis));
  }
  rd_kafka_purge(client_->get(), RD_KAFKA_PURGE_F_QUEUE | RD_KAFKA_PURGE_F_INFLIGHT);
  client_->Serve();
}

void KafkaProducer::Delivered(const rd_kafka_message_t* message) {
  if (message->err == RD_KAFKA_RESP_ERR_NO_ERROR || undelivered_) return;
  // Of a transaction that is given up anyway.
  if (message->err == RD_KAFKA_RESP_ERR__PURGE_QUEUE ||
      message->err == RD_KAFKA_RESP_ERR__PURGE_INFLIGHT) {
    return;
  }
  undelivered_ = ErrorOf(message->err, std::string("Expected a record to be written to ") +
                                           rd_kafka_topic_name(message->rkt));
}

base::Result<KafkaProducer::Topic*> KafkaProducer::TopicOf(const std::string& name) {
  if (const auto known = topics_.find(name); known != topics_.end()) return &known->second;
  const auto partitions = cluster_->Partitions(name);
  if (!partitions.ok()) return partitions.error();
  Topic topic;
  topic.partitions = partitions.value();
  auto handle = client_->OpenTopic(name);
  if (!handle.ok()) return handle.error();
  topic.handle = std::move(handle).value();
  return &topics_.emplace(name, std::move(topic)).first->second;
}

Status KafkaProducer::CheckOpen() const {
  if (broken_) return *broken_;
  if (!open_) {
    return Error{ErrorKind::kInvalid, "Expected an open transaction, but there is none"};
  }
  return {};
}

Status KafkaProducer::CheckDelivered() const {
  return undelivered_ ? Status(*undelivered_) : Status();
}

std::optional<Error> KafkaProducer::Denied() const {
  const std::string said = client_->denial();
  if (said.empty()) return std::nullopt;
  return ErrorOf(RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED,
                 "Expected the right to write to the topics of a transaction of " + id_, said);
}

bool KafkaProducer::OpensAgain() const {
  return stale_ && cluster_->options().new_epoch_after_doubt;
}

Status KafkaProducer::Begin() {
  if (broken_) return *broken_;
  if (open_) {
    return Error{ErrorKind::kInvalid, "Expected no open transaction, but there is one"};
  }
  if (OpensAgain()) {
    if (auto status = Connect(); !status.ok()) return status;
  }
  undelivered_.reset();
  client_->ForgetDenial();
  const KafkaError failed(rd_kafka_begin_transaction(client_->get()));
  if (failed != nullptr) return Judge(failed, "Expected to begin a transaction of " + id_);
  open_ = true;
  begun_at_ = std::chrono::steady_clock::now();
  return {};
}

Status KafkaProducer::Produce(const std::string& topic, int32_t partition,
                              const NewRecord& record) {
  if (auto status = CheckOpen(); !status.ok()) return status;
  auto found = TopicOf(topic);
  if (!found.ok()) return found.status();
  if (partition < 0 || partition >= found.value()->partitions) {
    return Error{ErrorKind::kInvalid, "Expected a partition of " + topic + " below " +
                                          std::to_string(found.value()->partitions) + ", but got " +
                                          std::to_string(partition)};
  }
  if (auto status = CheckSize(cluster_->options(), topic, record); !status.ok()) return status;
  const Deadline deadline(cluster_->options().transaction_timeout);
  for (;;) {
    if (++since_served_ % kServeEvery == 0) client_->Serve();
    if (auto status = CheckDelivered(); !status.ok()) return status;
    const auto code = Enqueue(*client_, found.value()->handle.get(), partition, record, nullptr);
    if (code == RD_KAFKA_RESP_ERR_NO_ERROR) return {};
    if (code != RD_KAFKA_RESP_ERR__QUEUE_FULL || deadline.passed()) {
      if (const auto denied = Denied()) return *denied;
      const std::string expected = "Expected to write to " + topic;
      std::array<char, 512> text{};
      const auto fatal = rd_kafka_fatal_error(client_->get(), text.data(), text.size());
      if (fatal == RD_KAFKA_RESP_ERR_NO_ERROR) return ErrorOf(code, expected);
      return Judge(KafkaError(rd_kafka_error_new(fatal, "%s", text.data())), expected);
    }
    rd_kafka_poll(client_->get(), kFullQueueMillis);
  }
}

Status KafkaProducer::SendOffsets(const GroupToken& token,
                                  const std::map<TopicPartition, GroupOffset>& offsets) {
  if (auto status = CheckOpen(); !status.ok()) return status;
  const std::string expected = "Expected offsets from a present member of group " + token.group;
  // Without a member nobody would check who sends.
  if (token.member.empty() || token.opaque.empty()) {
    return Error{ErrorKind::kUnavailable,
                 expected + ", but it holds no partitions: abort and poll"};
  }
  rd_kafka_consumer_group_metadata_t* raw = nullptr;
  KafkaError failed(
      rd_kafka_consumer_group_metadata_read(&raw, token.opaque.data(), token.opaque.size()));
  if (failed != nullptr) {
    return Error{ErrorKind::kInvalid, expected + ", but its token does not read"};
  }
  const GroupMetadata metadata(raw);
  const PartitionList list = NewPartitionList(offsets.size());
  for (const auto& [partition, offset] : offsets) {
    if (offset.offset < 0) {  // librdkafka would leave it out in silence
      return Error{ErrorKind::kInvalid, "Expected an offset of " + NameOf(partition) +
                                            ", but got " + std::to_string(offset.offset)};
    }
    SetNote(Add(list, partition, offset.offset), offset.note);
  }
  failed = Repeat([&](int wait) {
    return rd_kafka_send_offsets_to_transaction(client_->get(), list.get(), metadata.get(), wait);
  });
  client_->Serve();
  if (failed != nullptr) return Judge(failed, expected);
  return CheckDelivered();
}

}  // namespace caseclock::log::kafka
