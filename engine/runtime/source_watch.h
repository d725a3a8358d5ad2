#pragma once

// Tells when a source falls silent, and when it is heard again (core/silence.h): from what all
// partitions know, by the engine that tells the backlogs. Alerts and how far they were told go out
// in one transaction, under an id that fences whoever told them before: so each is told once,
// whatever dies, and whoever takes over goes on from there. One thread; the publisher's.

#include <memory>
#include <optional>
#include <vector>

#include "engine/log/log.h"
#include "engine/model/records.h"
#include "engine/runtime/shared.h"

namespace caseclock::runtime {

class SourceWatch {
 public:
  explicit SourceWatch(Shared* shared) : shared_(shared) {}

  // One round. `teller`: this engine tells the backlogs. `last`: also what could wait.
  base::Status Work(bool teller, bool last);

 private:
  base::Status ReadRecord();
  base::Status TakeOver();
  base::Status AdoptStanding();
  base::Status Tell(const std::vector<model::Alert>& alerts, const model::SourcesRecord& record);
  base::Status Produce(const std::vector<model::Alert>& alerts, const model::SourcesRecord& record);
  base::Status ProduceAlert(const model::Alert& alert);

  Shared* const shared_;
  std::unique_ptr<log::Reader> reader_;      // of the backlog topic, where the record lies
  std::unique_ptr<log::Producer> producer_;  // absent: another engine tells
  std::optional<model::SourcesRecord> record_;
  base::Duration written_at_;
};

// How the sources that policies name stand, as of what all partitions have seen; empty while
// another engine of the group has not told yet where its partitions stand. Any thread.
std::vector<model::SourceStatus> EvaluateSources(const Shared& shared);

}  // namespace caseclock::runtime
