#include "engine/log/embedded/producer.h"

#include "engine/log/embedded/catalog.h"
#include "engine/log/embedded/group.h"

namespace caseclock::log::embedded {

using base::Error;
using base::ErrorKind;

EmbeddedProducer::EmbeddedProducer(Core* core, std::string id, const ProducerSlot* slot,
                                   int64_t epoch)
    : core_(core), id_(std::move(id)), pending_(core->options) {
  guard_.slot = slot;
  guard_.epoch = epoch;
}

base::Result<std::unique_ptr<Producer>> EmbeddedProducer::Open(Core* core, const std::string& id) {
  if (id.empty()) {
    return Error{ErrorKind::kInvalid, "Expected a transactional id, but it is empty"};
  }
  const std::lock_guard commit(core->commit_mutex);
  auto stored = core->database->Get(ProducerKey(id));
  if (!stored.ok()) return stored.error();
  int64_t epoch = 1;
  if (stored.value()) {
    const auto last = DecodeNumber(*stored.value());
    if (!last) {
      return Error{ErrorKind::kCorrupt,
                   "Expected the epoch of producer " + id + ", but it does not decode"};
    }
    epoch = *last + 1;
  }
  WriteSet set;
  set.Put(ProducerKey(id), EncodeNumber(epoch));
  if (auto status = core->database->Write(&set); !status.ok()) return status.error();
  ProducerSlot& slot = core->producers[id];
  slot.epoch = epoch;
  return std::unique_ptr<Producer>(new EmbeddedProducer(core, id, &slot, epoch));
}

base::Status EmbeddedProducer::Check(bool open) const {
  if (guard_.slot->epoch.load(std::memory_order_relaxed) != guard_.epoch) {
    return Error{ErrorKind::kFenced,
                 "Expected to be the newest producer " + id_ + ", but a newer one was opened"};
  }
  if (open_ != open) {
    return Error{ErrorKind::kInvalid, open ? "Expected an open transaction, but there is none"
                                           : "Expected no open transaction, but there is one"};
  }
  return {};
}

void EmbeddedProducer::Forget() {
  pending_.Clear();
  guard_.token.reset();
  open_ = false;
}

base::Status EmbeddedProducer::Begin() {
  if (auto status = Check(false); !status.ok()) return status;
  open_ = true;
  return {};
}

base::Result<Topic*> EmbeddedProducer::TopicOf(const std::string& name) {
  for (Topic* topic : known_) {
    if (topic->name == name) return topic;
  }
  auto found = FindTopic(core_, name);
  if (found.ok()) known_.push_back(found.value());
  return found;
}

base::Status EmbeddedProducer::Produce(const std::string& topic, int32_t partition,
                                       const NewRecord& record) {
  if (auto status = Check(true); !status.ok()) return status;
  auto found = TopicOf(topic);
  if (!found.ok()) return found.status();
  auto where = FindPartition(*found.value(), partition);
  if (!where.ok()) return where.status();
  if (auto status = CheckKey(*found.value(), record); !status.ok()) return status;
  return pending_.Add(where.value(), record).status();
}

base::Status EmbeddedProducer::SendOffsets(const GroupToken& token,
                                           const std::map<TopicPartition, GroupOffset>& offsets) {
  if (auto status = Check(true); !status.ok()) return status;
  std::vector<std::pair<PartitionId, GroupOffset>> found;
  for (const auto& [name, offset] : offsets) {
    auto partition = FindPartition(core_, name);
    if (!partition.ok()) return partition.status();
    found.emplace_back(partition.value()->id, offset);
  }
  {
    const std::lock_guard lock(core_->mutex);
    const auto group = core_->groups.find(token.group);
    if (group == core_->groups.end() || !group->second->Holds(token)) {
      return Error{ErrorKind::kUnavailable,
                   "Expected offsets from a present member of group " + token.group + ", but '" +
                       token.member + "' has gone or lost partitions since: abort and poll"};
    }
  }
  for (const auto& [id, offset] : found) pending_.SetOffset(token.group, id, offset);
  guard_.token = token;
  return {};
}

base::Result<CommitOutcome> EmbeddedProducer::Commit() {
  if (auto status = Check(true); !status.ok()) {
    Forget();
    return status.error();
  }
  auto outcome = embedded::Commit(core_, guard_, &pending_);
  Forget();
  return outcome;
}

base::Status EmbeddedProducer::Abort() {
  auto status = Check(true);
  Forget();
  return status;
}

base::Result<std::vector<Appended>> EmbeddedAppender::Append(const std::string& topic,
                                                             std::span<const NewRecord> records) {
  auto found = FindTopic(core_, topic);
  if (!found.ok()) return found.error();
  Pending pending(core_->options);
  std::vector<Appended> appended;
  appended.reserve(records.size());
  const auto partitions = static_cast<int32_t>(found.value()->partitions.size());
  for (const NewRecord& record : records) {
    if (auto status = CheckKey(*found.value(), record); !status.ok()) return status.error();
    const int32_t p = record.key ? PartitionOf(*record.key, partitions) : 0;
    auto index = pending.Add(found.value()->partitions[static_cast<size_t>(p)].get(), record);
    if (!index.ok()) return index.error();
    appended.push_back({p, index.value()});
  }
  if (records.empty()) return appended;
  if (auto outcome = Commit(core_, {}, &pending); !outcome.ok()) return outcome.error();
  std::vector<int64_t> bases(static_cast<size_t>(partitions));
  for (const auto& part : pending.parts()) bases[part.partition->id.partition] = part.base;
  for (Appended& a : appended) a.offset += bases[static_cast<size_t>(a.partition)];
  return appended;
}

}  // namespace caseclock::log::embedded
