// Restore: a standby follows a partition while an engine goes on writing it.

#include "engine/runtime/restore.h"

namespace caseclock::runtime {

using base::Status;

namespace {

// Of one call: the partitions beside it wait meanwhile.
constexpr size_t kReadAtOnce = 16'384;
constexpr int kBatchesAtOnce = 4;

}  // namespace

Status Restore::Follow() {
  standing_by_ = true;
  if (!following_) {
    const Status begun = Failed(BeginToFollow());
    following_ = begun.ok();
    const bool unfit = !begun.ok() && begun.error().kind == base::ErrorKind::kCorrupt && stood_;
    if (!unfit || rebuild_) return begun;
    // It may only be older than what compaction has left. Nobody works on it: begin anew.
    if (auto aside = PutAside(begun.error().message); !aside.ok()) return aside;
    rebuild_ = true;
    return begun;
  }
  Status status = FollowOn();
  if (status.ok() || reader_ == nullptr) return status;  // without a reader: the log is away
  // What is in memory cannot be believed, nor that the store is what memory takes it for.
  following_ = false;
  return Failed(std::move(status));
}

Status Restore::BeginToFollow() {
  if (auto status = CatchUp(); !status.ok()) return status;
  if (!counts_) {
    if (auto status = FinishRebuild(); !status.ok()) return status;
    if (auto status = partition_.BeginCompaction(); !status.ok()) return status;
    counts_ = true;
    if (partials_pending_) {
      if (auto status = ReadTold(); !status.ok()) return status;
    }
    told_.reset();
  }
  chain_->StandOnIt();
  return commit_end_ > 0 && ShouldStand() ? StandHere() : Status();
}

Status Restore::FollowOn() {
  at_end_ = false;
  if (reader_ == nullptr) {
    auto reader = shared_->log->Open({shared_->options.topics.cases, partition_.number()}, next_);
    if (!reader.ok()) return reader.status();
    reader_ = std::move(reader).value();
  }
  for (int i = 0; i < kBatchesAtOnce && !at_end_; ++i) {
    auto batch = reader_->Read({}, kReadAtOnce);
    if (!batch.ok()) {
      // What was taken in stays, if there is only nothing to be read.
      if (batch.error().kind == base::ErrorKind::kUnavailable) reader_.reset();
      return batch.status();
    }
    if (batch.value() != nullptr) {
      if (auto status = TakeBatch(*batch.value()); !status.ok()) return status;
    }
    at_end_ = reader_->at_end();
    if (batch.value() == nullptr) break;
  }
  // What a reader has seen all of ends with a transaction.
  if (at_end_) chain_->End(shared_->options.wall_clock());
  if (auto status = Judge(); !status.ok()) return status;
  return partition_.WorkOnCheckpoint(SIZE_MAX);
}

}  // namespace caseclock::runtime
