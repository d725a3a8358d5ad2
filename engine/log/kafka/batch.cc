#include "engine/log/kafka/batch.h"

#include <utility>

#include "engine/base/check.h"

namespace caseclock::log::kafka {
namespace {

std::string_view ViewOf(const void* bytes, size_t size) {
  return {static_cast<const char*>(bytes), size};
}

size_t AppendHeaders(const rd_kafka_message_t* message, std::vector<HeaderView>* out) {
  rd_kafka_headers_t* headers = nullptr;
  if (rd_kafka_message_headers(message, &headers) != RD_KAFKA_RESP_ERR_NO_ERROR) return 0;
  const size_t count = rd_kafka_header_cnt(headers);
  for (size_t i = 0; i < count; ++i) {
    const char* name = nullptr;
    const void* value = nullptr;
    size_t size = 0;
    const auto code = rd_kafka_header_get_all(headers, i, &name, &value, &size);
    CHECK(code == RD_KAFKA_RESP_ERR_NO_ERROR);
    out->push_back({name, value == nullptr ? std::string_view() : ViewOf(value, size)});
  }
  return count;
}

}  // namespace

KafkaBatch::KafkaBatch(std::shared_ptr<const Client> client,
                       std::shared_ptr<const TopicPartition> origin, std::deque<Message>* queue,
                       size_t count)
    : client_(std::move(client)), origin_(std::move(origin)) {
  CHECK(count <= queue->size());
  messages_.reserve(count);
  records_.reserve(count);
  std::vector<size_t> header_counts;
  for (size_t i = 0; i < count; ++i) {
    messages_.push_back(std::move(queue->front()));
    queue->pop_front();
    const rd_kafka_message_t* message = messages_.back().get();
    RecordView record;
    record.offset = message->offset;
    rd_kafka_timestamp_type_t type{};
    record.timestamp = base::Instant::FromMillis(rd_kafka_message_timestamp(message, &type));
    if (message->key != nullptr) record.key = ViewOf(message->key, message->key_len);
    if (message->payload != nullptr) record.value = ViewOf(message->payload, message->len);
    records_.push_back(record);
    header_counts.push_back(AppendHeaders(message, &headers_));
  }
  // Only now do the headers stay where they are.
  size_t next = 0;
  for (size_t i = 0; i < count; ++i) {
    records_[i].headers = std::span(headers_).subspan(next, header_counts[i]);
    next += header_counts[i];
  }
}

}  // namespace caseclock::log::kafka
