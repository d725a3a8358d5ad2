#pragma once

// The writers of the embedded log: in transactions, and without.

#include <atomic>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "engine/log/embedded/commit.h"
#include "engine/log/embedded/core.h"
#include "engine/log/embedded/pending.h"
#include "engine/log/log.h"

namespace caseclock::log::embedded {

class EmbeddedProducer : public Producer {
 public:
  // Raises the stored epoch of the id, which fences the older producers.
  static base::Result<std::unique_ptr<Producer>> Open(Core* core, const std::string& id);

  base::Status Begin() override;
  base::Status Produce(const std::string& topic, int32_t partition,
                       const NewRecord& record) override;
  base::Status SendOffsets(const GroupToken& token,
                           const std::map<TopicPartition, GroupOffset>& offsets) override;
  base::Result<CommitOutcome> Commit() override;
  base::Status Abort() override;

 private:
  EmbeddedProducer(Core* core, std::string id, const ProducerSlot* slot, int64_t epoch);
  // Not fenced, and a transaction open or not, as expected.
  base::Status Check(bool open) const;
  base::Result<Topic*> TopicOf(const std::string& name);
  void Forget();

  Core* core_;
  std::string id_;
  CommitGuard guard_;
  Pending pending_;
  bool open_ = false;
  std::vector<Topic*> known_;  // few, so a walk is faster than a map
};

class EmbeddedAppender : public Appender {
 public:
  explicit EmbeddedAppender(Core* core) : core_(core) {}
  base::Result<std::vector<Appended>> Append(const std::string& topic,
                                             std::span<const NewRecord> records) override;

 private:
  Core* core_;
};

}  // namespace caseclock::log::embedded
