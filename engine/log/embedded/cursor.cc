#include "engine/log/embedded/cursor.h"

#include <algorithm>
#include <utility>
#include <vector>

namespace caseclock::log::embedded {
namespace {

// Small blocks are joined to a batch of about this many records or bytes, so that a log written
// record by record is not read that way; larger ones are handed out as they are, without a copy.
constexpr size_t kJoinRecords = 512;
constexpr size_t kJoinBytes = 256 << 10;

class Batch : public RecordBatch {
 public:
  explicit Batch(std::shared_ptr<const TopicPartition> origin) : origin_(std::move(origin)) {}

  void Add(std::shared_ptr<const Block> block, std::span<const RecordView> slice) {
    if (blocks_.empty()) {
      records_ = slice;
    } else {
      if (blocks_.size() == 1) joined_.assign(records_.begin(), records_.end());
      joined_.insert(joined_.end(), slice.begin(), slice.end());
      records_ = joined_;
    }
    bytes_ += block->header().raw_bytes;
    blocks_.push_back(std::move(block));
  }

  [[nodiscard]] const TopicPartition& origin() const override { return *origin_; }
  [[nodiscard]] std::span<const RecordView> records() const override { return records_; }
  [[nodiscard]] bool Full(size_t max_records) const {
    return records_.size() >= std::min(max_records, kJoinRecords) || bytes_ >= kJoinBytes;
  }

 private:
  std::shared_ptr<const TopicPartition> origin_;
  std::vector<std::shared_ptr<const Block>> blocks_;
  std::vector<RecordView> joined_;
  std::span<const RecordView> records_;
  size_t bytes_ = 0;
};

std::span<const RecordView> SliceFrom(const Block& block, int64_t position, size_t limit) {
  const std::span<const RecordView> all(block.records());
  const auto begin = std::ranges::lower_bound(all, position, {}, &RecordView::offset);
  const auto rest = all.subspan(static_cast<size_t>(begin - all.begin()));
  return rest.first(std::min(limit, rest.size()));
}

const RecentBlock* FindRecent(const Partition& partition, int64_t position) {
  const auto found = std::ranges::lower_bound(partition.recent, position, {}, &RecentBlock::last);
  if (found == partition.recent.end() || found->first() > position) return nullptr;
  return &*found;
}

}  // namespace

base::Result<std::shared_ptr<const RecordBatch>> Cursor::Next(size_t max_records) {
  max_records = std::max<size_t>(max_records, 1);
  auto batch = std::make_shared<Batch>(partition_->name);
  std::unique_ptr<Scan> scan;
  int64_t end = 0;
  while (!batch->Full(max_records)) {
    auto block = Fetch(&scan, &end);
    if (!block.ok()) {
      // What was read before the fault is good, and comes first.
      if (!batch->records().empty()) break;
      return block.error();
    }
    if (block.value() == nullptr) break;
    const auto slice = SliceFrom(*block.value(), position_, max_records - batch->records().size());
    // Past the block where nothing of it is left, else past the last record taken.
    const bool whole =
        slice.empty() || slice.back().offset == block.value()->records().back().offset;
    position_ = whole ? block.value()->last() + 1 : slice.back().offset + 1;
    if (!slice.empty()) batch->Add(block.value(), slice);
    current_ = whole ? nullptr : block.value();
  }
  at_end_ = position_ >= end;
  if (batch->records().empty()) return std::shared_ptr<const RecordBatch>();
  return std::shared_ptr<const RecordBatch>(std::move(batch));
}

Cursor::BlockResult Cursor::Fetch(std::unique_ptr<Scan>* scan, int64_t* end) {
  RecentBlock recent;
  {
    const std::lock_guard lock(core_->mutex);
    if (position_ < partition_->first) skipped_ = {position_, partition_->first};
    position_ = std::max(position_, partition_->first);
    *end = partition_->end;
    if (position_ >= *end) return std::shared_ptr<const Block>();
    if (const RecentBlock* found = FindRecent(*partition_, position_)) recent = *found;
  }
  if (current_ != nullptr && current_->first() <= position_ && position_ <= current_->last()) {
    return current_;
  }
  if (recent.raw == nullptr) return FetchStored(scan, *end);
  auto block = Block::FromRaw(recent.raw, recent.header, recent.last);
  if (!block.ok()) return Where(block.error());
  return block;
}

Cursor::BlockResult Cursor::FetchStored(std::unique_ptr<Scan>* scan, int64_t end) {
  // A scan serves all of one Next. It shows what was there when it was made, so where it ends a new
  // one has to confirm that there is no more.
  while (*scan != nullptr && (*scan)->valid() && LastOffsetOf((*scan)->key()) < position_) {
    (*scan)->Next();
  }
  if (*scan == nullptr || !(*scan)->valid()) {
    scan->reset();  // one at a time, see Scan
    *scan = core_->database->NewScan(BlockKey(partition_->id, 0), BlocksEnd(partition_->id));
    (*scan)->Seek(BlockKey(partition_->id, position_));
  }
  if (!(*scan)->valid()) {
    if (auto status = (*scan)->status(); !status.ok()) return Where(status.error());
    position_ = end;  // compaction took all that was left
    return std::shared_ptr<const Block>();
  }
  auto block = Block::Decode((*scan)->value(), LastOffsetOf((*scan)->key()));
  if (!block.ok()) return Where(block.error());
  if (block.value()->first() >= end) {  // written, but not yet to be seen
    position_ = end;
    return std::shared_ptr<const Block>();
  }
  return block;
}

base::Error Cursor::Where(const base::Error& error) const {
  return {error.kind, error.message + " (reading " + NameOf(*partition_) + " from offset " +
                          std::to_string(position_) + ")"};
}

}  // namespace caseclock::log::embedded
