#pragma once

// One partition on the simulated broker: records and transaction markers at offsets, and how far a
// read-committed reader may go. A marker takes an offset, as Kafka's control records do, so
// offsets have gaps for every commit and every abort. REQUIRES for every call: Broker::mutex held.

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "engine/base/instant.h"
#include "engine/log/log.h"

namespace caseclock::simulation {

// A record with bytes of its own.
struct Stored {
  base::Instant timestamp;
  std::optional<std::string> key;
  std::optional<std::string> value;
  std::vector<std::pair<std::string, std::string>> headers;

  static std::shared_ptr<const Stored> Copy(const log::NewRecord& record, base::Instant now);
};

inline constexpr int64_t kNoProducer = -1;  // of records outside any transaction

class BrokerPartition {
 public:
  explicit BrokerPartition(log::TopicPartition name) : name_(std::move(name)) {}

  [[nodiscard]] const log::TopicPartition& name() const { return name_; }
  // One past the last record, decided or not.
  [[nodiscard]] int64_t end() const { return static_cast<int64_t>(entries_.size()); }
  // Everything before it is decided: the last stable offset.
  [[nodiscard]] int64_t stable() const;

  // Its offset. `producer`: whose transaction it is part of.
  int64_t Append(std::shared_ptr<const Stored> record, int64_t producer);
  // Writes the marker that ends a producer's transaction here.
  void End(int64_t producer, bool commit);

  struct Slice {
    std::shared_ptr<const log::RecordBatch> batch;  // null: nothing committed from there on
    int64_t next = 0;                               // where to read on
  };
  // Committed records from an offset on, at most `max_records`.
  [[nodiscard]] Slice Read(int64_t from, size_t max_records) const;

 private:
  enum class State { kOpen, kCommitted, kAborted, kMarker };
  struct Entry {
    std::shared_ptr<const Stored> record;
    State state = State::kCommitted;
  };

  const log::TopicPartition name_;
  std::vector<Entry> entries_;
  std::map<int64_t, std::vector<int64_t>> open_;  // by producer: offsets of its transaction
};

}  // namespace caseclock::simulation
