// KafkaConsumer: where in its partitions it stands.

#include <algorithm>
#include <utility>

#include "engine/log/kafka/consumer.h"

namespace caseclock::log::kafka {
namespace {

using base::Error;
using base::ErrorKind;
using base::Status;

constexpr int kLeastWaitMillis = 200;  // for committed offsets: less would never see an answer
// An assignment that has not taken effect by then may be gone, and that only a Poll can find out.
constexpr base::Duration kMovedIn = base::Seconds(10);

}  // namespace

Status KafkaConsumer::Assign(const rd_kafka_topic_partition_list_t* list) {
  const auto code = rd_kafka_assign(client_->get(), list);
  if (code == RD_KAFKA_RESP_ERR_NO_ERROR) return {};
  if (auto fatal = Fatal()) return *fatal;
  return ErrorOf(code, "Expected to follow a rebalance of group " + group_);
}

base::Result<bool> KafkaConsumer::Settle(int wait_ms) {
  switch (told_) {
    case Told::kNothing:
      return true;
    case Told::kGone:
    case Told::kGoneBefore: {
      const bool awaited = told_ == Told::kGone;
      if (awaited && lost_) {
        // Letting go joins again, which would take the place from a successor.
        if (auto status = CheckPlace(); !status.ok()) return status.error();
        joining_ = true;
      }
      told_ = Told::kNothing;
      lost_ = false;
      assigned_.clear();
      token_ = {};
      if (!awaited) return true;
      if (auto status = Assign(nullptr); !status.ok()) return status.error();
      return true;
    }
    case Told::kAssigned:
      return StartAll(wait_ms);
  }
  return true;
}

base::Result<bool> KafkaConsumer::StartAll(int wait_ms) {
  const PartitionList asked = NewPartitionList(assigned_.size());
  for (const auto& [name, assigned] : assigned_) {
    if (!assigned.start) Add(asked, name, RD_KAFKA_OFFSET_INVALID);
  }
  if (asked->cnt > 0) {
    // Waits for transactions that are undecided: the one of a former owner may be under way.
    const auto code =
        rd_kafka_committed(client_->get(), asked.get(), std::max(wait_ms, kLeastWaitMillis));
    if (code == RD_KAFKA_RESP_ERR__TIMED_OUT) return false;
    if (code != RD_KAFKA_RESP_ERR_NO_ERROR) {
      Error error = client_->Explain(code, "Expected the committed offsets of group " + group_);
      if (error.kind == ErrorKind::kUnavailable) return false;
      return error;
    }
  }
  const PartitionList list = NewPartitionList(assigned_.size());
  int at = 0;
  for (auto& [name, assigned] : assigned_) {
    int64_t offset = RD_KAFKA_OFFSET_BEGINNING;
    if (assigned.start) {
      offset = *assigned.start;
    } else {
      const auto& found = asked->elems[at++];
      if (found.err != RD_KAFKA_RESP_ERR_NO_ERROR) {
        return ErrorOf(found.err, "Expected the committed offset of " + NameOf(name));
      }
      if (found.offset >= 0) offset = found.offset;
    }
    assigned.next = assigned.reached = std::max<int64_t>(offset, 0);
    Add(list, name, offset);
  }
  told_ = Told::kNothing;
  if (auto status = Assign(list.get()); !status.ok()) return status.error();
  for (auto& [name, assigned] : assigned_) {
    if (!assigned.paused) continue;
    if (auto status = Pause(name); !status.ok()) return status.error();
  }
  return true;
}

Status KafkaConsumer::Fetch(int wait_ms, size_t most) {
  if (taken_.size() < most) taken_.resize(most);
  const ssize_t got = rd_kafka_consume_batch_queue(queue_.get(), wait_ms, taken_.data(), most);
  if (got < 0) return ErrorOf(rd_kafka_last_error(), "Expected to read as group " + group_);
  Status failed;
  for (ssize_t i = 0; i < got; ++i) {
    Status status = Take(Message(taken_[static_cast<size_t>(i)]));
    if (failed.ok()) failed = std::move(status);
  }
  return failed;
}

Status KafkaConsumer::Take(Message message) {
  const auto code = message->err;
  if (message->rkt == nullptr || code == RD_KAFKA_RESP_ERR__MAX_POLL_EXCEEDED) {
    // Of the group as a whole. What can be waited out is: the loss of partitions is told by itself.
    Error error = ErrorOf(code, "Expected to be a member of group " + group_,
                          rd_kafka_message_errstr(message.get()));
    return error.kind == ErrorKind::kUnavailable ? Status() : Status(std::move(error));
  }
  const auto found = assigned_.find({rd_kafka_topic_name(message->rkt), message->partition});
  if (found == assigned_.end()) {
    if (KindOf(code) != ErrorKind::kConfig && KindOf(code) != ErrorKind::kNotFound) return {};
    return ErrorOf(code, "Expected to read as group " + group_,
                   rd_kafka_message_errstr(message.get()));
  }
  Assigned& assigned = found->second;
  if (code == RD_KAFKA_RESP_ERR__PARTITION_EOF) {
    assigned.reached = std::max(assigned.reached, message->offset);
    return {};
  }
  if (code == RD_KAFKA_RESP_ERR_OFFSET_OUT_OF_RANGE ||
      code == RD_KAFKA_RESP_ERR__AUTO_OFFSET_RESET) {
    assigned.astray = assigned.reached;
    return {};
  }
  if (code != RD_KAFKA_RESP_ERR_NO_ERROR) {
    Error error = ErrorOf(code, "Expected to read " + NameOf(found->first),
                          rd_kafka_message_errstr(message.get()));
    return error.kind == ErrorKind::kUnavailable ? Status() : Status(std::move(error));
  }
  // Before a move, of a pause, or after the partition was told to go.
  if (message->offset < assigned.reached || assigned.paused || told_ != Told::kNothing) return {};
  assigned.reached = message->offset + 1;
  ++buffered_;
  buffered_bytes_ += message->len + message->key_len;
  assigned.buffer.push_back(std::move(message));
  return {};
}

void KafkaConsumer::Forget(Assigned* assigned) {
  for (const Message& message : assigned->buffer) {
    buffered_bytes_ -= message->len + message->key_len;
  }
  buffered_ -= assigned->buffer.size();
  assigned->buffer.clear();
}

void KafkaConsumer::TakePositions() {
  if (assigned_.empty()) return;
  const PartitionList list = NewPartitionList(assigned_.size());
  for (const auto& [name, assigned] : assigned_) Add(list, name, RD_KAFKA_OFFSET_INVALID);
  rd_kafka_position(client_->get(), list.get());
  int at = 0;
  // Transaction markers count as taken, though they are never seen.
  for (auto& [name, assigned] : assigned_) {
    assigned.reached = std::max(assigned.reached, list->elems[at++].offset);
  }
}

base::Result<KafkaConsumer::Assigned*> KafkaConsumer::Find(const TopicPartition& partition) {
  const auto found = assigned_.find(partition);
  const bool goes = told_ == Told::kGone || told_ == Told::kGoneBefore || lost_before_;
  if (found != assigned_.end() && !goes) return &found->second;
  return Error{ErrorKind::kInvalid,
               "Expected " + NameOf(partition) + " to be assigned, but it is not"};
}

Status KafkaConsumer::SeekTo(Assigned* assigned, int64_t offset) {
  Forget(assigned);
  assigned->next = assigned->reached = offset;
  const std::string expected =
      "Expected to go to offset " + std::to_string(offset) + " of " + NameOf(*assigned->name);
  const Deadline deadline(kMovedIn);
  for (;;) {
    const PartitionList list = NewPartitionList(1);
    auto* place = Add(list, *assigned->name, offset);
    const KafkaError failed(
        rd_kafka_seek_partitions(client_->get(), list.get(), std::max(deadline.ms(), 1)));
    const auto code = failed != nullptr ? rd_kafka_error_code(failed.get()) : place->err;
    if (code == RD_KAFKA_RESP_ERR_NO_ERROR) {
      assigned->astray.reset();
      return {};
    }
    if (auto fatal = Fatal()) {
      // The next Poll says what became of its partitions; it cannot be moved in any more.
      return Error{ErrorKind::kInvalid, expected + ", but it is gone: " + fatal->message};
    }
    // An assignment takes effect in the background, and only then can be moved in.
    if (code != RD_KAFKA_RESP_ERR__STATE || deadline.passed()) return ErrorOf(code, expected);
  }
}

// Nobody tells it again, so it is tried until it is done. Whoever cannot be asked now keeps the
// others from nothing.
Status KafkaConsumer::MoveUpAstray() {
  for (auto& [name, assigned] : assigned_) {
    if (!assigned.astray || told_ != Told::kNothing) continue;
    Status moved = MoveUp(&assigned, *assigned.astray);
    if (moved.ok() || moved.error().kind == ErrorKind::kUnavailable) continue;
    if (auto fatal = Fatal()) return *fatal;
    return moved;
  }
  return {};
}

Status KafkaConsumer::MoveUp(Assigned* assigned, int64_t from) {
  auto bounds = cluster_->Bounds(*assigned->name);
  if (!bounds.ok()) return bounds.status();
  const int64_t first = bounds.value().first;
  if (from < first) {
    if (auto status = SeekTo(assigned, first); !status.ok()) return status;
    deleted_.push_back({*assigned->name, from, first});
    return {};
  }
  return Error{ErrorKind::kCorrupt, "Expected " + NameOf(*assigned->name) + " to reach offset " +
                                        std::to_string(from) + ", but it ends at " +
                                        std::to_string(bounds.value().end) +
                                        ": it was truncated, or is another topic"};
}

Status KafkaConsumer::Seek(const TopicPartition& partition, int64_t offset) {
  auto found = Find(partition);
  if (!found.ok()) return found.status();
  offset = std::max<int64_t>(offset, 0);
  if (told_ == Told::kAssigned) {
    found.value()->start = offset;
    return {};
  }
  return SeekTo(found.value(), offset);
}

Status KafkaConsumer::Pause(const TopicPartition& partition) {
  auto found = Find(partition);
  if (!found.ok()) return found.status();
  found.value()->paused = true;
  Forget(found.value());
  if (told_ == Told::kAssigned) return {};
  const PartitionList list = NewPartitionList(1);
  auto* place = Add(list, partition, RD_KAFKA_OFFSET_INVALID);
  rd_kafka_pause_partitions(client_->get(), list.get());
  if (place->err == RD_KAFKA_RESP_ERR_NO_ERROR) return {};
  return ErrorOf(place->err, "Expected to pause " + NameOf(partition));
}

Status KafkaConsumer::Resume(const TopicPartition& partition) {
  auto found = Find(partition);
  if (!found.ok()) return found.status();
  Assigned* assigned = found.value();
  if (!std::exchange(assigned->paused, false) || told_ == Told::kAssigned) return {};
  const PartitionList list = NewPartitionList(1);
  auto* place = Add(list, partition, RD_KAFKA_OFFSET_INVALID);
  rd_kafka_resume_partitions(client_->get(), list.get());
  if (place->err != RD_KAFKA_RESP_ERR_NO_ERROR) {
    return ErrorOf(place->err, "Expected to go on with " + NameOf(partition));
  }
  // By hand, because older versions go on behind records that were fetched but not returned.
  return SeekTo(assigned, assigned->next);
}

}  // namespace caseclock::log::kafka
