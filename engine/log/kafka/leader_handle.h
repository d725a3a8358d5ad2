#pragma once

// A handle by which leaders of partitions are asked, without reading from them.

#include <chrono>
#include <memory>
#include <mutex>

#include "engine/log/kafka/client.h"

namespace caseclock::log::kafka {

// What a handle that reads nothing knows of the leaders of a topic it learned when it first asked,
// and librdkafka (2.0.2) believes it until metadata.max.age.ms has passed three times: also of a
// leader that has moved since, and that there was none. One that does not get on is replaced.
// Called from any thread.
class LeaderHandle {
 public:
  // See Client::Open.
  static base::Result<std::unique_ptr<LeaderHandle>> Open(const KafkaOptions& options,
                                                          const Properties& fixed);

  [[nodiscard]] std::shared_ptr<const Client> client() const;
  // Puts a new handle in the place of `stale`, unless that was done already or `stale` is so young
  // that what it knows is fresh.
  base::Status Renew(const std::shared_ptr<const Client>& stale);

 private:
  LeaderHandle(const KafkaOptions& options, Properties fixed, std::shared_ptr<const Client> client)
      : options_(options), fixed_(std::move(fixed)), client_(std::move(client)) {}

  const KafkaOptions options_;
  const Properties fixed_;
  mutable std::mutex mutex_;
  std::shared_ptr<const Client> client_;  // guarded by mutex_
  std::chrono::steady_clock::time_point opened_ = std::chrono::steady_clock::now();  // likewise
};

}  // namespace caseclock::log::kafka
