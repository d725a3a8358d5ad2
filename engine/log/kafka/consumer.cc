#include "engine/log/kafka/consumer.h"

#include <algorithm>
#include <array>
#include <utility>

namespace caseclock::log::kafka {
namespace {

// Taken from librdkafka and not yet returned. Small, because its limits count no longer for them.
constexpr size_t kAhead = 8192;
constexpr size_t kAheadBytes = size_t{16} << 20;
constexpr base::Duration kAskEnds = base::Seconds(1);  // Poll must not wait for a broker for long

size_t SizeOf(const RecordView& record) {
  return record.key.value_or("").size() + record.value.value_or("").size();
}

}  // namespace

using base::Error;
using base::ErrorKind;
using base::Status;

base::Result<std::unique_ptr<Consumer>> KafkaConsumer::Join(
    Cluster* cluster, const std::string& group, const std::string& instance,
    const std::vector<std::string>& topics) {
  if (group.empty() || topics.empty()) {
    return Error{ErrorKind::kInvalid, "Expected a group and its topics, but one is missing"};
  }
  std::unique_ptr<KafkaConsumer> consumer(new KafkaConsumer(cluster, group, instance, topics));
  if (auto status = consumer->Connect(); !status.ok()) return status.error();
  return std::unique_ptr<Consumer>(std::move(consumer));
}

Status KafkaConsumer::Connect() {
  const PartitionList list = NewPartitionList(topics_.size());
  for (const std::string& topic : topics_) {
    if (auto there = cluster_->Partitions(topic); !there.ok()) return there.status();
    Add(list, {topic, RD_KAFKA_PARTITION_UA}, RD_KAFKA_OFFSET_INVALID);
  }
  Properties fixed = {{"group.id", group_}};
  if (!instance_.empty()) fixed["group.instance.id"] = instance_;
  auto client = Client::Open(cluster_->options(), Role::kMember, fixed, this);
  if (!client.ok()) return client.status();
  rd_kafka_t* handle = client.value()->get();
  const std::string expected = "Expected to join group " + group_;
  auto code = rd_kafka_poll_set_consumer(handle);
  if (code != RD_KAFKA_RESP_ERR_NO_ERROR) return ErrorOf(code, expected);
  {
    const std::lock_guard lock(queue_mutex_);
    queue_.reset(rd_kafka_queue_get_consumer(handle));
    client_ = std::move(client).value();
  }
  joining_ = true;
  code = rd_kafka_subscribe(handle, list.get());
  if (code != RD_KAFKA_RESP_ERR_NO_ERROR) return ErrorOf(code, expected);
  return {};
}

KafkaConsumer::~KafkaConsumer() {
  assigned_.clear();
  Disconnect();
}

void KafkaConsumer::Disconnect() {
  if (client_ == nullptr) return;
  closing_ = true;
  // What librdkafka waits for must come, or it would wait for ever.
  if (told_ != Told::kNothing || !changes_.empty()) rd_kafka_assign(client_->get(), nullptr);
  rd_kafka_consumer_close(client_->get());
  {
    const std::lock_guard lock(queue_mutex_);
    queue_.reset();
  }
  client_.reset();
  closing_ = false;
}

// A static member can be fenced by its own past: when a session has run out, librdkafka (2.0.2)
// sends heartbeats without a member id until the partitions are let go, and the broker takes them
// for somebody else's.
Status KafkaConsumer::ComeBack(const Error& fenced) {
  if (instance_.empty()) return fenced;
  if (client_ != nullptr) {
    members_.insert(TakeToken().member);
    auto holder = cluster_->HolderOf(group_, instance_);
    if (!holder.ok()) return holder.status();
    if (holder.value() && !members_.contains(*holder.value())) return fenced;
    if (told_ == Told::kGone) assigned_.clear();  // that they go was told already
    Change lost;
    lost.kind = Polled::Kind::kLost;
    for (auto& [name, assigned] : assigned_) {
      lost.partitions.push_back(name);
      Forget(&assigned);  // records end before the handle that they came from
    }
    Disconnect();
    changes_.clear();
    if (!assigned_.empty()) changes_.push_back(std::move(lost));
    told_ = Told::kNothing;
    lost_ = false;
    ever_assigned_ = false;
    token_ = {};
    lost_before_ = !changes_.empty();
  }
  return Connect();
}

Status KafkaConsumer::CheckPlace() {
  if (instance_.empty() || client_ == nullptr) return {};  // without a handle, the next Poll asks
  members_.insert(TakeToken().member);
  auto holder = cluster_->HolderOf(group_, instance_);
  if (!holder.ok()) return holder.status();
  if (!holder.value() || members_.contains(*holder.value())) return {};
  if (joining_) {
    // Where the answer to a request to join was lost, the holder is who we were by that answer.
    return Error{ErrorKind::kUnavailable,
                 "Expected " + instance_ + " to be a member of group " + group_ +
                     " again before anything is decided; it is still joining"};
  }
  return Error{ErrorKind::kFenced, "Expected to hold the place of " + instance_ + " in group " +
                                       group_ + ", but another member has it"};
}

void KafkaConsumer::Rebalanced(rd_kafka_resp_err_t code, rd_kafka_topic_partition_list_t* list) {
  if (closing_) {
    rd_kafka_assign(client_->get(), nullptr);
    return;
  }
  Change change;
  for (int i = 0; i < list->cnt; ++i) {
    change.partitions.push_back({list->elems[i].topic, list->elems[i].partition});
  }
  if (code == RD_KAFKA_RESP_ERR__ASSIGN_PARTITIONS) {
    joining_ = false;
    change.kind = Polled::Kind::kAssigned;
    // Of this generation and no later one: a token taken later would be believed for partitions
    // that are gone by then.
    change.token = TakeToken();
    members_.insert(change.token.member);
  } else {
    const bool lost = code != RD_KAFKA_RESP_ERR__REVOKE_PARTITIONS ||
                      rd_kafka_assignment_lost(client_->get()) != 0;
    change.kind = lost ? Polled::Kind::kLost : Polled::Kind::kRevoked;
  }
  changes_.push_back(std::move(change));
  rd_kafka_queue_yield(queue_.get());  // or Poll would wait on
}

GroupToken KafkaConsumer::TakeToken() const {
  GroupToken token;
  token.group = group_;
  if (char* member = rd_kafka_memberid(client_->get()); member != nullptr) {
    token.member = member;
    rd_kafka_mem_free(client_->get(), member);
  }
  const GroupMetadata metadata(rd_kafka_consumer_group_metadata(client_->get()));
  if (metadata == nullptr) return token;
  void* bytes = nullptr;
  size_t size = 0;
  const KafkaError failed(rd_kafka_consumer_group_metadata_write(metadata.get(), &bytes, &size));
  if (failed != nullptr) return token;
  token.opaque.assign(static_cast<const char*>(bytes), size);
  rd_kafka_mem_free(client_->get(), bytes);
  return token;
}

std::optional<Error> KafkaConsumer::Fatal() const {
  std::array<char, 512> text{};
  const auto code = rd_kafka_fatal_error(client_->get(), text.data(), text.size());
  if (code == RD_KAFKA_RESP_ERR_NO_ERROR) return std::nullopt;
  return ErrorOf(code, "Expected to be a member of group " + group_, text.data());
}

base::Result<Polled> KafkaConsumer::Poll(base::Duration max_wait, size_t max_records) {
  const Deadline deadline(max_wait);
  const Error gone{ErrorKind::kFenced, "Expected a handle for group " + group_};
  for (;;) {
    auto polled = client_ == nullptr ? gone : Look(deadline, std::max<size_t>(max_records, 1));
    if (polled.ok()) polled.value().deleted = std::exchange(deleted_, {});
    if (polled.ok() || polled.error().kind != ErrorKind::kFenced) return polled;
    if (auto status = ComeBack(polled.error()); !status.ok()) return status.error();
  }
}

base::Result<Polled> KafkaConsumer::Look(const Deadline& deadline, size_t max_records) {
  bool settled = false;
  if (auto status = MoveUpAstray(); !status.ok()) return status.error();
  for (;;) {
    if (auto fatal = Fatal()) return *fatal;
    if (!settled) {
      auto done = Settle(deadline.ms());
      if (!done.ok()) return done.error();
      settled = done.value();
    }
    // What there is comes in without a wait and ahead of its time, so that partitions take turns.
    const size_t ahead = std::max(kAhead, 4 * max_records);
    if (buffered_ < ahead && buffered_bytes_ < kAheadBytes) {
      if (auto status = Fetch(0, ahead - buffered_); !status.ok()) return status.error();
    }
    if (auto change = TellChange()) return std::move(*change);
    if (auto batch = NextBatch(max_records)) return std::move(*batch);
    if (woken_.exchange(false) || deadline.passed()) break;
    // Unsettled, the offsets are asked for again soon.
    const int wait = settled ? deadline.ms() : std::min(deadline.ms(), 20);
    if (auto status = Fetch(wait, 1); !status.ok()) return status.error();
  }
  Polled nothing;
  auto read = AllRead(&nothing.ends);
  if (!read.ok()) return read.error();
  nothing.at_end = settled && read.value();
  return nothing;
}

std::optional<Polled> KafkaConsumer::TellChange() {
  if (told_ != Told::kNothing || changes_.empty()) return std::nullopt;
  Change change = std::move(changes_.front());
  changes_.pop_front();
  Polled polled;
  polled.kind = change.kind;
  polled.partitions = std::move(change.partitions);
  if (polled.kind == Polled::Kind::kAssigned) {
    told_ = Told::kAssigned;
    ever_assigned_ = true;
    token_ = std::move(change.token);
    for (const TopicPartition& name : polled.partitions) {
      assigned_[name].name = std::make_shared<const TopicPartition>(name);
    }
  } else {
    told_ = std::exchange(lost_before_, false) ? Told::kGoneBefore : Told::kGone;
    lost_ = polled.kind == Polled::Kind::kLost;
    if (lost_) token_ = {};
    for (auto& [name, assigned] : assigned_) Forget(&assigned);
  }
  return polled;
}

std::optional<Polled> KafkaConsumer::NextBatch(size_t max_records) {
  if (told_ != Told::kNothing || assigned_.empty()) return std::nullopt;
  auto turn = assigned_.upper_bound(last_);
  for (size_t tried = 0; tried < assigned_.size(); ++tried, ++turn) {
    if (turn == assigned_.end()) turn = assigned_.begin();
    Assigned& assigned = turn->second;
    if (assigned.paused || assigned.buffer.empty()) continue;
    last_ = turn->first;
    const size_t count = std::min(assigned.buffer.size(), max_records);
    Polled polled;
    polled.kind = Polled::Kind::kRecords;
    polled.batch = std::make_shared<KafkaBatch>(client_, assigned.name, &assigned.buffer, count);
    for (const RecordView& r : polled.batch->records()) buffered_bytes_ -= SizeOf(r);
    buffered_ -= count;
    assigned.next = polled.batch->records().back().offset + 1;
    if (assigned.buffer.empty()) {
      TakePositions();
      int64_t first = 0;
      int64_t end = 0;  // with open transactions: later than can be read
      const auto code = rd_kafka_get_watermark_offsets(client_->get(), last_.topic.c_str(),
                                                       last_.partition, &first, &end);
      polled.at_end = code == RD_KAFKA_RESP_ERR_NO_ERROR && end >= 0 && assigned.reached >= end;
    }
    return polled;
  }
  return std::nullopt;
}

base::Result<bool> KafkaConsumer::AllRead(std::map<TopicPartition, int64_t>* found) {
  if (!ever_assigned_ || told_ != Told::kNothing || !changes_.empty()) return false;
  TakePositions();
  std::vector<TopicPartition> names;
  std::vector<int64_t> reached;
  for (const auto& [name, assigned] : assigned_) {
    if (assigned.paused) continue;
    names.push_back(name);
    reached.push_back(assigned.reached);
  }
  auto ends = StableEnds(*client_, names, kAskEnds);
  if (!ends.ok()) {
    // The next Poll asks again.
    if (ends.error().kind == ErrorKind::kUnavailable) return false;
    return ends.error();
  }
  for (size_t i = 0; i < names.size(); ++i) (*found)[names[i]] = ends.value()[i];
  return std::ranges::equal(ends.value(), reached, std::less_equal<>());
}

base::Result<bool> KafkaConsumer::AtEnd(const TopicPartition& partition) {
  auto found = Find(partition);
  if (!found.ok()) return found.error();
  if (told_ != Told::kNothing || !found.value()->buffer.empty()) return false;
  TakePositions();
  auto ends = StableEnds(*client_, {partition}, kAskEnds);
  if (!ends.ok()) return ends.error();
  return found.value()->reached >= ends.value().front();
}

void KafkaConsumer::Wake() {
  woken_ = true;
  const std::lock_guard lock(queue_mutex_);
  if (queue_ != nullptr) rd_kafka_queue_yield(queue_.get());
}

}  // namespace caseclock::log::kafka
