#include "engine/log/embedded/consumer.h"

#include <algorithm>
#include <utility>

#include "engine/log/embedded/catalog.h"

namespace caseclock::log::embedded {
namespace {

std::vector<TopicPartition> NamesOf(const std::vector<Partition*>& partitions) {
  std::vector<TopicPartition> names;
  for (const Partition* p : partitions) names.push_back(*p->name);
  return names;
}

}  // namespace

std::chrono::steady_clock::time_point DeadlineAfter(base::Duration wait) {
  const int64_t us = std::clamp<int64_t>(wait.us, 0, base::Days(1).us);
  return std::chrono::steady_clock::now() + std::chrono::microseconds(us);
}

base::Result<std::unique_ptr<Consumer>> EmbeddedConsumer::Join(
    Core* core, const std::string& group, const std::string& instance,
    const std::vector<std::string>& topics) {
  if (group.empty() || topics.empty()) {
    return base::Error{base::ErrorKind::kInvalid,
                       "Expected a group and its topics, but one is missing"};
  }
  std::vector<Topic*> found;
  for (const std::string& name : topics) {
    auto topic = FindTopic(core, name);
    if (!topic.ok()) return topic.error();
    found.push_back(topic.value());
  }
  std::unique_ptr<EmbeddedConsumer> consumer(new EmbeddedConsumer(core, group));
  const std::lock_guard lock(core->mutex);
  auto& place = core->groups[group];
  if (place == nullptr) place = std::make_unique<Group>();
  consumer->group_ = place.get();
  consumer->member_ = place->Join(instance, std::move(found), &consumer->signal_);
  return std::unique_ptr<Consumer>(std::move(consumer));
}

EmbeddedConsumer::~EmbeddedConsumer() {
  const std::lock_guard lock(core_->mutex);
  for (auto& a : assigned_) Unlisten(a->cursor.partition(), &signal_);
  group_->Leave(member_.get());
}

base::Result<Polled> EmbeddedConsumer::Poll(base::Duration max_wait, size_t max_records) {
  const auto deadline = DeadlineAfter(max_wait);
  for (;;) {
    auto change = TellChange();
    if (!change.ok() || change.value().kind != Polled::Kind::kNothing) return change;
    auto read = ReadNext(max_records);
    if (!read.ok() || read.value().kind != Polled::Kind::kNothing) return read;

    std::unique_lock lock(core_->mutex);
    const bool came = signal_.ready.wait_until(lock, deadline,
                                               [this] { return signal_.raised || signal_.woken; });
    if (came && !signal_.woken) continue;
    signal_.woken = false;
    Polled nothing;
    nothing.at_end = AllRead();
    nothing.deleted = std::exchange(deleted_, {});
    return nothing;
  }
}

base::Result<Polled> EmbeddedConsumer::TellChange() {
  Group::Change change;
  bool replaced = false;
  {
    const std::lock_guard lock(core_->mutex);
    signal_.raised = false;
    const std::vector<Partition*> released = member_->releasing;
    change = group_->NextChange(member_.get());
    Drop(released);
    if (change.kind == Polled::Kind::kLost) Drop(change.partitions);
    replaced = member_->replaced;
  }
  if (replaced && change.kind == Polled::Kind::kNothing) {
    return base::Error{base::ErrorKind::kFenced, "Expected to be the only member '" + member_->id +
                                                     "' of group " + group_name_ +
                                                     ", but a newer one joined"};
  }
  if (change.kind == Polled::Kind::kAssigned) {
    if (auto status = Assign(change.partitions); !status.ok()) return status.error();
  }
  if (change.kind == Polled::Kind::kRevoked) {
    for (auto& a : assigned_) {
      const auto& gone = change.partitions;
      a->revoked |= std::ranges::find(gone, a->cursor.partition()) != gone.end();
    }
  }
  Polled polled;
  polled.kind = change.kind;
  polled.partitions = NamesOf(change.partitions);
  return polled;
}

base::Status EmbeddedConsumer::Assign(const std::vector<Partition*>& partitions) {
  // A commit of the former owner may be under way: it ends before, or finds its token stale.
  std::unique_lock commit(core_->commit_mutex);
  for (Partition* p : partitions) {
    auto offset = CommittedOffset(core_, group_name_, p->id);
    if (!offset.ok()) return offset.status();
    // A cursor below the first offset moves up to it by itself.
    assigned_.push_back(
        std::make_unique<Assigned>(Assigned{Cursor(core_, p, offset.value().value_or(0).offset)}));
  }
  commit.unlock();
  std::ranges::sort(assigned_, {}, [](const std::unique_ptr<Assigned>& a) -> const TopicPartition& {
    return *a->cursor.partition()->name;
  });
  const std::lock_guard lock(core_->mutex);
  for (Partition* p : partitions) Listen(p, &signal_);
  return {};
}

void EmbeddedConsumer::Drop(const std::vector<Partition*>& partitions) {
  for (Partition* p : partitions) {
    Unlisten(p, &signal_);
    std::erase_if(assigned_, [p](const auto& a) { return a->cursor.partition() == p; });
  }
}

base::Result<Polled> EmbeddedConsumer::ReadNext(size_t max_records) {
  const auto end_turn = [this] {
    ++next_;
    in_a_row_ = 0;
  };
  for (size_t tried = 0; tried < assigned_.size(); ++tried) {
    if (next_ >= assigned_.size()) next_ = 0;
    if (in_a_row_ >= max_records) in_a_row_ = 0;
    Assigned& a = *assigned_[next_];
    std::shared_ptr<const RecordBatch> batch;
    if (!a.paused && !a.revoked) {
      auto read = a.cursor.Next(max_records - in_a_row_);
      if (!read.ok()) return read.error();
      batch = std::move(read).value();
      const auto [from, to] = a.cursor.TakeSkipped();
      if (from < to) deleted_.push_back({*a.cursor.partition()->name, from, to});
    }
    if (batch == nullptr) {
      end_turn();
      continue;
    }
    in_a_row_ += batch->records().size();
    if (in_a_row_ >= max_records) end_turn();
    Polled polled;
    polled.kind = Polled::Kind::kRecords;
    polled.at_end = a.cursor.at_end();
    polled.batch = std::move(batch);
    polled.deleted = std::exchange(deleted_, {});
    return polled;
  }
  return Polled{};
}

bool EmbeddedConsumer::AllRead() const {
  if (group_->AwaitsPartitions(*member_)) return false;
  return std::ranges::all_of(
      assigned_, [](const auto& a) { return a->paused || a->revoked || a->cursor.AtEndNow(); });
}

base::Result<bool> EmbeddedConsumer::AtEnd(const TopicPartition& partition) {
  auto found = Find(partition);
  if (!found.ok()) return found.error();
  const std::lock_guard lock(core_->mutex);
  return found.value()->cursor.AtEndNow();
}

base::Result<EmbeddedConsumer::Assigned*> EmbeddedConsumer::Find(const TopicPartition& partition) {
  for (auto& a : assigned_) {
    if (*a->cursor.partition()->name == partition) return a.get();
  }
  return base::Error{base::ErrorKind::kInvalid, "Expected " + partition.topic + "/" +
                                                    std::to_string(partition.partition) +
                                                    " to be assigned, but it is not"};
}

base::Status EmbeddedConsumer::Seek(const TopicPartition& partition, int64_t offset) {
  auto found = Find(partition);
  if (!found.ok()) return found.status();
  found.value()->cursor.Seek(offset);
  return {};
}

base::Status EmbeddedConsumer::Pause(const TopicPartition& partition) {
  auto found = Find(partition);
  if (!found.ok()) return found.status();
  found.value()->paused = true;
  return {};
}

base::Status EmbeddedConsumer::Resume(const TopicPartition& partition) {
  auto found = Find(partition);
  if (!found.ok()) return found.status();
  found.value()->paused = false;
  return {};
}

GroupToken EmbeddedConsumer::token() const {
  const std::lock_guard lock(core_->mutex);
  return {group_name_, member_->id, member_->generation, {}};
}

void EmbeddedConsumer::Wake() {
  const std::lock_guard lock(core_->mutex);
  signal_.woken = true;
  signal_.ready.notify_all();
}

}  // namespace caseclock::log::embedded
