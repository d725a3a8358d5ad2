// kafka_meter progress --brokers B --topic T --group G [--every-ms N]
// kafka_meter sizes    --brokers B --topic T
// kafka_meter load     --brokers B --prefix P --events N [--skip N]
// kafka_meter latency  --brokers B --prefix P [--rate N] [--warm S] [--seconds S] [--probes N]

#include <cstdio>
#include <cstdlib>
#include <functional>
#include <map>

#include "engine/log/kafka/kafka_log.h"
#include "tests/bench/kafka/meter/meter.h"

namespace caseclock::bench {
namespace {

constexpr int kUsage = 64;

bool Parse(int argc, char** argv, MeterFlags* flags) {
  const auto text = [](std::string* to) { return [to](const char* value) { *to = value; }; };
  const auto count = [](int64_t* to) {
    return [to](const char* value) { *to = std::atoll(value); };
  };
  const std::map<std::string, std::function<void(const char*)>> known = {
      {"--brokers", text(&flags->brokers)},
      {"--topic", text(&flags->topic)},
      {"--group", text(&flags->group)},
      {"--prefix", text(&flags->prefix)},
      {"--every-ms", count(&flags->every_ms)},
      {"--events", count(&flags->events)},
      {"--skip", count(&flags->skip)},
      {"--warm", count(&flags->warm)},
      {"--seconds", count(&flags->seconds)},
      {"--probes", count(&flags->probes)},
      {"--rate", [&](const char* value) { flags->rate = std::atof(value); }}};
  for (int i = 2; i + 1 < argc; i += 2) {
    const auto found = known.find(argv[i]);
    if (found == known.end()) return false;
    found->second(argv[i + 1]);
  }
  return argc % 2 == 0 && !flags->brokers.empty() && flags->every_ms > 0 && flags->rate > 0 &&
         flags->probes > 0;
}

}  // namespace

int Cannot(const base::Error& error) {
  std::fprintf(stderr, "kafka_meter: %s\n", error.message.c_str());
  return 1;
}

base::Result<std::unique_ptr<log::Log>> Connect(const MeterFlags& flags) {
  log::KafkaOptions options;
  options.brokers = flags.brokers;
  options.client_id = "kafka_meter";
  return log::OpenKafkaLog(options);
}

}  // namespace caseclock::bench

int main(int argc, char** argv) {
  using namespace caseclock::bench;
  const std::map<std::string, int (*)(const MeterFlags&)> parts = {
      {"progress", Progress}, {"sizes", Sizes}, {"load", Load}, {"latency", Latency}};
  MeterFlags flags;
  const auto part = parts.find(argc > 1 ? argv[1] : "");
  if (part == parts.end() || !Parse(argc, argv, &flags)) {
    std::fprintf(
        stderr,
        "Expected progress, sizes, load or latency, then --brokers and other flags, each with a "
        "value: see the top of tests/bench/kafka/meter/main.cc\n");
    return kUsage;
  }
  return part->second(flags);
}
