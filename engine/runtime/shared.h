#pragma once

// What the parts of one running engine share: settings, the log, the policies in force, counters,
// and who wants to be told. Owned by the engine; outlives its threads.

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "engine/log/log.h"
#include "engine/model/policy.h"
#include "engine/runtime/engine.h"
#include "engine/runtime/idle.h"
#include "engine/runtime/other_partitions.h"
#include "engine/runtime/partition_table.h"
#include "engine/runtime/policy_timeline.h"
#include "engine/store/resources.h"

namespace caseclock::runtime {

// Written by workers, read by anyone; relaxed, because they are only counts.
struct Counters {
  std::atomic<uint64_t> records{0}, events{0}, rejects{0}, duplicates{0}, conflicts{0}, late{0},
      refused{0}, deleted{0}, rerouted{0}, relayed{0}, fact_copies{0}, alerts_told{0},
      alert_bytes{0}, case_records{0}, case_bytes{0}, commits{0}, checkpoints{0}, cache_hits{0},
      cache_misses{0}, timers_fired{0};
};

class Subscribers {
 public:
  int Add(Engine::Subscriber subscriber);
  void Remove(int id);
  [[nodiscard]] bool any() const { return count_.load(std::memory_order_relaxed) > 0; }
  void Tell(const EngineEvent& event) const;

 private:
  mutable std::mutex mutex_;
  std::map<int, Engine::Subscriber> subscribers_;
  std::atomic<int> count_{0};
  int next_id_ = 1;
};

// Signs of life, for whoever has to know whether threads still come back from the calls that they
// make. Any thread.
class Life {
 public:
  void SetWorkers(size_t workers) { beats_ = std::vector<std::atomic<base::Duration>>(workers); }
  // A worker begins with something that ends by itself.
  void Beat(size_t worker, base::Duration now) { beats_[worker] = now; }
  // A restore goes on, whoever's it is.
  void Restored() { restored_.fetch_add(1, std::memory_order_relaxed); }
  [[nodiscard]] uint64_t restored() const { return restored_.load(std::memory_order_relaxed); }
  // The oldest last beat.
  [[nodiscard]] base::Duration Oldest() const {
    base::Duration oldest{INT64_MAX};
    for (const auto& beat : beats_) oldest = std::min(oldest, beat.load());
    return oldest;
  }

 private:
  std::vector<std::atomic<base::Duration>> beats_;
  std::atomic<uint64_t> restored_{0};
};

class PolicyWatch;
class ToldChunks;

struct Shared {
  log::Log* log = nullptr;
  EngineOptions options;
  int32_t partitions = 0;
  int workers = 0;
  std::shared_ptr<store::Resources> resources;
  std::atomic<std::shared_ptr<const PolicyTimeline>> policies;
  PolicyWatch* policy_watch = nullptr;  // null in an engine that only reads
  Counters counters;
  Subscribers subscribers;

  // The first error that stopped a thread; the others then stop too.
  void Fail(const base::Error& error);
  [[nodiscard]] base::Status health() const;
  std::atomic<bool> stopping{false};
  PartitionTable table;
  // Of the rest of the group; null in an engine that only reads. Order of locks: after the table's
  // and the figures'.
  std::unique_ptr<OtherPartitions> others;
  IdleWatch idle;
  Life life;
  // Workers that have heard from the group which partitions are theirs.
  std::atomic<int> workers_placed{0};

  std::atomic<int64_t> commit_us_p95{0};

  // Of restores: offsets to read, and read. Tells options.while_opening; false: it wants an end.
  std::atomic<int64_t> restore_total{0}, restore_done{0};
  [[nodiscard]] bool GoOnOpening();
  // To be asked now and then while a partition is restored, also to say that this goes on; any
  // thread. kUnavailable: the engine is being stopped, or who opens it to read does not want to
  // wait.
  [[nodiscard]] base::Status GoOnRestoring();

  // Checkpoints handed in and not yet taken note of: each holds its bytes twice.
  std::atomic<int> checkpoints_running{0};

  // How many bytes of cached cases each partition may hold; follows what figures and timers take.
  std::atomic<size_t> cache_bytes_per_partition{0};
  // What `partials` holds. Any thread; whoever has several partitions to rebuild keeps it
  // meanwhile.
  [[nodiscard]] std::shared_ptr<ToldChunks> Told();

  // kLog: the instant to let time run on to once all input is read; kLongAgo: not yet.
  std::atomic<base::Instant> run_on_to{base::kLongAgo};
  // It has been said that cases were judged up to here, ahead of the wall clock.
  std::atomic<base::Instant> said_ahead_to{base::kLongAgo};
  // Silences of sources have been told up to here.
  std::atomic<base::Instant> silences_judged{base::kLongAgo};

 private:
  mutable std::mutex mutex_;
  base::Status health_;
  std::weak_ptr<ToldChunks> told_;
};

using model::kLiveLag;

}  // namespace caseclock::runtime
