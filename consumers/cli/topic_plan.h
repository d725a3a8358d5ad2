#pragma once

// What the topics must be like, and what they are: pure. For `topics create|check` and for an
// engine that starts.

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "engine/base/instant.h"
#include "engine/log/kafka/kafka_topics.h"
#include "engine/runtime/engine.h"

namespace caseclock::cli {

// Superseded records and tombstones stay for so long: a store that lags, and the chain of commits,
// need them.
inline constexpr base::Duration kCompactionLag = base::Days(7);

struct TopicWishes {
  int32_t partitions = 8;
  int32_t replicas = 0;                                    // 0: as the cluster has it
  bool created_time = false;                               // events keep the time of their writers
  base::Duration transaction_timeout = base::Seconds(10);  // of the engines
  base::Duration session_timeout = base::Seconds(30);
};

struct Need {
  enum class How { kEqual, kAtLeast, kAtMost };
  std::string setting;  // Kafka's name
  How how = How::kEqual;
  std::string value;  // for kAtLeast -1 is without end, and enough
  std::string why;
};

struct PlannedTopic {
  std::string name;
  int32_t partitions = 0;
  std::vector<Need> needs;
};

// In the order in which they are made; the first is `events`.
std::vector<PlannedTopic> PlanTopics(const runtime::TopicNames& names, const TopicWishes& wishes);
// The settings that make a topic what it needs to be.
std::map<std::string, std::string> SettingsToCreate(const PlannedTopic& topic);
std::vector<Need> BrokerNeeds(const TopicWishes& wishes);

// One thing that is not as it must be, and the command or file that mends it.
struct Difference {
  std::string where;  // topic, or "broker"
  std::string setting;
  std::string found;
  std::string needed;
  std::string why;
  std::string mend;
};
// `brokers`: for the commands.
std::vector<Difference> Compare(const PlannedTopic& topic, const log::KafkaTopic& found,
                                const TopicWishes& wishes, const std::string& brokers);
std::vector<Difference> CompareBroker(const std::vector<Need>& needs,
                                      const std::map<std::string, std::string>& found);

}  // namespace caseclock::cli
