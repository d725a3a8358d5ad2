#include "consumers/cli/event_sink.h"

#include <utility>
#include <vector>

#include "consumers/cli/data_dir.h"
#include "consumers/cli/http_client.h"
#include "consumers/http/event_body.h"
#include "consumers/http/message.h"
#include "engine/log/kafka/kafka_topics.h"
#include "engine/runtime/engine.h"
#include "engine/runtime/fact_copies.h"

namespace caseclock::cli {
namespace {

class LogSink : public EventSink {
 public:
  LogSink(std::unique_ptr<log::Log> log, std::unique_ptr<log::Appender> appender, std::string topic,
          int32_t partitions, std::string where)
      : log_(std::move(log)),
        appender_(std::move(appender)),
        topic_(std::move(topic)),
        copies_(partitions),
        where_(std::move(where)) {}

  base::Status Append(std::span<const OutgoingEvent> events) override {
    records_.clear();
    for (const OutgoingEvent& event : events) {
      log::NewRecord record;
      if (!event.case_id.empty()) record.key = event.case_id;
      record.value = event.bytes;
      record.timestamp = event.timestamp;
      if (event.about_handler) {
        copies_.Append(record, &records_);
      } else {
        records_.push_back(record);
      }
    }
    return appender_->Append(topic_, records_).status();
  }
  [[nodiscard]] const std::string& where() const override { return where_; }

 private:
  std::unique_ptr<log::Log> log_;
  std::unique_ptr<log::Appender> appender_;
  std::string topic_;
  runtime::FactCopies copies_;
  std::string where_;
  std::vector<log::NewRecord> records_;
};

class HttpSink : public EventSink {
 public:
  HttpSink(HttpClient client, std::string where, const SinkTarget& target, bool own_time)
      : client_(std::move(client)), where_(std::move(where)) {
    if (own_time) target_ += "timestamps=occurred&";
    if (target.unchecked) target_ += "unchecked=1&";
    target_.pop_back();  // the last separator
  }

  base::Status Append(std::span<const OutgoingEvent> events) override {
    std::string body;
    for (const OutgoingEvent& event : events) {
      http::AppendVarint(event.bytes.size(), &body);
      body += event.bytes;
    }
    auto reply = client_.Post(target_, "application/x-protobuf", body);
    if (!reply.ok()) return reply.error();
    const int status = reply.value().status;
    if (status == 202) return {};
    return base::Error{http::KindOf(status, reply.value().body),
                       "Expected " + where_ + " to take the events, but it answered " +
                           std::to_string(status) + ": " + ReasonOf(reply.value().body)};
  }
  [[nodiscard]] const std::string& where() const override { return where_; }

 private:
  HttpClient client_;
  std::string where_;
  std::string target_ = "/v1/events?";
};

base::Result<std::unique_ptr<EventSink>> OpenHttp(const SinkTarget& target, bool own_time,
                                                  const std::string& address) {
  auto url = ParseUrl(address);
  if (!url.ok()) return base::Error{base::ErrorKind::kConfig, url.error().message};
  HttpClient client(std::move(url).value());
  auto health = client.Get("/healthz");
  if (!health.ok()) return health.error();
  std::unique_ptr<EventSink> sink =
      std::make_unique<HttpSink>(std::move(client), address, target, own_time);
  return sink;
}

base::Result<std::unique_ptr<EventSink>> OpenLog(const SinkTarget& target, bool own_time) {
  const DataDir dir{target.data};
  if (const auto holder = FindHolder(dir); holder && !holder->listen.empty()) {
    return OpenHttp(target, own_time, UrlOf(holder->listen));
  }
  const auto durability =
      target.durability == "disk" ? log::Durability::kDisk : log::Durability::kProcess;
  auto log = OpenDataLog(dir, true, durability);
  if (!log.ok()) return log.error();
  const std::string topic = runtime::TopicNames().events;
  if (auto made = EnsureEvents(log.value().get(), topic, target.partitions); !made.ok()) {
    return made.error();
  }
  auto partitions = log.value()->Partitions(topic);
  if (!partitions.ok()) return partitions.error();
  auto appender = log.value()->OpenAppender();
  if (!appender.ok()) return appender.error();
  std::unique_ptr<EventSink> sink =
      std::make_unique<LogSink>(std::move(log).value(), std::move(appender).value(), topic,
                                partitions.value(), "the log in " + target.data);
  return sink;
}

// A broker that stamps events with its own time would turn a history into news of today.
base::Status CheckEventTime(const SinkTarget& target, const std::string& topic) {
  auto options = KafkaOptionsOf(target.brokers);
  if (!options.ok()) return options.error();
  auto topics = log::KafkaTopics::Open(options.value());
  if (!topics.ok()) return topics.error();
  auto found = topics.value()->Describe(topic);
  if (!found.ok()) {
    // Who may only write may not see it.
    return found.error().kind == base::ErrorKind::kConfig ? base::Status() : found.error();
  }
  if (found.value().settings["message.timestamp.type"] != "LogAppendTime") return {};
  return base::Error{base::ErrorKind::kConfig,
                     "Expected " + topic +
                         " to keep the time of its writers, because events are sent with their "
                         "own, but it has message.timestamp.type=LogAppendTime: load history into "
                         "topics made with caseclock topics create --event-time created"};
}

base::Result<std::unique_ptr<EventSink>> OpenKafka(const SinkTarget& target, bool own_time) {
  const std::string topic = TopicsOf(target.brokers).events;
  auto log = OpenBrokers(target.brokers);
  if (!log.ok()) return log.error();
  auto there = log.value()->Partitions(topic);
  if (!there.ok()) return WithWayOut(target.brokers, there.error());
  if (own_time) {
    if (auto status = CheckEventTime(target, topic); !status.ok()) return status.error();
  }
  auto appender = log.value()->OpenAppender();
  if (!appender.ok()) return appender.error();
  std::unique_ptr<EventSink> sink =
      std::make_unique<LogSink>(std::move(log).value(), std::move(appender).value(), topic,
                                there.value(), topic + " on " + target.brokers.brokers);
  return sink;
}

}  // namespace

base::Result<std::unique_ptr<EventSink>> OpenSink(const SinkTarget& target, bool own_time) {
  if (!target.brokers.brokers.empty()) return OpenKafka(target, own_time);
  return target.to.empty() ? OpenLog(target, own_time) : OpenHttp(target, own_time, target.to);
}

}  // namespace caseclock::cli
