#pragma once

// The engine in one process: it owns worker threads, each of which owns input partitions; it takes
// events from the log, folds them, and writes cases, partials, alerts, backlogs and rejects back,
// in one transaction per commit. It also serves its own state to `run`.
//
// Threads: Open and the destructor from one thread; queries from any thread.

#include <atomic>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/instant.h"
#include "engine/base/result.h"
#include "engine/log/log.h"
#include "engine/model/alert.h"
#include "engine/model/backlog.h"
#include "engine/model/case_state.h"
#include "engine/model/policy.h"
#include "engine/model/records.h"

namespace caseclock::runtime {

class PolicyTimeline;

enum class ClockMode {
  kWall,  // live: the wall clock once caught up; min(record time, wall clock) before
  kLog,   // history: time is the records' own; runs on to `until` when all are read
};

// Where a checkpoint of a store stands: nothing of it is written; all of it, but nobody knows yet.
enum class CheckpointStage { kBegun, kWritten };

struct TopicNames {
  std::string events = "caseclock.events";
  std::string cases = "caseclock.cases";
  std::string partials = "caseclock.partials";
  std::string backlog = "caseclock.backlog";
  std::string alerts = "caseclock.alerts";
  std::string rejects = "caseclock.rejects";
  std::string policies = "caseclock.policies";
};

struct EngineOptions {
  std::string state_dir;  // one RocksDB directory per input partition below it
  std::string group = "caseclock";
  std::string instance = "1";  // a newer engine of the same one puts an end to this one
  TopicNames topics;
  int32_t partitions = 8;  // of `events` when the topic is created
  int workers = 0;         // threads; 0: one per core, at most one per partition
  ClockMode clock = ClockMode::kWall;
  std::optional<base::Instant> until;  // kLog: let time run on to here at the end
  size_t memory_bytes = 256u << 20;    // budget of caches, memtables and dirty state together
  size_t batch_records = 2048;
  // Cases that follow a corrected calendar in one commit of a partition (core/follow_calendars.h):
  // each may tell several alerts, and live, something may be waiting.
  size_t follow_cases = 256;
  // Cases that go into a checkpoint, or are told to be in it, in one turn of a live worker: what
  // comes in meanwhile waits for no more.
  size_t checkpoint_cases = 256;
  // Cases that a partition holds decoded while a commit grows; the others that it touches wait
  // encoded. Fewer than a slice of input touches (1024 records) are decoded more than once.
  size_t decoded_cases = 2048;
  // A checkpoint comes before a restart would have to replay more input records than this, over
  // all partitions together.
  size_t replay_records = 160'000;
  bool json_outputs = false;
  // False: topics that are missing are kNotFound, and the settings of those that are there stay as
  // they are; so the rights to read and write are enough.
  bool make_topics = true;
  // A log that is away is waited for until the engine is stopped; false: five tries in a row.
  bool outlive_outages = false;
  // Restore and answer queries only: no worker is started and nothing is written, neither to the
  // log nor to the state directory, so pending input stays pending. For commands on a directory
  // that no process holds. Stop and WaitIdle return at once; policies are those active in the log.
  bool read_only = false;
  // The same from the log alone: `state_dir` takes what is restored, and is of no use afterwards.
  // May run beside the engines of the group. An empty `group`: the chain is not compared with what
  // the group has committed.
  bool snapshot = false;
  // With read_only or snapshot: these partitions only; absent: all. Queries about others answer
  // kUnavailable.
  std::optional<std::vector<int32_t>> only_partitions;
  // Called by Open every few moments while it restores, with the share that is done (0 … 1) and the
  // records read. False: Open gives up with kUnavailable. May be null.
  std::function<bool(double share, uint64_t records)> while_opening;
  // Of the log: after so long it has decided a transaction that nobody ended. How long a start
  // waits at most for a commit that the group has made and the topic does not show yet.
  base::Duration transaction_timeout = base::Seconds(10);
  // Called once, from a thread of its own, when a worker has not come back from what it does for so
  // long: from a call of a library that never ends, say. From the start of the workers until they
  // are gone. Zero: nobody looks.
  base::Duration longest_standstill;
  std::function<void(base::Duration stood)> on_standstill;
  // Tests: no threads. All work is done in Turn, WaitIdle and Stop by their caller, so that a run
  // can be repeated exactly. Queries only while there is nothing to do: after WaitIdle or Stop.
  bool driven = false;
  // Tests: called at each stage by the thread that writes checkpoints; an error is the
  // checkpoint's, and ends it there. May be null.
  using CheckpointProbe = std::function<base::Status(CheckpointStage)>;
  CheckpointProbe checkpoint_probe;
  std::function<base::Instant()> wall_clock;  // injected; REQUIRED
  std::function<base::Duration()> monotonic;  // injected; REQUIRED (time since any origin)
};

// What the engine has done and where it stands; a snapshot.
struct EngineStats {
  // Input records taken: each is one of the six below.
  uint64_t records = 0;
  uint64_t events = 0;  // folded
  uint64_t rejects = 0;
  uint64_t duplicates = 0;
  uint64_t conflicts = 0;
  uint64_t rerouted = 0;     // found in another partition than their case's
  uint64_t fact_copies = 0;  // facts about handlers, beyond the one that counts as above
  uint64_t late = 0;
  uint64_t refused = 0;
  uint64_t deleted = 0;  // offsets of the input that were deleted before they were read
  uint64_t relayed = 0;  // copies of facts about handlers, sent to other partitions
  uint64_t alerts_told = 0;
  uint64_t alert_bytes = 0;   // of their values
  uint64_t case_records = 0;  // produced to `cases`: a case for every commit that changed it
  uint64_t case_bytes = 0;    // keys and values
  uint64_t commits = 0;
  uint64_t checkpoints = 0;
  uint64_t cache_hits = 0;
  uint64_t cache_misses = 0;
  uint64_t waiting_records = 0;  // input records not yet taken
  uint64_t timers = 0;           // waiting
  uint64_t budget_bytes = 0;     // what memory may take: EngineOptions::memory_bytes
  uint64_t memory_bytes = 0;     // accounted against the budget; of it:
  uint64_t cache_bytes = 0;      //   cases in memory and timers at hand
  uint64_t figures_bytes = 0;    //   figures, with what no checkpoint has of them
  uint64_t store_bytes = 0;      //   block cache and memtables
  double commit_ms_p95 = 0;
  bool standby = false;    // waits for the place of another engine (runtime/standby.h)
  base::Instant clock;     // the least of the partition clocks
  base::Instant latest;    // the greatest
  bool caught_up = false;  // all input read, every due timer fired
  // How far the slowest partition is behind the wall clock; absent in history, which has a clock of
  // its own, and while nothing has been processed.
  std::optional<base::Duration> lag;
  // How far the partition that is furthest ahead of the wall clock is: it was judged by a clock
  // that was ahead, and its time stands still until then.
  base::Duration ahead;
  std::map<int32_t, int64_t> offsets;
  int32_t partitions = 0;  // of the group, all engines together
};

// A change worth telling a subscriber of /v1/stream: of any partition, whichever engine of the
// group has it.
struct EngineEvent {
  // kResync: alerts may have been told that no event has said; Alerts knows them.
  enum class Kind { kAlert, kBacklog, kResync } kind = Kind::kAlert;
  std::shared_ptr<const model::Alert> alert;
  std::shared_ptr<const model::Backlog> backlog;
};

struct CaseSummary {
  std::string case_id;
  base::Atom queue, stage, risk, handler;
  base::Instant opened_at;
  base::Instant due_at;  // the most pressing running clock; kNever: none
  base::Atom due_clock;
  uint32_t overdue = 0;       // limits that have passed
  base::Instant next_due_at;  // of the others the one that passes first; kNever: none
  base::Atom next_due_clock;
  uint32_t conflicts = 0;  // records with the id of another event and other content, so far
  bool paused = false;
  bool unqualified = false;  // its handler lacks what the policy asks for
  bool handler_away = false;
};

// What is due first, then what has waited longest; a total order.
bool MoreUrgent(const CaseSummary& a, const CaseSummary& b);

// Whether `queue` is meant by `filter`: the same, a prefix of it that ends in '*', or empty for
// all.
bool QueueMatches(std::string_view queue, std::string_view filter);

struct AlertFilter {
  std::string queue;                   // as QueueMatches takes it
  std::optional<base::Instant> since;  // told at or after
  bool standing_only = false;
  size_t limit = 1000;
};

class Engine {
 public:
  // Joins the group, restores the partitions it is given, and starts the workers. Engines of one
  // group share its partitions; each needs an `instance` and a `state_dir` of its own. Errors:
  // kCorrupt with what was expected, what found and what to do; kConfig (partition count changed,
  // no policy); kIo; kUnavailable.
  static base::Result<std::unique_ptr<Engine>> Open(log::Log* log, const EngineOptions& options);
  // Stops, as Stop().
  ~Engine();

  // Does what one of its threads would do next. Errors are in health(). REQUIRES: driven
  enum class Part { kWorkers, kCheckpoints, kPublisher };
  void Turn(Part part);

  // Finishes the batch in hand, commits, checkpoints, joins. Then the engine only answers queries.
  base::Status Stop();
  // Waits until all input present in the partitions of this engine has been processed and told (in
  // kLog also `until` reached), or `cancelled` turns true. The error that stopped a worker, if one
  // did.
  base::Status WaitIdle(const std::atomic<bool>& cancelled);
  // The error that stopped a worker, if one did.
  [[nodiscard]] base::Status health() const;
  [[nodiscard]] EngineStats stats() const;
  // The set in force by the wall clock, and all there were and are to be.
  [[nodiscard]] std::shared_ptr<const model::PolicySet> policies() const;
  [[nodiscard]] std::shared_ptr<const PolicyTimeline> timeline() const;

  // Live figures: exact for the offsets they name, and as of now. In catch-up and in an engine that
  // only reads they are as of the latest that has been processed.
  [[nodiscard]] base::Result<std::vector<model::Backlog>> Backlogs() const;
  [[nodiscard]] base::Result<std::optional<model::Backlog>> BacklogOf(
      const std::string& queue) const;
  // The same as one over several queues, of the same instant: `queue` as in AlertFilter.
  [[nodiscard]] base::Result<model::Backlog> Rollup(const std::string& queue) const;
  // Past figures by a scan over all cases; `known_then`: only what had arrived by `at`. `queue` as
  // in AlertFilter; with `rollup`, one result over all of them. `progress` (0 … 1) may be null.
  base::Result<std::vector<model::Backlog>> BacklogsAt(base::Instant at, bool known_then,
                                                       const std::string& queue, bool rollup,
                                                       const std::function<void(double)>& progress);
  // How the sources that policies name stand, as of what all partitions have seen.
  [[nodiscard]] std::vector<model::SourceStatus> Sources() const;
  // Open cases of a queue, most urgent first. `total`, may be null: how many without the limit.
  base::Result<std::vector<CaseSummary>> Cases(const std::string& queue, size_t limit,
                                               size_t* total = nullptr);
  // Whether another engine of the group has the partition of a case, as far as it has told.
  [[nodiscard]] bool IsWithAnother(const std::string& case_id) const;
  // The case and its closed pages (all, ascending); kNotFound, kUnavailable (not here).
  base::Result<model::CaseState> CaseById(const std::string& case_id);
  // The migration that filled this log: what arrived up to its clock has its place in the source.
  [[nodiscard]] const std::optional<model::MigrationRecord>& migration() const;
  // The partition clock of a case: what its state is as of.
  base::Result<base::Instant> ClockOf(const std::string& case_id);
  base::Result<std::vector<model::ClosedPage>> PagesOf(const std::string& case_id);
  // `total` as of Cases.
  base::Result<std::vector<model::Alert>> Alerts(const AlertFilter& filter,
                                                 size_t* total = nullptr);
  base::Result<std::optional<model::Alert>> AlertById(const base::Hash128& id);

  // Called from worker threads after each commit, and once a second with what the rest of the group
  // tells; quickly; must not call back into the engine.
  using Subscriber = std::function<void(const EngineEvent&)>;
  int Subscribe(Subscriber subscriber);
  void Unsubscribe(int id);

  // Compares the stored timers, figures and dedup entries with what the case records imply, and
  // checks the chain; each difference is one line. Empty: all is well. REQUIRES: stopped or idle.
  base::Result<std::vector<std::string>> Verify(const std::function<void(double)>& progress);

 private:
  struct Impl;
  explicit Engine(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

// How long before it comes into force a set is put where engines may be at work: they read new ones
// every second, and judge no further than what they have read is good for (PolicyWatch). What was
// judged by an old set although a new one was in force would be counted by the one and taken back
// by the other.
inline constexpr base::Duration kActivationLead = base::Seconds(10);

// Puts a policy set into the policies topic and activates it. The first set of a log may take
// effect in the past; a later one comes into force `lead` after `clock` says it is put there, or
// after what has been judged where that is later. Same content and already active: nothing happens.
// Errors: kConfig (with every problem of the set, a line each); those of the log.
base::Status ActivatePolicies(log::Log* log, const TopicNames& topics,
                              const std::vector<model::PolicyText>& files,
                              const std::function<base::Instant()>& clock, const std::string& by,
                              base::Duration lead = {});

}  // namespace caseclock::runtime
