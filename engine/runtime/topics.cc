#include "engine/runtime/topics.h"

#include "engine/runtime/policies.h"

namespace caseclock::runtime {
namespace {

log::TopicConfig Topic(int32_t partitions, bool compacted) {
  log::TopicConfig config;
  config.partitions = partitions;
  config.compacted = compacted;
  return config;
}

}  // namespace

std::vector<std::pair<std::string, log::TopicConfig>> EngineTopics(const TopicNames& names,
                                                                   int32_t partitions) {
  return {
      {names.events, Topic(partitions, false)},  {names.cases, Topic(partitions, true)},
      {names.partials, Topic(partitions, true)}, {names.alerts, Topic(partitions, true)},
      {names.backlog, Topic(1, true)},           {names.rejects, Topic(partitions, false)},
      {names.policies, PoliciesTopic()},
  };
}

}  // namespace caseclock::runtime
