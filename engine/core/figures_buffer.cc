#include "engine/core/figures_buffer.h"

namespace caseclock::core {

ChangeBuffers::Id ChangeBuffers::Begin(uint32_t series, int32_t day) {
  auto id = static_cast<Id>(pool_.size());
  if (free_.empty()) {
    pool_.emplace_back();
  } else {
    id = free_.back();
    free_.pop_back();
  }
  pool_[id].series = series;
  pool_[id].day = day;
  pool_[id].changes.reserve(4);
  order_.push_back(id);
  return id;
}

void ChangeBuffers::EndOldest() {
  const Id id = order_.front();
  order_.pop_front();
  pool_[id] = ChangeBuffer();
  free_.push_back(id);
}

size_t ChangeBuffers::MemoryBytes() const {
  size_t bytes =
      pool_.capacity() * sizeof(ChangeBuffer) + (free_.capacity() + order_.size()) * sizeof(Id);
  for (const ChangeBuffer& buffer : pool_) bytes += buffer.changes.capacity() * sizeof(KeyCount);
  return bytes;
}

}  // namespace caseclock::core
