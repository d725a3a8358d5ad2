#pragma once

// Alerts that the rest of the group tells, for who listens to this engine: follows the alerts topic
// from its end on, while anybody listens. What this engine tells itself its workers and its watch
// over sources say sooner. A convenience: who asks for alerts gets them from the topic, so what
// goes wrong here is said and tried again, and stops nobody. One thread; the publisher's.

#include <map>
#include <memory>
#include <set>

#include "engine/log/log.h"
#include "engine/model/alert.h"
#include "engine/runtime/shared.h"

namespace caseclock::runtime {

class AlertFeed {
 public:
  explicit AlertFeed(Shared* shared) : shared_(shared) {}

  // One round. `own`: the partitions of this engine; `teller`: it tells the backlogs, and with them
  // alerts of sources. Where something may have been missed subscribers are told, once nothing is
  // any more, to ask for what was before.
  void Work(const std::set<int32_t>& own, bool teller);

 private:
  void Stop();
  base::Status Follow(const std::set<int32_t>& own, bool teller);
  base::Status Open();
  base::Status Read();
  void Take(const log::RecordView& record, int32_t partition, bool own);
  void Fail(const base::Error& error);
  [[nodiscard]] bool IsNeeded(int32_t partition) const;
  void Tell(EngineEvent::Kind kind, std::shared_ptr<const model::Alert> alert) const;

  Shared* const shared_;
  bool followed_ = false;  // somebody listened in the last round
  std::set<int32_t> own_;
  bool teller_ = false;
  std::map<int32_t, std::unique_ptr<log::Reader>> readers_;  // by partition
  int32_t next_ = 0;                                         // to be looked at for opening
  bool missed_ = false;     // alerts, perhaps, and nobody was told yet
  bool failing_ = false;    // and it was said
  int rounds_to_rest_ = 0;  // before anything is opened
  bool json_told_ = false;
};

}  // namespace caseclock::runtime
