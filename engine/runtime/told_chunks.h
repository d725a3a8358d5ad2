#pragma once

// Which chunks of figures the `partials` topic holds of one input partition: after a rebuild some
// of them may be of no case any more, and nobody but the topic knows.

#include <atomic>
#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "engine/base/result.h"
#include "engine/log/log.h"

namespace caseclock::runtime {

// The topic is read once, however many partitions are rebuilt one after another: each goes on where
// the last one ended. Any thread.
class ToldChunks {
 public:
  ToldChunks(log::Log* log, std::string topic, int32_t partitions)
      : log_(log), topic_(std::move(topic)), parts_(static_cast<size_t>(partitions)) {}
  ~ToldChunks();

  // Asked now and then while the topic is read; an error ends the reading.
  using GoOn = std::function<base::Status()>;

  // Begins to read in a thread of its own, unless that was begun: what is told is known, then, by
  // the time that a partition's cases have been read. `go_on` is asked in that thread, until this
  // object goes at the latest.
  void ReadAhead(GoOn go_on);

  // Those of `partition`, up to the end of the topic; keys as codec::FigureChunkKey makes them.
  // Errors: the log's, that of `go_on`; kCorrupt: a key is none. It may be asked again after each.
  base::Result<std::set<std::string>> Of(int32_t partition, const GoOn& go_on);

 private:
  struct Part {  // a partition of the topic
    int64_t next = 0;
    int64_t end = -1;  // of the topic's, all of which has been read
  };
  base::Status ReadAll(const GoOn& go_on);
  base::Status ReadOn(int32_t number, const GoOn& go_on);
  base::Status Note(const log::RecordView& record);

  log::Log* const log_;
  const std::string topic_;
  std::mutex mutex_;
  std::vector<Part> parts_;                        // under mutex_
  std::map<int32_t, std::set<std::string>> told_;  // by input partition; under mutex_
  std::once_flag begun_;
  std::atomic<bool> given_up_ = false;
  std::thread ahead_;
};

}  // namespace caseclock::runtime
