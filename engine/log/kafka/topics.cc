// Topics: making them, and their settings as we say them and as Kafka says them.

#include <algorithm>
#include <array>
#include <charconv>
#include <string_view>

#include "engine/log/kafka/admin.h"
#include "engine/log/kafka/cluster.h"

namespace caseclock::log::kafka {
namespace {

using base::Error;
using base::ErrorKind;
using base::Status;

using NewTopic = std::unique_ptr<rd_kafka_NewTopic_t, Destroyer<rd_kafka_NewTopic_destroy>>;
using Resource =
    std::unique_ptr<rd_kafka_ConfigResource_t, Destroyer<rd_kafka_ConfigResource_destroy>>;

constexpr size_t kMaxName = 249;  // Kafka's own bounds, checked here to say them in our words
constexpr int32_t kMaxPartitions = 4096;
constexpr size_t kRoomForFrames = 64u << 10;  // of a batch around one record of the largest size

Status CheckTopic(const std::string& name, const TopicConfig& config) {
  const bool good = !name.empty() && name.size() <= kMaxName && name != "." && name != ".." &&
                    std::ranges::all_of(name, [](char c) {
                      return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                             (c >= '0' && c <= '9') || c == '.' || c == '_' || c == '-';
                    });
  if (!good) {
    return Error{ErrorKind::kInvalid,
                 "Expected a topic name of 1 to 249 letters, digits, '.', '_' and '-', but got '" +
                     name.substr(0, kMaxName) + "'"};
  }
  if (config.partitions < 1 || config.partitions > kMaxPartitions) {
    return Error{ErrorKind::kInvalid, "Expected 1 to " + std::to_string(kMaxPartitions) +
                                          " partitions for topic " + name + ", but got " +
                                          std::to_string(config.partitions)};
  }
  return {};
}

std::string Millis(base::Duration duration) {
  return std::to_string(duration.us / 1000);
}

// Follows from a TopicConfig, whether the topic is new or not.
Properties PropertiesOf(const TopicConfig& config) {
  Properties settings;
  if (!config.compacted) {
    settings["cleanup.policy"] = "delete";
  } else {
    settings["cleanup.policy"] = config.retention ? "compact,delete" : "compact";
  }
  settings["retention.ms"] = config.retention ? Millis(*config.retention) : "-1";
  settings["min.compaction.lag.ms"] = Millis(config.compaction_lag);
  settings["delete.retention.ms"] = Millis(config.compaction_lag);
  return settings;
}

// Only for a topic that we make: on another one, whoever made it may have had a reason.
Properties FirstSettings(const KafkaOptions& options) {
  Properties settings;
  settings["retention.bytes"] = "-1";
  settings["max.message.bytes"] = std::to_string(options.max_record_bytes + kRoomForFrames);
  settings["unclean.leader.election.enable"] = "false";
  if (options.replicas && *options.replicas >= 3) settings["min.insync.replicas"] = "2";
  return settings;
}

int64_t NumberOf(const Properties& settings, const std::string& name, int64_t otherwise) {
  const auto found = settings.find(name);
  if (found == settings.end()) return otherwise;
  int64_t number = otherwise;
  const std::string& text = found->second;
  const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), number);
  return code == std::errc() && end == text.data() + text.size() ? number : otherwise;
}

base::Duration DurationOf(int64_t millis) {
  // Kafka says "for ever" with the largest number there is.
  return base::Duration{std::min(millis, base::kNever.us / 1000) * 1000};
}

bool Contains(const Properties& settings, const Properties& wanted) {
  return std::ranges::all_of(wanted, [&](const auto& entry) {
    const auto found = settings.find(entry.first);
    return found != settings.end() && found->second == entry.second;
  });
}

}  // namespace

Status Cluster::EnsureTopic(const std::string& topic, const TopicConfig& config) {
  if (auto status = CheckTopic(topic, config); !status.ok()) return status;
  auto found = AskPartitions(topic);
  if (!found.ok() && found.error().kind == ErrorKind::kNotFound) {
    auto created = Create(topic, config);
    if (!created.ok()) return created;
    found = AskPartitions(topic);
  }
  if (!found.ok()) return found.error();
  if (found.value() != config.partitions) {
    return Error{ErrorKind::kConfig,
                 "Expected topic " + topic + " to have " + std::to_string(config.partitions) +
                     " partitions, but it has " + std::to_string(found.value())};
  }
  return Update(topic, config);
}

Status Cluster::Create(const std::string& topic, const TopicConfig& config) {
  Properties settings = PropertiesOf(config);
  settings.merge(FirstSettings(options()));
  return CreateTopic(topic, config.partitions, options().replicas, settings);
}

Status Cluster::CreateTopic(const std::string& topic, int32_t partitions,
                            std::optional<int16_t> replicas, const Properties& settings) {
  const std::string expected = "Expected to create topic " + topic;
  std::array<char, 256> text{};
  const NewTopic wanted(rd_kafka_NewTopic_new(topic.c_str(), partitions, replicas.value_or(-1),
                                              text.data(), text.size()));
  if (wanted == nullptr) return Error{ErrorKind::kInvalid, expected + ", but: " + text.data()};
  for (const auto& [name, value] : settings) {
    const auto code = rd_kafka_NewTopic_set_config(wanted.get(), name.c_str(), value.c_str());
    if (code != RD_KAFKA_RESP_ERR_NO_ERROR) return ErrorOf(code, expected);
  }
  auto answer = Ask(*client_, RD_KAFKA_ADMIN_OP_CREATETOPICS, expected,
                    [&](rd_kafka_AdminOptions_t* admin, rd_kafka_queue_t* answers) {
                      rd_kafka_NewTopic_t* topics[] = {wanted.get()};
                      rd_kafka_CreateTopics(client_->get(), topics, 1, admin, answers);
                    });
  if (!answer.ok()) return answer.status();
  size_t count = 0;
  const auto** results = rd_kafka_CreateTopics_result_topics(
      rd_kafka_event_CreateTopics_result(answer.value().get()), &count);
  for (size_t i = 0; i < count; ++i) {
    const auto code = rd_kafka_topic_result_error(results[i]);
    // Somebody else was quicker: what they made is checked like any other.
    if (code == RD_KAFKA_RESP_ERR_NO_ERROR || code == RD_KAFKA_RESP_ERR_TOPIC_ALREADY_EXISTS) {
      continue;
    }
    const char* detail = rd_kafka_topic_result_error_string(results[i]);
    return ErrorOf(code, expected, detail == nullptr ? rd_kafka_err2str(code) : detail);
  }
  return AwaitLeaders(topic, partitions);
}

Status Cluster::AwaitLeaders(const std::string& topic, int32_t partitions) {
  const Deadline deadline(options().request_timeout);
  for (;;) {
    // Each broker learns of a new topic in its own time.
    const auto found = AskPartitions(topic);
    base::Status status = found.status();
    if (status.ok()) {
      std::vector<TopicPartition> all;
      for (int32_t p = 0; p < found.value(); ++p) all.push_back({topic, p});
      const auto ends = StableEnds(*client_, all, base::Millis(deadline.ms()));
      if (ends.ok()) return {};
      status = Error{ends.error().kind, "Expected a leader for each of the " +
                                            std::to_string(partitions) + " partitions of " + topic +
                                            ": " + ends.error().message};
    }
    if (deadline.passed()) return status;
    client_->Pause();
  }
}

base::Result<Properties> Cluster::Settings(const std::string& topic, bool own) {
  return SettingsOf(RD_KAFKA_RESOURCE_TOPIC, topic, own);
}

base::Result<Properties> Cluster::BrokerSettings() {
  const rd_kafka_metadata_t* raw = nullptr;
  const auto code =
      rd_kafka_metadata(client_->get(), 0, nullptr, &raw, MillisOf(options().request_timeout));
  const std::unique_ptr<const rd_kafka_metadata_t, Destroyer<rd_kafka_metadata_destroy>> found(raw);
  const std::string expected = "Expected the brokers of the cluster";
  if (code != RD_KAFKA_RESP_ERR_NO_ERROR) return client_->Explain(code, expected);
  if (found->broker_cnt < 1) return ErrorOf(RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN, expected);
  return SettingsOf(RD_KAFKA_RESOURCE_BROKER, std::to_string(found->brokers[0].id), false);
}

base::Result<Properties> Cluster::SettingsOf(rd_kafka_ResourceType_t kind, const std::string& name,
                                             bool own) {
  const std::string expected = "Expected the settings of " +
                               std::string(kind == RD_KAFKA_RESOURCE_TOPIC ? "topic " : "broker ") +
                               name;
  const Resource question(rd_kafka_ConfigResource_new(kind, name.c_str()));
  auto answer = Ask(*client_, RD_KAFKA_ADMIN_OP_DESCRIBECONFIGS, expected,
                    [&](rd_kafka_AdminOptions_t* admin, rd_kafka_queue_t* answers) {
                      rd_kafka_ConfigResource_t* questions[] = {question.get()};
                      rd_kafka_DescribeConfigs(client_->get(), questions, 1, admin, answers);
                    });
  if (!answer.ok()) return answer.error();
  size_t count = 0;
  const auto** resources = rd_kafka_DescribeConfigs_result_resources(
      rd_kafka_event_DescribeConfigs_result(answer.value().get()), &count);
  if (count != 1) return ErrorOf(RD_KAFKA_RESP_ERR__BAD_MSG, expected);
  const auto code = rd_kafka_ConfigResource_error(resources[0]);
  if (code != RD_KAFKA_RESP_ERR_NO_ERROR) {
    const char* detail = rd_kafka_ConfigResource_error_string(resources[0]);
    return ErrorOf(code, expected, detail == nullptr ? rd_kafka_err2str(code) : detail);
  }
  Properties settings;
  const auto** entries = rd_kafka_ConfigResource_configs(resources[0], &count);
  for (size_t i = 0; i < count; ++i) {
    const char* value = rd_kafka_ConfigEntry_value(entries[i]);
    const bool given =
        rd_kafka_ConfigEntry_source(entries[i]) == RD_KAFKA_CONFIG_SOURCE_DYNAMIC_TOPIC_CONFIG;
    if (value == nullptr || (own && !given)) continue;
    settings[rd_kafka_ConfigEntry_name(entries[i])] = value;
  }
  return settings;
}

Status Cluster::Update(const std::string& topic, const TopicConfig& config) {
  const std::string expected = "Expected to change the settings of topic " + topic;
  const Properties wanted = PropertiesOf(config);
  auto own = Settings(topic, true);
  if (!own.ok()) return own.status();
  if (Contains(own.value(), wanted)) return {};
  // The request replaces all settings that were given to the topic: send the others along.
  Properties all = wanted;
  all.merge(own.value());
  const Resource change(rd_kafka_ConfigResource_new(RD_KAFKA_RESOURCE_TOPIC, topic.c_str()));
  for (const auto& [name, value] : all) {
    rd_kafka_ConfigResource_set_config(change.get(), name.c_str(), value.c_str());
  }
  auto answer = Ask(*client_, RD_KAFKA_ADMIN_OP_ALTERCONFIGS, expected,
                    [&](rd_kafka_AdminOptions_t* admin, rd_kafka_queue_t* answers) {
                      rd_kafka_ConfigResource_t* changes[] = {change.get()};
                      rd_kafka_AlterConfigs(client_->get(), changes, 1, admin, answers);
                    });
  if (!answer.ok()) return answer.status();
  size_t count = 0;
  const auto** results = rd_kafka_AlterConfigs_result_resources(
      rd_kafka_event_AlterConfigs_result(answer.value().get()), &count);
  for (size_t i = 0; i < count; ++i) {
    const auto code = rd_kafka_ConfigResource_error(results[i]);
    if (code == RD_KAFKA_RESP_ERR_NO_ERROR) continue;
    const char* detail = rd_kafka_ConfigResource_error_string(results[i]);
    return ErrorOf(code, expected, detail == nullptr ? rd_kafka_err2str(code) : detail);
  }
  // The controller has taken it; the broker that is asked hears of it a moment later.
  const Deadline deadline(options().request_timeout);
  for (;;) {
    own = Settings(topic, true);
    if (!own.ok()) return own.status();
    if (Contains(own.value(), wanted)) return {};
    if (deadline.passed()) {
      return Error{ErrorKind::kUnavailable, expected + ", but they have not changed in time"};
    }
    client_->Pause();
  }
}

base::Result<TopicConfig> Cluster::Describe(const std::string& topic) {
  const auto partitions = AskPartitions(topic);
  if (!partitions.ok()) return partitions.error();
  const auto found = Settings(topic, false);
  if (!found.ok()) return found.error();
  const Properties& settings = found.value();
  TopicConfig config;
  config.partitions = partitions.value();
  const auto policy = settings.find("cleanup.policy");
  const std::string policies = policy == settings.end() ? "delete" : policy->second;
  config.compacted = policies.find("compact") != std::string::npos;
  const int64_t retention = NumberOf(settings, "retention.ms", -1);
  if (policies.find("delete") != std::string::npos && retention >= 0) {
    config.retention = DurationOf(retention);
  }
  config.compaction_lag = DurationOf(std::min(NumberOf(settings, "min.compaction.lag.ms", 0),
                                              NumberOf(settings, "delete.retention.ms", 0)));
  return config;
}

}  // namespace caseclock::log::kafka
