#include "engine/log/embedded/maintenance.h"

#include <algorithm>
#include <utility>
#include <vector>

namespace caseclock::log::embedded {

base::Status MaintainAll(Core* core, base::Instant now) {
  std::vector<std::pair<Topic*, TopicConfig>> topics;
  {
    const std::lock_guard lock(core->mutex);
    for (auto& [name, topic] : core->topics) topics.emplace_back(&topic, topic.config);
  }
  for (const auto& [topic, config] : topics) {
    for (const auto& partition : topic->partitions) {
      if (core->closing) return {};
      if (config.retention) {
        auto status = DropOldBlocks(core, partition.get(), now - *config.retention);
        if (!status.ok()) return status;
      }
      if (config.compacted) {
        auto status = CompactPartition(core, partition.get(), now - config.compaction_lag);
        if (!status.ok()) return status;
      }
    }
  }
  return {};
}

base::Status DropOldBlocks(Core* core, Partition* partition, base::Instant horizon) {
  const PartitionId id = partition->id;
  int64_t cut = partition->meta.first;
  auto scan = core->database->NewScan(BlockKey(id, 0), BlocksEnd(id), false);
  for (scan->Seek(BlockKey(id, cut)); scan->valid() && !core->closing; scan->Next()) {
    const auto header = Block::DecodeHeader(scan->value());
    // A block that cannot be read does not show its age: it stays, for somebody to look at.
    if (!header.ok() || header.value().appended >= horizon) break;
    cut = LastOffsetOf(scan->key()) + 1;
  }
  if (auto status = scan->status(); !status.ok()) return status;
  scan.reset();
  if (cut == partition->meta.first) return {};

  PartitionMeta meta = partition->meta;
  meta.first = cut;
  meta.end = std::max(meta.end, cut);
  WriteSet set;
  set.DeleteRange(BlockKey(id, 0), BlockKey(id, cut));
  set.Put(MetaKey(id), EncodeMeta(meta));
  if (auto status = core->database->Write(&set); !status.ok()) return status;
  partition->meta = meta;
  {
    const std::lock_guard lock(core->mutex);
    partition->first = cut;
    DropRecent(core, partition, cut);
  }
  return core->database->Shrink(BlockKey(id, 0), BlockKey(id, cut), &core->closing);
}

}  // namespace caseclock::log::embedded
