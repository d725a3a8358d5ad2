#include "engine/runtime/restore.h"

#include <algorithm>

#include "engine/base/check.h"
#include "engine/codec/case_codec.h"
#include "engine/codec/output_codec.h"
#include "engine/core/facts.h"
#include "engine/host/log.h"
#include "engine/log/read_all.h"
#include "engine/store/keys.h"

namespace caseclock::runtime {
namespace {

using base::Error;
using base::ErrorKind;
using base::Status;

// What is collected before it is applied; bounds the memory of a rebuild.
constexpr size_t kPendingBytes = size_t{24} << 20;
constexpr size_t kReadAtOnce = 16'384;

}  // namespace

Restore::Restore(Shared* shared, Task* task, CheckpointWriter* writer)
    : shared_(shared), task_(task), partition_(task->partition()), writer_(writer) {}

Error Restore::Torn(const std::string& what) const {
  return Error{ErrorKind::kCorrupt,
               "Partition " + std::to_string(partition_.number()) + " of " +
                   shared_->options.topics.cases + ": " + what +
                   ". Nothing was changed. Set the state directory " + shared_->options.state_dir +
                   "/" + std::to_string(partition_.number()) +
                   " aside and start again to rebuild it from the topic; if that fails too, the "
                   "topic itself is damaged"};
}

Status Restore::Run() {
  Status status = RunToEnd();
  if (status.ok()) return status;
  // The partition is about to go, and a checkpoint under way uses its store.
  const Status ignored = partition_.FinishCheckpoint();
  static_cast<void>(ignored);
  return status;
}

Status Restore::RunToEnd() {
  if (auto status = OpenStore(); !status.ok()) return status;
  const log::TopicPartition cases{shared_->options.topics.cases, partition_.number()};
  auto bounds = shared_->log->Bounds(cases);
  if (!bounds.ok()) return bounds.status();
  if (partition_.has_position) {
    const int64_t stands = partition_.position.cases_offset;
    const int64_t first = bounds.value().first;
    const int64_t end = bounds.value().end;
    Status status;
    if (stands > end) {
      status = SetStoreAside("Expected records up to offset " + std::to_string(stands) +
                             ", where the store stands, but the topic ends at " +
                             std::to_string(end) + ": the log has lost its newest records");
    } else if (stands < first) {
      status = SetStoreAside("Expected records from offset " + std::to_string(stands) +
                             ", where the store stands, but the topic begins at " +
                             std::to_string(first) + ": the store is too old");
    }
    if (!status.ok()) return status;
  }
  start_ = next_ =
      partition_.has_position ? partition_.position.cases_offset : bounds.value().first;
  shared_->restore_total += std::max<int64_t>(0, bounds.value().end - next_);
  if (auto status = LoadFigures(); !status.ok()) return status;
  if (next_ < bounds.value().end) {
    if (auto status = ReadToEnd(); !status.ok()) return status;
  }
  if (auto status = CheckEnd(); !status.ok()) return status;
  if (!partition_.has_position) {
    if (auto status = RebuildFigures(); !status.ok()) return status;
  }
  partition_.figures_changed |= partials_pending_;
  partition_.shown_clock = partition_.clock;
  partition_.shown_offset = partition_.position.input_offset;
  task_->products.Clear(partition_.position.input_offset);
  if (auto status = partition_.RefillTimers(); !status.ok()) return status;
  return partition_.LoadIndex();
}

Status Restore::OpenStore() {
  if (auto status = partition_.Open(); !status.ok()) return status;
  auto position = partition_.store().ReadPosition();
  if (!position.ok()) return position.status();
  partition_.has_position = position.value().has_value();
  if (partition_.has_position) {
    partition_.position = *position.value();
    partition_.clock = partition_.position.clock;
    return {};
  }
  return shared_->options.read_only ? Status() : partition_.ClearStore();
}

Status Restore::SetStoreAside(const std::string& why) {
  if (shared_->options.read_only) return Torn(why);
  auto aside = partition_.SetStoreAside();
  if (!aside.ok()) return aside.status();
  host::LogWarning(
      "store set aside, rebuilding it from the topic",
      {{"partition", partition_.number()}, {"cause", why}, {"kept_as", aside.value()}});
  partition_.position = {};
  partition_.clock = base::kLongAgo;
  return OpenStore();
}

Status Restore::LoadFigures() {
  Status failed;
  const Status status =
      partition_.store().ForEachFigure([&](std::string_view, std::string_view bytes) {
        codec::ChunkKey key;
        model::FigureChunk chunk;
        failed = codec::DecodeChunk(bytes, &key, &chunk);
        if (!failed.ok()) return false;
        partition_.figures.Put(key.figure, key.day, chunk);
        return true;
      });
  return failed.ok() ? status : failed;
}

Status Restore::ReadToEnd() {
  auto reader = shared_->log->Open({shared_->options.topics.cases, partition_.number()}, next_);
  if (!reader.ok()) return reader.status();
  const Status read = log::ReadAll(
      reader.value().get(), kReadAtOnce, [this](const log::RecordBatch& batch) -> Status {
        const int64_t before = next_;
        for (const log::RecordView& record : batch.records()) {
          if (auto status = Take(record); !status.ok()) return status;
          next_ = record.offset + 1;
        }
        shared_->restore_done += next_ - before;
        if (shared_->options.snapshot && !shared_->GoOnOpening()) {
          return Error{ErrorKind::kUnavailable, "Stopped while reading the topic"};
        }
        if (shared_->stopping) return Error{ErrorKind::kUnavailable, "Stopped while restoring"};
        return {};
      });
  if (!read.ok()) return read;
  if (seen_ != 0) {
    return Torn("Expected a commit record after the last case record, but the topic ends with " +
                std::to_string(seen_) + " records that no commit covers");
  }
  return Apply();
}

Status Restore::Take(const log::RecordView& record) {
  ++records_;
  if (!record.key) return Torn("Expected a key at offset " + std::to_string(record.offset));
  if (*record.key == model::kCommitKey) {
    commit_end_ = record.offset + 1;
    if (!record.value) return {};  // a tombstone of an old commit record
    return TakeCommit(*record.value);
  }
  if (!record.value) return {};
  checksum_ = base::Crc32c(*record.value, base::Crc32c(*record.key, checksum_));
  ++seen_;
  // A page's key: case id, 00, four bytes. Case ids hold no control characters.
  const std::string_view key = *record.key;
  const bool is_page = key.size() > 5 && key[key.size() - 5] == '\0';
  const std::string_view id = is_page ? key.substr(0, key.size() - 5) : key;
  auto at = pending_.find(id);
  if (at == pending_.end()) at = pending_.emplace(std::string(id), Pending()).first;
  std::string& slot =
      is_page ? at->second.pages[store::ReadBig32(key.substr(key.size() - 4))] : at->second.bytes;
  pending_bytes_ += record.value->size() - slot.size() + (slot.empty() ? 64 : 0);
  slot = *record.value;
  // A rebuild has no use for the boundaries of commits before its end.
  if (partition_.has_position || pending_bytes_ < kPendingBytes) return {};
  return Apply();
}

Status Restore::TakeCommit(std::string_view bytes) {
  model::CommitRecord commit;
  if (auto status = codec::DecodeCommit(bytes, &commit); !status.ok()) {
    return Torn("Expected a commit record: " + status.error().message);
  }
  const store::Position& position = partition_.position;
  if (partition_.has_position && !followed_ && commit.sequence <= position.sequence) {
    return PassOver(commit, bytes);
  }
  const bool follows = commit.sequence == position.sequence + 1;
  // In a rebuild, compaction has taken superseded commit records and case records away.
  if (!follows && (partition_.has_position || commit.sequence <= position.sequence)) {
    return Torn("Expected commit " + std::to_string(position.sequence + 1) + ", but found commit " +
                std::to_string(commit.sequence));
  }
  if (follows && commit.previous != position.commit && position.sequence != 0) {
    return Torn("Expected commit " + std::to_string(commit.sequence) + " to follow " +
                base::ToHex(position.commit) + ", but it follows " + base::ToHex(commit.previous));
  }
  const bool compacted = !partition_.has_position && seen_ < commit.output_records;
  if (!compacted && follows && (seen_ != commit.output_records || checksum_ != commit.checksum)) {
    return Torn("Expected " + std::to_string(commit.output_records) + " records with checksum " +
                std::to_string(commit.checksum) + " in commit " + std::to_string(commit.sequence) +
                ", but found " + std::to_string(seen_) + " with checksum " +
                std::to_string(checksum_));
  }
  followed_ = true;
  seen_ = 0;
  checksum_ = 0;
  partition_.position.sequence = commit.sequence;
  partition_.position.commit = base::Hash(bytes);
  partition_.position.input_offset = commit.input_to;
  partition_.clock = std::max(partition_.clock, commit.clock);
  partition_.records_since_checkpoint += static_cast<uint64_t>(commit.input_records);
  partials_pending_ |= !commit.partials;
  if (!commit.partials) return {};
  partials_pending_ = false;
  if (!partition_.has_position || shared_->options.read_only) return {};
  // Everything up to here is in partials. It is counted as it stood here, so that a chunk which was
  // told and is empty again by the end is known to have changed.
  const bool much = pending_bytes_ >= kPendingBytes;
  if (auto status = Apply(); !status.ok()) return status;
  // The store may stand here.
  if (!much) return {};
  partition_.TakeFigureChanges([](std::string_view, std::string_view) {});
  return partition_.StartCheckpoint(writer_, commit_end_);
}

// The store may have it already: when it was written, the end of the topic lagged behind the last
// commit, as it does for a moment on Kafka.
Status Restore::PassOver(const model::CommitRecord& commit, std::string_view bytes) {
  const store::Position& position = partition_.position;
  if (commit.sequence == position.sequence && base::Hash(bytes) != position.commit) {
    return Torn("Expected commit " + std::to_string(commit.sequence) + " to be " +
                base::ToHex(position.commit) + ", as the store has it, but it is " +
                base::ToHex(base::Hash(bytes)));
  }
  pending_.clear();
  pending_bytes_ = 0;
  seen_ = 0;
  checksum_ = 0;
  return {};
}

// Offsets may be seen before the records that were committed with them.
Status Restore::CatchUpWith(int64_t input_offset) {
  while (partition_.position.input_offset < input_offset) {
    auto bounds = shared_->log->Bounds({shared_->options.topics.cases, partition_.number()});
    if (!bounds.ok()) return bounds.status();
    const int64_t before = partition_.position.sequence;
    if (next_ < bounds.value().end || bounds.value().undecided) {
      if (auto status = ReadToEnd(); !status.ok()) return status;
    }
    if (partition_.position.sequence == before && !bounds.value().undecided) return {};
  }
  return {};
}

Status Restore::CheckEnd() {
  if (shared_->options.snapshot) return CheckSnapshotEnd();
  auto committed = shared_->log->Committed(shared_->options.group,
                                           {shared_->options.topics.events, partition_.number()});
  if (!committed.ok()) return committed.status();
  // A group without offsets and a chain without commits: a new partition.
  const int64_t found = committed.value().value_or(0);
  if (auto status = CatchUpWith(found); !status.ok()) return status;
  const int64_t expected = partition_.position.input_offset;
  if (committed.value() && partition_.position.sequence == 0) {
    return Torn("Expected a commit record that ends at input offset " + std::to_string(found) +
                ", as committed by group " + shared_->options.group + ", but the topic holds none");
  }
  if (found != expected) {
    return Torn("Expected the last commit record to end at input offset " + std::to_string(found) +
                ", as committed by group " + shared_->options.group + ", but it ends at " +
                std::to_string(expected));
  }
  return {};
}

// Engines may be at work meanwhile: what the group has committed by now includes what was read.
Status Restore::CheckSnapshotEnd() {
  if (shared_->options.group.empty()) return {};
  auto committed = shared_->log->Committed(shared_->options.group,
                                           {shared_->options.topics.events, partition_.number()});
  if (!committed.ok()) return committed.status();
  const int64_t found = committed.value().value_or(0);
  const int64_t expected = partition_.position.input_offset;
  if (found >= expected && (found == 0 || partition_.position.sequence > 0)) return {};
  return Torn("Expected group " + shared_->options.group + " to have committed input offset " +
              std::to_string(expected) + ", where the last commit record ends, but it stands at " +
              std::to_string(found));
}

}  // namespace caseclock::runtime
