#pragma once

// The RocksDB directory of the log, without RocksDB's types: gets, scans, atomic writes, and its
// statuses as our errors. Any thread; a WriteSet or Scan belongs to one.
//
// After a write that failed (a full disk), what was written before can still be read. The next
// Write closes and opens the directory again, which drops the torn end of its write-ahead file, as
// soon as there is room. RocksDB's own Resume is not used: on a full disk version 7.8 can wait for
// ever in it, or write on behind the torn end.

#include <atomic>
#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "engine/base/result.h"

namespace caseclock::log::embedded {

// Changes that become visible together, or not at all.
class WriteSet {
 public:
  explicit WriteSet(size_t expected_bytes = 0);
  ~WriteSet();
  WriteSet(const WriteSet&) = delete;
  WriteSet& operator=(const WriteSet&) = delete;

  void Put(std::string_view key, std::string_view value);
  void Delete(std::string_view key);
  void DeleteRange(std::string_view from, std::string_view to);  // [from, to)

 private:
  friend class Database;
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

// Walks the keys of [from, to) as they were when it was made. Views hold until it moves.
// Short-lived: a recovery waits for all scans to go, and new ones wait for it, so a thread has one
// at a time.
class Scan {
 public:
  ~Scan();
  void Seek(std::string_view key);
  void SeekToLast();
  void Next();
  // False at the end, or at a fault: then status() tells.
  [[nodiscard]] bool valid() const;
  [[nodiscard]] std::string_view key() const;
  [[nodiscard]] std::string_view value() const;
  [[nodiscard]] base::Status status() const;

 private:
  friend class Database;
  struct Impl;
  explicit Scan(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

class Database {
 public:
  struct Options {
    std::string directory;
    bool sync = false;
    size_t block_cache_bytes = 0;
    size_t write_buffer_bytes = 0;
    bool read_only = false;  // see EmbeddedOptions
  };
  // Creates the directory if missing. Errors: kUnavailable (held by another process), kIo,
  // kCorrupt.
  static base::Result<std::unique_ptr<Database>> Open(const Options& options);
  ~Database();

  // After an error nothing of it is there. Tries to recover from an earlier failure first.
  // REQUIRES: this thread holds no Scan.
  base::Status Write(WriteSet* set);
  base::Result<std::optional<std::string>> Get(std::string_view key);
  std::unique_ptr<Scan> NewScan(std::string_view from, std::string_view to, bool fill_cache = true);
  // Gives the room of what was deleted in [from, to) back to the disk. Slow; ends early, and well,
  // once `leave_off` turns true.
  base::Status Shrink(std::string_view from, std::string_view to, std::atomic<bool>* leave_off);

 private:
  struct Impl;
  explicit Database(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace caseclock::log::embedded
