#pragma once

// For the .cc files of the store only: RocksDB stops here.

#include <rocksdb/cache.h>
#include <rocksdb/rate_limiter.h>
#include <rocksdb/write_buffer_manager.h>

#include <memory>

#include "engine/store/resources.h"

namespace caseclock::store {

class Resources {
 public:
  std::shared_ptr<rocksdb::Cache> block_cache;
  std::shared_ptr<rocksdb::WriteBufferManager> write_buffers;
  std::shared_ptr<rocksdb::RateLimiter> rate_limiter;
};

}  // namespace caseclock::store
