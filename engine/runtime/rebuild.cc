#include "engine/runtime/rebuild.h"

#include <algorithm>

#include "engine/codec/case_codec.h"
#include "engine/core/facts.h"

namespace caseclock::runtime {
namespace {

using base::Error;
using base::Status;

// Of one file; less where there is less memory, one in so many bytes.
constexpr size_t kRecordBytes = size_t{24} << 20;
constexpr size_t kShareOfAFile = 10;
constexpr uint32_t kDerivedCases = 65'536;
// More of them are merged meanwhile: to go through them all at once would cost more than that.
constexpr int kUnmergedFiles = 48;
constexpr size_t kDeltas = 65'536;
constexpr uint32_t kCasesBetweenLooks = 1024;  // at a stop

}  // namespace

Rebuild::Rebuild(Shared* shared, Partition* partition, CheckpointWriter* writer)
    : shared_(shared),
      partition_(partition),
      writer_(writer),
      file_bytes_(std::min(kRecordBytes, shared->options.memory_bytes / kShareOfAFile)),
      next_(std::make_shared<store::Checkpoint>()) {}

Rebuild::~Rebuild() {
  const Status ignored = Await();  // an earlier one has been returned, or nobody wants the store
  static_cast<void>(ignored);
}

Status Rebuild::Take(std::string_view key, std::string_view value) {
  next_->PutRecord(key, codec::IsPageKey(key), value);
  return next_->bytes() < file_bytes_ ? Status() : WriteFull();
}

Status Rebuild::Derive(const core::StepContext& context) {
  if (auto status = WriteAll(); !status.ok()) return status;
  deltas_.clear();
  Status failed;
  const Status scanned =
      partition_->store().ForEachCase([&](std::string_view case_id, std::string_view bytes) {
        failed = DeriveCase(context, case_id, bytes);
        return failed.ok();
      });
  if (!failed.ok()) return failed;
  if (!scanned.ok()) return scanned;
  Count();
  next_->MarkHandlersWhole();
  return WriteAll();
}

Status Rebuild::DeriveCase(const core::StepContext& context, std::string_view case_id,
                           std::string_view bytes) {
  model::CaseState state;
  if (auto status = codec::DecodeCase(bytes, &state); !status.ok()) {
    return Error{status.error().kind,
                 "Case " + std::string(case_id) + ": " + status.error().message};
  }
  CachedCase probe;  // with no pages of its own: all are in the store
  probe.id = case_id;
  std::vector<model::ClosedPage> pages;
  for (uint32_t index = 0; index < state.page.index; ++index) {
    auto page = partition_->Page(probe, index);
    if (!page.ok()) return page.status();
    for (const uint64_t fingerprint : page.value().page.fingerprints) {
      next_->PutEvent(case_id, fingerprint, index);
    }
    pages.push_back(std::move(page).value());
  }
  next_->Rederive(case_id, nullptr, std::make_shared<const store::Derived>(store::Derive(state)));
  core::CaseFacts(context, pages, state, &deltas_);
  if (deltas_.size() > kDeltas) Count();
  ++derived_;
  if (++looked_at_ % kCasesBetweenLooks == 0) {
    if (auto status = shared_->GoOnRestoring(); !status.ok()) return status;
  }
  const bool full = derived_ >= kDerivedCases || next_->bytes() >= file_bytes_;
  return full ? WriteFull() : Status();
}

void Rebuild::Count() {
  partition_->figures.Apply(deltas_);
  deltas_.clear();
}

// The next one is made while the one before is written.
Status Rebuild::WriteFull() {
  if (auto status = Await(); !status.ok()) return status;
  auto due = std::exchange(before_, std::exchange(next_, std::make_shared<store::Checkpoint>()));
  derived_ = 0;
  shared_->life.Restored();
  if (due == nullptr) return {};
  due->LeaveOut(before_);
  if (++files_ == kUnmergedFiles) {
    if (auto status = partition_->BeginCompaction(); !status.ok()) return status;
  }
  ++shared_->checkpoints_running;
  written_ = partition_->WriteAhead(writer_, std::move(due));
  return {};
}

// In this thread: it would wait anyway, and the one that writes may have others before it.
Status Rebuild::WriteAll() {
  if (auto status = Await(); !status.ok()) return status;
  const auto last = std::exchange(next_, std::make_shared<store::Checkpoint>());
  derived_ = 0;
  shared_->life.Restored();
  if (const auto due = std::exchange(before_, nullptr)) {
    due->LeaveOut(last);
    if (auto status = partition_->WriteHere(*writer_, due.get()); !status.ok()) return status;
  }
  return partition_->WriteHere(*writer_, last.get());
}

Status Rebuild::Await() {
  if (!written_.valid()) return {};
  const Status status = written_.get();
  written_ = {};
  --shared_->checkpoints_running;
  return status;
}

}  // namespace caseclock::runtime
