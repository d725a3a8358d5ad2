#include "engine/log/embedded/catalog.h"

#include <algorithm>
#include <utility>

namespace caseclock::log::embedded {
namespace {

using base::Error;
using base::ErrorKind;

constexpr size_t kMaxName = 249;  // as Kafka has it
constexpr int32_t kMaxPartitions = 4096;

bool IsTopicName(std::string_view name) {
  return !name.empty() && name.size() <= kMaxName && name != "." && name != ".." &&
         std::ranges::all_of(name, [](char c) {
           return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                  c == '.' || c == '_' || c == '-';
         });
}

void AddTopic(Core* core, const std::string& name, const StoredTopic& stored) {
  Topic& topic = core->topics[name];
  topic.name = name;
  topic.id = stored.id;
  topic.config = stored.config;
  topic.compacted = stored.config.compacted;
  for (int32_t p = 0; p < stored.config.partitions; ++p) {
    auto partition = std::make_unique<Partition>();
    partition->name = std::make_shared<TopicPartition>(TopicPartition{name, p});
    partition->id = {stored.id, static_cast<uint32_t>(p)};
    topic.partitions.push_back(std::move(partition));
  }
}

// Where it begins and ends: from what maintenance noted, and from the newest block.
base::Status LoadPartition(Core* core, Partition* partition) {
  auto meta = core->database->Get(MetaKey(partition->id));
  if (!meta.ok()) return meta.error();
  if (meta.value()) {
    const auto decoded = DecodeMeta(*meta.value());
    if (!decoded) {
      return Error{ErrorKind::kCorrupt,
                   "Expected bounds of " + NameOf(*partition) + ", but they do not decode"};
    }
    partition->meta = *decoded;
  }
  partition->first = partition->meta.first;
  partition->end = partition->meta.end;
  auto scan = core->database->NewScan(BlockKey(partition->id, 0), BlocksEnd(partition->id));
  scan->SeekToLast();
  if (scan->valid()) partition->end = std::max(partition->end, LastOffsetOf(scan->key()) + 1);
  return scan->status();
}

base::Status CheckFormat(Core* core) {
  auto format = core->database->Get(FormatKey());
  if (!format.ok()) return format.error();
  if (!format.value()) {
    WriteSet set;
    set.Put(FormatKey(), EncodeFormat());
    return core->database->Write(&set);
  }
  if (IsKnownFormat(*format.value())) return {};
  return Error{ErrorKind::kConfig, "Expected a log of format 1 in " + core->options.directory +
                                       ", but a newer program wrote it"};
}

base::Status Store(Core* core, const std::string& name, const StoredTopic& topic) {
  WriteSet set;
  set.Put(TopicKey(name), EncodeTopic(topic));
  return core->database->Write(&set);
}

}  // namespace

base::Status LoadTopics(Core* core) {
  if (auto status = CheckFormat(core); !status.ok()) return status;
  auto scan = core->database->NewScan(TopicKey(""), TopicsEnd());
  for (scan->Seek(TopicKey("")); scan->valid(); scan->Next()) {
    const std::string name(scan->key().substr(1));
    const auto stored = DecodeTopic(scan->value());
    if (!stored) {
      return Error{ErrorKind::kCorrupt,
                   "Expected settings of topic " + name + ", but they do not decode"};
    }
    AddTopic(core, name, *stored);
  }
  if (auto status = scan->status(); !status.ok()) return status;
  scan.reset();  // one at a time, see Scan
  for (auto& [name, topic] : core->topics) {
    for (auto& partition : topic.partitions) {
      if (auto status = LoadPartition(core, partition.get()); !status.ok()) return status;
    }
  }
  return {};
}

base::Status EnsureTopic(Core* core, const std::string& name, const TopicConfig& config) {
  if (!IsTopicName(name)) {
    return Error{ErrorKind::kInvalid,
                 "Expected a topic name of 1 to 249 letters, digits, '.', '_' and '-', but got '" +
                     name.substr(0, kMaxName) + "'"};
  }
  if (config.partitions < 1 || config.partitions > kMaxPartitions) {
    return Error{ErrorKind::kInvalid, "Expected 1 to " + std::to_string(kMaxPartitions) +
                                          " partitions for topic " + name + ", but got " +
                                          std::to_string(config.partitions)};
  }
  const std::lock_guard commit(core->commit_mutex);
  uint32_t id = 1;
  {
    const std::lock_guard lock(core->mutex);
    for (const auto& [other, topic] : core->topics) id = std::max(id, topic.id + 1);
    if (auto found = core->topics.find(name); found != core->topics.end()) {
      const int32_t partitions = found->second.config.partitions;
      if (partitions != config.partitions) {
        return Error{ErrorKind::kConfig,
                     "Expected topic " + name + " to have " + std::to_string(config.partitions) +
                         " partitions, but it has " + std::to_string(partitions)};
      }
      id = found->second.id;
    }
  }
  const StoredTopic stored{id, config};
  if (auto status = Store(core, name, stored); !status.ok()) return status;
  const std::lock_guard lock(core->mutex);
  if (auto found = core->topics.find(name); found != core->topics.end()) {
    found->second.config = config;
    found->second.compacted = config.compacted;
  } else {
    AddTopic(core, name, stored);
  }
  return {};
}

base::Result<Topic*> FindTopic(Core* core, const std::string& name) {
  const std::lock_guard lock(core->mutex);
  const auto found = core->topics.find(name);
  if (found == core->topics.end()) {
    return Error{ErrorKind::kNotFound, "Expected a topic " + name + ", but there is none"};
  }
  return &found->second;
}

base::Result<Partition*> FindPartition(const Topic& topic, int32_t partition) {
  if (partition < 0 || static_cast<size_t>(partition) >= topic.partitions.size()) {
    return Error{ErrorKind::kInvalid, "Expected a partition of topic " + topic.name + " below " +
                                          std::to_string(topic.partitions.size()) + ", but got " +
                                          std::to_string(partition)};
  }
  return topic.partitions[static_cast<size_t>(partition)].get();
}

base::Result<Partition*> FindPartition(Core* core, const TopicPartition& name) {
  auto topic = FindTopic(core, name.topic);
  if (!topic.ok()) return topic.error();
  return FindPartition(*topic.value(), name.partition);
}

base::Status CheckKey(const Topic& topic, const NewRecord& record) {
  if (record.key || !topic.compacted) return {};
  return Error{ErrorKind::kInvalid,
               "Expected a key in compacted topic " + topic.name + ", but there is none"};
}

base::Result<std::optional<GroupOffset>> CommittedOffset(Core* core, const std::string& group,
                                                         PartitionId id) {
  auto value = core->database->Get(GroupKey(group, id));
  if (!value.ok()) return value.error();
  if (!value.value()) return std::optional<GroupOffset>();
  const auto offset = DecodeOffset(*value.value());
  if (!offset) {
    return Error{ErrorKind::kCorrupt,
                 "Expected an offset of group " + group + ", but it does not decode"};
  }
  return offset;
}

}  // namespace caseclock::log::embedded
