#include "engine/runtime/other_partitions.h"

#include <utility>

#include "engine/codec/output_codec.h"
#include "engine/log/read_all.h"
#include "engine/runtime/shared.h"

namespace caseclock::runtime {

using base::Status;

void OtherPartitions::Forget() {
  readers_.clear();
  unnamed_.clear();
  shares_.clear();
  const std::lock_guard lock(mutex_);
  others_.clear();
}

// Each only when those before it are read to their ends: one that was just opened fetches as much
// as its queue holds.
base::Result<log::Reader*> OtherPartitions::ReaderOf(int32_t number) {
  if (readers_.size() <= static_cast<size_t>(number)) {
    auto reader = shared_->log->Open({shared_->options.topics.partials, number}, 0);
    if (!reader.ok()) return reader.error();
    readers_.push_back(std::move(reader).value());
  }
  return readers_[static_cast<size_t>(number)].get();
}

Status OtherPartitions::Read(const std::set<int32_t>& own) {
  if (own != own_) {
    Forget();
    own_ = own;
  }
  if (own.size() == static_cast<size_t>(shared_->partitions)) return {};
  // Chunks lie in other partitions of the topic than the share that follows them. What was there
  // before a share is read for certain once a round has begun after it was seen.
  std::map<int32_t, model::PartitionShare> seen;
  seen.swap(shares_);
  for (int32_t number = 0; number < shared_->partitions; ++number) {
    auto reader = ReaderOf(number);
    if (!reader.ok()) return reader.status();
    const Status read = log::ReadAll(reader.value(), 4096, [&](const log::RecordBatch& batch) {
      for (const log::RecordView& record : batch.records()) {
        if (auto status = Take(record); !status.ok()) return status;
      }
      return Status();
    });
    if (!read.ok()) {
      Forget();  // a reader may have stopped in the middle
      return read;
    }
  }
  const std::lock_guard lock(mutex_);
  for (auto& [number, share] : seen) {
    auto [at, fresh] = others_.try_emplace(number);
    if (fresh) {
      if (auto waiting = unnamed_.extract(number); !waiting.empty()) {
        at->second.figures = std::move(waiting.mapped());
      }
    }
    at->second.share = std::move(share);
  }
  return {};
}

Status OtherPartitions::Take(const log::RecordView& record) {
  if (!record.key) return {};
  return record.key->starts_with(model::kShareKey) ? TakeShare(record) : TakeChunk(record);
}

Status OtherPartitions::TakeShare(const log::RecordView& record) {
  if (!record.value) return {};
  model::PartitionShare share;
  if (auto status = codec::DecodeShare(*record.value, &share); !status.ok()) return status;
  if (!own_.contains(share.partition)) shares_[share.partition] = std::move(share);
  return {};
}

Status OtherPartitions::TakeChunk(const log::RecordView& record) {
  auto key = codec::ParseFigureChunkKey(*record.key);
  if (!key.ok()) return key.status();
  const int32_t number = key.value().partition;
  if (own_.contains(number)) return {};
  model::FigureChunk chunk;  // none in a tombstone
  if (record.value) {
    codec::ChunkKey same;
    if (auto status = codec::DecodeChunk(*record.value, &same, &chunk); !status.ok()) return status;
    if (codec::FigureChunkKey(same) != *record.key) {
      return base::Error{base::ErrorKind::kCorrupt,
                         "Expected figures of queue " + key.value().figure.queue.str() +
                             " in their topic under their key, but they are others"};
    }
    if (auto status = codec::CheckChunk(same, chunk); !status.ok()) return status;
  }
  const std::lock_guard lock(mutex_);
  const auto known = others_.find(number);
  core::Figures& figures = known != others_.end() ? known->second.figures : unnamed_[number];
  figures.Put(key.value().figure, key.value().day, chunk);
  return {};
}

}  // namespace caseclock::runtime
