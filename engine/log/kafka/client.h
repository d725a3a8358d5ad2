#pragma once

// One connection of ours to the cluster: a librdkafka handle with its settings and callbacks. Each
// consumer, reader and producer has its own; the log has one to ask questions and one to append.

#include <atomic>
#include <map>
#include <memory>
#include <mutex>
#include <string>

#include "engine/log/kafka/handles.h"
#include "engine/log/kafka/kafka_log.h"

namespace caseclock::log::kafka {

enum class Role {
  kControl,   // asks: metadata, settings of topics, ends, committed offsets
  kReader,    // reads one partition
  kMember,    // reads as a member of a group
  kProducer,  // writes in transactions
  kAppender,  // writes without
};

using Properties = std::map<std::string, std::string>;

// What librdkafka calls back, always from within a call of ours on the same handle.
class Callbacks {
 public:
  virtual ~Callbacks() = default;
  virtual void Rebalanced(rd_kafka_resp_err_t, rd_kafka_topic_partition_list_t*) {}
  virtual void Delivered(const rd_kafka_message_t*) {}
};

class Client {
 public:
  // `fixed`: what this one handle needs beside its role, such as group.id. `callbacks` may be null,
  // and must outlive the client otherwise. kConfig when a setting is refused or not known.
  static base::Result<std::unique_ptr<Client>> Open(const KafkaOptions& options, Role role,
                                                    const Properties& fixed, Callbacks* callbacks);
  ~Client();

  [[nodiscard]] rd_kafka_t* get() const { return handle_.get(); }
  // Runs callbacks that wait: errors, delivery reports. A member's run in its Poll only.
  void Serve() const {
    if (role_ != Role::kMember) rd_kafka_poll(handle_.get(), 0);
  }

  // A moment between two questions whose answer is "not yet"; runs callbacks meanwhile.
  void Pause() const;

  // The last thing that went wrong on a connection; nothing yet: code is NO_ERROR. Any thread.
  struct Trouble {
    rd_kafka_resp_err_t code = RD_KAFKA_RESP_ERR_NO_ERROR;
    std::string text;
  };
  [[nodiscard]] Trouble trouble() const;
  // What librdkafka said of a partition that this producer has no right to write to in a
  // transaction, since it was last forgotten; empty: nothing. Any thread.
  [[nodiscard]] std::string denial() const;
  void ForgetDenial();
  // Connections lost and requests that timed out so far. Any thread.
  [[nodiscard]] uint64_t disconnects() const { return disconnects_; }
  // A failed call, told with the trouble behind it where a time-out alone says little: a wrong
  // password is retried for ever below, and looks like an absent broker from here.
  [[nodiscard]] base::Error Explain(rd_kafka_resp_err_t code, const std::string& expected) const;
  // A handle to write to a topic, with its leaders known: librdkafka looks for topics that it does
  // not know once a second only. The client must outlive it.
  [[nodiscard]] base::Result<TopicHandle> OpenTopic(const std::string& name) const;
  [[nodiscard]] const KafkaOptions& options() const { return options_; }

 private:
  Client(const KafkaOptions& options, Role role, Callbacks* callbacks)
      : options_(options), role_(role), callbacks_(callbacks) {}
  static void OnError(rd_kafka_t* handle, int code, const char* reason, void* self);
  static void OnLog(const rd_kafka_t* handle, int level, const char* facility, const char* text);

  const KafkaOptions options_;
  const Role role_;
  Callbacks* const callbacks_;
  mutable std::mutex mutex_;
  Trouble trouble_;     // guarded by mutex_
  std::string denial_;  // likewise
  std::atomic<uint64_t> disconnects_{0};
  Handle handle_;
};

}  // namespace caseclock::log::kafka
