#include "engine/runtime/last_commit.h"

#include <algorithm>

#include "engine/log/read_all.h"
#include "engine/model/records.h"

namespace caseclock::runtime {

base::Result<std::optional<std::string>> LastCommitBefore(log::Log* log,
                                                          const log::TopicPartition& cases,
                                                          int64_t end) {
  auto bounds = log->Bounds(cases);
  if (!bounds.ok()) return bounds.error();
  std::optional<std::string> found;
  for (int64_t back = 8; !found; back *= 64) {
    const int64_t from = std::max(bounds.value().first, end - back);
    auto reader = log->Open(cases, from);
    if (!reader.ok()) return reader.error();
    const base::Status read = log::ReadAll(
        reader.value().get(), 1024, [&](const log::RecordBatch& batch) -> base::Status {
          for (const log::RecordView& record : batch.records()) {
            if (record.key == model::kCommitKey && record.value && record.offset < end) {
              found.emplace(*record.value);
            }
          }
          return {};
        });
    if (!read.ok()) return read.error();
    if (from == bounds.value().first) break;
  }
  return found;
}

}  // namespace caseclock::runtime
