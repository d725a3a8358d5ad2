#include "engine/runtime/told_chunks.h"

#include "engine/codec/output_codec.h"
#include "engine/host/thread_name.h"
#include "engine/log/read_all.h"
#include "engine/model/records.h"

namespace caseclock::runtime {
namespace {

constexpr size_t kReadAtOnce = 16'384;

}  // namespace

ToldChunks::~ToldChunks() {
  given_up_ = true;
  if (ahead_.joinable()) ahead_.join();
}

void ToldChunks::ReadAhead(GoOn go_on) {
  std::call_once(begun_, [&] {
    ahead_ = std::thread([this, go_on = std::move(go_on)] {
      host::NameThread("told");
      const std::lock_guard lock(mutex_);
      // Who asks goes on from where this one ended, meets the same error and says so.
      const base::Status ignored = ReadAll(go_on);
      static_cast<void>(ignored);
    });
  });
}

base::Status ToldChunks::Note(const log::RecordView& record) {
  if (!record.key || record.key->starts_with(model::kShareKey)) return {};
  const auto key = codec::ParseFigureChunkKey(*record.key);
  if (!key.ok()) return key.status();
  std::set<std::string>& told = told_[key.value().partition];
  if (record.value) {
    told.emplace(*record.key);
  } else {
    told.erase(std::string(*record.key));
  }
  return {};
}

base::Result<std::set<std::string>> ToldChunks::Of(int32_t partition, const GoOn& go_on) {
  const std::lock_guard lock(mutex_);
  if (auto status = ReadAll(go_on); !status.ok()) return status.error();
  return told_[partition];
}

// A chunk lies in the topic's partition of its queue.
base::Status ToldChunks::ReadAll(const GoOn& go_on) {
  for (size_t number = 0; number < parts_.size(); ++number) {
    if (auto status = ReadOn(static_cast<int32_t>(number), go_on); !status.ok()) return status;
  }
  return {};
}

// A reader has to be connected before it can say that there is nothing: where the end is costs
// less.
base::Status ToldChunks::ReadOn(int32_t number, const GoOn& go_on) {
  Part& part = parts_[static_cast<size_t>(number)];
  const log::TopicPartition of{topic_, number};
  auto bounds = log_->Bounds(of);
  if (!bounds.ok()) return bounds.status();
  if (bounds.value().end == part.end) return {};
  auto reader = log_->Open(of, part.next);
  if (!reader.ok()) return reader.status();
  const base::Status read =
      log::ReadAll(reader.value().get(), kReadAtOnce, [&](const log::RecordBatch& batch) {
        for (const log::RecordView& record : batch.records()) {
          if (auto status = Note(record); !status.ok()) return status;
          part.next = record.offset + 1;
        }
        if (!given_up_) return go_on();
        return base::Status(
            base::Error{base::ErrorKind::kUnavailable, "Nobody wants what was told any more"});
      });
  if (!read.ok()) return read;
  part.end = bounds.value().end;
  return {};
}

}  // namespace caseclock::runtime
