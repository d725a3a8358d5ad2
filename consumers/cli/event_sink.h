#pragma once

// Where events go: the log of a data directory, a running caseclock, or a file.

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>

#include "consumers/cli/brokers.h"
#include "engine/base/instant.h"
#include "engine/base/result.h"

namespace caseclock::cli {

struct OutgoingEvent {
  std::string case_id;  // empty: not known, the engine will find its partition
  std::string bytes;
  // Of the record; absent: the time of appending. A server is only told whether to use the time of
  // the event instead.
  std::optional<base::Instant> timestamp;
  bool about_handler = false;  // a fact about one: for every partition
};

class EventSink {
 public:
  virtual ~EventSink() = default;
  // All or none. Errors: kUnavailable, kIo, kInvalid (refused by the other end, with its reasons).
  virtual base::Status Append(std::span<const OutgoingEvent> events) = 0;
  // "the log in DIR", for messages.
  [[nodiscard]] virtual const std::string& where() const = 0;
};

struct SinkTarget {
  std::string data;
  std::string to;
  BrokerSettings brokers;
  std::string durability = "process";
  int64_t partitions = 8;
  bool unchecked = false;  // a server takes events as they are
};

// A directory that a running process holds is reached through that process. `own_time`: events
// bring the time at which they arrived, which the topic must then keep. REQUIRES: one of data, to
// and brokers. Errors: kConfig (brokers refuse), kFenced (the directory is held by a process that
// does not listen), kNotFound (topic), kIo, kUnavailable.
base::Result<std::unique_ptr<EventSink>> OpenSink(const SinkTarget& target, bool own_time);

}  // namespace caseclock::cli
