#pragma once

// The queue stage: merges the figures of all partitions, its own and those of the other engines of
// the group, evaluates the backlog of every queue and publishes what changed, at most once a
// second. In a group that is done by the engine that has the first partition, and by any for those
// who listen to it; each tells the others where its own stand. Also keeps the memory budget. One
// thread of its own.

#include <condition_variable>
#include <map>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <thread>
#include <vector>

#include "engine/core/figures.h"
#include "engine/log/log.h"
#include "engine/runtime/alert_feed.h"
#include "engine/runtime/shared.h"
#include "engine/runtime/source_watch.h"

namespace caseclock::runtime {

// Backlogs of all queues as they are now; exact for the offsets they name. Of partitions that other
// engines have, figures may be newer than these by a second. `whole`, may be null: every partition
// is in it. Any thread.
base::Result<std::vector<model::Backlog>> EvaluateBacklogs(const Shared& shared, bool* whole);
// The same of one queue; absent: no such queue yet.
base::Result<std::optional<model::Backlog>> EvaluateBacklog(const Shared& shared,
                                                            const std::string& queue);
// The same as one over the queues that `filter` means, as in AlertFilter.
base::Result<model::Backlog> EvaluateRollup(const Shared& shared, const std::string& filter);
inline std::string RollupName(const std::string& filter) {
  return filter.empty() ? "*" : filter;
}
// The rules of a queue's workflow at `t`; nullptr: it has none.
const model::WorkflowVersion* VersionOfQueue(const model::PolicySet& set, std::string_view queue,
                                             base::Instant t);
// What the figures of some queues as one go by at `t`; `queues` in the order of their names.
core::Definitions DefinitionsOf(const model::PolicySet& set, std::span<const base::Atom> queues,
                                base::Instant t);
// Says which versions of calendars the queue's due instants go by under a set.
void NameCalendars(const model::PolicySet& policies, model::Backlog* backlog);
// Shares what is left of the memory budget among the partitions' caches.
void ShareMemory(Shared* shared);

class Publisher {
 public:
  explicit Publisher(Shared* shared);
  ~Publisher();  // Stop()

  base::Status Open();
  void Start();
  // Without Start: publishes if it is time.
  void DoTurn();
  void Stop();  // publishes what is left if the engine is healthy
  // Publishes now and waits until it is done; any thread.
  void PublishNow();

 private:
  void Run();
  void WorkIfDue(bool now, bool last);
  base::Status Work(bool last);
  base::Status Publish(bool teller);
  base::Status TellShares();
  base::Status Append(const model::Backlog& backlog);

  Shared* const shared_;
  SourceWatch sources_;
  AlertFeed alerts_;
  std::unique_ptr<log::Appender> appender_;
  std::map<std::string, std::string> published_;  // by queue: the bytes without the instants
  bool teller_ = false;                           // whether it was also appended
  struct ToldShare {
    std::string bytes;  // without the clock
    base::Instant clock;
  };
  std::map<int32_t, ToldShare> shares_;  // of own partitions
  bool shares_in_use_ = false;           // others were there once, and may come back
  base::Duration republish_at_;
  base::Duration took_;

  std::mutex mutex_;
  std::condition_variable changed_;
  uint64_t asked_ = 0;
  uint64_t done_ = 0;
  base::Duration last_;  // when it last published
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace caseclock::runtime
