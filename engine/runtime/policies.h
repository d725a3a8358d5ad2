#pragma once

// The policies topic: which sets of policies are in force from when. One partition, compacted; sets
// lie under their hash, activations each under a key of its own (model::kActivationKey), so that
// all of them outlive compaction: late events are judged by the set of their time.

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "engine/base/result.h"
#include "engine/log/log.h"
#include "engine/model/records.h"
#include "engine/runtime/shared.h"

namespace caseclock::runtime {

// Follows the topic. One thread.
class PolicyReader {
 public:
  PolicyReader(log::Log* log, std::string topic) : log_(log), topic_(std::move(topic)) {}

  // Reads what has come since. True: there is something new, see timeline(). Errors: kConfig (a set
  // that does not load here, an activation without its set, a migration into this log that is not
  // done), kCorrupt, kIo.
  base::Result<bool> Read();
  // nullptr: nothing has been activated yet.
  [[nodiscard]] const std::shared_ptr<const PolicyTimeline>& timeline() const { return timeline_; }
  // The migration that filled this log, as far as it has come; absent: none did.
  [[nodiscard]] const std::optional<model::MigrationRecord>& migration() const {
    return migration_;
  }
  // The last one; nullptr: none.
  [[nodiscard]] const model::ActivationRecord* last() const {
    return activations_.empty() ? nullptr : &activations_.rbegin()->second;
  }

 private:
  base::Status Take(const log::RecordView& record);
  base::Result<std::shared_ptr<const model::PolicySet>> Load(const std::string& hash);

  log::Log* const log_;
  const std::string topic_;
  std::unique_ptr<log::Reader> reader_;
  std::map<std::string, model::PolicyRecord> sets_;  // by hash; dropped once loaded
  std::map<std::string, std::shared_ptr<const model::PolicySet>> loaded_;
  std::map<int64_t, model::ActivationRecord> activations_;  // by offset
  std::shared_ptr<const PolicyTimeline> timeline_;
  size_t in_timeline_ = 0;  // of activations_
  std::optional<model::MigrationRecord> migration_;
};

// Ok, unless a migration into this log is not done: then nothing but that may write to it.
base::Status CheckMigrated(const PolicyReader& policies);

// The settings of the policies topic.
log::TopicConfig PoliciesTopic();

}  // namespace caseclock::runtime
