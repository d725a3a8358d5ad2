#include "tests/kafka/prefixed_log.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <utility>

#include "engine/log/read_all.h"

namespace caseclock::log::contract {
namespace {

// One that cannot be must stay so.
std::string Named(const std::string& prefix, const std::string& name) {
  return name.empty() ? name : prefix + name;
}

TopicPartition Stripped(const std::string& prefix, TopicPartition partition) {
  partition.topic.erase(0, prefix.size());
  return partition;
}

class PrefixedBatch : public RecordBatch {
 public:
  PrefixedBatch(const std::string& prefix, std::shared_ptr<const RecordBatch> batch)
      : batch_(std::move(batch)), origin_(Stripped(prefix, batch_->origin())) {}
  [[nodiscard]] const TopicPartition& origin() const override { return origin_; }
  [[nodiscard]] std::span<const RecordView> records() const override { return batch_->records(); }

 private:
  std::shared_ptr<const RecordBatch> batch_;
  TopicPartition origin_;
};

class PrefixedConsumer : public Consumer {
 public:
  PrefixedConsumer(std::string prefix, std::unique_ptr<Consumer> consumer)
      : prefix_(std::move(prefix)), consumer_(std::move(consumer)) {}
  base::Result<Polled> Poll(base::Duration max_wait, size_t max_records) override {
    auto polled = consumer_->Poll(max_wait, max_records);
    if (!polled.ok()) return polled;
    Polled stripped = std::move(polled).value();
    for (auto& partition : stripped.partitions) partition = Stripped(prefix_, partition);
    if (stripped.batch) stripped.batch = std::make_shared<PrefixedBatch>(prefix_, stripped.batch);
    return stripped;
  }
  base::Status Seek(const TopicPartition& p, int64_t offset) override {
    return consumer_->Seek({Named(prefix_, p.topic), p.partition}, offset);
  }
  base::Status Pause(const TopicPartition& p) override {
    return consumer_->Pause({Named(prefix_, p.topic), p.partition});
  }
  base::Status Resume(const TopicPartition& p) override {
    return consumer_->Resume({Named(prefix_, p.topic), p.partition});
  }
  base::Result<bool> AtEnd(const TopicPartition& p) override {
    return consumer_->AtEnd({Named(prefix_, p.topic), p.partition});
  }
  [[nodiscard]] GroupToken token() const override { return consumer_->token(); }
  void Wake() override { consumer_->Wake(); }

 private:
  std::string prefix_;
  std::unique_ptr<Consumer> consumer_;
};

class PrefixedReader : public Reader {
 public:
  PrefixedReader(std::string prefix, std::unique_ptr<Reader> reader)
      : prefix_(std::move(prefix)), reader_(std::move(reader)) {}
  base::Result<std::shared_ptr<const RecordBatch>> Read(base::Duration max_wait,
                                                        size_t max_records) override {
    auto batch = reader_->Read(max_wait, max_records);
    if (!batch.ok() || batch.value() == nullptr) return batch;
    return std::shared_ptr<const RecordBatch>(
        std::make_shared<PrefixedBatch>(prefix_, std::move(batch).value()));
  }
  [[nodiscard]] bool at_end() const override { return reader_->at_end(); }

 private:
  std::string prefix_;
  std::unique_ptr<Reader> reader_;
};

class PrefixedProducer : public Producer {
 public:
  PrefixedProducer(std::string prefix, std::unique_ptr<Producer> producer)
      : prefix_(std::move(prefix)), producer_(std::move(producer)) {}
  [[nodiscard]] bool OpensAgain() const override { return producer_->OpensAgain(); }
  base::Status Begin() override { return producer_->Begin(); }
  base::Status Produce(const std::string& topic, int32_t partition,
                       const NewRecord& record) override {
    return producer_->Produce(Named(prefix_, topic), partition, record);
  }
  base::Status SendOffsets(const GroupToken& token,
                           const std::map<TopicPartition, GroupOffset>& offsets) override {
    std::map<TopicPartition, GroupOffset> named;
    for (const auto& [p, offset] : offsets) {
      named.insert_or_assign({Named(prefix_, p.topic), p.partition}, offset);
    }
    return producer_->SendOffsets(token, named);
  }
  base::Result<CommitOutcome> Commit() override { return producer_->Commit(); }
  base::Status Abort() override { return producer_->Abort(); }

 private:
  std::string prefix_;
  std::unique_ptr<Producer> producer_;
};

class PrefixedAppender : public Appender {
 public:
  PrefixedAppender(std::string prefix, std::unique_ptr<Appender> appender)
      : prefix_(std::move(prefix)), appender_(std::move(appender)) {}
  base::Result<std::vector<Appended>> Append(const std::string& topic,
                                             std::span<const NewRecord> records) override {
    return appender_->Append(Named(prefix_, topic), records);
  }

 private:
  std::string prefix_;
  std::unique_ptr<Appender> appender_;
};

class PrefixedLog : public Log {
 public:
  PrefixedLog(Log* log, std::string prefix) : log_(log), prefix_(std::move(prefix)) {}

  base::Status EnsureTopic(const std::string& topic, const TopicConfig& config) override {
    return log_->EnsureTopic(Named(prefix_, topic), config);
  }
  base::Result<TopicConfig> Describe(const std::string& topic) override {
    return log_->Describe(Named(prefix_, topic));
  }
  base::Result<PartitionBounds> Bounds(const TopicPartition& p) override {
    return log_->Bounds({Named(prefix_, p.topic), p.partition});
  }
  base::Result<std::optional<GroupOffset>> Committed(const std::string& group,
                                                     const TopicPartition& p) override {
    return log_->Committed(Named(prefix_, group), {Named(prefix_, p.topic), p.partition});
  }
  base::Result<std::vector<StaticMember>> StaticMembers(const std::string& group) override {
    auto members = log_->StaticMembers(Named(prefix_, group));
    if (!members.ok()) return members;
    for (StaticMember& member : members.value()) {
      for (TopicPartition& p : member.partitions) p.topic.erase(0, prefix_.size());
    }
    return members;
  }
  base::Result<std::unique_ptr<Consumer>> Join(const std::string& group,
                                               const std::string& instance,
                                               const std::vector<std::string>& topics) override {
    std::vector<std::string> named;
    for (const std::string& topic : topics) named.push_back(Named(prefix_, topic));
    return Wrapped<PrefixedConsumer, Consumer>(log_->Join(Named(prefix_, group), instance, named));
  }
  base::Result<std::unique_ptr<Reader>> Open(const TopicPartition& p, int64_t offset) override {
    return Wrapped<PrefixedReader, Reader>(
        log_->Open({Named(prefix_, p.topic), p.partition}, offset));
  }
  base::Result<std::unique_ptr<Producer>> OpenProducer(const std::string& id) override {
    return Wrapped<PrefixedProducer, Producer>(log_->OpenProducer(Named(prefix_, id)));
  }
  base::Result<std::unique_ptr<Appender>> OpenAppender() override {
    return Wrapped<PrefixedAppender, Appender>(log_->OpenAppender());
  }

 private:
  template <typename Outer, typename Inner>
  base::Result<std::unique_ptr<Inner>> Wrapped(base::Result<std::unique_ptr<Inner>> opened) const {
    if (!opened.ok()) return opened;
    return std::unique_ptr<Inner>(std::make_unique<Outer>(prefix_, std::move(opened).value()));
  }

  Log* const log_;
  const std::string prefix_;
};

}  // namespace

std::unique_ptr<Log> Prefixed(Log* log, const std::string& prefix) {
  return std::make_unique<PrefixedLog>(log, prefix);
}

std::vector<std::string> ValuesIn(Log* log, const std::string& topic) {
  std::vector<std::string> values;
  auto reader = log->Open({topic, 0}, 0);
  EXPECT_TRUE(reader.ok());
  const auto read = ReadAll(reader.value().get(), 100, [&](const RecordBatch& batch) {
    for (const RecordView& record : batch.records()) values.emplace_back(*record.value);
    return base::Status();
  });
  EXPECT_TRUE(read.ok());
  return values;
}

std::string FreshPrefix() {
  static std::atomic<int> count{0};
  const auto now = std::chrono::system_clock::now().time_since_epoch().count();
  return std::to_string(now) + "-" + std::to_string(::getpid()) + "-" + std::to_string(++count) +
         "-";
}

}  // namespace caseclock::log::contract
