#include "engine/runtime/whole_group.h"

#include <set>

namespace caseclock::runtime {

base::Status TakeAllPartitions(log::Consumer* consumer, int32_t partitions,
                               const std::string& group,
                               const std::function<base::Duration()>& monotonic,
                               base::Duration max_wait) {
  const base::Duration begun = monotonic();
  std::set<int32_t> held;
  while (static_cast<int32_t>(held.size()) < partitions) {
    if (monotonic() - begun > max_wait) {
      return base::Error{
          base::ErrorKind::kUnavailable,
          "Expected to be the only member of group " + group + ", but " +
              std::to_string(partitions - static_cast<int32_t>(held.size())) +
              " partitions are with others. Nothing was changed. Stop its engines, wait "
              "until their sessions have ended, and try again"};
    }
    auto polled = consumer->Poll(base::Millis(100), 1);
    if (!polled.ok()) return polled.status();
    const bool assigned = polled.value().kind == log::Polled::Kind::kAssigned;
    for (const log::TopicPartition& one : polled.value().partitions) {
      if (assigned) {
        held.insert(one.partition);
      } else {
        held.erase(one.partition);
      }
    }
  }
  return {};
}

}  // namespace caseclock::runtime
