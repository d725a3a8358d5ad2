#include "consumers/cli/brokers.h"

#include <unistd.h>

#include <algorithm>
#include <cctype>
#include <string_view>

#include "engine/host/log.h"

namespace caseclock::cli {
namespace {

constexpr std::string_view kEnvironment = "CASECLOCK_RDKAFKA_";
constexpr char kPrefix[] = "caseclock";
// Keys of the section that are ours and no setting of librdkafka. The brokers get into --brokers.
constexpr char kFileBrokers[] = "brokers";
constexpr char kFilePrefix[] = "topic-prefix";

void Put(const std::string& name, const std::string& value, log::KafkaOptions* options) {
  constexpr std::string_view kProducer = "producer.";
  constexpr std::string_view kConsumer = "consumer.";
  if (name.starts_with(kProducer)) {
    options->producer_properties[name.substr(kProducer.size())] = value;
  } else if (name.starts_with(kConsumer)) {
    options->consumer_properties[name.substr(kConsumer.size())] = value;
  } else {
    options->properties[name] = value;
  }
}

void PutEnvironment(log::KafkaOptions* options) {
  for (char** entry = environ; *entry != nullptr; ++entry) {
    const std::string_view text = *entry;
    const size_t equals = text.find('=');
    if (!text.starts_with(kEnvironment) || equals == std::string_view::npos) continue;
    std::string name(text.substr(kEnvironment.size(), equals - kEnvironment.size()));
    for (char& c : name) {
      c = c == '_' ? '.' : static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    }
    Put(name, std::string(text.substr(equals + 1)), options);
  }
}

std::string FromFile(const BrokerSettings& settings, const char* key) {
  if (settings.file == nullptr) return "";
  const auto found = settings.file->find(key);
  return found == settings.file->end() ? "" : found->second;
}

// A broker that is away is told of by whoever waits for it, once and not at each try to connect.
void Tell(int level, const std::string& text) {
  host::LogDebug("kafka client", {{"level", level}, {"says", text}});
}

}  // namespace

void AddBrokers(Command command, BrokerSettings* settings) {
  command.Text("--brokers", &settings->brokers, "Kafka brokers, HOST:PORT, comma-separated");
  command.Repeated("--kafka", &settings->kafka,
                   "NAME=VALUE of librdkafka, any number; also CASECLOCK_RDKAFKA_NAME, and "
                   "kafka.NAME in the file of --config (passwords belong there)");
  command.Text("--topic-prefix", &settings->prefix,
               "Topics are PREFIX.events, PREFIX.cases, …; default: caseclock");
  command.Duration("--connect-timeout", &settings->wait, "How long to wait for a broker");
  settings->file = command.kafka();
}

runtime::TopicNames TopicsOf(const BrokerSettings& settings) {
  std::string prefix = settings.prefix.empty() ? FromFile(settings, kFilePrefix) : settings.prefix;
  if (prefix.empty()) prefix = kPrefix;
  runtime::TopicNames names;
  for (std::string* name : {&names.events, &names.cases, &names.partials, &names.backlog,
                            &names.alerts, &names.rejects, &names.policies}) {
    *name = prefix + name->substr(name->find('.'));
  }
  return names;
}

base::Result<log::KafkaOptions> KafkaOptionsOf(const BrokerSettings& settings) {
  log::KafkaOptions options;
  options.brokers = settings.brokers;
  options.request_timeout = std::max(settings.wait, base::Seconds(1));
  options.on_message = Tell;
  if (settings.file != nullptr) {
    for (const auto& [name, value] : *settings.file) {
      if (name != kFileBrokers && name != kFilePrefix) Put(name, value, &options);
    }
  }
  PutEnvironment(&options);
  for (const std::string& given : settings.kafka) {
    const size_t equals = given.find('=');
    if (equals == std::string::npos || equals == 0) {
      return base::Error{base::ErrorKind::kConfig,
                         "Expected --kafka NAME=VALUE, but got " + given.substr(0, equals)};
    }
    Put(given.substr(0, equals), given.substr(equals + 1), &options);
  }
  return options;
}

base::Result<std::unique_ptr<log::Log>> OpenBrokers(const BrokerSettings& settings) {
  auto options = KafkaOptionsOf(settings);
  if (!options.ok()) return options.error();
  return log::OpenKafkaLog(options.value());
}

base::Error WithWayOut(const BrokerSettings& settings, const base::Error& error) {
  if (error.kind != base::ErrorKind::kNotFound) return error;
  std::string command = "caseclock topics create --brokers " + settings.brokers;
  if (!settings.prefix.empty()) command += " --topic-prefix " + settings.prefix;
  return base::Error{error.kind, error.message + ". To make the topics: " + command};
}

}  // namespace caseclock::cli
