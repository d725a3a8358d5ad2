#include "engine/runtime/restore.h"

#include <algorithm>

#include "engine/codec/case_codec.h"
#include "engine/codec/output_codec.h"
#include "engine/core/fold_version.h"
#include "engine/host/log.h"
#include "engine/log/read_all.h"
#include "engine/runtime/told_chunks.h"

namespace caseclock::runtime {
namespace {

using base::Error;
using base::ErrorKind;
using base::Status;

// What is collected before a standby's store may stand where it is.
constexpr size_t kPendingBytes = size_t{24} << 20;
constexpr size_t kReadAtOnce = 16'384;
constexpr size_t kChunksAtOnce = 1024;

}  // namespace

Restore::Restore(Shared* shared, Task* task, CheckpointWriter* writer)
    : shared_(shared), task_(task), partition_(task->partition()), writer_(writer) {}

Status Restore::Run() {
  return Failed(RunToEnd());
}

Status Restore::Failed(Status status) {
  if (status.ok()) return status;
  // The partition is about to go, and what is being written uses its store.
  into_.reset();
  const Status ignored = partition_.FinishCheckpoint();
  static_cast<void>(ignored);
  const bool unfit = chain_ && (chain_->store_outdated() || chain_->store_too_old());
  if (!(unfit || store_damaged_) || shared_->options.read_only) return status;
  if (auto aside = PutAside(status.error().message); !aside.ok()) return aside;
  rebuild_ = true;
  return status;
}

Status Restore::RunToEnd() {
  if (auto status = CatchUp(); !status.ok()) return status;
  if (auto status = TakePolicies(); !status.ok()) return status;
  if (!counts_) {
    if (auto status = FinishRebuild(); !status.ok()) return status;
    if (auto status = ReadTold(); !status.ok()) return status;
  }
  partition_.figures_changed |= partials_pending_;
  partition_.shown_clock = partition_.heard_to = partition_.clock;
  partition_.heard = partition_.shown_heard = partition_.position.heard;
  partition_.shown_offset = partition_.position.input_offset;
  task_->products.Clear(partition_.position.input_offset);
  if (auto status = partition_.RefillTimers(); !status.ok()) return status;
  if (auto status = partition_.LoadHandlers(); !status.ok()) return status;
  return partition_.LoadIndex();
}

Status Restore::CatchUp() {
  if (auto status = OpenStore(); !status.ok()) return status;
  if (auto status = NotingDamage(CheckFold()); !status.ok()) return status;
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
      // Compaction never moves the beginning.
      return Torn("Expected records from offset " + std::to_string(stands) +
                  ", where the state directory stands, but the topic begins at " +
                  std::to_string(first) + ": records were deleted");
    }
    if (!status.ok()) return status;
  }
  counts_ = stood_ = partition_.has_position;
  if (!counts_) BeginRebuild();
  start_ = next_ = counts_ ? partition_.position.cases_offset : bounds.value().first;
  chain_.emplace(counts_ ? std::optional(partition_.position) : std::nullopt);
  chain_->CheckFirst(bounds.value().first);
  shared_->restore_total += std::max<int64_t>(0, bounds.value().end - next_);
  if (auto status = NotingDamage(LoadFigures()); !status.ok()) return status;
  if (counts_) {
    if (auto status = partition_.BeginCompaction(); !status.ok()) return status;
  }
  if (next_ < bounds.value().end) {
    if (auto status = ReadToEnd(); !status.ok()) return status;
  }
  partition_.cases_end_least = std::max(next_, bounds.value().end);
  return CheckEnd();
}

void Restore::BeginRebuild() {
  into_ = std::make_unique<Rebuild>(shared_, &partition_, writer_);
  const EngineOptions& options = shared_->options;
  if (options.read_only || options.snapshot || options.driven) return;
  told_ = shared_->Told();
  told_->ReadAhead([shared = shared_] { return shared->GoOnRestoring(); });
}

Status Restore::OpenStore() {
  return NotingDamage(ReadStore());
}

// Of the store alone, of which the topic has everything.
Status Restore::NotingDamage(Status status) {
  store_damaged_ |= !status.ok() && status.error().kind == ErrorKind::kCorrupt;
  return status;
}

Status Restore::ReadStore() {
  if (auto status = partition_.Open(); !status.ok()) return status;
  auto position = partition_.store().ReadPosition();
  if (!position.ok()) return position.status();
  partition_.has_position = position.value().has_value();
  if (partition_.has_position) {
    partition_.position = *position.value();
    partition_.stored_sequence = partition_.position.sequence;
    // Swept by a clock that had moved on alone, which no commit has: what comes now may be judged
    // as of before the correction.
    if (partition_.position.calendars_of > partition_.position.clock) {
      partition_.position.calendars_of = {};
    }
    partition_.clock = partition_.position.clock;
    return shared_->options.read_only ? Status() : partition_.IndexHandlers();
  }
  return shared_->options.read_only ? Status() : partition_.ClearStore();
}

// What an earlier build derived may differ from what this one adds to it; the ledgers have it all.
Status Restore::CheckFold() {
  if (!partition_.has_position) return {};
  auto fold = partition_.store().ReadFold();
  if (!fold.ok()) return fold.status();
  if (fold.value() == core::kFoldVersion) return {};
  const std::string found =
      "Expected the store of partition " + std::to_string(partition_.number()) + " to be of fold " +
      std::to_string(core::kFoldVersion) + ", but it is of fold " + std::to_string(fold.value());
  if (shared_->options.read_only) {
    return Error{ErrorKind::kConfig,
                 found +
                     ", of another build: figures would mix both. Start the engine once, which "
                     "rebuilds it from the log"};
  }
  return SetStoreAside(found + ": another build wrote it");
}

Status Restore::PutAside(const std::string& why) {
  auto aside = partition_.SetStoreAside();
  if (!aside.ok()) return aside.status();
  host::LogWarning(
      "store set aside, rebuilding it from the topic",
      {{"partition", partition_.number()}, {"cause", why}, {"kept_as", aside.value()}});
  return {};
}

Status Restore::SetStoreAside(const std::string& why) {
  if (shared_->options.read_only) return Torn(why);
  if (auto status = PutAside(why); !status.ok()) return status;
  partition_.position = {};
  partition_.clock = base::kLongAgo;
  return OpenStore();
}

Status Restore::LoadFigures() {
  Status failed;
  size_t chunks = 0;
  const Status status =
      partition_.store().ForEachFigure([&](std::string_view, std::string_view bytes) {
        codec::ChunkKey key;
        model::FigureChunk chunk;
        failed = codec::DecodeChunk(bytes, &key, &chunk);
        if (failed.ok()) failed = codec::CheckChunk(key, chunk);
        if (!failed.ok()) return false;
        partition_.figures.Put(key.figure, key.day, chunk);
        if (++chunks % kChunksAtOnce != 0) return true;
        partition_.TrimFigures();
        failed = shared_->GoOnRestoring();
        return failed.ok();
      });
  if (!failed.ok()) return failed;
  if (!status.ok() || shared_->options.read_only) return status;
  auto untold = partition_.store().ReadUntold();
  return untold.ok() ? partition_.NoteUntold(untold.value()) : untold.status();
}

Status Restore::ReadToEnd() {
  auto reader = shared_->log->Open({shared_->options.topics.cases, partition_.number()}, next_);
  if (!reader.ok()) return reader.status();
  const Status read =
      log::ReadAll(reader.value().get(), kReadAtOnce,
                   [this](const log::RecordBatch& batch) { return TakeBatch(batch); });
  if (!read.ok()) return read;
  chain_->End(shared_->options.wall_clock());
  if (!counts_) return {};
  if (chain_->findings().empty()) return Apply();
  Forget();
  return {};
}

Status Restore::TakeBatch(const log::RecordBatch& batch) {
  const int64_t before = next_;
  for (const log::RecordView& record : batch.records()) {
    if (auto status = Take(record); !status.ok()) return status;
    next_ = record.offset + 1;
  }
  shared_->restore_done += next_ - before;
  return shared_->GoOnRestoring();
}

void Restore::Forget() {
  pending_.clear();
  pending_bytes_ = 0;
}

Status Restore::Take(const log::RecordView& record) {
  ++records_;
  switch (chain_->Take(record)) {
    case Chain::Kind::kNothing:
      return {};
    case Chain::Kind::kPassed:
      Forget();
      return {};
    case Chain::Kind::kCase:
      // What a store would have to take in on wrong premises it need not take in.
      if (counts_ && !chain_->findings().empty()) return {};
      return Collect(record);
    case Chain::Kind::kCommit:
      commit_end_ = record.offset + 1;
      return TakeCommit();
  }
  return {};
}

Status Restore::Collect(const log::RecordView& record) {
  const std::string_view key = *record.key;
  if (!counts_) return into_->Take(key, *record.value);
  const bool is_page = codec::IsPageKey(key);
  const auto [id, page] = is_page ? codec::SplitPageKey(key) : std::pair(key, uint32_t{0});
  auto at = pending_.find(id);
  if (at == pending_.end()) at = pending_.emplace(std::string(id), Pending()).first;
  std::string& slot = is_page ? at->second.pages[page] : at->second.bytes;
  pending_bytes_ += record.value->size() - slot.size() + (slot.empty() ? 64 : 0);
  slot = *record.value;
  return {};
}

Status Restore::TakeCommit() {
  const model::CommitRecord& commit = chain_->last();
  partition_.position.sequence = commit.sequence;
  partition_.position.commit = chain_->hash();
  partition_.position.input_offset = commit.input_to;
  partition_.position.heard = commit.heard;
  partition_.clock = std::max(partition_.clock, commit.clock);
  partition_.records_since_checkpoint += static_cast<uint64_t>(commit.input_records);
  partials_pending_ = !commit.partials;
  if (!counts_ || shared_->options.read_only) return {};
  if (!chain_->findings().empty()) return {};
  const bool stand = ShouldStand();
  if (!commit.partials && !stand) return {};
  if (auto status = Apply(); !status.ok()) return status;
  // Everything up to here is in partials. It is counted as it stood here, so that a chunk which was
  // told and is empty again by the end is known to have changed.
  if (commit.partials) partition_.figures.NoteTold();
  return stand ? StandHere() : Status();
}

bool Restore::ShouldStand() const {
  if (pending_bytes_ >= kPendingBytes) return true;
  if (!standing_by_) return false;
  const uint64_t share =
      shared_->options.replay_records / static_cast<uint64_t>(shared_->partitions);
  return !partition_.has_position || partition_.records_since_checkpoint > share ||
         partition_.dirty_bytes() > shared_->cache_bytes_per_partition / 2;
}

Status Restore::StandHere() {
  if (!partials_pending_) {
    const std::lock_guard lock(partition_.figures_mutex);
    const Status taken = partition_.TellFigures([](std::string_view, std::string_view) {});
    if (!taken.ok()) return taken;
  }
  const Status started = partition_.StartCheckpoint(writer_, commit_end_);
  return started.ok() ? partition_.WorkOnCheckpoint(SIZE_MAX) : started;  // nobody waits for less
}

}  // namespace caseclock::runtime
