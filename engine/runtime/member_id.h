#pragma once

// The static member ids of an engine's workers in its group, and the ids under which they write: by
// them a worker that is back goes on with its partitions, and by them a standby knows the engine
// that it shadows.

#include <algorithm>
#include <string>
#include <string_view>

namespace caseclock::runtime {

inline std::string MemberId(const std::string& instance, size_t worker) {
  return instance + "-" + std::to_string(worker);
}

// Another one for each group, instance and worker, whatever their names: two who write under one id
// fence each other. A member id has no colon (Kafka takes letters, digits, `.`, `_` and `-`).
// Begins with the group and a hyphen, as the rights that are granted do (README, "Rights").
inline std::string ProducerId(const std::string& group, const std::string& instance,
                              size_t worker) {
  return group + "-engine:" + MemberId(instance, worker);
}

// Whether it is one of MemberId(instance, …).
inline bool IsMemberOf(std::string_view instance, std::string_view id) {
  if (!id.starts_with(instance)) return false;
  id.remove_prefix(instance.size());
  return id.size() > 1 && id.front() == '-' &&
         std::all_of(id.begin() + 1, id.end(), [](char c) { return c >= '0' && c <= '9'; });
}

}  // namespace caseclock::runtime
