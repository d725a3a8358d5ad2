// kafka_hostile: appends records to a topic of events that nobody can use, each in one of the ways
// that have been seen or feared. All of them belong into the rejects.
//
//   kafka_hostile BROKERS TOPIC COUNT SEED INSTANT     INSTANT: the timestamp of all of them

#include <cstdio>
#include <random>
#include <string>
#include <vector>

#include "engine/base/time_text.h"
#include "engine/log/kafka/kafka_log.h"

namespace caseclock::tests {
namespace {

constexpr size_t kBatch = 500;

struct Hostile {
  std::string key, value;
  std::vector<log::HeaderView> headers;
  bool has_key = true, has_value = true;
};

std::string Json(const std::string& middle) {
  return R"({"event_id":"h","source":"hostile","case_id":"H-1","occurred_at":)" + middle + "}";
}

std::string Garbage(std::mt19937* chance, size_t size) {
  std::string bytes(size, '\0');
  for (char& c : bytes) c = static_cast<char>((*chance)());
  // No field of an event has this number and wire type, so it is never one by chance.
  return "\xff\xff\xff\xff\x7f" + bytes;
}

Hostile Make(std::mt19937* chance) {
  const std::string referred = R"("2025-03-01T00:00:00Z","referred":{"queue":"wmp/marac"})";
  Hostile one{"H-" + std::to_string((*chance)() % 1000), "", {}, true, true};
  switch ((*chance)() % 10) {
    case 0:
      one.value = Garbage(chance, (*chance)() % 300);
      break;
    case 1:
      one.value = Json(referred).substr(0, (*chance)() % 100 + 1);
      break;
    case 2:
      one.value = Json(R"("1800-01-01T00:00:00Z","referred":{"queue":"wmp/marac"})");
      break;
    case 3:
      one.value = Json(R"("2025-03-01T00:00:00Z","referred":{"queue":"nobody/knows"})");
      break;
    case 4:
      one.value = Json(R"("2025-03-01T00:00:00Z","staged":{"stage":"some prose where a code is"})");
      break;
    case 5:
      one.value = Json("\"2025-03-01T00:00:00Z\",\"staged\":{\"stage\":\"\xc3\x28\"}");
      break;
    case 6:
      one.value = Json(referred);
      one.headers = {{"ce_id", "another"}, {"content-type", "application/json"}};
      break;
    case 7:
      one.has_key = one.has_value = false;
      break;
    case 8:
      one.value = Json(R"("2025-03-01T00:00:00Z","invented":{})");
      break;
    default:
      one.key = std::string(10'000, 'k');
      one.value = "{\"case_id\":\"" + one.key + "\"}";
  }
  return one;
}

int Run(char** argv) {
  log::KafkaOptions options;
  options.brokers = argv[1];
  const std::string topic = argv[2];
  const size_t count = std::stoul(argv[3]);
  std::mt19937 chance(static_cast<uint32_t>(std::stoul(argv[4])));
  const auto at = base::ParseInstant(argv[5]);
  auto log = log::OpenKafkaLog(options);
  if (!log.ok() || !at.ok()) {
    std::fprintf(stderr, "Expected a broker and an instant, but: %s\n",
                 log.ok() ? at.error().message.c_str() : log.error().message.c_str());
    return 2;
  }
  auto appender = log.value()->OpenAppender();
  for (size_t done = 0; appender.ok() && done < count; done += kBatch) {
    std::vector<Hostile> made;
    for (size_t i = done; i < std::min(count, done + kBatch); ++i) made.push_back(Make(&chance));
    std::vector<log::NewRecord> records;
    for (const Hostile& one : made) {
      log::NewRecord& record = records.emplace_back();
      if (one.has_key) record.key = one.key;
      if (one.has_value) record.value = one.value;
      record.timestamp = at.value();
      record.headers = one.headers;
    }
    if (auto sent = appender.value()->Append(topic, records); !sent.ok()) {
      std::fprintf(stderr, "%s\n", sent.error().message.c_str());
      return 2;
    }
  }
  return appender.ok() ? 0 : 2;
}

}  // namespace
}  // namespace caseclock::tests

int main(int argc, char** argv) {
  if (argc == 6) return caseclock::tests::Run(argv);
  std::fprintf(stderr, "Expected BROKERS TOPIC COUNT SEED INSTANT\n");
  return 2;
}
