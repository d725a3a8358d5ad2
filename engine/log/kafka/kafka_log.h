#pragma once

// The log on Apache Kafka, by librdkafka (2.0.2 or newer; brokers 2.5 to 4.x). One object is one
// client of one cluster; any number of processes may share the cluster.
//
// What differs from the embedded log, within the contract:
// - A commit is visible a moment after Commit returned (transaction markers are written behind it),
//   and not before every older transaction in the same partition has ended.
// - Offsets have gaps: every commit and abort takes one in each partition that it touched.
// - Committed waits while a transaction with offsets of that group is undecided.
// - Append is all or nothing only for what it can check before it sends: an error of the broker may
//   leave a part of the records written. Send all of them again; events are deduplicated.
// - A member that holds nothing may have to wait for a rebalance of the group: seconds.
//
// Errors: kUnavailable (broker away, a rebalance, a transaction that ran out of time: abort, open
// a new producer, read the committed offsets), kFenced (a newer producer with this id, a newer
// member with this static id), kInvalid (record too large, no key for a compacted topic, no such
// partition), kNotFound (topic), kConfig (settings, rights, passwords; partition count), kCorrupt
// (a position beyond the end of its partition: the topic was truncated, or is another one).
//
// Threads: consumers, readers and producers have threads of librdkafka behind them, which call
// nothing of ours but `on_message`. They must be destroyed before their log; batches may outlive
// it. Destroying a consumer leaves the group, unless it is a static member: that one keeps its
// partitions until it is back or `session_timeout` has passed.

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "engine/base/instant.h"
#include "engine/base/result.h"
#include "engine/log/log.h"

namespace caseclock::log {

struct KafkaOptions {
  std::string brokers;  // host:port, comma-separated; REQUIRED
  std::string client_id = "caseclock";

  // Settings of librdkafka by its names, for security and tuning: `security.protocol`,
  // `ssl.ca.location`, `sasl.username`, `fetch.max.bytes`, … The settings that correctness rests on
  // are fixed; naming one of those here is kConfig, and so is a name librdkafka does not know.
  // SASL SCRAM does not work with librdkafka before 2.6.1 on Kafka 4: use PLAIN over TLS.
  std::map<std::string, std::string> properties;
  // The same for writers alone and for readers alone; they go before `properties`.
  std::map<std::string, std::string> producer_properties;
  std::map<std::string, std::string> consumer_properties;

  // A member that was silent for so long loses its partitions; a static one that is back sooner
  // keeps them. 1 s to the broker's `group.max.session.timeout.ms` (30 min).
  base::Duration session_timeout = base::Seconds(30);
  base::Duration heartbeat_interval = base::Seconds(1);
  // A member that has not called Poll for so long loses its partitions: longer than a restore
  // takes.
  base::Duration poll_interval_max = base::Seconds(600);
  // A transaction open for so long is aborted by the broker; readers wait as long for the
  // transaction of a producer that died and has not been opened again. At least 1 s.
  base::Duration transaction_timeout = base::Seconds(10);
  // How long an answer is waited for before a call gives up with kUnavailable.
  base::Duration request_timeout = base::Seconds(30);
  // How long Committed waits for an undecided transaction: more than `transaction_timeout`, plus
  // 10 s in which the broker notices that it has passed.
  base::Duration stable_timeout = base::Seconds(25);

  // Of topics that EnsureTopic creates; absent: as the broker has it. Three or more: two of them
  // must be in sync.
  std::optional<int16_t> replicas;
  size_t max_record_bytes = 65u << 20;  // key, value and headers: a value of 64 MiB fits

  // Tests, to show what the other defence is for: false leaves a producer in use after a commit or
  // abort that lost a connection, although a late twin of its request could end the next
  // transaction.
  bool new_epoch_after_doubt = true;

  // What librdkafka has to say (a connection lost, a request timed out). `level` is as in syslog:
  // 3 error … 7 debug. Called from any thread, must be quick, must not call the log. May be empty.
  std::function<void(int level, const std::string& text)> on_message;
};

// Whether it can be connected like this, as far as that shows without a broker. Errors: kConfig.
base::Status CheckKafkaOptions(const KafkaOptions& options);
// Connects. kUnavailable when no broker answers within `request_timeout`; kConfig when one does,
// but refuses the password or certificate.
base::Result<std::unique_ptr<Log>> OpenKafkaLog(const KafkaOptions& options);

}  // namespace caseclock::log
