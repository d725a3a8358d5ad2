#include "engine/log/kafka/settings.h"

#include <array>
#include <string_view>

namespace caseclock::log::kafka {
namespace {

using base::Error;
using base::ErrorKind;
using base::Status;

// Not for the user to set, each with the reason.
struct Fixed {
  std::string_view name;
  std::string_view reason;
};
constexpr std::string_view kOwn = "it has an option of its own";
constexpr std::string_view kGroup = "a partition must have one owner, the same after a restart";
constexpr std::string_view kOffsets =
    "offsets are committed with the transaction that holds what came of them, or events would be "
    "lost or told twice";
constexpr std::string_view kOnce =
    "a retry must neither double nor reorder nor lose what was written";
constexpr std::string_view kWhole = "what was aborted must not be read as if it had happened";
constexpr std::string_view kPlace =
    "a case has one partition, murmur2 of its id, and clients must agree on it";
constexpr std::string_view kEnd = "the engine must know when it has read everything";
constexpr std::string_view kMade = "a mistyped name must not become a topic";
constexpr std::string_view kReports = "a commit waits for the report of every record";
constexpr Fixed kFixed[] = {{"bootstrap.servers", kOwn},
                            {"metadata.broker.list", kOwn},
                            {"client.id", kOwn},
                            {"group.id", kOwn},
                            {"group.instance.id", kOwn},
                            {"transactional.id", kOwn},
                            {"transaction.timeout.ms", kOwn},
                            {"session.timeout.ms", kOwn},
                            {"heartbeat.interval.ms", kOwn},
                            {"max.poll.interval.ms", kOwn},
                            {"message.max.bytes", kOwn},
                            {"message.copy.max.bytes", kOwn},
                            {"isolation.level", kWhole},
                            {"enable.auto.commit", kOffsets},
                            {"auto.commit.enable", kOffsets},
                            {"enable.auto.offset.store", kOffsets},
                            {"auto.offset.reset",
                             "a position that is gone must be looked at, or "
                             "events would be skipped in silence"},
                            {"enable.partition.eof", kEnd},
                            {"partition.assignment.strategy", kGroup},
                            {"group.protocol", kGroup},
                            {"enable.idempotence", kOnce},
                            {"acks", kOnce},
                            {"request.required.acks", kOnce},
                            {"enable.gapless.guarantee", kOnce},
                            {"delivery.report.only.error", kReports},
                            {"allow.auto.create.topics", kMade},
                            {"partitioner", kPlace}};

bool IsReading(Role role) {
  return role == Role::kReader || role == Role::kMember;
}
bool IsWriting(Role role) {
  return role == Role::kProducer || role == Role::kAppender;
}

// What a user may change.
Properties Defaults(Role role) {
  Properties p;
  p["socket.nagle.disable"] = "true";     // on by default before 2.10, and costs 40 ms now and then
  p["socket.keepalive.enable"] = "true";  // a firewall that forgets us is noticed
  p["reconnect.backoff.ms"] = "50";       // the first try at once: most outages are short
  p["reconnect.backoff.max.ms"] = "2000";  // a broker that is back is found within 2 s
  p["log.connection.close"] = "false";     // idle connections are closed by design
  // Offsets sent right after a commit are retried until its markers are written; the default of
  // 100 ms would be the time of every second commit (p99 104 ms against 8 ms).
  p["retry.backoff.ms"] = "5";
  if (IsReading(role)) {
    // A full queue rests for 1 s, so this bounds records per second of a partition: more than what
    // a worker, or a restore, can take of one. Each small record is resident with 300 bytes more,
    // and each partition has such a queue; large records are bounded by the kilobytes.
    p["queued.min.messages"] = role == Role::kReader ? "150000" : "30000";
    p["queued.max.messages.kbytes"] = "65536";
    // The end of a partition is known after a fetch that waited this long in vain.
    p["fetch.wait.max.ms"] = role == Role::kReader ? "20" : "100";
    p["fetch.error.backoff.ms"] = "50";  // a leader that moves is found again at once
    p["check.crcs"] = "true";  // no measurable cost, and the changelog must not rot unseen
  }
  if (IsWriting(role)) {
    p["linger.ms"] = "1";  // a commit waits for it; the records of one are there together anyway
    p["compression.type"] = "lz4";  // 0.13 CPU-seconds a million records; spares the broker more
    // A whole commit must fit, the one of a large checkpoint of figures too.
    p["queue.buffering.max.messages"] = "1000000";
    p["queue.buffering.max.kbytes"] = "524288";
  }
  return p;
}

std::string Millis(base::Duration duration) {
  return std::to_string(MillisOf(duration));
}

Properties Required(const KafkaOptions& options, Role role) {
  Properties p;
  p["bootstrap.servers"] = options.brokers;
  p["client.id"] = options.client_id;
  p["message.max.bytes"] = std::to_string(options.max_record_bytes + (64u << 10));
  if (IsWriting(role)) {
    p["enable.idempotence"] = "true";  // a retry is not a second record
    p["acks"] = "all";                 // what was acknowledged outlives a broker
    if (role == Role::kProducer) {
      p["transaction.timeout.ms"] = Millis(options.transaction_timeout);
    }
    return p;
  }
  p["isolation.level"] = "read_committed";  // nothing of a commit, or all of it
  p["allow.auto.create.topics"] = "false";  // a topic is made on purpose, never by a wrong letter
  p["enable.auto.commit"] = "false";        // offsets go with the transaction
  p["enable.auto.offset.store"] = "false";  // as above
  p["auto.offset.reset"] = "error";         // a position that is gone is looked at, not jumped over
  p["enable.partition.eof"] = "true";       // how the end of a partition is known
  if (role == Role::kMember) {
    p["session.timeout.ms"] = Millis(options.session_timeout);
    p["heartbeat.interval.ms"] = Millis(options.heartbeat_interval);
    p["max.poll.interval.ms"] = Millis(options.poll_interval_max);
    // Same partitions of several topics to one owner, the same ones after a restart. Cooperative
    // rebalancing loses assignments and loops in versions before 2.10.
    p["partition.assignment.strategy"] = "range";
  }
  return p;
}

Status Set(const Conf& conf, const std::string& name, const std::string& value) {
  std::array<char, 512> text{};
  if (rd_kafka_conf_set(conf.get(), name.c_str(), value.c_str(), text.data(), text.size()) ==
      RD_KAFKA_CONF_OK) {
    return {};
  }
  return Error{ErrorKind::kConfig, "Expected a Kafka setting that librdkafka takes, but for '" +
                                       name + "': " + text.data()};
}

}  // namespace

Status CheckOptions(const KafkaOptions& options) {
  if (options.brokers.empty()) {
    return Error{ErrorKind::kConfig, "Expected the address of a Kafka broker, but there is none"};
  }
  for (const Properties* given :
       {&options.properties, &options.producer_properties, &options.consumer_properties}) {
    for (const Fixed& fixed : kFixed) {
      if (!given->contains(std::string(fixed.name))) continue;
      return Error{ErrorKind::kConfig, "Expected Kafka settings without '" +
                                           std::string(fixed.name) +
                                           "', but it is set: " + std::string(fixed.reason)};
    }
  }
  if (options.transaction_timeout < base::Seconds(1) ||
      options.session_timeout < base::Seconds(1) || options.request_timeout < base::Seconds(1)) {
    return Error{ErrorKind::kConfig,
                 "Expected Kafka time-outs of at least a second, but one of "
                 "transaction, session and request is shorter"};
  }
  if (options.heartbeat_interval.us * 3 > options.session_timeout.us ||
      options.session_timeout > options.poll_interval_max) {
    return Error{ErrorKind::kConfig,
                 "Expected three heartbeats in a session, and a session within "
                 "the longest pause between polls, but it is not so"};
  }
  return {};
}

base::Result<Conf> MakeConf(const KafkaOptions& options, Role role, const Properties& fixed) {
  Properties all = Defaults(role);
  // A request is given up before the transaction that it belongs to.
  if (role == Role::kProducer && !options.properties.contains("socket.timeout.ms")) {
    all["socket.timeout.ms"] = Millis(base::Duration{options.transaction_timeout.us / 2});
  }
  // Whoever appends waits for it; the default of 5 min looks like a hang.
  if (role == Role::kAppender) all["message.timeout.ms"] = Millis(options.request_timeout);
  for (const auto& [name, value] : options.properties) all[name] = value;
  if (role != Role::kControl) {
    const Properties& own =
        IsWriting(role) ? options.producer_properties : options.consumer_properties;
    for (const auto& [name, value] : own) all[name] = value;
  }
  for (const auto& [name, value] : Required(options, role)) all[name] = value;
  for (const auto& [name, value] : fixed) all[name] = value;
  Conf conf(rd_kafka_conf_new());
  for (const auto& [name, value] : all) {
    if (auto status = Set(conf, name, value); !status.ok()) return status.error();
  }
  return conf;
}

}  // namespace caseclock::log::kafka
