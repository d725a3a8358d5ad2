#pragma once

// The keys and small values of the directory. One column family; the first byte is the table.
//
// key      := 'F'                                            the format of the directory
//           | 'T' name                                       a topic
//           | 'P' topic:be32 partition:be32                  what maintenance did to a partition
//           | 'G' topic:be32 partition:be32 group            the committed offset of a group
//           | 'E' transactional_id                           the epoch of a producer
//           | 'B' topic:be32 partition:be32 last:be64        a block (block.cc) by its LAST offset,
//                                                            so one seek finds the block of an
//                                                            offset
// F value  := version:u8 = 1
// T value  := version:u8 = 1 id:u32 partitions:u32 compacted:u8 has_retention:u8 retention_us:i64
//             compaction_lag_us:i64
// P value  := version:u8 = 1 first:i64 end:i64 cleaned_to:i64 cleaned_records:i64
// G value  := version:u8 = 1 offset:i64 note
// E value  := version:u8 = 1 number:i64
//
// These bytes are on disk: letters, numbers and order NEVER change, and a retired letter is not
// used again. Numbers in values are little-endian. A topic's id is never reused.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "engine/log/log.h"

namespace caseclock::log::embedded {

struct PartitionId {
  uint32_t topic = 0;
  uint32_t partition = 0;
};

struct StoredTopic {
  uint32_t id = 0;
  TopicConfig config;
};

// What the blocks alone cannot tell once the oldest or the newest are gone.
struct PartitionMeta {
  int64_t first = 0;            // records below are dropped by retention
  int64_t end = 0;              // at least; blocks may reach further
  int64_t cleaned_to = 0;       // compaction has looked at everything below
  int64_t cleaned_records = 0;  // how many it left there
};

std::string FormatKey();
std::string TopicKey(std::string_view name);
std::string TopicsEnd();  // after all topic keys
std::string MetaKey(PartitionId id);
std::string GroupKey(std::string_view group, PartitionId id);
std::string ProducerKey(std::string_view transactional_id);
std::string BlockKey(PartitionId id, int64_t last);
std::string BlocksEnd(PartitionId id);  // after all blocks of the partition
int64_t LastOffsetOf(std::string_view block_key);

std::string EncodeFormat();
bool IsKnownFormat(std::string_view value);
std::string EncodeTopic(const StoredTopic& topic);
std::optional<StoredTopic> DecodeTopic(std::string_view value);
std::string EncodeMeta(const PartitionMeta& meta);
std::optional<PartitionMeta> DecodeMeta(std::string_view value);
std::string EncodeOffset(const GroupOffset& offset);
std::optional<GroupOffset> DecodeOffset(std::string_view value);
std::string EncodeNumber(int64_t number);
std::optional<int64_t> DecodeNumber(std::string_view value);

}  // namespace caseclock::log::embedded
