#pragma once

// The embedded log: topics in one RocksDB directory, without a broker. One process at a time. What
// it acknowledged survives the death of the process; with Durability::kDisk, of the machine.
//
// A transaction is one atomic write, and offsets are given at commit: an uncommitted record is
// never in the directory, an aborted one leaves nothing, offsets rise by one except where
// compaction left a gap. Groups live in this process; only their offsets are stored. Consumers,
// readers, producers and appenders must be destroyed before their log; batches may outlive it.
//
// Errors: kUnavailable (another process holds the directory; a transaction beyond
// `max_transaction_bytes`; offsets with the token of an older generation), kFenced (a newer
// producer with this id; a newer member with this static id), kInvalid (a record beyond
// `max_record_bytes`, a partition or name that cannot be), kIo (full disk, no rights: nothing of
// the failed write is visible, and the log works again once there is room), kCorrupt (naming topic,
// partition, offset).
//
// Memory: the four budgets below, plus the transactions that are open, plus the batches that
// callers hold, plus one decoded block (see `block_bytes`) for each partition being read.

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "engine/base/instant.h"
#include "engine/base/result.h"
#include "engine/log/log.h"

namespace caseclock::log {

enum class Durability {
  kProcess,  // written to the operating system
  kDisk,     // and flushed to the device before a call returns
};

struct EmbeddedOptions {
  std::string directory;  // created if missing
  // Nothing is written there, so the right to read is enough: what would write is kIo. Others may
  // open it like this at the same time, but nobody may have it open to write, nor open it
  // meanwhile.
  bool read_only = false;
  Durability durability = Durability::kProcess;
  // The time of appending; called from any thread. REQUIRES: set.
  std::function<base::Instant()> clock;

  size_t block_cache_bytes = 8 << 20;
  size_t write_buffer_bytes = 32 << 20;
  size_t recent_bytes = 16 << 20;          // newest records, for readers at the end
  size_t compaction_map_bytes = 32 << 20;  // 24 bytes a key; more keys take more passes

  // Records are stored in compressed blocks; one is closed at either bound. A record larger than
  // `block_bytes` has a block of its own.
  size_t block_bytes = 256 << 10;
  uint32_t block_records = 4096;

  size_t max_record_bytes = 65 << 20;  // key, value and headers: a value of 64 MiB fits
  size_t max_transaction_bytes = 256 << 20;

  // A compacted partition is rewritten when the records not yet looked at are at least this share.
  double compaction_dirty_ratio = 0.5;
  // Retention and compaction run in a thread of the log's own, so often; zero: only by Maintain().
  base::Duration maintenance_interval{0};
  // Called by that thread when it fails, and not again before it has succeeded. May be null.
  std::function<void(const base::Error&)> on_maintenance_failed;
};

class EmbeddedLog : public Log {
 public:
  static base::Result<std::unique_ptr<EmbeddedLog>> OpenAt(const EmbeddedOptions& options);
  // Drops whole blocks that were appended longer ago than their topic's retention, and compacts
  // what is older than the compaction lag. The age of a record is the time since it was appended,
  // whatever timestamp its producer gave: a load of old history does not vanish on arrival.
  // Any thread; calls wait for each other, but hold up neither readers nor writers. The destructor
  // waits for one block of it, not for its end.
  virtual base::Status Maintain() = 0;
};

base::Result<std::unique_ptr<Log>> OpenEmbeddedLog(const EmbeddedOptions& options);

// The other process that has the log of this directory open; 0: one that has no number here (of
// another container, say); nullopt: none. REQUIRES: this process has not, or it would lose its
// lock.
std::optional<int64_t> EmbeddedLogHolder(const std::string& directory);

}  // namespace caseclock::log
