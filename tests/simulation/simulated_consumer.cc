#include "tests/simulation/simulated_consumer.h"

#include <algorithm>

#include "tests/simulation/simulated_log.h"

namespace caseclock::simulation {

using base::Error;
using base::ErrorKind;
using base::Status;
using log::Polled;

base::Result<std::unique_ptr<log::Consumer>> SimulatedConsumer::Join(
    Broker* broker, std::shared_ptr<const Wire> wire, const std::string& group,
    const std::string& instance, const std::vector<std::string>& topics) {
  const Request request(broker, *wire);
  if (!request.status.ok()) return request.status.error();
  std::vector<const BrokerTopic*> found;
  for (const std::string& name : topics) {
    auto topic = broker->Find(name);
    if (!topic.ok()) return topic.error();
    found.push_back(topic.value());
  }
  std::unique_ptr<SimulatedConsumer> consumer(new SimulatedConsumer(broker, wire, group, instance));
  consumer->topics_ = std::move(found);
  consumer->group_ = &broker->groups[group];
  consumer->id_ = consumer->group_->Join(instance, consumer->topics_, std::move(wire));
  broker->Tell();
  return std::unique_ptr<log::Consumer>(std::move(consumer));
}

SimulatedConsumer::~SimulatedConsumer() {
  const Request request(broker_, *wire_);
  if (!request.status.ok()) return;
  group_->Leave(id_);
  broker_->Tell();
}

base::Result<Polled> SimulatedConsumer::Poll(base::Duration max_wait, size_t max_records) {
  Request request(broker_, *wire_);
  if (!request.status.ok()) return request.status.error();
  std::optional<Polled> found;
  const auto look = [&] {
    found = Change();
    if (!found && !group_->Fenced(id_)) found = Records(max_records);
    return found || woken_ || group_->Fenced(id_);
  };
  broker_->Wait(&request.lock, max_wait, look);
  if (found) return std::move(*found);
  if (group_->Fenced(id_)) {
    return Error{ErrorKind::kFenced, "Expected to be the only member '" + instance_ +
                                         "' of group " + group_name_ + ", but a newer one joined"};
  }
  woken_ = false;
  Polled nothing;
  nothing.at_end = AllRead();
  return nothing;
}

std::optional<Polled> SimulatedConsumer::TakeAll(Polled::Kind kind) {
  if (cursors_.empty()) return std::nullopt;
  Polled polled;
  polled.kind = kind;
  for (const Cursor& cursor : cursors_) polled.partitions.push_back(cursor.partition->name());
  return polled;
}

std::optional<Polled> SimulatedConsumer::Change() {
  if (group_->Fenced(id_) || group_->Find(id_) == nullptr) {
    const auto lost = TakeAll(Polled::Kind::kLost);
    cursors_.clear();
    revoked_ = false;
    if (lost || group_->Fenced(id_)) return lost;
    id_ = group_->Join(instance_, topics_, wire_);
    told_ = -1;
    broker_->Tell();
  }
  const BrokerMember& member = *group_->Find(id_);
  if (group_->rebalancing() && !member.joined) {
    if (!revoked_ && !cursors_.empty()) {
      revoked_ = true;
      return TakeAll(Polled::Kind::kRevoked);
    }
    cursors_.clear();
    revoked_ = false;
    group_->Rejoin(id_);
    broker_->Tell();
  }
  if (group_->rebalancing() || told_ == group_->generation()) return std::nullopt;
  // A rebalance that came and went without this member had it removed first.
  told_ = group_->generation();
  Polled assigned = Assign(member);
  if (assigned.partitions.empty()) return std::nullopt;
  return assigned;
}

Polled SimulatedConsumer::Assign(const BrokerMember& member) {
  Polled polled;
  polled.kind = Polled::Kind::kAssigned;
  polled.partitions = member.assigned;
  cursors_.clear();
  for (const log::TopicPartition& name : member.assigned) {
    cursors_.push_back({broker_->Find(name).value(), std::nullopt, false});
  }
  return polled;
}

bool SimulatedConsumer::Locate(Cursor* cursor) const {
  if (cursor->next) return true;
  const log::TopicPartition& name = cursor->partition->name();
  if (group_->pending.contains(name)) return false;
  const auto offset = group_->offsets.find(name);
  cursor->next = offset == group_->offsets.end() ? 0 : offset->second.offset;
  return true;
}

std::optional<Polled> SimulatedConsumer::Records(size_t max_records) {
  if (group_->rebalancing()) return std::nullopt;
  for (size_t tried = 0; tried < cursors_.size(); ++tried) {
    Cursor& cursor = cursors_[turn_++ % cursors_.size()];
    if (cursor.paused || !Locate(&cursor)) continue;
    auto slice = cursor.partition->Read(*cursor.next, max_records);
    cursor.next = slice.next;
    if (slice.batch == nullptr) continue;
    Polled polled;
    polled.kind = Polled::Kind::kRecords;
    polled.batch = std::move(slice.batch);
    polled.at_end = *cursor.next >= cursor.partition->stable();
    return polled;
  }
  return std::nullopt;
}

bool SimulatedConsumer::AllRead() const {
  if (group_->rebalancing() || told_ != group_->generation()) return false;
  return std::all_of(cursors_.begin(), cursors_.end(), [](const Cursor& cursor) {
    return cursor.paused || (cursor.next && *cursor.next >= cursor.partition->stable());
  });
}

base::Result<bool> SimulatedConsumer::AtEnd(const log::TopicPartition& partition) {
  const Request request(broker_, *wire_);
  if (!request.status.ok()) return request.status.error();
  auto found = Find(partition);
  if (!found.ok()) return found.error();
  const Cursor& cursor = *found.value();
  return cursor.next && *cursor.next >= cursor.partition->stable();
}

base::Result<SimulatedConsumer::Cursor*> SimulatedConsumer::Find(
    const log::TopicPartition& partition) {
  for (Cursor& cursor : cursors_) {
    if (cursor.partition->name() == partition) return &cursor;
  }
  return Error{ErrorKind::kInvalid, "Expected " + partition.topic + "/" +
                                        std::to_string(partition.partition) +
                                        " to be assigned, but it is not"};
}

Status SimulatedConsumer::Seek(const log::TopicPartition& partition, int64_t offset) {
  const Request request(broker_, *wire_);
  if (!request.status.ok()) return request.status;
  auto found = Find(partition);
  if (found.ok()) found.value()->next = offset;
  return found.status();
}

Status SimulatedConsumer::Pause(const log::TopicPartition& partition) {
  const Request request(broker_, *wire_);
  if (!request.status.ok()) return request.status;
  auto found = Find(partition);
  if (found.ok()) found.value()->paused = true;
  return found.status();
}

Status SimulatedConsumer::Resume(const log::TopicPartition& partition) {
  const Request request(broker_, *wire_);
  if (!request.status.ok()) return request.status;
  auto found = Find(partition);
  if (found.ok()) found.value()->paused = false;
  return found.status();
}

log::GroupToken SimulatedConsumer::token() const {
  const std::lock_guard lock(broker_->mutex);
  return {group_name_, id_, told_, {}};
}

void SimulatedConsumer::Wake() {
  const std::lock_guard lock(broker_->mutex);
  woken_ = true;
  broker_->Tell();
}

}  // namespace caseclock::simulation
