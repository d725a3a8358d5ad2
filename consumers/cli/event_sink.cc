#include "consumers/cli/event_sink.h"

#include <utility>
#include <vector>

#include "consumers/cli/data_dir.h"
#include "consumers/cli/http_client.h"
#include "consumers/http/event_body.h"
#include "engine/runtime/engine.h"

namespace caseclock::cli {
namespace {

class LogSink : public EventSink {
 public:
  LogSink(std::unique_ptr<log::Log> log, std::unique_ptr<log::Appender> appender, std::string topic,
          std::string where)
      : log_(std::move(log)),
        appender_(std::move(appender)),
        topic_(std::move(topic)),
        where_(std::move(where)) {}

  base::Status Append(std::span<const OutgoingEvent> events) override {
    records_.clear();
    for (const OutgoingEvent& event : events) {
      log::NewRecord record;
      if (!event.case_id.empty()) record.key = event.case_id;
      record.value = event.bytes;
      record.timestamp = event.timestamp;
      records_.push_back(record);
    }
    return appender_->Append(topic_, records_).status();
  }
  [[nodiscard]] const std::string& where() const override { return where_; }

 private:
  std::unique_ptr<log::Log> log_;
  std::unique_ptr<log::Appender> appender_;
  std::string topic_;
  std::string where_;
  std::vector<log::NewRecord> records_;
};

class HttpSink : public EventSink {
 public:
  HttpSink(HttpClient client, std::string where)
      : client_(std::move(client)), where_(std::move(where)) {}

  base::Status Append(std::span<const OutgoingEvent> events) override {
    std::string body;
    for (const OutgoingEvent& event : events) {
      http::AppendVarint(event.bytes.size(), &body);
      body += event.bytes;
    }
    const bool occurred = !events.empty() && events.front().timestamp.has_value();
    auto reply = client_.Post(occurred ? "/v1/events?timestamps=occurred" : "/v1/events",
                              "application/x-protobuf", body);
    if (!reply.ok()) return reply.error();
    const int status = reply.value().status;
    if (status == 202) return {};
    const auto kind =
        status >= 500 || status == 429 ? base::ErrorKind::kUnavailable : base::ErrorKind::kInvalid;
    return base::Error{kind, "Expected " + where_ + " to take the events, but it answered " +
                                 std::to_string(status) + ": " + reply.value().body};
  }
  [[nodiscard]] const std::string& where() const override { return where_; }

 private:
  HttpClient client_;
  std::string where_;
};

base::Result<std::unique_ptr<EventSink>> OpenHttp(const std::string& address) {
  auto url = ParseUrl(address);
  if (!url.ok()) return base::Error{base::ErrorKind::kConfig, url.error().message};
  HttpClient client(std::move(url).value());
  auto health = client.Get("/healthz");
  if (!health.ok()) return health.error();
  std::unique_ptr<EventSink> sink = std::make_unique<HttpSink>(std::move(client), address);
  return sink;
}

base::Result<std::unique_ptr<EventSink>> OpenLog(const SinkTarget& target) {
  const DataDir dir{target.data};
  if (const auto holder = FindHolder(dir); holder && !holder->listen.empty()) {
    return OpenHttp(UrlOf(holder->listen));
  }
  const auto durability =
      target.durability == "disk" ? log::Durability::kDisk : log::Durability::kProcess;
  auto log = OpenDataLog(dir, true, durability);
  if (!log.ok()) return log.error();
  const std::string topic = runtime::TopicNames().events;
  if (auto made = EnsureEvents(log.value().get(), topic, target.partitions); !made.ok()) {
    return made.error();
  }
  auto appender = log.value()->OpenAppender();
  if (!appender.ok()) return appender.error();
  std::unique_ptr<EventSink> sink = std::make_unique<LogSink>(
      std::move(log).value(), std::move(appender).value(), topic, "the log in " + target.data);
  return sink;
}

}  // namespace

base::Result<std::unique_ptr<EventSink>> OpenSink(const SinkTarget& target) {
  const int given = (target.data.empty() ? 0 : 1) + (target.to.empty() ? 0 : 1) +
                    (target.brokers.empty() ? 0 : 1);
  if (given != 1) {
    return base::Error{base::ErrorKind::kConfig,
                       "Expected one of --data DIR and --to URL, but got " +
                           std::string(given == 0 ? "neither" : "several")};
  }
  if (!target.brokers.empty()) {
    return base::Error{
        base::ErrorKind::kUnavailable,
        "Expected --data DIR or --to URL, but got --brokers: sending to Kafka is not "
        "in this version"};
  }
  return target.to.empty() ? OpenLog(target) : OpenHttp(target.to);
}

}  // namespace caseclock::cli
