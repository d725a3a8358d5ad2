#pragma once

// A consumer of the embedded log: a member of a group, and a cursor for each partition it has.

#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include "engine/log/embedded/core.h"
#include "engine/log/embedded/cursor.h"
#include "engine/log/embedded/group.h"
#include "engine/log/log.h"

namespace caseclock::log::embedded {

class EmbeddedConsumer : public Consumer {
 public:
  static base::Result<std::unique_ptr<Consumer>> Join(Core* core, const std::string& group,
                                                      const std::string& instance,
                                                      const std::vector<std::string>& topics);
  ~EmbeddedConsumer() override;

  base::Result<Polled> Poll(base::Duration max_wait, size_t max_records) override;
  base::Status Seek(const TopicPartition& partition, int64_t offset) override;
  base::Status Pause(const TopicPartition& partition) override;
  base::Status Resume(const TopicPartition& partition) override;
  base::Result<bool> AtEnd(const TopicPartition& partition) override;
  [[nodiscard]] GroupToken token() const override;
  void Wake() override;

 private:
  struct Assigned {
    Cursor cursor;
    bool paused = false;
    bool revoked = false;  // told so: no more records of it
  };

  EmbeddedConsumer(Core* core, std::string group) : core_(core), group_name_(std::move(group)) {}
  // kNothing when there is none to tell.
  base::Result<Polled> TellChange();
  base::Status Assign(const std::vector<Partition*>& partitions);
  void Drop(const std::vector<Partition*>& partitions);
  // kNothing when nothing is there now.
  base::Result<Polled> ReadNext(size_t max_records);
  [[nodiscard]] bool AllRead() const;  // REQUIRES: Core::mutex held
  base::Result<Assigned*> Find(const TopicPartition& partition);

  Core* core_;
  std::string group_name_;
  Group* group_ = nullptr;
  std::unique_ptr<Member> member_;
  Signal signal_;
  std::vector<std::unique_ptr<Assigned>> assigned_;
  std::vector<Polled::Deleted> deleted_;  // not told yet
  size_t next_ = 0;                       // whose turn it is in assigned_
  size_t in_a_row_ = 0;  // records returned in this turn; it ends at the most a Poll may bring
};

// Now plus `wait`, which may be as long as it likes.
std::chrono::steady_clock::time_point DeadlineAfter(base::Duration wait);

}  // namespace caseclock::log::embedded
