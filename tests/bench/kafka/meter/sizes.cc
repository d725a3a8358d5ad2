// kafka_meter: how much lies in a topic, as a reader finds it, that is before compression.

#include <cinttypes>
#include <cstdio>

#include "engine/log/read_all.h"
#include "tests/bench/kafka/meter/meter.h"

namespace caseclock::bench {
namespace {

constexpr size_t kAtOnce = 8'192;

}  // namespace

int Sizes(const MeterFlags& flags) {
  auto log = Connect(flags);
  if (!log.ok()) return Cannot(log.error());
  const auto partitions = log.value()->Partitions(flags.topic);
  if (!partitions.ok()) return Cannot(partitions.error());
  uint64_t records = 0;
  uint64_t bytes = 0;
  for (int32_t p = 0; p < partitions.value(); ++p) {
    auto reader = log.value()->Open({flags.topic, p}, 0);
    if (!reader.ok()) return Cannot(reader.error());
    const base::Status read = log::ReadAll(
        reader.value().get(), kAtOnce, [&](const log::RecordBatch& batch) -> base::Status {
          for (const log::RecordView& record : batch.records()) {
            ++records;
            bytes += record.key.value_or("").size() + record.value.value_or("").size();
          }
          return {};
        });
    if (!read.ok()) return Cannot(read.error());
  }
  std::printf("{\"records\": %" PRIu64 ", \"bytes\": %" PRIu64 "}\n", records, bytes);
  return 0;
}

}  // namespace caseclock::bench
