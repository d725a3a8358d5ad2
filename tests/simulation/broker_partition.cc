#include "tests/simulation/broker_partition.h"

#include <algorithm>

namespace caseclock::simulation {
namespace {

class Batch : public log::RecordBatch {
 public:
  explicit Batch(log::TopicPartition origin) : origin_(std::move(origin)) {}

  void Add(int64_t offset, std::shared_ptr<const Stored> record) {
    log::RecordView view;
    view.offset = offset;
    view.timestamp = record->timestamp;
    if (record->key) view.key = *record->key;
    if (record->value) view.value = *record->value;
    auto& headers = headers_.emplace_back();
    for (const auto& [key, value] : record->headers) headers.push_back({key, value});
    view.headers = headers;
    views_.push_back(view);
    records_.push_back(std::move(record));
  }
  [[nodiscard]] const log::TopicPartition& origin() const override { return origin_; }
  [[nodiscard]] std::span<const log::RecordView> records() const override { return views_; }

 private:
  const log::TopicPartition origin_;
  std::vector<std::shared_ptr<const Stored>> records_;
  // A vector that moves keeps its elements where they are, so the views stay good.
  std::vector<std::vector<log::HeaderView>> headers_;
  std::vector<log::RecordView> views_;
};

}  // namespace

std::shared_ptr<const Stored> Stored::Copy(const log::NewRecord& record, base::Instant now) {
  auto stored = std::make_shared<Stored>();
  stored->timestamp = base::Instant::FromMillis(record.timestamp.value_or(now).Millis());
  if (record.key) stored->key.emplace(*record.key);
  if (record.value) stored->value.emplace(*record.value);
  for (const log::HeaderView& h : record.headers) stored->headers.emplace_back(h.key, h.value);
  return stored;
}

int64_t BrokerPartition::stable() const {
  int64_t stable = end();
  for (const auto& [producer, offsets] : open_) stable = std::min(stable, offsets.front());
  return stable;
}

int64_t BrokerPartition::Append(std::shared_ptr<const Stored> record, int64_t producer) {
  const int64_t offset = end();
  const bool decided = producer == kNoProducer;
  entries_.push_back({std::move(record), decided ? State::kCommitted : State::kOpen});
  if (!decided) open_[producer].push_back(offset);
  return offset;
}

void BrokerPartition::End(int64_t producer, bool commit) {
  if (const auto open = open_.find(producer); open != open_.end()) {
    for (const int64_t offset : open->second) {
      entries_[static_cast<size_t>(offset)].state = commit ? State::kCommitted : State::kAborted;
    }
    open_.erase(open);
  }
  entries_.push_back({nullptr, State::kMarker});
}

BrokerPartition::Slice BrokerPartition::Read(int64_t from, size_t max_records) const {
  Slice slice{nullptr, std::max<int64_t>(from, 0)};
  const int64_t stop = stable();
  std::shared_ptr<Batch> batch;
  for (; slice.next < stop; ++slice.next) {
    const Entry& entry = entries_[static_cast<size_t>(slice.next)];
    if (entry.state != State::kCommitted) continue;
    if (batch != nullptr && batch->records().size() >= max_records) break;
    if (batch == nullptr) batch = std::make_shared<Batch>(name_);
    batch->Add(slice.next, entry.record);
  }
  slice.batch = std::move(batch);
  return slice;
}

}  // namespace caseclock::simulation
