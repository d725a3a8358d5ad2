// kafka_meter: how far a group has come, from its committed offsets. They move with the output of a
// transaction, so that every program that is exactly once can be watched alike.

#include <array>
#include <cinttypes>
#include <cstdio>

#include "engine/host/clock.h"
#include "engine/log/kafka/handles.h"
#include "tests/bench/kafka/meter/meter.h"
#include "tests/bench/live_probes.h"

namespace caseclock::bench {
namespace {

constexpr int kWaitMillis = 10'000;

// Asks for what is committed and not for what is about to be: log::Log::Committed would wait for
// the transaction under way, and there is always one.
class Group {
 public:
  static base::Result<std::unique_ptr<Group>> Open(const MeterFlags& flags, int32_t partitions) {
    std::unique_ptr<Group> group(new Group());
    log::kafka::Conf conf(rd_kafka_conf_new());
    std::array<char, 512> text{};
    for (const auto& [name, value] : std::array<std::pair<const char*, const char*>, 3>{
             {{"bootstrap.servers", flags.brokers.c_str()},
              {"group.id", flags.group.c_str()},
              {"isolation.level", "read_uncommitted"}}}) {
      if (rd_kafka_conf_set(conf.get(), name, value, text.data(), text.size()) !=
          RD_KAFKA_CONF_OK) {
        return base::Error{base::ErrorKind::kConfig, text.data()};
      }
    }
    group->client_.reset(rd_kafka_new(RD_KAFKA_CONSUMER, conf.get(), text.data(), text.size()));
    if (group->client_ == nullptr) return base::Error{base::ErrorKind::kConfig, text.data()};
    static_cast<void>(conf.release());  // belongs to the client
    group->places_ = log::kafka::NewPartitionList(static_cast<size_t>(partitions));
    for (int32_t p = 0; p < partitions; ++p) {
      log::kafka::Add(group->places_, {flags.topic, p}, RD_KAFKA_OFFSET_INVALID);
    }
    return group;
  }

  // All partitions together; what was never committed counts as 0.
  base::Result<int64_t> Committed() {
    const auto code = rd_kafka_committed(client_.get(), places_.get(), kWaitMillis);
    if (code != RD_KAFKA_RESP_ERR_NO_ERROR) {
      return log::kafka::ErrorOf(code, "Expected the committed offsets of the group");
    }
    int64_t sum = 0;
    for (int i = 0; i < places_->cnt; ++i) sum += std::max<int64_t>(places_->elems[i].offset, 0);
    return sum;
  }

 private:
  Group() = default;
  log::kafka::Handle client_;
  log::kafka::PartitionList places_;
};

base::Result<int64_t> EndOf(log::Log* log, const std::string& topic, int32_t partitions) {
  int64_t sum = 0;
  for (int32_t p = 0; p < partitions; ++p) {
    const auto bounds = log->Bounds({topic, p});
    if (!bounds.ok()) return bounds.error();
    sum += bounds.value().end;
  }
  return sum;
}

}  // namespace

int Progress(const MeterFlags& flags) {
  auto log = Connect(flags);
  if (!log.ok()) return Cannot(log.error());
  const auto partitions = log.value()->Partitions(flags.topic);
  if (!partitions.ok()) return Cannot(partitions.error());
  const auto end = EndOf(log.value().get(), flags.topic, partitions.value());
  if (!end.ok()) return Cannot(end.error());
  auto group = Group::Open(flags, partitions.value());
  if (!group.ok()) return Cannot(group.error());
  std::printf("end %" PRId64 "\n", end.value());
  const Ticker ticker(base::Millis(flags.every_ms));
  int64_t before = -1;
  // Whoever reads this goes away with the pipe.
  for (int written = 0; written >= 0; ticker.Wait()) {
    const auto committed = group.value()->Committed();
    // A coordinator that is still loading, or on its way: ask again.
    if (!committed.ok() && committed.error().kind == base::ErrorKind::kUnavailable) continue;
    if (!committed.ok()) return Cannot(committed.error());
    if (committed.value() == before) continue;
    before = committed.value();
    const double now = static_cast<double>(host::WallClock().us) / 1e6;
    written = std::printf("%.6f %" PRId64 "\n", now, before);
    if (std::fflush(stdout) != 0) break;
  }
  return 0;
}

}  // namespace caseclock::bench
