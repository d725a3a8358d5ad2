#include "engine/runtime/shared_parts.h"

#include <algorithm>
#include <thread>

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

void ShareCaches(Shared* shared, size_t figures_bytes) {
  // What caches never get: block cache and memtables (their whole budget), and what figures take.
  const size_t budget = shared->options.memory_bytes;
  const size_t taken = budget / 4 + figures_bytes;
  const size_t left = std::max(budget / 8, budget - std::min(taken, budget));
  shared->cache_bytes_per_partition = left / static_cast<size_t>(std::max(1, shared->partitions));
}

// A case stands in the partition that its id gives for their number, so that must be the one at
// which the cases were written.
base::Status CheckPartitions(Shared* shared) {
  const TopicNames& names = shared->options.topics;
  auto cases = shared->log->Partitions(names.cases);
  if (!cases.ok()) {
    return cases.error().kind == base::ErrorKind::kNotFound ? base::Status() : cases.status();
  }
  if (cases.value() == shared->partitions) return {};
  return base::Error{
      base::ErrorKind::kConfig,
      "Expected " + names.events + " to have the " + std::to_string(cases.value()) +
          " partitions that " + names.cases + " has, but it has " +
          std::to_string(shared->partitions) +
          ": a case lies in the partition that its id gives for their number, so with another one "
          "its events would miss its state. Make new topics under another prefix with that number, "
          "and send the events there"};
}

int WorkerCount(const EngineOptions& options, int32_t partitions) {
  const int wanted =
      options.workers > 0 ? options.workers : static_cast<int>(std::thread::hardware_concurrency());
  return std::clamp(wanted, 1, static_cast<int>(partitions));
}

base::Error NoPolicies(const TopicNames& topics) {
  return {base::ErrorKind::kConfig,
          "Expected an activated policy set in " + topics.policies +
              ", but there is none: activate one first (caseclock policy activate DIR, or run with "
              "--policy DIR)"};
}

base::Status ReadActivatedPolicies(Shared* shared) {
  const std::string& topic = shared->options.topics.policies;
  PolicyReader policies(shared->log, topic);
  if (auto read = policies.Read(); !read.ok()) return read.error();
  if (policies.timeline() == nullptr) {
    return NoPolicies(shared->options.topics);
  }
  shared->policies.store(policies.timeline());
  return {};
}

}  // namespace caseclock::runtime
