// Partition: from dirty cases to a checkpoint, and back to clean ones when it is written.

#include <algorithm>

#include "engine/base/check.h"
#include "engine/codec/case_codec.h"
#include "engine/core/fold_version.h"
#include "engine/runtime/partition.h"

namespace caseclock::runtime {

void Partition::PutPages(CachedCase* entry, store::Checkpoint* checkpoint) const {
  for (DirtyPage& page : entry->pages) {
    checkpoint->PutPage(entry->id, page.index, page.bytes);
    for (const uint64_t fingerprint : page.fingerprints) {
      checkpoint->PutEvent(entry->id, fingerprint, page.index);
    }
    page.writing = true;
  }
}

// An event can leave its closed page for another one or for the newest (a conflict settled, a page
// divided). Its dedup entry must go unless another page has put it anew.
base::Status Partition::DropMovedEvents(const CachedCase& entry,
                                        store::Checkpoint* checkpoint) const {
  for (const DirtyPage& page : entry.pages) {
    if (page.index >= entry.stored_pages) continue;
    auto bytes = store_->GetPage(entry.id, page.index);
    if (!bytes.ok()) return bytes.status();
    if (!bytes.value()) continue;
    model::ClosedPage old;
    if (auto status = codec::DecodePage(*bytes.value(), &old); !status.ok()) return status;
    for (const uint64_t fingerprint : old.page.fingerprints) {
      const bool held =
          std::any_of(entry.pages.begin(), entry.pages.end(), [&](const DirtyPage& other) {
            const auto& prints = other.fingerprints;
            return std::find(prints.begin(), prints.end(), fingerprint) != prints.end();
          });
      if (!held) checkpoint->DeleteEvent(entry.id, fingerprint);
    }
  }
  return {};
}

base::Status Partition::StartCheckpoint(CheckpointWriter* writer, int64_t cases_offset) {
  // The last one has to be taken note of before the next begins.
  if (auto status = FinishCheckpoint(); !status.ok()) return status;
  position.cases_offset = cases_offset;
  auto checkpoint = std::make_unique<store::Checkpoint>();
  if (auto status = StoreFigures(checkpoint.get()); !status.ok()) return status;
  checkpoint->SetPosition(position, core::kFoldVersion);
  records_since_checkpoint = 0;
  stored_sequence = position.sequence;
  stored_at = shared_->options.monotonic();
  has_position = true;
  shared_->counters.checkpoints.fetch_add(1, std::memory_order_relaxed);
  BeginGathering(writer, std::move(checkpoint));
  return {};
}

std::shared_future<base::Status> Partition::WriteAhead(CheckpointWriter* writer,
                                                       std::shared_ptr<store::Checkpoint> part) {
  CHECK(!has_position);
  return writer->Write(store_.get(), std::move(part));
}

base::Status Partition::WriteHere(const CheckpointWriter& writer, store::Checkpoint* part) {
  CHECK(!has_position);
  return writer.WriteHere(store_.get(), part);
}

void Partition::BeginGathering(CheckpointWriter* writer,
                               std::unique_ptr<store::Checkpoint> checkpoint) {
  CHECK(touched_.empty() && !checkpoint_running());
  checkpoint->Reserve(dirty_.size());
  gathering_ = std::move(checkpoint);
  writer_ = writer;
  awaited_.swap(dirty_);
  dirty_bytes_ = 0;
  ++checkpoint_number_;
  ++shared_->checkpoints_running;
}

base::Status Partition::Gather(CachedCase* entry) {
  gathering_->PutCase(entry->id, entry->bytes);
  if (!entry->pages.empty()) {
    if (auto status = DropMovedEvents(*entry, gathering_.get()); !status.ok()) return status;
    PutPages(entry, gathering_.get());
    entry->stored_pages = std::max(entry->stored_pages, entry->pages.back().index + 1);
  }
  gathering_->Rederive(entry->id, std::move(entry->stored), entry->live);
  entry->stored = entry->live;
  entry->dirty = false;
  entry->writing = true;
  writing_.push_back(entry);
  return {};
}

base::Status Partition::GatherSome(size_t most) {
  const size_t until = most < awaited_.size() - looked_at_ ? looked_at_ + most : awaited_.size();
  for (; looked_at_ < until; ++looked_at_) {
    if (!IsAwaited(*awaited_[looked_at_])) continue;  // it was touched meanwhile
    if (auto status = Gather(awaited_[looked_at_]); !status.ok()) return status;
  }
  if (looked_at_ < awaited_.size()) return {};
  awaited_.clear();
  looked_at_ = 0;
  written_ = writer_->Write(store_.get(), std::move(gathering_));
  return {};
}

base::Status Partition::SettleSome(size_t most) {
  // Kept until all are settled: whoever asks is told that it is written.
  if (const base::Status status = written_.get(); !status.ok()) {
    written_ = {};
    --shared_->checkpoints_running;
    return status;
  }
  const size_t until = most < writing_.size() - settled_ ? settled_ + most : writing_.size();
  for (; settled_ < until; ++settled_) {
    CachedCase* entry = writing_[settled_];
    const size_t before = CaseCache::Footprint(*entry);
    entry->writing = false;
    std::erase_if(entry->pages, [](const DirtyPage& page) { return page.writing; });
    if (entry->pages.empty()) entry->pages.shrink_to_fit();
    if (entry->clean()) Forget(entry);
    cache_.Settle(entry, before, false);
  }
  if (settled_ < writing_.size()) return {};
  writing_.clear();
  settled_ = 0;
  written_ = {};
  --shared_->checkpoints_running;
  const std::lock_guard lock(figures_mutex);
  figures.EndStoring();
  TrimFigures();
  return {};
}

base::Status Partition::WorkOnCheckpoint(size_t most) {
  if (gathering_ != nullptr) return GatherSome(most);
  return written() ? SettleSome(most) : base::Status();
}

base::Status Partition::FinishCheckpoint() {
  if (gathering_ != nullptr) {
    if (auto status = GatherSome(SIZE_MAX); !status.ok()) return status;
  }
  return written_.valid() ? SettleSome(SIZE_MAX) : base::Status();
}

base::Status Partition::AwaitCheckpoint() {
  if (gathering_ != nullptr) {
    if (auto status = GatherSome(SIZE_MAX); !status.ok()) return status;
  }
  return written_.valid() ? written_.get() : base::Status();
}

}  // namespace caseclock::runtime
