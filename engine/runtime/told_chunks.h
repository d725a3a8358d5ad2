#pragma once

// Which chunks of figures the `partials` topic holds of one input partition: after a rebuild some
// of them may be of no case any more, and nobody but the topic knows.

#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <set>
#include <string>
#include <vector>

#include "engine/base/result.h"
#include "engine/log/log.h"

namespace caseclock::runtime {

// The topic is read once, however many partitions are rebuilt one after another: each goes on where
// the last one ended. Any thread.
class ToldChunks {
 public:
  ToldChunks(log::Log* log, std::string topic, int32_t partitions)
      : log_(log), topic_(std::move(topic)), next_(static_cast<size_t>(partitions)) {}

  // Those of `partition`, up to the end of the topic; keys as codec::FigureChunkKey makes them.
  // `alive` is called now and then. Errors: the log's.
  base::Result<std::set<std::string>> Of(int32_t partition, const std::function<void()>& alive);

 private:
  base::Status Note(const log::RecordView& record);

  log::Log* const log_;
  const std::string topic_;
  std::mutex mutex_;
  std::vector<int64_t> next_;  // offset, by partition of the topic
  std::map<int32_t, std::set<std::string>> told_;
};

}  // namespace caseclock::runtime
