#pragma once

// The figures of partitions that other engines of the group have, as those write them into the
// partials topic: so each engine can tell the backlog of a whole queue. Read by the publisher's
// thread; looked at from any.

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string_view>
#include <vector>

#include "engine/base/result.h"
#include "engine/core/figures.h"
#include "engine/log/log.h"
#include "engine/model/records.h"

namespace caseclock::runtime {

struct Shared;

class OtherPartitions {
 public:
  explicit OtherPartitions(Shared* shared) : shared_(shared) {}

  // Takes what has come since of all partitions but `own`. With none but those, forgets everything
  // and reads nothing. When `own` has changed, begins anew.
  base::Status Read(const std::set<int32_t>& own);

  struct Other {
    core::Figures figures;  // as of share.offset or newer
    model::PartitionShare share;
  };
  // Holds what is known as long as it lives: the partitions of which both is known.
  class View {
   public:
    explicit View(const OtherPartitions& others) : lock_(others.mutex_), others_(others.others_) {}
    [[nodiscard]] const std::map<int32_t, Other>& map() const { return others_; }

   private:
    std::unique_lock<std::mutex> lock_;
    const std::map<int32_t, Other>& others_;
  };
  [[nodiscard]] View Look() const { return View(*this); }

 private:
  void Forget();
  base::Result<log::Reader*> ReaderOf(int32_t number);
  base::Status Take(const log::RecordView& record);
  base::Status TakeShare(const log::RecordView& record);
  base::Status TakeChunk(const log::RecordView& record);

  Shared* const shared_;
  std::set<int32_t> own_;
  std::vector<std::unique_ptr<log::Reader>> readers_;  // of each partition of the topic
  std::map<int32_t, core::Figures> unnamed_;           // whose share has not come yet
  std::map<int32_t, model::PartitionShare> shares_;    // read in the last round
  mutable std::mutex mutex_;
  std::map<int32_t, Other> others_;  // guarded by mutex_
};

}  // namespace caseclock::runtime
