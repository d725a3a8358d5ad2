#include "engine/log/embedded/embedded_log.h"

#include <condition_variable>
#include <thread>
#include <utility>

#include "engine/log/embedded/catalog.h"
#include "engine/log/embedded/consumer.h"
#include "engine/log/embedded/core.h"
#include "engine/log/embedded/maintenance.h"
#include "engine/log/embedded/producer.h"
#include "engine/log/embedded/reader.h"

namespace caseclock::log {
namespace {

using embedded::Core;

class Implementation : public EmbeddedLog {
 public:
  Implementation(EmbeddedOptions options, std::unique_ptr<embedded::Database> database)
      : core_(std::move(options), std::move(database)) {}

  ~Implementation() override {
    {
      const std::lock_guard lock(stop_mutex_);
      stopping_ = true;
      core_.closing = true;
    }
    stop_.notify_all();
    if (maintainer_.joinable()) maintainer_.join();
  }

  base::Status Load() {
    if (auto status = embedded::LoadTopics(&core_); !status.ok()) return status;
    if (core_.options.maintenance_interval.us > 0) {
      maintainer_ = std::thread([this] { MaintainUntilStopped(); });
    }
    return {};
  }

  base::Status EnsureTopic(const std::string& topic, const TopicConfig& config) override {
    return embedded::EnsureTopic(&core_, topic, config);
  }

  base::Result<TopicConfig> Describe(const std::string& topic) override {
    auto found = embedded::FindTopic(&core_, topic);
    if (!found.ok()) return found.error();
    const std::lock_guard lock(core_.mutex);
    return found.value()->config;
  }

  base::Result<PartitionBounds> Bounds(const TopicPartition& partition) override {
    auto found = embedded::FindPartition(&core_, partition);
    if (!found.ok()) return found.error();
    const std::lock_guard lock(core_.mutex);
    return PartitionBounds{found.value()->first, found.value()->end, false};
  }

  base::Result<std::optional<GroupOffset>> Committed(const std::string& group,
                                                     const TopicPartition& partition) override {
    auto found = embedded::FindPartition(&core_, partition);
    if (!found.ok()) return found.error();
    return embedded::CommittedOffset(&core_, group, found.value()->id);
  }

  base::Result<std::vector<StaticMember>> StaticMembers(const std::string& group) override {
    const std::lock_guard lock(core_.mutex);
    const auto found = core_.groups.find(group);
    return found == core_.groups.end() ? std::vector<StaticMember>()
                                       : found->second->StaticMembers();
  }

  base::Result<std::unique_ptr<Consumer>> Join(const std::string& group,
                                               const std::string& instance,
                                               const std::vector<std::string>& topics) override {
    return embedded::EmbeddedConsumer::Join(&core_, group, instance, topics);
  }

  base::Result<std::unique_ptr<Reader>> Open(const TopicPartition& partition,
                                             int64_t offset) override {
    auto found = embedded::FindPartition(&core_, partition);
    if (!found.ok()) return found.error();
    return std::unique_ptr<Reader>(
        std::make_unique<embedded::EmbeddedReader>(&core_, found.value(), offset));
  }

  base::Result<std::unique_ptr<Producer>> OpenProducer(
      const std::string& transactional_id) override {
    return embedded::EmbeddedProducer::Open(&core_, transactional_id);
  }

  base::Result<std::unique_ptr<Appender>> OpenAppender() override {
    return std::unique_ptr<Appender>(std::make_unique<embedded::EmbeddedAppender>(&core_));
  }

  base::Status Maintain() override {
    const std::lock_guard lock(core_.maintenance_mutex);
    return embedded::MaintainAll(&core_, core_.options.clock());
  }

 private:
  void MaintainUntilStopped() {
    const auto interval = std::chrono::microseconds(core_.options.maintenance_interval.us);
    bool failed = false;
    std::unique_lock lock(stop_mutex_);
    while (!stop_.wait_for(lock, interval, [this] { return stopping_; })) {
      lock.unlock();
      const base::Status status = Maintain();
      if (!status.ok() && !failed && core_.options.on_maintenance_failed) {
        core_.options.on_maintenance_failed(status.error());
      }
      failed = !status.ok();
      lock.lock();
    }
  }

  Core core_;
  std::mutex stop_mutex_;
  std::condition_variable stop_;
  bool stopping_ = false;  // guarded by stop_mutex_
  std::thread maintainer_;
};

}  // namespace

base::Result<std::unique_ptr<EmbeddedLog>> EmbeddedLog::OpenAt(const EmbeddedOptions& options) {
  if (!options.clock || options.directory.empty()) {
    return base::Error{base::ErrorKind::kConfig,
                       "Expected a directory and a clock for the embedded log, but one is missing"};
  }
  embedded::Database::Options database_options;
  database_options.directory = options.directory;
  database_options.read_only = options.read_only;
  database_options.sync = options.durability == Durability::kDisk;
  database_options.block_cache_bytes = options.block_cache_bytes;
  database_options.write_buffer_bytes = options.write_buffer_bytes;
  auto database = embedded::Database::Open(database_options);
  if (!database.ok()) return database.error();
  auto log = std::make_unique<Implementation>(options, std::move(database).value());
  if (auto status = log->Load(); !status.ok()) return status.error();
  return std::unique_ptr<EmbeddedLog>(std::move(log));
}

base::Result<std::unique_ptr<Log>> OpenEmbeddedLog(const EmbeddedOptions& options) {
  auto log = EmbeddedLog::OpenAt(options);
  if (!log.ok()) return log.error();
  return std::unique_ptr<Log>(std::move(log).value());
}

}  // namespace caseclock::log
