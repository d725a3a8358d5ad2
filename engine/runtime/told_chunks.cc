#include "engine/runtime/told_chunks.h"

#include "engine/codec/output_codec.h"
#include "engine/log/read_all.h"

namespace caseclock::runtime {
namespace {

constexpr size_t kReadAtOnce = 16'384;

base::Status Take(const log::RecordView& record, int32_t partition, std::set<std::string>* told) {
  if (!record.key || record.key->starts_with(model::kShareKey)) return {};
  const auto key = codec::ParseFigureChunkKey(*record.key);
  if (!key.ok()) return key.status();
  if (key.value().partition != partition) return {};
  if (record.value) {
    told->emplace(*record.key);
  } else {
    told->erase(std::string(*record.key));
  }
  return {};
}

}  // namespace

base::Result<std::set<std::string>> ToldChunks(Shared* shared, int32_t partition) {
  std::set<std::string> told;
  // A chunk lies in the topic's partition of its queue.
  for (int32_t number = 0; number < shared->partitions; ++number) {
    auto reader = shared->log->Open({shared->options.topics.partials, number}, 0);
    if (!reader.ok()) return reader.error();
    const base::Status read =
        log::ReadAll(reader.value().get(), kReadAtOnce, [&](const log::RecordBatch& batch) {
          for (const log::RecordView& record : batch.records()) {
            if (auto status = Take(record, partition, &told); !status.ok()) return status;
          }
          shared->life.Restored();
          return base::Status();
        });
    if (!read.ok()) return read.error();
  }
  return told;
}

}  // namespace caseclock::runtime
