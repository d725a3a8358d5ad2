#pragma once

// A member of a group, and how it hears of rebalances: all that it has is revoked, the next Poll
// lets it go and joins anew, and when everybody has, it is assigned its share. One that was silent
// for too long finds that all is lost, and joins as somebody new.

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "engine/log/log.h"
#include "tests/simulation/broker.h"

namespace caseclock::simulation {

class SimulatedConsumer : public log::Consumer {
 public:
  static base::Result<std::unique_ptr<log::Consumer>> Join(Broker* broker,
                                                           std::shared_ptr<const Wire> wire,
                                                           const std::string& group,
                                                           const std::string& instance,
                                                           const std::vector<std::string>& topics);
  ~SimulatedConsumer() override;

  base::Result<log::Polled> Poll(base::Duration max_wait, size_t max_records) override;
  base::Status Seek(const log::TopicPartition& partition, int64_t offset) override;
  base::Status Pause(const log::TopicPartition& partition) override;
  base::Status Resume(const log::TopicPartition& partition) override;
  base::Result<bool> AtEnd(const log::TopicPartition& partition) override;
  [[nodiscard]] log::GroupToken token() const override;
  void Wake() override;

 private:
  struct Cursor {
    BrokerPartition* partition = nullptr;
    std::optional<int64_t> next;  // absent: from the committed offset, once it is decided
    bool paused = false;
  };

  SimulatedConsumer(Broker* broker, std::shared_ptr<const Wire> wire, std::string group,
                    std::string instance)
      : broker_(broker),
        wire_(std::move(wire)),
        group_name_(std::move(group)),
        instance_(std::move(instance)) {}
  // Both with the broker held. Absent: there is nothing to tell.
  std::optional<log::Polled> Change();
  std::optional<log::Polled> Records(size_t max_records);
  std::optional<log::Polled> TakeAll(log::Polled::Kind kind);
  log::Polled Assign(const BrokerMember& member);
  bool Locate(Cursor* cursor) const;
  [[nodiscard]] bool AllRead() const;
  base::Result<Cursor*> Find(const log::TopicPartition& partition);

  Broker* const broker_;
  const std::shared_ptr<const Wire> wire_;
  const std::string group_name_;
  const std::string instance_;
  std::vector<const BrokerTopic*> topics_;
  BrokerGroup* group_ = nullptr;
  std::string id_;
  int64_t told_ = -1;  // generation of the assignment it works on
  bool revoked_ = false;
  bool woken_ = false;
  size_t turn_ = 0;
  std::vector<Cursor> cursors_;
};

}  // namespace caseclock::simulation
