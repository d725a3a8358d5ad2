#include "engine/runtime/shared_parts.h"

#include "engine/runtime/policies.h"
#include "engine/runtime/publisher.h"

namespace caseclock::runtime {

void ShareResources(Shared* shared) {
  store::ResourceOptions resources;
  resources.block_cache_bytes = shared->options.memory_bytes / 10;
  resources.write_buffer_bytes = shared->options.memory_bytes * 15 / 100;
  shared->resources = store::MakeResources(resources);
  ShareMemory(shared);
}

base::Status ReadActivatedPolicies(Shared* shared) {
  const std::string& topic = shared->options.topics.policies;
  PolicyReader policies(shared->log, topic);
  if (auto read = policies.Read(); !read.ok()) return read.error();
  if (policies.timeline() == nullptr) {
    return base::Error{base::ErrorKind::kConfig,
                       "Expected an activated policy set in " + topic + ", but there is none"};
  }
  shared->policies.store(policies.timeline());
  return {};
}

}  // namespace caseclock::runtime
