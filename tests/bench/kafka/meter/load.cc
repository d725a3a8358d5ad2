// kafka_meter: the events of plain cases, into a topic.

#include <algorithm>
#include <cstdio>
#include <vector>

#include "tests/bench/kafka/meter/meter.h"
#include "tests/bench/kafka/meter/plain_force.h"

namespace caseclock::bench {

int Load(const MeterFlags& flags) {
  constexpr int64_t kAtOnce = 20'000;
  auto log = Connect(flags);
  if (!log.ok()) return Cannot(log.error());
  auto appender = log.value()->OpenAppender();
  if (!appender.ok()) return Cannot(appender.error());
  PlainForce force;
  for (int64_t i = 0; i < flags.skip; ++i) static_cast<void>(force.Next());
  uint64_t bytes = 0;
  for (int64_t sent = 0; sent < flags.events;) {
    std::vector<PlainForce::Record> records;
    std::vector<log::NewRecord> batch;
    const int64_t count = std::min(kAtOnce, flags.events - sent);
    records.reserve(static_cast<size_t>(count));
    for (int64_t i = 0; i < count; ++i) {
      const PlainForce::Record& record = records.emplace_back(force.Next());
      log::NewRecord& out = batch.emplace_back();
      out.key = record.case_id;
      out.value = record.bytes;
      out.timestamp = record.at;
      bytes += record.bytes.size();
    }
    const auto appended = appender.value()->Append(flags.prefix + ".events", batch);
    if (!appended.ok()) return Cannot(appended.error());
    sent += count;
  }
  std::printf("{\"events\": %lld, \"cases\": %llu, \"bytes\": %llu}\n",
              static_cast<long long>(flags.events), static_cast<unsigned long long>(force.cases()),
              static_cast<unsigned long long>(bytes));
  return 0;
}

}  // namespace caseclock::bench
