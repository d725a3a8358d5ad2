#include "engine/runtime/told_chunks.h"

#include "engine/codec/output_codec.h"
#include "engine/log/read_all.h"
#include "engine/model/records.h"

namespace caseclock::runtime {
namespace {

constexpr size_t kReadAtOnce = 16'384;

}  // namespace

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

base::Result<std::set<std::string>> ToldChunks::Of(int32_t partition,
                                                   const std::function<void()>& alive) {
  const std::lock_guard lock(mutex_);
  // A chunk lies in the topic's partition of its queue.
  for (size_t number = 0; number < next_.size(); ++number) {
    auto reader = log_->Open({topic_, static_cast<int32_t>(number)}, next_[number]);
    if (!reader.ok()) return reader.error();
    const base::Status read =
        log::ReadAll(reader.value().get(), kReadAtOnce, [&](const log::RecordBatch& batch) {
          for (const log::RecordView& record : batch.records()) {
            if (auto status = Note(record); !status.ok()) return status;
            next_[number] = record.offset + 1;
          }
          alive();
          return base::Status();
        });
    if (!read.ok()) return read.error();
  }
  return told_[partition];
}

}  // namespace caseclock::runtime
