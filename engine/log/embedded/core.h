#pragma once

// What all parts of an open embedded log share: the directory, its topics and partitions, groups
// and producers, and the locks around them. Owned by the log; everything here lives as long as it.
//
// Lock order: commit_mutex, then mutex. Neither is held while blocks are compressed or decoded;
// only commit_mutex is held while the directory is written.

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "engine/log/embedded/block.h"
#include "engine/log/embedded/database.h"
#include "engine/log/embedded/embedded_log.h"
#include "engine/log/embedded/keys.h"
#include "engine/log/log.h"

namespace caseclock::log::embedded {

class Group;

// Wakes one waiting consumer or reader. Guarded by Core::mutex.
struct Signal {
  std::condition_variable ready;
  bool raised = false;  // there may be something new
  bool woken = false;   // by Wake()
  void Raise() {
    raised = true;
    ready.notify_all();
  }
};

// A block just committed, still unpacked.
struct RecentBlock {
  int64_t last = 0;
  BlockHeader header;
  std::shared_ptr<const Bytes> raw;
  [[nodiscard]] int64_t first() const { return last - header.span; }
};

struct Partition {
  // Shared with batches, which may outlive the log.
  std::shared_ptr<const TopicPartition> name;
  PartitionId id;

  // Guarded by Core::mutex; `end` is written under both locks, so either suffices to read it.
  int64_t first = 0;
  int64_t end = 0;
  std::deque<RecentBlock> recent;  // by offset, maybe with holes
  std::vector<Signal*> listeners;

  std::atomic<int> listening{0};  // listeners.size(), for those who do not hold the lock

  // Guarded by Core::maintenance_mutex.
  PartitionMeta meta;
  int64_t scanned_to = 0;       // blocks up to here are old enough to be compacted …
  int64_t scanned_records = 0;  // … and hold so many records beyond meta.cleaned_to
};

struct Topic {
  std::string name;
  uint32_t id = 0;
  TopicConfig config;                  // guarded by Core::mutex
  std::atomic<bool> compacted{false};  // config.compacted, for writers
  std::vector<std::unique_ptr<Partition>> partitions;
};

// One transactional id. Guarded by Core::commit_mutex; the epoch may be read without it.
struct ProducerSlot {
  std::atomic<int64_t> epoch{0};
};

struct Core {
  Core(EmbeddedOptions o, std::unique_ptr<Database> d);
  ~Core();

  const EmbeddedOptions options;
  const std::unique_ptr<Database> database;

  std::atomic<bool> closing{false};  // maintenance leaves off where it is
  std::mutex maintenance_mutex;
  std::mutex commit_mutex;
  std::map<std::string, ProducerSlot> producers;  // guarded by commit_mutex

  std::mutex mutex;
  std::map<std::string, Topic> topics;  // entries stay where they are
  std::map<std::string, std::unique_ptr<Group>> groups;
  std::deque<Partition*> recent_order;  // whose oldest recent block goes next
  size_t recent_bytes = 0;
};

// Starts and ends waking `signal` on new records. REQUIRES: Core::mutex held.
void Listen(Partition* partition, Signal* signal);
void Unlisten(Partition* partition, Signal* signal);

// Forgets the recent blocks that end before `offset`. REQUIRES: Core::mutex held.
void DropRecent(Core* core, Partition* partition, int64_t offset);

// "topic/partition", for messages.
std::string NameOf(const Partition& partition);

}  // namespace caseclock::log::embedded
