#include "consumers/cli/source.h"

#include <cstdio>
#include <nlohmann/json.hpp>
#include <utility>

#include "consumers/cli/data_dir.h"
#include "consumers/cli/http_client.h"
#include "consumers/cli/local_engine.h"
#include "consumers/cli/terminal.h"
#include "consumers/cli/topic_reader.h"
#include "consumers/http/message.h"
#include "consumers/http/routes.h"

namespace caseclock::cli {
namespace {

constexpr int64_t kMostListed = 100'000;  // the greatest limit there is

base::Result<std::string> BodyOf(int status, std::string body) {
  if (status >= 200 && status < 300) return body;
  return base::Error{http::KindOf(status, body), ReasonOf(body)};
}

class RemoteSource : public Source {
 public:
  explicit RemoteSource(HttpClient client) : client_(std::move(client)) {
    client_.set_timeout(base::Seconds(600));  // past figures scan every case
  }
  base::Result<Listed> GetList(const std::string& target) override {
    auto reply = client_.Get(target);
    if (!reply.ok()) return reply.error();
    auto body = BodyOf(reply.value().status, std::move(reply.value().body));
    if (!body.ok()) return body.error();
    return Listed{std::move(body).value(), reply.value().total};
  }
  base::Result<std::string> Post(const std::string& target, const std::string& type,
                                 const std::string& body) override {
    auto reply = client_.Post(target, type, body);
    if (!reply.ok()) return reply.error();
    return BodyOf(reply.value().status, std::move(reply.value().body));
  }

 private:
  HttpClient client_;
};

// Answers by the routes of the HTTP interface, in this process. `T` has a backend.
template <typename T>
class LocalSource : public Source {
 public:
  explicit LocalSource(std::unique_ptr<T> engine)
      : engine_(std::move(engine)), routes_(engine_->backend()) {
    engine_->set_progress([this](double share) { progress_.Update(share, 0); });
  }
  base::Result<Listed> GetList(const std::string& target) override {
    http::Request request;
    request.method = "GET";
    return Answer(target, std::move(request));
  }
  base::Result<std::string> Post(const std::string& target, const std::string& type,
                                 const std::string& body) override {
    http::Request request;
    request.method = "POST";
    request.content_type = type;
    request.body = body;
    auto answer = Answer(target, std::move(request));
    if (!answer.ok()) return answer.error();
    return std::move(answer).value().json;
  }

 private:
  base::Result<Listed> Answer(const std::string& target, http::Request request) {
    if (!http::ParseTarget(target, &request)) {
      return base::Error{base::ErrorKind::kInvalid, "Expected a path, but got " + target};
    }
    http::Response response = routes_.Answer(request);
    progress_.Done();
    auto body = BodyOf(response.status, std::move(response.body));
    if (!body.ok()) return body.error();
    Listed listed{std::move(body).value(), std::nullopt};
    for (const auto& [name, value] : response.headers) {
      if (name == http::kTotalHeader) listed.total = TotalOf(value);
    }
    return listed;
  }
  std::unique_ptr<T> engine_;
  http::Routes routes_;
  Progress progress_{"reading cases", ""};
};

base::Result<std::unique_ptr<Source>> OpenTopics(const BrokerSettings& settings) {
  auto topics = TopicReader::Open(settings);
  if (!topics.ok()) return WithWayOut(settings, topics.error());
  std::unique_ptr<Source> source =
      std::make_unique<LocalSource<TopicReader>>(std::move(topics).value());
  return source;
}

}  // namespace

void AddSourceOptions(Command command, SourceSettings* settings, const char* data) {
  constexpr char kReads[] =
      "Data directory; a process that holds it is asked, else it is opened for reading";
  command.Text("--data", &settings->data, data == nullptr ? kReads : data);
  command.Url("--from", &settings->from, "A running caseclock, http://HOST:PORT");
  AddBrokers(command, &settings->brokers);
}

void AddSource(Command command, SourceSettings* settings, const char* data) {
  AddSourceOptions(command, settings, data);
  command.NeedsOneOf({"--data", "--from", "--brokers"});
}

base::Result<std::unique_ptr<Source>> Source::Open(const SourceSettings& settings) {
  if (!settings.brokers.brokers.empty()) return OpenTopics(settings.brokers);
  std::string address = settings.from;
  if (address.empty()) {
    const auto holder = FindHolder({settings.data});
    if (holder && !holder->listen.empty()) address = UrlOf(holder->listen);
  }
  std::unique_ptr<Source> source;
  if (!address.empty()) {
    auto url = ParseUrl(address);
    if (!url.ok()) return base::Error{base::ErrorKind::kConfig, url.error().message};
    source = std::make_unique<RemoteSource>(HttpClient(std::move(url).value()));
    return source;
  }
  auto engine = LocalEngine::Open({settings.data});
  if (!engine.ok()) return engine.error();
  source = std::make_unique<LocalSource<LocalEngine>>(std::move(engine).value());
  return source;
}

base::Result<std::string> Source::Get(const std::string& target) {
  auto answer = GetList(target);
  if (!answer.ok()) return answer.error();
  return std::move(answer).value().json;
}

void TellRest(const Listed& listed, int64_t limit, const char* noun) {
  if (!listed.total || *listed.total <= static_cast<uint64_t>(limit)) return;
  std::fprintf(stderr, "caseclock: these are the first %s of %s%s\n", Grouped(limit).c_str(),
               Counted(static_cast<int64_t>(*listed.total), noun).c_str(),
               limit < kMostListed ? "; --limit shows more" : "");
}

UnknownQueue FindUnknownQueue(Source* source, const std::string& queue) {
  const auto backlogs = source->Get("/v1/backlog");
  if (!backlogs.ok()) return {};
  constexpr size_t kNamed = 20;
  std::string names;
  size_t count = 0;
  for (const auto& backlog : nlohmann::json::parse(backlogs.value(), nullptr, false)) {
    const auto name = backlog.value("queue", std::string());
    if (runtime::QueueMatches(name, queue)) return {};
    if (++count <= kNamed) names += (names.empty() ? "" : ", ") + name;
  }
  if (count > kNamed) names += " and " + std::to_string(count - kNamed) + " more";
  return {"Expected a queue that has had cases, but none is " + queue + "; " +
              (count == 0 ? "there are figures of none yet" : "there are " + names),
          count > 0};
}

bool IsEmptyList(const std::string& json) {
  return nlohmann::json::parse(json, nullptr, false) == nlohmann::json::array();
}

void TellUnknownQueue(Source* source, const std::string& queue, const std::string& answer) {
  if (queue.empty() || !IsEmptyList(answer)) return;
  const UnknownQueue unknown = FindUnknownQueue(source, queue);
  if (!unknown.problem.empty()) std::fprintf(stderr, "caseclock: %s\n", unknown.problem.c_str());
}

std::string TargetOf(const std::string& path,
                     std::initializer_list<std::pair<const char*, std::string>> parameters) {
  std::string target = path;
  char separator = '?';
  for (const auto& [key, value] : parameters) {
    if (value.empty()) continue;
    target += separator + std::string(key) + "=" + http::Encode(value);
    separator = '&';
  }
  return target;
}

}  // namespace caseclock::cli
