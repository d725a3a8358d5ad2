#pragma once

// What the stores of a process share, so that memory has one budget whatever the number of
// partitions: block cache, memtables, and the rate at which background work may write.

#include <cstddef>
#include <memory>

namespace caseclock::store {

struct ResourceOptions {
  size_t block_cache_bytes = 32 << 20;
  size_t write_buffer_bytes = 48 << 20;
};

class Resources;  // resources_internal.h; thread-safe, lives as long as the last store
std::shared_ptr<Resources> MakeResources(const ResourceOptions& options);
// Held now by block cache and memtables.
size_t MemoryBytes(const Resources& resources);

}  // namespace caseclock::store
