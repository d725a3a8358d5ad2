#include "engine/base/check.h"
#include "engine/base/hash.h"
#include "engine/log/log.h"

namespace caseclock::log {

base::Result<int32_t> Log::Partitions(const std::string& topic) {
  auto described = Describe(topic);
  if (!described.ok()) return described.error();
  return described.value().partitions;
}

int32_t PartitionOf(std::string_view key, int32_t partitions) {
  CHECK(partitions > 0);
  return static_cast<int32_t>(base::Murmur2(key) % static_cast<uint32_t>(partitions));
}

}  // namespace caseclock::log
