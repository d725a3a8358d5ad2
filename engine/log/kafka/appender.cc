#include "engine/log/kafka/appender.h"

#include <utility>

#include "engine/log/kafka/producer.h"

namespace caseclock::log::kafka {
namespace {

constexpr int kServeMillis = 50;  // the longest wait at the end for the thread

}  // namespace

base::Result<std::shared_ptr<AppendHandle>> AppendHandle::Open(Cluster* cluster) {
  std::shared_ptr<AppendHandle> handle(new AppendHandle(cluster));
  auto client = Client::Open(cluster->options(), Role::kAppender, {}, handle.get());
  if (!client.ok()) return client.error();
  handle->client_ = std::move(client).value();
  handle->server_ = std::thread([raw = handle.get()] {
    while (!raw->stopping_) rd_kafka_poll(raw->client_->get(), kServeMillis);
  });
  return handle;
}

AppendHandle::~AppendHandle() {
  stopping_ = true;
  if (server_.joinable()) server_.join();
}

bool AppendHandle::broken() const {
  return rd_kafka_fatal_error(client_->get(), nullptr, 0) != RD_KAFKA_RESP_ERR_NO_ERROR;
}

void AppendHandle::Delivered(const rd_kafka_message_t* message) {
  auto* place = static_cast<Call::Place*>(message->_private);
  const std::lock_guard lock(mutex_);
  place->result = {message->partition, message->offset};
  if (message->err != RD_KAFKA_RESP_ERR_NO_ERROR) place->call->failed = message->err;
  if (--place->call->left == 0) delivered_.notify_all();
}

base::Result<rd_kafka_topic_t*> AppendHandle::TopicOf(const std::string& name) {
  {
    const std::lock_guard lock(mutex_);
    if (const auto known = topics_.find(name); known != topics_.end()) return known->second.get();
  }
  auto topic = client_->OpenTopic(name);
  if (!topic.ok()) return topic.error();
  const std::lock_guard lock(mutex_);
  return topics_.emplace(name, std::move(topic).value()).first->second.get();
}

void AppendHandle::Await(Call* call) {
  std::unique_lock lock(mutex_);
  // Ends: librdkafka gives each record up after its time (message.timeout.ms).
  delivered_.wait(lock, [call] { return call->left == 0; });
}

base::Result<std::vector<Appended>> AppendHandle::Append(const std::string& topic,
                                                         std::span<const NewRecord> records) {
  const auto partitions = cluster_->Partitions(topic);
  if (!partitions.ok()) return partitions.error();
  for (const NewRecord& record : records) {
    if (auto status = CheckSize(cluster_->options(), topic, record); !status.ok()) {
      return status.error();
    }
  }
  if (records.empty()) return std::vector<Appended>();
  auto handle = TopicOf(topic);
  if (!handle.ok()) return handle.error();

  const std::string expected =
      "Expected " + std::to_string(records.size()) + " records to be written to topic " + topic;
  Call call;
  call.places.resize(records.size());
  call.left = records.size();
  auto refused = RD_KAFKA_RESP_ERR_NO_ERROR;
  size_t sent = 0;
  const Deadline deadline(cluster_->options().request_timeout);
  while (sent < records.size()) {
    const NewRecord& record = records[sent];
    const int32_t partition = record.key ? PartitionOf(*record.key, partitions.value()) : 0;
    call.places[sent].call = &call;
    refused = Enqueue(*client_, handle.value(), partition, record, &call.places[sent]);
    if (refused == RD_KAFKA_RESP_ERR_NO_ERROR) {
      ++sent;
      continue;
    }
    if (refused != RD_KAFKA_RESP_ERR__QUEUE_FULL || deadline.passed()) break;
    std::unique_lock lock(mutex_);  // others' records make room as they are delivered
    delivered_.wait_for(lock, std::chrono::milliseconds(10));
  }
  {
    const std::lock_guard lock(mutex_);
    call.left -= records.size() - sent;
  }
  Await(&call);
  if (refused != RD_KAFKA_RESP_ERR_NO_ERROR) return client_->Explain(refused, expected);
  if (call.failed != RD_KAFKA_RESP_ERR_NO_ERROR) return client_->Explain(call.failed, expected);
  std::vector<Appended> appended;
  appended.reserve(records.size());
  for (const Call::Place& place : call.places) appended.push_back(place.result);
  return appended;
}

base::Result<std::vector<Appended>> KafkaAppender::Append(const std::string& topic,
                                                          std::span<const NewRecord> records) {
  auto handle = source_();
  if (!handle.ok()) return handle.error();
  return handle.value()->Append(topic, records);
}

}  // namespace caseclock::log::kafka
