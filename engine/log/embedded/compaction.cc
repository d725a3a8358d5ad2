#include <algorithm>
#include <bit>
#include <utility>
#include <vector>

#include "engine/base/hash.h"
#include "engine/log/embedded/maintenance.h"

namespace caseclock::log::embedded {
namespace {

// The last offset of each key, by hash; of fixed size. Open addressing, three quarters full at
// most.
class LastOffsets {
 public:
  LastOffsets(size_t max_bytes, size_t expected_keys) {
    const size_t slots = std::bit_floor(std::max<size_t>(max_bytes / sizeof(Slot), 16));
    slots_.resize(std::min(slots, std::bit_ceil(expected_keys * 2 + 16)));
  }

  [[nodiscard]] bool HasRoomFor(size_t keys) const {
    return (used_ + keys) * 4 <= slots_.size() * 3;
  }
  // REQUIRES: HasRoomFor(1). Later offsets come later.
  void Set(std::string_view key, int64_t offset) {
    Slot& slot = Find(base::Hash(key));
    if (slot.next == 0) ++used_;
    slot = {base::Hash(key), offset + 1};
  }
  // Negative: not there.
  [[nodiscard]] int64_t Get(std::string_view key) { return Find(base::Hash(key)).next - 1; }

 private:
  struct Slot {
    base::Hash128 hash;
    int64_t next = 0;  // offset + 1; zero: free
  };

  Slot& Find(base::Hash128 hash) {
    for (size_t i = hash.low;; ++i) {
      Slot& slot = slots_[i & (slots_.size() - 1)];
      if (slot.next == 0 || slot.hash == hash) return slot;
    }
  }

  std::vector<Slot> slots_;
  size_t used_ = 0;
};

class Compaction {
 public:
  Compaction(Core* core, Partition* partition) : core_(core), partition_(partition) {}

  // Looks how far blocks are older than the horizon; true if there is enough to do.
  base::Result<bool> IsDue(base::Instant horizon);
  // False: the log is being closed. What was rewritten reads the same, and is begun anew.
  base::Result<bool> Run();

 private:
  base::Result<std::shared_ptr<const Block>> Decode(const Scan& scan) const;
  // Fills the map from meta.cleaned_to on; `mapped_to` is how far it came.
  base::Status Map(LastOffsets* map, int64_t* mapped_to);
  base::Status Rewrite(LastOffsets* map, int64_t mapped_to);
  void Take(const Block& block, LastOffsets* map);
  base::Status Flush();
  base::Status NoteCleaned(int64_t mapped_to);
  std::unique_ptr<Scan> ScanFrom(int64_t offset) const;

  Core* core_;
  Partition* partition_;

  // The blocks being joined to one.
  BlockWriter writer_;
  std::vector<int64_t> inputs_;  // their last offsets
  int64_t first_ = 0;            // of the first of them
  int64_t next_ = 0;             // after the last record taken
  base::Instant appended_;
  bool changed_ = false;
  int64_t kept_ = 0;
};

std::unique_ptr<Scan> Compaction::ScanFrom(int64_t offset) const {
  const PartitionId id = partition_->id;
  auto scan = core_->database->NewScan(BlockKey(id, 0), BlocksEnd(id), false);
  scan->Seek(BlockKey(id, offset));
  return scan;
}

base::Result<std::shared_ptr<const Block>> Compaction::Decode(const Scan& scan) const {
  const int64_t last = LastOffsetOf(scan.key());
  auto block = Block::Decode(scan.value(), last);
  if (block.ok()) return block;
  return base::Error{block.error().kind, block.error().message + " (compacting " +
                                             NameOf(*partition_) + ", block ending at offset " +
                                             std::to_string(last) + ")"};
}

base::Result<bool> Compaction::IsDue(base::Instant horizon) {
  Partition& p = *partition_;
  p.scanned_to = std::max({p.scanned_to, p.meta.cleaned_to, p.meta.first});
  auto scan = ScanFrom(p.scanned_to);
  for (; scan->valid() && !core_->closing; scan->Next()) {
    const auto header = Block::DecodeHeader(scan->value());
    if (!header.ok()) return Decode(*scan).error();
    if (header.value().appended >= horizon) break;
    p.scanned_to = LastOffsetOf(scan->key()) + 1;
    p.scanned_records += header.value().records;
  }
  if (auto status = scan->status(); !status.ok()) return status.error();
  const auto dirty = static_cast<double>(p.scanned_records);
  const auto all = dirty + static_cast<double>(p.meta.cleaned_records);
  return !core_->closing && p.scanned_records > 0 &&
         dirty >= core_->options.compaction_dirty_ratio * all;
}

base::Result<bool> Compaction::Run() {
  LastOffsets map(core_->options.compaction_map_bytes,
                  static_cast<size_t>(partition_->scanned_records));
  int64_t mapped_to = 0;
  if (auto status = Map(&map, &mapped_to); !status.ok()) return status.error();
  if (auto status = Rewrite(&map, mapped_to); !status.ok()) return status.error();
  if (core_->closing) return false;
  if (auto status = NoteCleaned(mapped_to); !status.ok()) return status.error();
  return true;
}

base::Status Compaction::Map(LastOffsets* map, int64_t* mapped_to) {
  *mapped_to = partition_->meta.cleaned_to;
  auto scan = ScanFrom(*mapped_to);
  for (; scan->valid() && LastOffsetOf(scan->key()) < partition_->scanned_to; scan->Next()) {
    if (core_->closing) return {};
    auto block = Decode(*scan);
    if (!block.ok()) return block.status();
    const Block& b = *block.value();
    // Whole blocks only: the rewrite goes to the end of one.
    if (!map->HasRoomFor(b.records().size())) break;
    for (const RecordView& record : b.records()) {
      if (record.key) map->Set(*record.key, record.offset);
    }
    *mapped_to = b.last() + 1;
  }
  if (*mapped_to == partition_->meta.cleaned_to) {
    return base::Error{base::ErrorKind::kConfig,
                       "Expected compaction_map_bytes to hold the keys of one block, but " +
                           std::to_string(core_->options.compaction_map_bytes) + " do not"};
  }
  return scan->status();
}

base::Status Compaction::Rewrite(LastOffsets* map, int64_t mapped_to) {
  auto scan = ScanFrom(partition_->meta.first);
  while (scan->valid() && LastOffsetOf(scan->key()) < mapped_to) {
    if (core_->closing) return {};
    auto block = Decode(*scan);
    if (!block.ok()) return block.status();
    Take(*block.value(), map);
    if (writer_.records() < core_->options.block_records &&
        writer_.bytes() < core_->options.block_bytes) {
      scan->Next();
      continue;
    }
    // A database that recovers waits for all scans to go, and this one would wait for it.
    scan.reset();
    if (auto status = Flush(); !status.ok()) return status;
    scan = ScanFrom(block.value()->last() + 1);
  }
  if (auto status = scan->status(); !status.ok()) return status;
  scan.reset();
  return Flush();
}

void Compaction::Take(const Block& block, LastOffsets* map) {
  if (inputs_.empty()) {
    first_ = next_ = block.first();
    appended_ = block.header().appended;
  }
  changed_ |= !inputs_.empty();
  inputs_.push_back(block.last());
  appended_ = std::max(appended_, block.header().appended);
  for (const RecordView& record : block.records()) {
    const bool superseded = record.key && map->Get(*record.key) > record.offset;
    // A record without a key is from before the topic was compacted, and stays.
    if (superseded || (record.key && !record.value)) {
      changed_ = true;
      continue;
    }
    writer_.Add({record.key, record.value, record.timestamp, record.headers},
                static_cast<uint64_t>(record.offset - next_));
    next_ = record.offset + 1;
  }
}

base::Status Compaction::Flush() {
  const uint32_t records = writer_.records();
  base::Status status;
  if (changed_) {
    WriteSet set;
    const int64_t last = inputs_.back();
    for (const int64_t input : inputs_) set.Delete(BlockKey(partition_->id, input));
    if (records > 0) {
      SealedBlock block = writer_.Seal(false, last - first_);
      StampBlock(appended_, &block);
      set.Put(BlockKey(partition_->id, last), block.value);
    } else {
      // These may have been the newest blocks, which told where the partition ends.
      PartitionMeta& meta = partition_->meta;
      meta.end = std::max(meta.end, last + 1);
      set.Put(MetaKey(partition_->id), EncodeMeta(meta));
    }
    status = core_->database->Write(&set);
  }
  kept_ += records;
  writer_.Clear();
  inputs_.clear();
  changed_ = false;
  return status;
}

base::Status Compaction::NoteCleaned(int64_t mapped_to) {
  PartitionMeta meta = partition_->meta;
  meta.cleaned_to = mapped_to;
  meta.cleaned_records = kept_;
  WriteSet set;
  set.Put(MetaKey(partition_->id), EncodeMeta(meta));
  if (auto status = core_->database->Write(&set); !status.ok()) return status;
  partition_->meta = meta;
  // What did not fit into the map is counted again by the next IsDue.
  partition_->scanned_to = mapped_to;
  partition_->scanned_records = 0;
  return core_->database->Shrink(BlockKey(partition_->id, 0), BlockKey(partition_->id, mapped_to),
                                 &core_->closing);
}

}  // namespace

base::Status CompactPartition(Core* core, Partition* partition, base::Instant horizon) {
  for (;;) {
    Compaction compaction(core, partition);
    auto due = compaction.IsDue(horizon);
    if (!due.ok()) return due.status();
    if (!due.value()) return {};
    const auto ran = compaction.Run();
    if (!ran.ok() || !ran.value()) return ran.status();
  }
}

}  // namespace caseclock::log::embedded
