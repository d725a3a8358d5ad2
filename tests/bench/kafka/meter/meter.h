#pragma once

// kafka_meter: what a bench sees of a Kafka cluster from outside, of any program that works on it.
// Each part runs to its end, prints one line of JSON or one line a change, and answers the exit
// code: 0, or 1 with a message on standard error.

#include <cstdint>
#include <memory>
#include <string>

#include "engine/base/result.h"
#include "engine/log/log.h"

namespace caseclock::bench {

struct MeterFlags {
  std::string brokers;  // HOST:PORT
  std::string topic;    // progress: the input; sizes: what is measured
  std::string group;    // progress: who reads the input
  std::string prefix;   // load, latency: topics are PREFIX.events, PREFIX.alerts
  int64_t events = 0;   // load
  int64_t skip = 0;     // load: so many that are there already
  int64_t every_ms = 10;
  double rate = 2'000;  // events a second
  int64_t warm = 2;     // seconds whose probes do not count
  int64_t seconds = 5;  // seconds whose probes do
  int64_t probes = 50;  // a second
};

// "end N" (records of the topic), then "T N" whenever the group's committed offsets, all partitions
// together, have become N; T is the time in seconds since 1970. Until the process is ended.
int Progress(const MeterFlags& flags);

// {"records": N, "bytes": N} of keys and values that a read-committed consumer finds in the topic.
int Sizes(const MeterFlags& flags);

// Appends the events of plain cases (plain_force.h), those behind the first `skip`, with their own
// times. {"events": N, "cases": N, "bytes": N of the values}.
int Load(const MeterFlags& flags);

// Feeds a live force at a steady rate, with referrals among it that are breached already, and reads
// the alerts: how long from just before the append to the moment a read-committed consumer has the
// alert. {"rate": events a second, "samples": N, "p50_ms", "p90_ms", "p99_ms", "max_ms": each X}.
int Latency(const MeterFlags& flags);

// Says why it cannot and answers 1.
int Cannot(const base::Error& error);
base::Result<std::unique_ptr<log::Log>> Connect(const MeterFlags& flags);

}  // namespace caseclock::bench
