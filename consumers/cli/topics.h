#pragma once

// Making and checking topics, for `topics` and for an engine that starts.

#include <string>
#include <vector>

#include "consumers/cli/brokers.h"
#include "consumers/cli/topic_plan.h"
#include "engine/base/result.h"

namespace caseclock::cli {

// Makes those that are missing; the others are left as they are. Answers the names of the new ones.
base::Result<std::vector<std::string>> MakeTopics(const BrokerSettings& settings,
                                                  const TopicWishes& wishes);
struct TopicReport {
  std::vector<Difference> differences;
  std::vector<std::string> unchecked;  // what there is no right to see, each a sentence
};
// What is there against what is needed. A topic that is missing is a difference.
base::Result<TopicReport> CheckTopics(const BrokerSettings& settings, const TopicWishes& wishes);

}  // namespace caseclock::cli
