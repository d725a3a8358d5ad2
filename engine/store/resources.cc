#include "engine/store/resources.h"

#include "engine/store/resources_internal.h"

namespace caseclock::store {

std::shared_ptr<Resources> MakeResources(const ResourceOptions& options) {
  auto made = std::make_shared<Resources>();
  made->block_cache = rocksdb::NewLRUCache(options.block_cache_bytes, 4);
  // No stall: a manager of several databases flushes only the one that writes, so a writer could
  // wait for ever for the memtables of the others. Large checkpoints are flushed at once instead.
  made->write_buffers = std::make_shared<rocksdb::WriteBufferManager>(options.write_buffer_bytes);
  // Only flushes and compactions are limited; high enough never to be the bottleneck, low enough
  // that a compaction does not starve the log's writes on one disk.
  made->rate_limiter.reset(rocksdb::NewGenericRateLimiter(int64_t{400} << 20));
  return made;
}

size_t MemoryBytes(const Resources& resources) {
  return resources.block_cache->GetUsage() + resources.write_buffers->memory_usage();
}

}  // namespace caseclock::store
