#pragma once

// Writing without transactions. All appenders of a log share one idempotent handle and a thread
// that waits for its delivery reports.

#include <atomic>
#include <condition_variable>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "engine/log/kafka/cluster.h"
#include "engine/log/log.h"

namespace caseclock::log::kafka {

class AppendHandle : private Callbacks {
 public:
  static base::Result<std::shared_ptr<AppendHandle>> Open(Cluster* cluster);
  ~AppendHandle() override;
  base::Result<std::vector<Appended>> Append(const std::string& topic,
                                             std::span<const NewRecord> records);
  // It takes no more records: a new one must be opened.
  [[nodiscard]] bool broken() const;

 private:
  // One call that waits for its records; each knows its place in it.
  struct Call {
    struct Place {
      Call* call = nullptr;
      Appended result;
    };
    std::vector<Place> places;
    size_t left = 0;  // guarded by AppendHandle::mutex_, as is the next one
    rd_kafka_resp_err_t failed = RD_KAFKA_RESP_ERR_NO_ERROR;
  };

  explicit AppendHandle(Cluster* cluster) : cluster_(cluster) {}
  void Delivered(const rd_kafka_message_t* message) override;
  base::Result<rd_kafka_topic_t*> TopicOf(const std::string& name);
  void Await(Call* call);

  Cluster* const cluster_;
  std::mutex mutex_;
  std::condition_variable delivered_;
  std::unique_ptr<Client> client_;
  std::map<std::string, TopicHandle, std::less<>> topics_;  // guarded by mutex_; end before client_
  std::atomic<bool> stopping_{false};
  std::thread server_;
};

class KafkaAppender : public Appender {
 public:
  // `open` gives the handle to use now.
  using Source = std::function<base::Result<std::shared_ptr<AppendHandle>>()>;
  explicit KafkaAppender(Source source) : source_(std::move(source)) {}
  base::Result<std::vector<Appended>> Append(const std::string& topic,
                                             std::span<const NewRecord> records) override;

 private:
  const Source source_;
};

}  // namespace caseclock::log::kafka
