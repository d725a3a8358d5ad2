#include "engine/log/embedded/keys.h"

#include "engine/base/big_endian.h"
#include "engine/log/embedded/bytes.h"

namespace caseclock::log::embedded {
namespace {

constexpr char kVersion = 1;

std::string PartitionKey(char table, PartitionId id) {
  std::string key(1, table);
  base::AppendBig32(id.topic, &key);
  base::AppendBig32(id.partition, &key);
  return key;
}

std::string NameKey(char table, std::string_view name) {
  std::string key(1, table);
  key.append(name);
  return key;
}

// Takes fixed fields off a value; fails for good at the first that is not there.
class Fields {
 public:
  explicit Fields(std::string_view value) : rest_(value) { version_ = Take<char>(); }
  template <typename T>
  T Take() {
    if (rest_.size() < sizeof(T)) {
      whole_ = false;
      return T{};
    }
    const T v = GetFixed<T>(rest_.data());
    rest_.remove_prefix(sizeof(T));
    return v;
  }
  [[nodiscard]] bool AllTaken() const { return whole_ && version_ == kVersion && rest_.empty(); }

 private:
  std::string_view rest_;
  bool whole_ = true;
  char version_ = 0;
};

}  // namespace

std::string FormatKey() {
  return "F";
}
std::string TopicKey(std::string_view name) {
  return NameKey('T', name);
}
std::string TopicsEnd() {
  return "U";
}
std::string MetaKey(PartitionId id) {
  return PartitionKey('P', id);
}
std::string GroupKey(std::string_view group, PartitionId id) {
  return PartitionKey('G', id).append(group);
}
std::string ProducerKey(std::string_view transactional_id) {
  return NameKey('E', transactional_id);
}
std::string BlockKey(PartitionId id, int64_t last) {
  std::string key = PartitionKey('B', id);
  base::AppendBig64(static_cast<uint64_t>(last), &key);
  return key;
}
std::string BlocksEnd(PartitionId id) {
  return PartitionKey('B', {id.topic, id.partition + 1});
}
int64_t LastOffsetOf(std::string_view block_key) {
  return static_cast<int64_t>(base::ReadBig64(block_key.substr(9)));
}

std::string EncodeFormat() {
  return std::string(1, kVersion);
}
bool IsKnownFormat(std::string_view value) {
  return value == EncodeFormat();
}

std::string EncodeTopic(const StoredTopic& topic) {
  std::string value(1, kVersion);
  AppendFixed(&value, topic.id);
  AppendFixed(&value, topic.config.partitions);
  AppendFixed(&value, static_cast<char>(topic.config.compacted ? 1 : 0));
  AppendFixed(&value, static_cast<char>(topic.config.retention ? 1 : 0));
  AppendFixed(&value, topic.config.retention.value_or(base::Duration{0}).us);
  AppendFixed(&value, topic.config.compaction_lag.us);
  return value;
}

std::optional<StoredTopic> DecodeTopic(std::string_view value) {
  Fields fields(value);
  StoredTopic topic;
  topic.id = fields.Take<uint32_t>();
  topic.config.partitions = fields.Take<int32_t>();
  topic.config.compacted = fields.Take<char>() != 0;
  const bool has_retention = fields.Take<char>() != 0;
  const base::Duration retention{fields.Take<int64_t>()};
  if (has_retention) topic.config.retention = retention;
  topic.config.compaction_lag = base::Duration{fields.Take<int64_t>()};
  if (!fields.AllTaken() || topic.config.partitions < 1) return std::nullopt;
  return topic;
}

std::string EncodeMeta(const PartitionMeta& meta) {
  std::string value(1, kVersion);
  AppendFixed(&value, meta.first);
  AppendFixed(&value, meta.end);
  AppendFixed(&value, meta.cleaned_to);
  AppendFixed(&value, meta.cleaned_records);
  return value;
}

std::optional<PartitionMeta> DecodeMeta(std::string_view value) {
  Fields fields(value);
  PartitionMeta meta;
  meta.first = fields.Take<int64_t>();
  meta.end = fields.Take<int64_t>();
  meta.cleaned_to = fields.Take<int64_t>();
  meta.cleaned_records = fields.Take<int64_t>();
  if (!fields.AllTaken()) return std::nullopt;
  return meta;
}

std::string EncodeOffset(const GroupOffset& offset) {
  return EncodeNumber(offset.offset) + offset.note;
}

std::optional<GroupOffset> DecodeOffset(std::string_view value) {
  constexpr size_t kNumberSize = 1 + sizeof(int64_t);
  const auto number = DecodeNumber(value.substr(0, kNumberSize));
  if (!number) return std::nullopt;
  return GroupOffset(*number, std::string(value.substr(kNumberSize)));
}

std::string EncodeNumber(int64_t number) {
  std::string value(1, kVersion);
  AppendFixed(&value, number);
  return value;
}

std::optional<int64_t> DecodeNumber(std::string_view value) {
  Fields fields(value);
  const auto number = fields.Take<int64_t>();
  if (!fields.AllTaken()) return std::nullopt;
  return number;
}

}  // namespace caseclock::log::embedded
