#pragma once

// Alerts that the rest of the group tells, for who listens to this engine: follows the alerts topic
// from its end on, while anybody listens. What this engine tells itself its workers and its watch
// over sources say sooner. One thread; the publisher's.

#include <memory>
#include <set>
#include <vector>

#include "engine/log/log.h"
#include "engine/model/alert.h"
#include "engine/runtime/shared.h"

namespace caseclock::runtime {

class AlertFeed {
 public:
  explicit AlertFeed(Shared* shared) : shared_(shared) {}

  // One round. `own`: the partitions of this engine; `teller`: it tells the backlogs, and with them
  // alerts of sources. Where it begins, also anew, subscribers are told to ask for what was before.
  base::Status Work(const std::set<int32_t>& own, bool teller);

 private:
  base::Status Begin();
  base::Status Read(bool* unread);
  [[nodiscard]] bool IsOwn(const model::Alert& alert, int32_t partition) const;
  void Tell(EngineEvent::Kind kind, std::shared_ptr<const model::Alert> alert) const;

  Shared* const shared_;
  std::set<int32_t> own_;
  bool teller_ = false;
  std::vector<std::unique_ptr<log::Reader>> readers_;  // by partition; empty: nobody listens
};

}  // namespace caseclock::runtime
